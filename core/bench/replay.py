"""How soon a replay shows another moment of a call of an hour: in Python, in the browser's fold, and on its screen."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import TYPE_CHECKING

from core.bench.browser import NoBrowser, browser_page
from core.bench.conditions import Options
from core.bench.measurement import Limit, Measurement, milliseconds
from core.calls.events import (
    CallEnded,
    CallStarted,
    Event,
    Party,
    PartyJoined,
    Recorded,
    SentimentScored,
    SpeechEnded,
    SpeechStarted,
    SuggestionCompleted,
    SuggestionDelta,
    SuggestionDismissed,
    SuggestionStarted,
    TranscriptFinal,
    TranscriptPartial,
    to_wire,
)
from core.config import ROOT
from core.insights.replay import Replay
from core.insights.timeline import timeline

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOUR_S = 3600.0
TURN_S = 6.0
PARTIALS = 12
CARD_EVERY = 4
SEEKS = 200
DRAWN_SEEKS = 60
_TEXT = "I have been waiting for the parcel since Monday and nobody could tell me where it is now"
_AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

_FOLD = """async ([wires, offsets]) => {
  const { newStates } = await import("/replay_view/states.js");
  const begun = performance.now();
  const states = newStates("bench", wires);
  const opened_ms = performance.now() - begun;
  const seeks_ms = offsets.map((at_s) => {
    const from = performance.now();
    for (let again = 0; again < 10; again += 1) { states.at(-1); states.at(at_s); }
    return (performance.now() - from) / 10;
  });
  return [opened_ms, seeks_ms];
}"""
_DRAW = """async ([wires, timeline, offsets]) => {
  const { default: mount } = await import("/replay_view/mount.js");
  const content = JSON.stringify({ call_id: "bench", events: wires, timeline, sound: false });
  window.fetch = async () => new Response(content);
  const host = document.body.appendChild(document.createElement("div"));
  const parentElement = host.attachShadow({ mode: "open" });
  mount({ parentElement, data: { call_id: "bench", at_s: 0 } });
  const frame = () => new Promise(requestAnimationFrame);
  while (!parentElement.querySelector("[data-testid=track]")) await frame();
  const track = parentElement.querySelector("[data-testid=track]");
  track.setPointerCapture = () => {};
  const { left, width } = track.getBoundingClientRect();
  const drawn_ms = [];
  for (const at_s of offsets) {
    await frame();
    const from = performance.now();
    const clientX = left + (at_s / timeline.duration_s) * width;
    track.dispatchEvent(new PointerEvent("pointerdown", { clientX, pointerId: 1 }));
    await frame();
    // Laid out, too.
    parentElement.querySelector(".lines").getBoundingClientRect();
    drawn_ms.push(performance.now() - from);
  }
  return drawn_ms;
}"""


def measure(options: Options) -> list[Measurement]:
    """Seeks to random moments, each from another one far away."""
    events = hour_of_talk()
    chance = Random(1)
    offsets = [chance.uniform(0, HOUR_S) for _ in range(SEEKS)]
    note = f"a call of an hour, {len(events)} events"
    options.progress("replay: Python")
    opened_s, seeks_s = _in_python(events, offsets)
    measurements = [
        _opened("replay opened, in Python", opened_s, note),
        _seek("replay seek, in Python", milliseconds(seeks_s), 50, note),
    ]
    options.progress("replay: browser")
    try:
        browser_opened_ms, folded_ms, drawn_ms = _in_browser(events, offsets)
        missing = ""
    except NoBrowser as error:
        missing = str(error)
        browser_opened_ms, folded_ms, drawn_ms = None, (), ()
    return [
        *measurements,
        _opened("replay opened, the browser's fold", browser_opened_ms and browser_opened_ms / 1000, note, missing),
        _seek("replay seek, the browser's fold", folded_ms, 20, note, missing),
        _seek("replay seek, drawn and laid out", drawn_ms, 150, f"{note}; up to two frames of it waiting", missing),
    ]


def hour_of_talk() -> list[Recorded]:
    """Two parties in turn, partials, and a card at every fourth line, written word by word."""
    timed: list[tuple[float, Event]] = [(0.0, CallStarted(source="customer", agent="Alex", title="bench"))]
    timed += [(0.0, PartyJoined(party=party, engine="scripted")) for party in ("customer", "agent")]
    for turn in range(int(HOUR_S / TURN_S)):
        timed += _turn(turn, "customer" if turn % 2 == 0 else "agent")
    timed.append((HOUR_S, CallEnded(reason="completed")))
    timed.sort(key=lambda pair: pair[0])
    return [
        Recorded("bench", seq, at_s, _AT + timedelta(seconds=at_s), event)
        for seq, (at_s, event) in enumerate(timed, start=1)
    ]


def _turn(turn: int, speaker: Party) -> Iterator[tuple[float, Event]]:
    start_s, end_s, utterance_id = turn * TURN_S + 0.5, turn * TURN_S + 5.0, f"utt_{turn}"
    words = _TEXT.split()
    yield start_s, SpeechStarted(party=speaker, utterance_id=utterance_id, start_s=start_s)
    for step in range(1, PARTIALS + 1):
        text = " ".join(words[: step * len(words) // PARTIALS])
        yield (
            start_s + step * 0.35,
            TranscriptPartial(utterance_id=utterance_id, speaker=speaker, text=text, start_s=start_s),
        )
    yield end_s, SpeechEnded(party=speaker, utterance_id=utterance_id, end_s=end_s)
    yield (
        end_s,
        TranscriptFinal(
            utterance_id=utterance_id,
            speaker=speaker,
            text=_TEXT,
            start_s=start_s,
            end_s=end_s,
            confidence=None,
            engine="scripted",
        ),
    )
    yield end_s, SentimentScored(utterance_id=utterance_id, score=((turn * 37) % 200 - 100) / 100)
    if turn % CARD_EVERY == 0:
        yield from _card(f"sug_{turn}", end_s, utterance_id)


def _card(suggestion_id: str, at_s: float, utterance_id: str) -> Iterator[tuple[float, Event]]:
    yield (
        at_s,
        SuggestionStarted(
            suggestion_id=suggestion_id,
            kind="suggestion",
            priority="tip",
            rule="order_status",
            assistant="playbook",
            triggered_by=[utterance_id],
        ),
    )
    for number, word in enumerate(_TEXT.split()):
        yield at_s + number * 0.03, SuggestionDelta(suggestion_id=suggestion_id, text=f"{word} ")
    yield (
        at_s + 0.6,
        SuggestionCompleted(
            suggestion_id=suggestion_id,
            kind="suggestion",
            priority="tip",
            message=_TEXT,
            evidence=[],
            triggered_by=[utterance_id],
        ),
    )
    yield at_s + 15.0, SuggestionDismissed(suggestion_id=suggestion_id, reason="known already")


def _in_python(events: list[Recorded], offsets: list[float]) -> tuple[float, tuple[float, ...]]:
    begun_s = time.perf_counter()
    replay = Replay(events)
    opened_s = time.perf_counter() - begun_s
    taken_s = []
    for offset_s in offsets:
        begun_s = time.perf_counter()
        replay.at(offset_s)
        taken_s.append(time.perf_counter() - begun_s)
    return opened_s, tuple(taken_s)


def _in_browser(events: list[Recorded], offsets: list[float]) -> tuple[float, tuple[float, ...], tuple[float, ...]]:
    """Raises NoBrowser."""
    wires = [to_wire(recorded) for recorded in events]
    page: Page
    with browser_page() as page, _modules() as url:
        # Modules need a page of their own origin; the listing of their folder is one.
        page.goto(url)
        opened_ms, folded_ms = page.evaluate(_FOLD, [wires, offsets])
        drawn_ms = page.evaluate(_DRAW, [wires, asdict(timeline(events)), offsets[:DRAWN_SEEKS]])
    return opened_ms, tuple(folded_ms), tuple(drawn_ms)


@contextmanager
def _modules() -> Iterator[str]:
    """The browser modules on a free port."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing of each request."""

    Quiet.extensions_map[".js"] = "text/javascript"
    handler = partial(Quiet, directory=str(ROOT / "pages" / "components"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, name="bench-modules")
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


def _opened(what: str, opened_s: float | None, note: str, missing: str = "") -> Measurement:
    values = () if opened_s is None else milliseconds([opened_s])
    return Measurement(what=what, unit="ms", values=values, note=note, not_measured=missing)


def _seek(what: str, values: tuple[float, ...], at_most_ms: float, note: str, missing: str = "") -> Measurement:
    limits = (Limit("p95", at_most_ms),)
    return Measurement(what=what, unit="ms", values=values, limits=limits, note=note, not_measured=missing)
