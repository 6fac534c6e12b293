"""A replay in a real Chromium: the live page's screen at any moment, by any way to it, in step with the sound."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from insights.scenario_calls import run_call, services_hearing
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, expect
from replay_stage import open_replay, replay_stage, store

from core.audio.frames import SPEECH_RATE_HZ
from core.audio.recorder import StereoRecorder
from core.bootstrap import Services
from core.calls.events import (
    CallEnded,
    CallStarted,
    MomentFlagged,
    PartyJoined,
    Recorded,
    RecordingStarted,
    RecordingStopped,
    SpeechEnded,
    SpeechStarted,
    SuggestionCompleted,
    TranscriptFinal,
    WrapUpCompleted,
)
from core.insights.replay import Replay

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCENARIO = "john_doe_router"
SPACING_S = 0.1
RECORDED_FROM_S = 1.5
BURST_EVERY_S = 2.0
BURST_S = 0.6
BURSTS = 20
IN_STEP_S = 0.1
EDGE_SHADE = 24
"""Of 255."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Iterator[Services]:
    built = services_hearing(SCENARIO, tmp_path_factory.mktemp("made"), seeded)
    yield built
    built.close()


@pytest.fixture(scope="module")
def events(made: Services) -> list[Recorded]:
    """A whole call, its events spread out as in life, where cards take time to be written."""
    stored = made.log.events(run_call(made, SCENARIO))
    return [replace(event, offset_s=position * SPACING_S) for position, event in enumerate(stored)]


@pytest.fixture
def url(services: Services) -> Iterator[str]:
    with replay_stage(services) as address:
        yield address


def seek(page: Page, at_s: float) -> None:
    """By the address of the moment, as a link from elsewhere does, but without loading anew."""
    page.evaluate("at => shadow.querySelector('[data-testid=track]').dispatchEvent(aimed(at))", at_s)
    page.evaluate("settled()")


def aim(page: Page, duration_s: float) -> None:
    """Let `seek` press on the time line at the very place of a moment."""
    page.evaluate(
        """duration => { window.aimed = at => {
          const { left, width, top } = shadow.querySelector("[data-testid=track]").getBoundingClientRect();
          // Exact, where a mouse has whole pixels only.
          const event = new PointerEvent("pointerdown", { button: 0, pointerId: 1, clientY: top + 5 });
          Object.defineProperty(event, "clientX", { value: left + (at / duration) * width });
          return event;
        }; Element.prototype.setPointerCapture = () => {}; }""",
        duration_s,
    )


def drawn(page: Page) -> str:
    html: str = page.evaluate("drawn()")
    return html


def picture(page: Page) -> NDArray[np.int16]:
    page.locator("#outside").hover()
    page.evaluate("settled()")
    png = page.get_by_test_id("call-view").screenshot()
    return np.asarray(Image.open(BytesIO(png)).convert("RGB"), np.int16)


def same_picture(one: NDArray[np.int16], other: NDArray[np.int16]) -> bool:
    """But for the shade of an edge, which Chromium does not always draw alike."""
    return one.shape == other.shape and int(np.abs(one - other).max()) <= EDGE_SHADE


def at_s(page: Page) -> float:
    return float(page.get_by_test_id("replay").get_attribute("data-at-s") or "nan")


def test_the_screen_at_a_moment_is_what_the_live_page_drew(
    page: Page, url: str, services: Services, events: list[Recorded]
) -> None:
    page.goto(url)
    page.wait_for_function("window.ready")
    chance = Random(7)
    shown = [position for position, one in enumerate(events) if isinstance(one.event, SuggestionCompleted)]
    # In the middle of being written, too.
    captured = sorted({*chance.sample(range(5, len(events) - 1), 14), *(position - 3 for position in shown[:4])})
    services.log.open("live", lambda: 0.0)
    live: dict[float, str] = {}
    for position, recorded in enumerate(events):
        services.log.append("live", recorded.event, recorded.offset_s)
        if position == 0:
            services.log.sync()
            page.evaluate("live('live')")
        if position in captured:
            services.log.sync()
            expect(page.get_by_test_id("call-view")).to_have_attribute("data-seq", str(position + 1))
            page.evaluate("settled()")
            live[recorded.offset_s] = drawn(page)
    services.log.sync()
    open_replay(page, url, "live")
    aim(page, events[-1].offset_s)
    for offset_s in [*sorted(live), *sorted(live, reverse=True), *chance.sample(sorted(live), len(live))]:
        # A hair later: pressing is not exact to the last bit.
        seek(page, offset_s + SPACING_S / 100)
        assert drawn(page) == live[offset_s], f"at {offset_s} s"
    assert any("writing…" in html for html in live.values())


def test_a_moment_is_the_same_by_whatever_way(page: Page, url: str, services: Services, events: list[Recorded]) -> None:
    store(services, "c", events)
    moment = next(one for one in events[len(events) // 2 :] if isinstance(one.event, TranscriptFinal))
    assert isinstance(moment.event, TranscriptFinal)
    # Lines are gone to by when they were begun.
    begun_s = moment.event.start_s
    open_replay(page, url, "c", begun_s)
    by_link = drawn(page)
    by_link_picture = picture(page)
    aim(page, events[-1].offset_s)
    seek(page, events[-1].offset_s)
    ended = drawn(page)
    assert not same_picture(picture(page), by_link_picture)
    page.locator(f"[data-utterance={moment.event.utterance_id}] .text").click()
    page.evaluate("settled()")
    assert at_s(page) == pytest.approx(begun_s, abs=0.001)
    assert drawn(page) == by_link
    assert same_picture(picture(page), by_link_picture)
    seek(page, 0.0)
    page.get_by_role("button", name="Forward 5 seconds").click()
    seek(page, begun_s)
    assert drawn(page) == by_link
    assert same_picture(picture(page), by_link_picture)
    page.keyboard.press("End")
    page.evaluate("settled()")
    assert drawn(page) == ended


def test_the_browser_and_python_have_the_same_states(
    page: Page, url: str, services: Services, events: list[Recorded]
) -> None:
    store(services, "c", events)
    page.goto(url)
    chance = Random(11)
    offsets = [chance.uniform(-1, events[-1].offset_s + 1) for _ in range(100)]
    told = page.evaluate(
        """async offsets => {
          const { newStates } = await import("/ui/replay_view/states.js");
          const { events } = await (await fetch("/api/calls/c/replay")).json();
          const states = newStates("c", events);
          const plain = (_, value) => (value instanceof Map ? Object.fromEntries(value) : value);
          return offsets.map(at_s => JSON.stringify(states.at(at_s), plain));
        }""",
        offsets,
    )
    again = Replay(services.log.events("c"))
    for offset_s, browsers in zip(offsets, told, strict=True):
        assert json.loads(browsers) == json.loads(
            json.dumps(asdict(again.at(offset_s)), default=lambda at: at.isoformat())
        )


def test_it_asks_for_nothing_but_what_is_stored(
    page: Page, url: str, services: Services, events: list[Recorded]
) -> None:
    store(services, "c", events)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.on("websocket", lambda socket: asked.append(socket.url))
    open_replay(page, url, "c")
    page.get_by_test_id("play").click()
    page.get_by_test_id("speed").select_option("8")
    expect(page.get_by_test_id("transcript-line").first).to_be_visible()
    assert {path for path in asked if not path.startswith("/ui/")} <= {"/", "/api/calls/c/replay", "/favicon.ico"}


def test_by_hand_and_by_key(page: Page, url: str, services: Services, events: list[Recorded]) -> None:
    flagged = replace(events[40], event=MomentFlagged(moment_id="m1", at_s=events[40].offset_s, note="listen here"))
    store(services, "c", [*events[:41], flagged, *events[41:]])
    open_replay(page, url, "c", 2.0)
    play = page.get_by_test_id("play")
    expect(play).to_have_text("Play")
    expect(page.get_by_test_id("replay-time")).to_contain_text("00:02 /")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("replay-time")).to_contain_text("00:07 /")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_test_id("replay-time")).to_contain_text("00:00 /")
    page.keyboard.press("Space")
    expect(play).to_have_text("Pause")
    page.keyboard.press(">")
    expect(page.get_by_test_id("speed")).to_have_value("1.5")
    page.keyboard.press("<")
    page.keyboard.press("<")
    expect(page.get_by_test_id("speed")).to_have_value("0.5")
    page.wait_for_function("Number(shadow.querySelector('[data-testid=replay]').dataset.atS) > 0.2")
    page.keyboard.press("Space")
    expect(play).to_have_text("Play")
    page.keyboard.press("Home")
    expect(page.get_by_test_id("replay-time")).to_contain_text("00:00 /")
    page.get_by_text("Go to a moment").click()
    page.get_by_test_id("moment-link").filter(has_text="listen here").click()
    page.evaluate("settled()")
    assert at_s(page) == pytest.approx(flagged.offset_s, abs=0.001)
    assert f"at={flagged.offset_s:.1f}" in page.url
    page.get_by_test_id("mark").and_(page.locator("[data-kind=flag]")).dispatch_event("click")
    # Where somebody types, keys are letters.
    page.locator("#outside").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    expect(play).to_have_text("Play")
    assert at_s(page) == pytest.approx(flagged.offset_s, abs=0.001)


def test_nothing_is_read_out_while_looking_for_a_place(
    page: Page, url: str, services: Services, events: list[Recorded]
) -> None:
    store(services, "c", events)
    open_replay(page, url, "c")
    speaking = page.evaluate(
        """[...shadow.querySelectorAll("[data-testid=call-view] :is([aria-live], [role=status], [role=alert])")]
           .filter(node => node.getAttribute("aria-live") !== "off").length"""
    )
    assert speaking == 0
    expect(page.get_by_role("slider", name="Position in the call")).to_have_attribute(
        "aria-valuetext", re.compile("00:00 of ")
    )


def test_silence_is_skipped_when_asked_to(page: Page, url: str, services: Services) -> None:
    store(services, "c", quiet_call())
    open_replay(page, url, "c", 0.5)
    page.get_by_label("Skip silence").check()
    page.get_by_test_id("play").click()
    page.wait_for_function("Number(shadow.querySelector('[data-testid=replay]').dataset.atS) > 599")


def quiet_call() -> list[Recorded]:
    said: Any = [
        (0.0, CallStarted(source="demo", agent="Alex")),
        (0.0, PartyJoined(party="customer", engine="scripted")),
        (600.0, SpeechStarted(party="customer", utterance_id="u1", start_s=600.0)),
        (601.0, SpeechEnded(party="customer", utterance_id="u1", end_s=601.0)),
        (602.0, CallEnded(reason="completed")),
    ]
    return [Recorded("c", seq, at, None, event) for seq, (at, event) in enumerate(said, start=1)]  # type: ignore[arg-type]


def record_bursts(services: Services) -> None:
    """A call "c" recorded from 1.5 s on, with a burst of the customer's every two seconds of the file."""
    services.settings.recordings_path.mkdir()
    recorder = StereoRecorder(services.settings.recordings_path / "c.opus")
    length_s = BURSTS * BURST_EVERY_S
    at = np.arange(round(length_s * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
    burst = (at % BURST_EVERY_S >= 1.0) & (at % BURST_EVERY_S < 1.0 + BURST_S)
    customer = (12_000 * np.sin(2 * np.pi * 700 * at) * burst).astype(np.int16)
    recorder.write(customer, np.zeros_like(customer))
    recorder.close()
    services.log.open("c", lambda: 0.0)
    for offset_s, event in (
        (0.0, CallStarted(source="customer", agent="Alex")),
        (RECORDED_FROM_S, RecordingStarted(file="c.opus")),
        (RECORDED_FROM_S + length_s, RecordingStopped(duration_s=length_s)),
        (RECORDED_FROM_S + length_s, CallEnded(reason="completed")),
        (RECORDED_FROM_S + length_s + 3, WrapUpCompleted(disposition="resolved")),
    ):
        services.log.append("c", event, offset_s)  # type: ignore[arg-type]
    services.log.sync()


LISTEN = """() => {
  const context = new AudioContext();
  const ear = new AnalyserNode(context, { fftSize: 32768 });
  context.createMediaElementSource(audio).connect(ear);
  ear.connect(context.destination);
  const root = shadow.querySelector("[data-testid=replay]");
  window.positions = [];
  window.heard = [];
  const heard = new Float32Array(ear.fftSize);
  let last = -Infinity;
  const note = () => {
    const now = performance.now();
    positions.push([now, Number(root.dataset.atS)]);
    ear.getFloatTimeDomainData(heard);
    // Beginnings of sound in what was played lately, each at the time at which it was played.
    const gap = 0.03 * context.sampleRate;
    let silent = 0;
    for (let each = 0; each < heard.length; each += 1) {
      if (Math.abs(heard[each]) < 0.05) { silent += 1; continue; }
      const at = now - (1000 * (heard.length - each)) / context.sampleRate;
      if (silent > gap && at > last + 60) { window.heard.push(at); last = at; }
      silent = 0;
    }
    requestAnimationFrame(note);
  };
  note();
}"""


def out_of_step_s(page: Page, wait_ms: int, speed: float) -> list[float]:
    """How far the screen was from the sound, at each burst heard in the meantime, in seconds of the listener's time."""
    page.evaluate("() => { positions.length = 0; heard.length = 0; }")
    page.wait_for_timeout(wait_ms)
    positions = np.array(page.evaluate("positions"))
    apart = []
    for heard_ms in page.evaluate("heard"):
        if positions[0, 0] <= heard_ms <= positions[-1, 0]:
            shown_s = float(np.interp(heard_ms, positions[:, 0], positions[:, 1])) - RECORDED_FROM_S
            nearest_s = round((shown_s - 1.0) / BURST_EVERY_S) * BURST_EVERY_S + 1.0
            apart.append((shown_s - nearest_s) / speed)
    return apart


@pytest.mark.real_time
@pytest.mark.parametrize("speed", [0.5, 1, 2, 4, 8])
def test_sound_and_screen_are_in_step(page: Page, url: str, services: Services, speed: float) -> None:
    record_bursts(services)
    open_replay(page, url, "c", RECORDED_FROM_S)
    page.get_by_test_id("speed").select_option(f"{speed:g}")
    page.get_by_test_id("play").click()
    page.evaluate(LISTEN)
    apart = out_of_step_s(page, round(5_000 / speed) + 1_500, speed)
    assert apart
    # After a seek, while it plays.
    aim(page, RECORDED_FROM_S + BURSTS * BURST_EVERY_S + 3)
    seek(page, RECORDED_FROM_S + 0.7 * BURST_EVERY_S)
    page.wait_for_timeout(300)
    after_seek = out_of_step_s(page, round(4_000 / speed) + 500, speed)
    assert after_seek
    # The one or other burst may be heard late where the machine has no time for it.
    assert np.median(np.abs(apart)) <= IN_STEP_S
    assert np.median(np.abs(after_seek)) <= IN_STEP_S


@pytest.mark.real_time
def test_time_goes_on_where_there_is_no_sound(page: Page, url: str, services: Services) -> None:
    record_bursts(services)
    end_s = RECORDED_FROM_S + BURSTS * BURST_EVERY_S
    open_replay(page, url, "c", 0.8)
    page.get_by_test_id("play").click()
    # From before the recording into it.
    page.wait_for_function("!audio.paused && audio.currentTime > 0.2")
    assert at_s(page) == pytest.approx(RECORDED_FROM_S + page.evaluate("audio.currentTime"), abs=0.25)
    aim(page, end_s + 3)
    seek(page, end_s - 0.8)
    # And out of it again, to the end.
    page.wait_for_function("Number(shadow.querySelector('[data-testid=replay]').dataset.atS) > %f" % (end_s + 0.5))
    expect(page.get_by_test_id("play")).to_have_text("Play")
    assert at_s(page) == pytest.approx(end_s + 3, abs=0.01)


def test_a_recording_that_is_broken_leaves_the_words(page: Page, url: str, services: Services) -> None:
    record_bursts(services)
    (services.settings.recordings_path / "c.opus").write_bytes(b"not sound at all")
    open_replay(page, url, "c", 0.0)
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("sound")).to_contain_text("No sound: the recording cannot be played.")
    page.wait_for_function("Number(shadow.querySelector('[data-testid=replay]').dataset.atS) > 2")


def test_a_call_that_is_not_known_is_said(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_function("window.ready")
    page.route("**/api/calls/nobody/replay", lambda route: route.fulfill(status=404, json={"error": "no such call"}))
    page.evaluate("replay('nobody')")
    expect(page.get_by_text("This call cannot be replayed: no such call")).to_be_visible()
