"""The customer's component on a bare page, over the real routes and services, so that a test can be the agent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from serving import serving
from sheets import COMPONENTS, styles, theme
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route

from core.bootstrap import Services
from core.web.assets import BrowserModules
from core.web.routes import api_routes

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
    return HTMLResponse(PAGE % (theme(request), styles("customer_view")))


@contextmanager
def customer_stage(services: Services) -> Iterator[Stage]:
    """A running server on a free port, for as long as the block lasts."""
    routes = [*api_routes(lambda: services), Route("/stage", _page), Mount("/ui", BrowserModules(directory=COMPONENTS))]
    with serving(Starlette(routes=routes), "customer-stage") as (url, _):
        try:
            yield Stage(url, services)
        finally:
            services.stopping.set()
