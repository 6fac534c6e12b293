"""How soon an event is on the screen: a real server, a real browser, a demo call.

The page's root names the last event it has drawn (`data-seq`). A MutationObserver sees that change inside the frame it
is drawn in, and a message posted from there is handled once the frame has been painted; that moment is noted on
the wall clock (`performance.timeOrigin + performance.now()`, the same machine's clock as the server's). It is compared
with `at` of the events, but only of those stamped when they were appended: speech events carry the time of the sound.
"""

import threading
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from core.bench.browser import NoBrowser, browser_page
from core.bench.conditions import Options, temporary_services
from core.bench.measurement import Limit, Measurement, milliseconds
from core.bench.probe import Probe
from core.bench.server import Server, running_server
from core.speech.scripted import ScriptedEngine

if TYPE_CHECKING:
    from playwright.sync_api import Page

PROBED_S = 10.0
WATCHED_S = 35.0
PAGE_TIMEOUT_MS = 30_000
STAMPED_BY_SOUND = {"SpeechStarted", "SpeechEnded", "TranscriptPartial", "TranscriptFinal"}

_NOTE_PAINTS = """root => {
  window.painted = [];
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => window.painted.push([data, performance.timeOrigin + performance.now()]);
  let last = Number(root.dataset.seq);
  new MutationObserver(() => {
    const seq = Number(root.dataset.seq);
    if (seq > last) port2.postMessage(last = seq);
  }).observe(root, { attributeFilter: ["data-seq"] });
  return last;
}"""


def measure(options: Options) -> list[Measurement]:
    """Event appended → acknowledged, and → painted; and how soon the server stops while page and stream are open."""
    appended = "event appended →"
    measurements = [
        Measurement(
            what=f"{appended} committed and received",
            unit="ms",
            values=milliseconds(_acknowledged_s(options)),
            note="one call, one event every 37 ms; part of the way to the screen",
        )
    ]
    try:
        painted_s, stopped_s = _watched(options)
    except NoBrowser as error:
        missing = str(error)
        painted_s, stopped_s = (), ()
    else:
        missing = "the page painted nothing"
    return [
        *measurements,
        Measurement(
            what=f"{appended} painted",
            unit="ms",
            values=milliseconds(painted_s),
            limits=(Limit("p95", 100),),
            note="first demo call; events of the assistant, whose stamp is the time of their appending",
            not_measured=missing,
        ),
        Measurement(
            what="SIGTERM → server gone",
            unit="s",
            values=stopped_s,
            limits=(Limit("max", 2.0),),
            note="in the middle of a call, with the page's WebSockets and an SSE stream open",
            not_measured=missing,
        ),
    ]


def _acknowledged_s(options: Options) -> tuple[float, ...]:
    with temporary_services(options.settings, ScriptedEngine([])) as services:
        probe = Probe(services.log, services.clock)
        probe.start()
        time.sleep(PROBED_S)
        return probe.stop()


def _watched(options: Options) -> tuple[tuple[float, ...], tuple[float, ...]]:
    with browser_page() as page, running_server(options.settings.seed) as server:
        server.answers_after_s("/api/health")
        call_id = _play_demo(page, server)
        seen_seq = page.get_by_test_id("call-view").evaluate(_NOTE_PAINTS)
        appended_s: dict[int, float] = {}
        streamed = threading.Thread(target=_note_events, args=(server, call_id, appended_s), daemon=True)
        streamed.start()
        options.progress(f"page: watching a demo call for {WATCHED_S:.0f} s")
        page.wait_for_timeout(1000 * WATCHED_S)
        paints = page.evaluate("window.painted")
        stopped_s = server.stop_s()
        streamed.join()
    return tuple(painted_after_s(appended_s, paints, seen_seq)), (stopped_s,)


def painted_after_s(appended_s: dict[int, float], paints: list[tuple[int, float]], seen_seq: int) -> list[float]:
    """Seconds from each event's appending to the paint that first had it.

    `paints` are (last seq drawn, wall clock in ms) in order; events up to `seen_seq` were there before.
    """
    waits_s = []
    for seq, painted_ms in paints:
        waits_s += [painted_ms / 1000 - appended_s[n] for n in range(seen_seq + 1, seq + 1) if n in appended_s]
        seen_seq = seq
    return waits_s


def _play_demo(page: "Page", server: Server) -> str:
    page.goto(server.url, timeout=PAGE_TIMEOUT_MS)
    page.get_by_role("button", name="Play demo call").first.click(timeout=PAGE_TIMEOUT_MS)
    page.get_by_test_id("call-view").wait_for(timeout=PAGE_TIMEOUT_MS)
    return parse_qs(urlsplit(page.url).query)["call"][0]


def _note_events(server: Server, call_id: str, appended_s: dict[int, float]) -> None:
    wire: dict[str, Any]
    for wire in server.events(call_id):
        if wire["type"] not in STAMPED_BY_SOUND:
            appended_s[wire["seq"]] = datetime.fromisoformat(wire["at"]).timestamp()
