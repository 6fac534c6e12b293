"""A page with a replay and nothing else, fed by real services; beside it, the live view of the same call."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page
from serving import serving
from sheets import COMPONENTS, styles, theme
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from core.bootstrap import Services
from core.calls.events import Recorded
from core.web.live import live_socket
from core.web.recordings import recording
from core.web.replay import peaks, replay

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Replay</title>
<style>body { margin: 8px; background: var(--st-background-color); %s }</style>
<body>
<input id="outside" aria-label="Somewhere to type">
<main id="place"></main>
<template id="styles">%s</template>
<script type="module">
  import mountCall from "/ui/call_view/mount.js";
  import mountReplay from "/ui/replay_view/mount.js";
  const NativeAudio = window.Audio;
  window.Audio = function () { return (window.audio = new NativeAudio()); };
  const place = () => {
    const host = document.createElement("div");
    document.querySelector("#place").replaceChildren(host);
    const parentElement = host.attachShadow({ mode: "open" });
    const style = document.createElement("style");
    style.textContent = document.querySelector("#styles").content.textContent;
    parentElement.append(style);
    return (window.shadow = parentElement);
  };
  const setTriggerValue = () => {};
  window.live = (call_id) => {
    mountCall({ parentElement: place(), data: { call_id, reading: true }, setTriggerValue });
  };
  window.replay = (call_id, at_s = 0) => { mountReplay({ parentElement: place(), data: { call_id, at_s } }); };

  // What is of the moment of looking and not of the call: levels, the connection, what is read aloud, the clock's tick.
  const FLEETING = ".announcements, [data-testid=connection-status], .meter, .duration";
  window.drawn = () => {
    const view = shadow.querySelector("[data-testid=call-view]").cloneNode(true);
    for (const node of view.querySelectorAll(FLEETING)) node.remove();
    for (const node of view.querySelectorAll("*")) {
      node.removeAttribute("aria-live");
      // Taking a picture leaves one behind on everything that can be typed in.
      if (node.getAttribute("style") === "") node.removeAttribute("style");
    }
    return view.outerHTML;
  };
  window.settled = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))));
  window.ready = true;
</script></html>
"""


@contextmanager
def replay_stage(services: Services) -> Iterator[str]:
    """The address of the page, for as long as the block lasts."""

    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse(PAGE % (theme(request), styles("call_view", "replay_view")))

    def handled(handler: Any) -> Any:
        async def endpoint(request: Request) -> Response:
            answer: Response = await handler(request, services)
            return answer

        return endpoint

    handlers = {"replay": replay, "peaks": peaks, "recording": recording}
    routes = [
        Route("/", page),
        Mount("/ui", StaticFiles(directory=COMPONENTS)),
        *(Route(f"/api/calls/{{call_id}}/{name}", handled(handler)) for name, handler in handlers.items()),
        WebSocketRoute("/api/live/{call_id}", live_socket(lambda: services)),
    ]
    with serving(Starlette(routes=routes), "replay-server") as (url, _):
        try:
            yield url
        finally:
            services.stopping.set()


def open_replay(page: Page, url: str, call_id: str, at_s: float = 0.0, theme: str = "light") -> None:
    page.goto(f"{url}/?theme={theme}")
    page.wait_for_function("window.ready")
    page.evaluate("([id, at]) => replay(id, at)", [call_id, at_s])
    page.get_by_test_id("call-view").wait_for()


def store(services: Services, call_id: str, events: Sequence[Recorded]) -> None:
    """Write these events as those of another call, each at its offset."""
    services.log.open(call_id, lambda: 0.0)
    for recorded in events:
        services.log.append(call_id, recorded.event, recorded.offset_s)
    services.log.sync()
