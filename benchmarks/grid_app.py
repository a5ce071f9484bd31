"""The server that ``benchmarks.grid`` measures: the app's routes around one page."""

from pathlib import Path

import streamlit as st

from core.ui.routes import ROUTES

app = st.App(str(Path(__file__).with_name("grid_page.py")), routes=ROUTES)
