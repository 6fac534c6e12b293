"""Recordings analysed in the background: what they become, and what becomes of those that cannot be."""

import threading
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.audio.diarization import VoiceTurn
from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.bootstrap import Services, leg_maker
from core.calls.analysis import Analyses, Analysis
from core.calls.events import (
    CallEnded,
    Party,
    PartyJoined,
    RecordingStarted,
    RecordingStopped,
    SpeechStarted,
    WrapUpCompleted,
)
from core.calls.hearing import Append
from core.calls.leg import Leg
from core.calls.outcome import replaced_in
from core.calls.recording import Cancelled, Progress
from core.calls.roles import guess_agent
from core.calls.sound import LONGEST_S, Channels, Separated, survey
from core.calls.transcribe import MakeLeg
from core.config import ROOT
from core.errors import AudioError, CallError
from core.insights.listing import page
from core.insights.overview import CallFilter
from core.insights.replaced import counts_instead

STEREO = ROOT / "data" / "scenarios" / "sarah_johnson.opus"
WAIT_S = 60.0


@pytest.fixture
def analyses(services: Services) -> Iterator[Analyses]:
    made = Analyses(
        services.recorded_call,
        lambda engine, language: leg_maker(services.settings, services.speech.chooser(engine, language)),
        services.log,
        services.clock,
        services.new_id,
        services.settings.recordings_path,
    )
    yield made
    made.close()


def write_wav(path: Path, *channels: Pcm) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(SPEECH_RATE_HZ)
        file.writeframes(np.stack(channels, axis=1).tobytes())
    return path


def both_in_one(path: Path, seconds: int = 30) -> Path:
    with Recording.open(STEREO) as recording:
        blocks = [np.clip(sum(pcm.astype(int) for pcm in block.values()), -32768, 32767) for block in recording]
    return write_wav(path, np.concatenate(blocks)[: seconds * SPEECH_RATE_HZ].astype(np.int16))


def settled(analyses: Analyses, analysis_id: str) -> Analysis:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        analysis = analyses.get(analysis_id)
        assert analysis is not None
        if analysis.over:
            return analysis
        threading.Event().wait(0.02)
    raise AssertionError(f"the analysis was not over within {WAIT_S} s")


def analysed(analyses: Analyses, path: Path, channels: Channels | None = None) -> Analysis:
    with path.open("rb") as sound:
        return settled(analyses, analyses.begin(path.name, sound, channels or Channels()))


def test_a_stereo_recording_becomes_a_call_that_keeps_its_sound(services: Services, analyses: Analyses) -> None:
    done = analysed(analyses, STEREO)
    assert (done.state, done.message) == ("done", "")
    events = [recorded.event for recorded in services.log.events(done.call_id)]
    assert {event.party for event in events if isinstance(event, PartyJoined)} == {"customer", "agent"}
    kept = next(event.file for event in events if isinstance(event, RecordingStarted))
    stopped = next(event for event in events if isinstance(event, RecordingStopped))
    with Recording.open(services.settings.recordings_path / kept) as recording, Recording.open(STEREO) as original:
        assert recording.parties == ("customer", "agent")
        assert stopped.duration_s == pytest.approx(original.duration_s, abs=0.1)
        assert sum(len(block["agent"]) for block in recording) / SPEECH_RATE_HZ == pytest.approx(stopped.duration_s)
    call = services.log.call(done.call_id)
    assert (call.title, call.recording, call.end_reason) == (STEREO.name, "off", "completed")


def test_left_and_right_can_be_exchanged(services: Services, analyses: Analyses) -> None:
    starts = []
    for left in ("customer", "agent"):
        done = analysed(analyses, STEREO, Channels(left=left))
        events = [recorded.event for recorded in services.log.events(done.call_id)]
        starts.append([(event.party, event.start_s) for event in events if isinstance(event, SpeechStarted)])
    other = {"customer": "agent", "agent": "customer"}
    assert starts[0]
    assert sorted(starts[1]) == sorted((other[party], start_s) for party, start_s in starts[0])


def test_two_voices_in_one_channel_become_two_parties_and_can_be_swapped(
    services: Services, analyses: Analyses, tmp_path: Path
) -> None:
    done = analysed(analyses, both_in_one(tmp_path / "both.wav"))
    assert "guessed because that voice speaks first" in done.message
    events = [recorded.event for recorded in services.log.events(done.call_id)]
    spoke = [event.party for event in events if isinstance(event, SpeechStarted)]
    assert spoke[0] == "agent"
    assert set(spoke) == {"customer", "agent"}

    swapped = settled(analyses, analyses.swap(done.call_id))
    assert swapped.state == "done"
    again = [recorded.event for recorded in services.log.events(swapped.call_id)]
    assert next(event.party for event in again if isinstance(event, SpeechStarted)) == "customer"
    wrap_up = next(event for event in again if isinstance(event, WrapUpCompleted))
    assert replaced_in(wrap_up.note) == swapped.replaces == done.call_id
    with pytest.raises(CallError, match="swapped already"):
        analyses.swap(done.call_id)
    (counts,) = page(services.database, CallFilter()).rows
    assert (counts["call_id"], counts["recording"]) == (swapped.call_id, f"{swapped.call_id}.opus")
    assert counts_instead(services.database, done.call_id) == swapped.call_id
    assert services.log.call(done.call_id).title == services.log.call(swapped.call_id).title == "both.wav"


def test_only_a_call_with_kept_sound_can_be_swapped(services: Services, analyses: Analyses) -> None:
    call = services.recorded_call().run(STEREO)
    with pytest.raises(CallError, match="sound is not kept"):
        analyses.swap(call.call_id)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [("empty.wav", b"", "is empty"), ("words.mp3", b"no sound " * 999, "not a recording that can be read")],
)
def test_what_is_no_recording_fails_with_a_message_and_leaves_no_call(
    services: Services, analyses: Analyses, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    failed = analysed(analyses, path)
    assert (failed.state, failed.call_id) == ("failed", "")
    assert says in failed.message
    assert name in failed.message
    assert services.log.live_calls() == []


def test_silence_and_too_much_are_refused(tmp_path: Path) -> None:
    silent = write_wav(tmp_path / "silent.wav", np.zeros(SPEECH_RATE_HZ, np.int16))
    with pytest.raises(AudioError, match="silent from start to end"):
        survey(silent, Channels())
    long = tmp_path / "long.wav"
    with wave.open(str(long), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(1_000)
        file.writeframes(bytes(round(LONGEST_S + 5) * 1_000))
    with pytest.raises(AudioError, match="longer than 3 hours"):
        survey(long, Channels())


def test_the_one_that_waits_and_the_one_that_runs_can_be_cancelled(services: Services, tmp_path: Path) -> None:
    reached, go_on = threading.Event(), threading.Event()

    path = both_in_one(tmp_path / "both.wav", seconds=20)
    real = leg_maker(services.settings, services.speech.chooser(), services.new_id)
    held = Analyses(
        services.recorded_call,
        lambda engine, language: _held(real, reached, go_on),
        services.log,
        services.clock,
        services.new_id,
        services.settings.recordings_path,
    )
    try:
        with path.open("rb") as first, path.open("rb") as second:
            running, waiting = (held.begin(path.name, sound, Channels()) for sound in (first, second))
        assert reached.wait(WAIT_S)
        held.cancel(waiting)
        held.cancel(running)
        go_on.set()
        assert settled(held, running).state == settled(held, waiting).state == "cancelled"
        assert services.log.live_calls() == []
        assert list(services.settings.recordings_path.glob("*")) == []
    finally:
        go_on.set()
        held.close()


def _held(make: MakeLeg, reached: threading.Event, go_on: threading.Event) -> MakeLeg:
    def held(party: Party, append: Append) -> Leg:
        reached.set()
        assert go_on.wait(WAIT_S)
        return make(party, append)

    return held


def test_a_cancelled_call_says_so(services: Services, tmp_path: Path) -> None:
    def stop_at(progress: Progress) -> None:
        if progress.position_s > 2:
            raise Cancelled

    call = services.recorded_call()
    with pytest.raises(Cancelled), Recording.open(STEREO) as recording:
        call.hear(recording, "x", stop_at, keep=tmp_path / "x.opus")
    services.log.sync()
    events = [recorded.event for recorded in services.log.events(call.call_id)]
    assert next(event.reason for event in events if isinstance(event, CallEnded)) == "interrupted"
    assert isinstance(events[-1], WrapUpCompleted)
    assert events[-1].disposition == "cancelled"


def test_separated_sound_has_every_sample_once() -> None:
    pcm = np.arange(1, SPEECH_RATE_HZ + 1, dtype=np.int16)

    class Mono:
        parties = ("customer",)
        duration_s = 1.0

        def __iter__(self) -> Iterator[dict[str, Pcm]]:
            yield from ({"customer": pcm[start : start + 1_600]} for start in range(0, len(pcm), 1_600))

    turns = [VoiceTurn(0.1, 0.3, 0), VoiceTurn(0.5, 0.6, 1), VoiceTurn(0.7, 0.8, 0)]
    blocks = list(Separated(Mono(), turns, agent_voice=1))  # type: ignore[arg-type]
    agent = np.concatenate([block["agent"] for block in blocks])
    customer = np.concatenate([block["customer"] for block in blocks])
    assert np.array_equal(agent + customer, pcm)
    assert np.flatnonzero(agent)[[0, -1]].tolist() == [round(0.4 * SPEECH_RATE_HZ), round(0.65 * SPEECH_RATE_HZ) - 1]


@pytest.mark.parametrize(
    ("said", "agent_voice", "why"),
    [
        ({0: "thank you for calling how can i help", 1: "my bill is wrong"}, 0, "thank you for calling"),
        ({0: "hello i'm calling about my order", 1: "can i have your name"}, 1, "can i have your"),
        ({0: "hello i need my bill", 1: "mm"}, 1, "i need"),
        ({0: "uh", 1: "oh"}, 0, "speaks first"),
        ({}, 0, "speaks first"),
    ],
)
def test_the_agent_is_guessed_from_words_and_else_from_who_speaks_first(
    said: dict[int, str], agent_voice: int, why: str
) -> None:
    guess = guess_agent(said)
    assert guess.agent_voice == agent_voice
    assert why in guess.why
