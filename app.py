"""The app: ``streamlit run app.py``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from core.ui.resources import jobs, warm_up
from core.ui.routes import ROUTES


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Load the model while the first page is already shown; stop the indexing run at the end."""
    warm_up()
    yield
    jobs().close()


app = st.App("core/ui/main.py", routes=ROUTES, lifespan=lifespan)
