"""The customer's component on a bare page, over the real routes and services, so that a test can be the agent."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from scripted import THEMES
from sheets import styles
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route

from core.bootstrap import Services
from core.web.assets import BrowserModules
from core.web.routes import api_routes

COMPONENTS = Path(__file__).parents[2] / "pages" / "components"
START_TIMEOUT_S = 10.0
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Call</title>
<style>
  body { margin: 0; padding: 1.25rem 1rem; background: var(--st-background-color); %s }
  main { max-width: 32rem; margin: auto }
</style>
<main></main>
<template>%s</template>
<script type="module">
  import mount from "/ui/customer_view/mount.js";
  const parentElement = document.querySelector("main").attachShadow({ mode: "open" });
  const style = document.createElement("style");
  style.textContent = document.querySelector("template").content.textContent;
  parentElement.append(style);
  window.told = [];
  const visit_id = new URLSearchParams(location.search).get("visit");
  mount({ parentElement, data: { visit_id, live: true }, setTriggerValue: (name, value) => window.told.push(value) });
</script>
</html>
"""


@dataclass(frozen=True)
class Stage:
    url: str
    services: Services

    def address(self, visit_id: str, theme: str = "light") -> str:
        return f"{self.url}/stage?visit={visit_id}&theme={theme}"


def _page(request: Request) -> HTMLResponse:
    colours = THEMES[request.query_params.get("theme", "light")]
    theme = "".join(f"--st-{name}: {value};" for name, value in colours.items())
    return HTMLResponse(PAGE % (theme, styles("customer_view")))


@contextmanager
def customer_stage(services: Services) -> Iterator[Stage]:
    """A running server on a free port; its thread ends with the block."""
    listening = socket.create_server(("127.0.0.1", 0))
    routes = [*api_routes(lambda: services), Route("/stage", _page), Mount("/ui", BrowserModules(directory=COMPONENTS))]
    config = uvicorn.Config(Starlette(routes=routes), log_level="error", ws="websockets-sansio", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), name="customer-stage", daemon=True)
    thread.start()
    try:
        yield Stage(f"http://127.0.0.1:{listening.getsockname()[1]}", services)
    finally:
        services.stopping.set()
        server.should_exit = True
        thread.join(START_TIMEOUT_S)
        listening.close()
