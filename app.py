"""The app: ``streamlit run app.py``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware

from core.access import Gate
from core.ui.listener import send_at_once
from core.ui.resources import jobs, warm_up
from core.ui.sharing import ACCESS, ROUTES, announce, is_allowed, without_paths


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Load the model once the first page is shown; stop the jobs at the end."""
    send_at_once()
    announce()
    warm_up()
    yield
    jobs().close()


gate = Middleware(Gate, ACCESS, accepts=is_allowed, redact=without_paths)
app = st.App("core/ui/main.py", routes=ROUTES, middleware=[gate], lifespan=lifespan)
