"""The ASGI app: Streamlit's pages and Sidetone's routes in one process. `streamlit run app.py` starts everything."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.routing import Mount
from streamlit.runtime.pages_manager import PagesManager

from core import bootstrap
from core.calls.ice_consent import let_answers_be_late
from core.calls.late_packets import leave_late_sound_out
from core.config import Settings, environment
from core.web.assets import BrowserModules
from core.web.routes import api_routes
from core.web.shutdown import announced
from pages.finished_runs import count_runs_as_they_end
from pages.late_news import keep_new_addresses
from pages.run_order import send_runs_in_order


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    services = bootstrap.start(Settings.from_env(environment()))
    with announced(services.stopping):
        try:
            yield {"services": services}
        finally:
            bootstrap.stop()


# Until `st.navigation` has run once in the process, Streamlit would run a file of the folder `pages` that an address
# names without the shell around it, and so without its navigation and its question who is there.
PagesManager.uses_pages_directory = False
send_runs_in_order()
count_runs_as_they_end()
keep_new_addresses()
let_answers_be_late()
leave_late_sound_out()
COMPONENTS = Path(__file__).parent / "pages" / "components"
app = st.App(
    "main.py",
    routes=[*api_routes(bootstrap.running), Mount("/ui", BrowserModules(directory=COMPONENTS))],
    lifespan=lifespan,
)
