"""The server that ``benchmarks.explore_map`` measures: the app's routes around one page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st

from core.ui.listener import send_at_once
from core.ui.sharing import ROUTES


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Send as the app does."""
    send_at_once()
    yield


app = st.App(str(Path(__file__).with_name("map_page.py")), routes=ROUTES, lifespan=lifespan)
