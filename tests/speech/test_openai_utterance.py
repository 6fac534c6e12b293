"""Transcription an utterance at a time: the real SDK against the endpoint on loopback."""

import logging
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import numpy as np
import pytest
from transcription_server import Answer, Asked, Script, TranscriptionServer

from core.audio.endpointing import Endpointer
from core.audio.frames import SPEECH_RATE_HZ, AudioChunk, Pcm
from core.calls.events import Event, ProviderFailed, SpeechEngineChanged, TranscriptFinal
from core.calls.leg import Leg
from core.clock import ManualClock
from core.errors import SpeechError
from core.speech import engines as engines_module
from core.speech.base import Hypothesis, Known, SpeechSession, SpeechToText
from core.speech.engines import Engines
from core.speech.openai import create
from core.speech.openai_utterance import UtteranceTranscription
from core.speech.registry import EngineSettings
from core.speech.scripted import ScriptedEngine, TimedText

PATIENCE_S = 30.0
KEY = "sk-secret-0123456789"
TALK = np.full(SPEECH_RATE_HZ // 10, 3000, np.int16)
HUSH = np.zeros(SPEECH_RATE_HZ // 10, np.int16)
KNOWN = Known(names=("Sarah Johnson",), products=("USB Hub", "Laptop Stand"), plans=("Gold Plan",))


class Listener:
    def __init__(self) -> None:
        self.heard: list[Hypothesis] = []
        self.said: queue.Queue[Hypothesis] = queue.Queue()
        self.failures: queue.Queue[Exception] = queue.Queue()

    @property
    def finals(self) -> list[tuple[str, str]]:
        return [(h.utterance_id, h.text) for h in self.heard if h.final]

    def __call__(self, hypothesis: Hypothesis) -> None:
        self.heard.append(hypothesis)
        self.said.put(hypothesis)

    def open(self, engine: SpeechToText, language: str = "auto") -> SpeechSession:
        return engine.open("customer", self, self.failures.put, language)

    def failure(self) -> SpeechError:
        error = self.failures.get(timeout=PATIENCE_S)
        assert isinstance(error, SpeechError)
        assert KEY not in str(error)
        assert "\n" not in str(error)
        return error


@contextmanager
def serving(
    script: Script, *, model: str = "gpt-4o-transcribe", bound_s: float = 8.0
) -> Iterator[tuple[UtteranceTranscription, TranscriptionServer, ManualClock]]:
    clock = ManualClock()
    with TranscriptionServer(script) as server:
        engine = UtteranceTranscription(
            api_key=KEY, base_url=server.url, model=model, clock=clock, jitter=lambda: 0.5, bound_s=bound_s
        )
        yield engine, server, clock
        engine.close()


def says(*answers: Answer) -> Script:
    """The answers in turn, the last one again and again."""
    return lambda _, number: answers[min(number, len(answers) - 1)]


def speak(session: SpeechSession, utterance_id: str, tenths: int = 10) -> None:
    session.begin(utterance_id, 0.0)
    for _ in range(tenths):
        session.push(TALK)
    session.end()


def test_an_utterance_is_sent_when_it_is_over_and_its_words_stream_in() -> None:
    with serving(says(Answer(text="my bill is wrong", logprobs=[-0.1, -0.3]))) as (engine, server, _):
        listener = Listener()
        session = listener.open(engine, "en")
        speak(session, "one", 12)
        assert session.drain(PATIENCE_S)
        assert [(h.text, h.final) for h in listener.heard] == [
            ("my", False),
            ("my bill", False),
            ("my bill is", False),
            ("my bill is wrong", False),
            ("my bill is wrong", True),
        ]
        assert listener.heard[-1].confidence == pytest.approx(np.exp(-0.2))
        (asked,) = server.asked
        assert asked.pcm.tolist() == np.tile(TALK, 12).tolist()
        assert (asked.authorization, asked.file) == (f"Bearer {KEY}", "utterance.wav")
        assert asked.fields == {
            "model": ["gpt-4o-transcribe"],
            "response_format": ["json"],
            "stream": ["true"],
            "language": ["en"],
            "include": ["logprobs"],
            "prompt": ["A call to customer service. It may mention: Sidetone."],
        }


def test_the_newest_models_take_keywords_and_languages_and_say_what_was_spoken() -> None:
    with serving(says(Answer(text="hola", languages=["es"])), model="gpt-transcribe") as (engine, server, _):
        assert engine.capabilities.detects_language
        engine.learn(KNOWN)
        listener = Listener()
        for language in ("auto", "es"):
            session = listener.open(engine, language)
            speak(session, language)
            assert session.drain(PATIENCE_S)
        assert [h.language for h in listener.heard if h.final] == ["es", "es"]
        detected, given = (asked.fields for asked in server.asked)
        assert detected["keywords"] == ["Gold Plan", "USB Hub", "Laptop Stand", "Sidetone", "Sarah Johnson"]
        assert "languages" not in detected
        assert given["languages"] == ["es"]
        assert not {"prompt", "language"} & given.keys()


@pytest.mark.parametrize("model", ["gpt-4o-transcribe", "whisper-1", "my-own-whisper"])
def test_names_and_products_are_given_along(model: str) -> None:
    with serving(says(Answer(text="yes")), model=model) as (engine, server, _):
        engine.learn(KNOWN)
        session = Listener().open(engine)
        speak(session, "one")
        assert session.drain(PATIENCE_S)
        (prompt,) = server.asked[0].fields["prompt"]
        assert prompt.endswith("Gold Plan, USB Hub, Laptop Stand, Sidetone, Sarah Johnson.")
        assert "language" not in server.asked[0].fields


def test_a_list_that_is_only_read_back_is_nothing() -> None:
    with serving(says(Answer(text="Gold Plan, USB Hub, Laptop Stand."))) as (engine, _, _):
        engine.learn(KNOWN)
        listener = Listener()
        session = listener.open(engine)
        speak(session, "noise")
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("noise", "")]


@pytest.mark.parametrize(("model", "streams"), [("whisper-1", True), ("gpt-4o-transcribe", False)])
def test_models_and_servers_that_do_not_stream_answer_all_at_once(model: str, streams: bool) -> None:
    with serving(says(Answer(text=" my bill", streams=streams)), model=model) as (engine, server, _):
        listener = Listener()
        session = listener.open(engine)
        speak(session, "one")
        assert session.drain(PATIENCE_S)
        assert [(h.text, h.final) for h in listener.heard] == [("my bill", True)]
        assert server.asked[0].fields["stream"] == [str(model != "whisper-1").lower()]


def test_nothing_understood_is_an_empty_final_and_too_little_sound_asks_nobody() -> None:
    with serving(says(Answer(text=""))) as (engine, server, _):
        listener = Listener()
        session = listener.open(engine)
        speak(session, "noise")
        speak(session, "click", 0)
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("noise", ""), ("click", "")]
        assert len(server.asked) == 1


def test_many_utterances_fast_and_two_sessions_do_not_mix() -> None:
    with serving(lambda asked, _: Answer(text=f"{len(asked.pcm) // 1600}")) as (engine, _, _):
        one, other = Listener(), Listener()
        sessions = one.open(engine), other.open(engine)
        for number in range(1, 13):
            speak(sessions[number % 2], str(number), number)
        assert all(session.drain(PATIENCE_S) for session in sessions)
        assert other.finals == [(str(number), str(number)) for number in range(1, 13, 2)]
        assert one.finals == [(str(number), str(number)) for number in range(2, 13, 2)]


def test_sessions_do_not_wait_for_one_another() -> None:
    met = threading.Event()

    def script(asked: Asked, number: int) -> Answer:
        if len(asked.pcm) > SPEECH_RATE_HZ:
            return Answer(text="slow", stall_after=0)
        met.set()
        return Answer(text="quick")

    with serving(script) as (engine, _, _):
        slow, quick = Listener(), Listener()
        held, free = slow.open(engine), quick.open(engine)
        speak(held, "one", 20)
        speak(free, "one", 5)
        assert free.drain(PATIENCE_S)
        assert quick.finals == [("one", "quick")]
        assert slow.finals == []


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(status=500),
        Answer(status=503, retry_after="2"),
        Answer(status=429, code="rate_limit_exceeded"),
        Answer(text="my bill is", drop_after=2),
        Answer(raw="data: {nonsense\n\n"),
        Answer(raw="data: [1, 2]\n\n"),
        Answer(raw='data: {"type": "transcript.text.done"}\n\n'),
        Answer(raw='data: {"error": {"message": "overloaded", "code": "server_error"}}\n\n'),
        Answer(raw=""),
        Answer(raw="<html>", streams=False),
        Answer(raw="[]", streams=False),
    ],
)
def test_trouble_that_passes_costs_nothing_but_time(trouble: Answer) -> None:
    with serving(says(trouble, trouble, Answer(text="my bill is wrong"))) as (engine, server, clock):
        listener = Listener()
        session = listener.open(engine)
        speak(session, "one")
        speak(session, "two")
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("one", "my bill is wrong"), ("two", "my bill is wrong")]
        assert len(server.asked) == 4
        assert all(asked.pcm.tolist() == np.tile(TALK, 10).tolist() for asked in server.asked)
        assert clock.monotonic_s() == (4.0 if trouble.retry_after else 0.75)


@pytest.mark.parametrize(
    ("trouble", "advice"),
    [
        (Answer(status=401, code="invalid_api_key"), "OPENAI_API_KEY"),
        (Answer(status=403), "OPENAI_API_KEY"),
        (Answer(status=404, code="model_not_found"), "OPENAI_STT_MODEL"),
        (Answer(status=400, code="model_not_found"), "OPENAI_STT_MODEL"),
        (Answer(status=400, code="invalid_value"), "OPENAI_STT_MODEL"),
        (Answer(status=429, code="insufficient_quota"), "quota"),
    ],
)
def test_trouble_that_stays_fails_at_once_and_says_what_to_do(
    trouble: Answer, advice: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(says(trouble)) as (engine, server, clock):
        listener = Listener()
        session = listener.open(engine)
        speak(session, "one")
        failure = listener.failure()
        assert not failure.retryable
        assert advice in str(failure)
        assert engine.readiness.state == "failed"
        assert engine.readiness.message == str(failure)
        assert not session.drain(0)
        assert len(server.asked) == 1
        assert clock.monotonic_s() == 0.0
    assert KEY not in caplog.text


@pytest.mark.parametrize("trouble", [Answer(status=500), Answer(status=429, retry_after="60")])
def test_trouble_that_lasts_fails_within_the_bound_for_another_engine_to_go_on(trouble: Answer) -> None:
    with serving(says(trouble)) as (engine, server, clock):
        listener = Listener()
        speak(listener.open(engine), "one")
        assert not listener.failure().retryable
        assert clock.monotonic_s() <= 8.0
        assert len(server.asked) == (1 if trouble.retry_after else 6)
        assert engine.readiness.state == "ready"


@pytest.mark.parametrize("stall", [-1, 2])
def test_a_server_that_says_nothing_more_fails_within_the_bound(stall: int) -> None:
    # How long a socket may be silent no clock of ours can tell: this is real time.
    with serving(says(Answer(text="my bill is wrong", stall_after=stall)), bound_s=0.2) as (engine, _, _):
        listener = Listener()
        session = listener.open(engine)
        speak(session, "one")
        assert "in time" in str(listener.failure())
        assert listener.finals == []


def test_nobody_there_says_where_to_look() -> None:
    clock = ManualClock()
    engine = UtteranceTranscription(api_key=KEY, base_url="http://127.0.0.1:9/v1", model="m", clock=clock)
    listener = Listener()
    speak(listener.open(engine), "one")
    failure = listener.failure()
    assert "OPENAI_BASE_URL" in str(failure)
    assert not failure.retryable
    assert clock.monotonic_s() <= 8.0
    engine.close()


def test_closing_the_engine_fails_its_sessions_and_ends_what_is_under_way() -> None:
    with serving(says(Answer(text="a b c", stall_after=1))) as (engine, _, _):
        listener = Listener()
        speak(listener.open(engine), "one")
        assert listener.said.get(timeout=PATIENCE_S).text == "a"
        engine.close()
        engine.close()
        assert "restart" in str(listener.failure())
        with pytest.raises(SpeechError, match="restart"):
            listener.open(engine)


def test_it_is_ready_with_a_key_and_usable_with_an_address_alone() -> None:
    keyless = UtteranceTranscription(api_key="", base_url="http://127.0.0.1:9/v1", model="m")
    assert keyless.readiness.state == "unavailable"
    assert "OPENAI_API_KEY" in keyless.readiness.message
    Listener().open(keyless).close()
    nothing = UtteranceTranscription(api_key="", base_url="", model="m")
    nothing.warm_up()
    with pytest.raises(SpeechError, match="OPENAI_API_KEY"):
        Listener().open(nothing)
    assert UtteranceTranscription(api_key=KEY, base_url="", model="m").readiness.state == "ready"


@pytest.mark.parametrize("model", ["", "gpt-transcribe", "gpt-4o-transcribe", "whisper-1"])
def test_the_name_of_the_model_tells_how_it_is_asked(model: str) -> None:
    engine = create(EngineSettings(openai_stt_model=model))
    assert isinstance(engine, UtteranceTranscription)
    assert (engine.name, engine.capabilities.local, engine.capabilities.partials) == ("openai", False, False)


@pytest.mark.parametrize("model", ["gpt-realtime-whisper", "gpt-live-transcribe"])
def test_models_that_transcribe_live_are_asked_live(model: str) -> None:
    engine = create(EngineSettings(openai_stt_model=model))
    assert (engine.name, engine.capabilities.local, engine.capabilities.partials) == ("openai", False, True)


def sound(*blocks: tuple[Pcm, int]) -> Iterator[AudioChunk]:
    at = 0
    for pcm, times in blocks:
        for _ in range(times):
            yield AudioChunk(pcm, at / SPEECH_RATE_HZ)
            at += len(pcm)


def test_where_it_fails_in_mid_call_another_engine_has_all_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    second = ScriptedEngine([TimedText(text="my bill is wrong", start_s=1, end_s=2)])
    with serving(says(Answer(status=401))) as (engine, _, clock):
        made: dict[str, SpeechToText] = {"openai": engine, "scripted": second}
        monkeypatch.setattr(engines_module, "BEST_FIRST", tuple(made))
        monkeypatch.setattr(engines_module, "engine_from", lambda name, settings: made[name])
        events: list[Event] = []
        numbers = count(1)
        leg = Leg(
            "customer",
            Engines(EngineSettings(), clock).chooser(),
            Endpointer(is_speech=lambda frame: bool(frame.any())),
            lambda event, _: events.append(event),
            lambda kind: f"{kind}_{next(numbers)}",
        )
        assert leg.engine_name == "openai"
        for chunk in sound((HUSH, 10), (TALK, 10), (HUSH, 10)):
            leg.feed(chunk)
        leg.finish()
        (failed,) = [event for event in events if isinstance(event, ProviderFailed)]
        (changed,) = [event for event in events if isinstance(event, SpeechEngineChanged)]
        (final,) = [event for event in events if isinstance(event, TranscriptFinal)]
        assert (failed.provider, changed.engine) == ("openai", "scripted")
        assert (final.text, final.engine) == ("my bill is wrong", "scripted")
