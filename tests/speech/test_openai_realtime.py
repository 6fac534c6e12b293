"""OpenAI's live transcription, the real library against a server that speaks the Realtime API."""

import logging
from collections.abc import Iterator

import numpy as np
import pytest
from speech.listener import PATIENCE_S, SILENCE, Listener, MovedClock, pieces, speak
from speech.realtime_server import KEY, RealtimeServer, Trouble
from speech.word_tones import say

from core.errors import SpeechError
from core.speech.base import Known
from core.speech.openai import create
from core.speech.openai_dialogue import LONGEST_S, Upsampler
from core.speech.openai_realtime import KEYWORDS, RealtimeTranscription
from core.speech.registry import EngineSettings

BILL = "i need help with my bill please"
LIVE = "gpt-live-transcribe"
WHISPER = "gpt-realtime-whisper"


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def listener() -> Listener:
    return Listener()


def engine_at(url: str, clock: MovedClock, key: str = KEY, model: str = LIVE) -> RealtimeTranscription:
    return RealtimeTranscription(
        api_key=key, base_url=url, model=model, clock=clock, network=clock.network(), jitter=lambda: 0.0
    )


@pytest.fixture
def server() -> Iterator[RealtimeServer]:
    with RealtimeServer() as server:
        yield server


@pytest.fixture
def engine(server: RealtimeServer, clock: MovedClock) -> Iterator[RealtimeTranscription]:
    engine = engine_at(server.url, clock)
    yield engine
    engine.close()


def test_words_come_while_the_person_speaks_and_then_one_final(
    engine: RealtimeTranscription, listener: Listener
) -> None:
    engine.warm_up()
    session = listener.open(engine)
    session.begin("one", 0.0)
    for pcm in pieces(say(BILL)):
        session.push(pcm)
    listener.wait_for(lambda it: any(heard.text == BILL for heard in it.heard))
    assert not listener.finals
    session.end()
    assert session.drain(PATIENCE_S)
    assert listener.finals == [("one", BILL)]
    shown = [heard.text for heard in listener.heard[:-1]]
    assert shown == [" ".join(BILL.split()[:number]) for number in range(1, 8)]
    session.close()
    session.close()
    assert not listener.failures


def test_many_utterances_as_fast_as_they_can_be_sent_do_not_mix(
    engine: RealtimeTranscription, server: RealtimeServer, listener: Listener
) -> None:
    session = listener.open(engine)
    texts = ["yes", "", BILL, "no", "order seven eight nine", "thanks", *["yes", "no"] * 6]
    for number, text in enumerate(texts):
        speak(session, str(number), text)
    assert session.drain(PATIENCE_S)
    assert listener.finals == [(str(number), text) for number, text in enumerate(texts)]
    assert len(server.talks) == 1
    session.close()


@pytest.mark.parametrize("samples", [0, 1, 100, 4_800])
def test_however_little_was_said_exactly_one_final_follows(
    engine: RealtimeTranscription, listener: Listener, samples: int
) -> None:
    session = listener.open(engine)
    session.begin("short", 0.0)
    session.push(SILENCE[:samples])
    session.end()
    speak(session, "after", "yes")
    assert session.drain(PATIENCE_S)
    assert listener.finals == [("short", ""), ("after", "yes")]
    assert listener.heard[0].confidence is None
    session.close()


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(drop_after_s=1.2),
        Trouble(drop_before_answer=True),
        Trouble(drop_after_s=1.2, close=(1011, "keepalive ping timeout")),
        Trouble(drop_after_s=1.2, close=(1001, "session hit the maximum duration of 60 minutes")),
        Trouble(failed={"type": "server_error", "message": "try again"}),
        Trouble(commit_error={"type": "server_error", "message": "try again"}),
        Trouble(update_error={"type": "invalid_request_error", "code": "session_expired", "message": "expired"}),
        Trouble(update_error={"type": "tokens", "code": "rate_limit_exceeded", "message": "too fast"}),
    ],
)
def test_what_was_said_when_something_went_wrong_is_neither_lost_nor_doubled(
    clock: MovedClock, listener: Listener, trouble: Trouble
) -> None:
    with RealtimeServer(trouble) as server:
        engine = engine_at(server.url, clock)
        session = listener.open(engine)
        for number, text in enumerate(["yes", BILL, "thanks"]):
            speak(session, str(number), text)
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("0", "yes"), ("1", BILL), ("2", "thanks")]
        assert len(server.talks) == 2
        engine.close()


def test_sound_nothing_can_be_made_of_is_an_empty_final(clock: MovedClock, listener: Listener) -> None:
    with RealtimeServer(Trouble(failed={"code": "audio_unintelligible", "message": "?"})) as server:
        engine = engine_at(server.url, clock)
        session = listener.open(engine)
        speak(session, "one", "")
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("one", "")]
        assert len(server.talks) == 1
        engine.close()


def test_keywords_it_only_reads_back_are_nothing_that_was_said(clock: MovedClock, listener: Listener) -> None:
    with RealtimeServer(Trouble(invents="Plus, Aurora Router, Sarah Johnson.")) as server:
        engine = engine_at(server.url, clock)
        engine.learn(Known(names=("Sarah Johnson",), products=("Aurora Router",), plans=("Plus",)))
        session = listener.open(engine)
        speak(session, "one", "")
        speak(session, "two", "yes")
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("one", ""), ("two", "yes")]
        engine.close()


def test_a_line_cut_between_utterances_is_there_again_before_the_next(
    engine: RealtimeTranscription, server: RealtimeServer, listener: Listener
) -> None:
    session = listener.open(engine)
    speak(session, "one", "yes")
    assert session.drain(PATIENCE_S)
    server.cut_all()
    server.wait_for(lambda it: len(it.talks) == 2)
    speak(session, "two", "no")
    assert session.drain(PATIENCE_S)
    assert listener.finals == [("one", "yes"), ("two", "no")]
    assert not listener.failures
    session.close()


def test_a_session_about_to_expire_is_replaced_between_utterances(
    engine: RealtimeTranscription, server: RealtimeServer, listener: Listener, clock: MovedClock
) -> None:
    session = listener.open(engine)
    speak(session, "one", "yes")
    assert session.drain(PATIENCE_S)
    session.begin("two", 0.0)
    session.push(say("no"))
    listener.wait_for(lambda it: it.heard[-1].text == "no")
    clock.advance(LONGEST_S)
    assert len(server.talks) == 1
    session.end()
    server.wait_for(lambda it: len(it.talks) == 2)
    speak(session, "three", BILL)
    assert session.drain(PATIENCE_S)
    assert listener.finals == [("one", "yes"), ("two", "no"), ("three", BILL)]
    assert not listener.failures
    session.close()


def test_a_server_that_never_answers_is_given_up_within_the_bound(clock: MovedClock, listener: Listener) -> None:
    with RealtimeServer(Trouble(mute=True), Trouble(mute=True), Trouble(mute=True)) as server:
        engine = engine_at(server.url, clock)
        session = listener.open(engine)
        speak(session, "one", BILL)
        for times in (1, 2):
            server.wait_for(lambda it, times=times: it.count("input_audio_buffer.commit") == times)  # type: ignore[misc]
            clock.advance(4.0)
        failure = listener.failure()
        assert isinstance(failure, SpeechError)
        assert str(failure) == "OpenAI does not answer; check the network and OPENAI_BASE_URL"
        assert not failure.retryable
        assert not session.drain(PATIENCE_S)
        assert clock.monotonic_s() <= 8.0
        engine.close()


QUOTA = {"type": "insufficient_quota", "code": "insufficient_quota", "message": "You exceeded your current quota"}
NO_MODEL = {"type": "invalid_request_error", "code": "model_not_found", "message": f"no model for {KEY}"}
BAD_KEY = {"type": "invalid_request_error", "code": "invalid_api_key", "message": f"Incorrect API key: {KEY}"}


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        (Trouble(status=403), "refuses the key"),
        (Trouble(status=404), "check OPENAI_STT_MODEL"),
        (Trouble(update_error=BAD_KEY), "refuses the key"),
        (Trouble(update_error=NO_MODEL), "check OPENAI_STT_MODEL"),
        (Trouble(update_error=QUOTA), "no credit"),
        (Trouble(failed=QUOTA), "no credit"),
        (Trouble(drop_after_s=0.1, close=(3000, f"invalid_request_error.invalid_api_key {KEY}")), "refuses the key"),
    ],
)
def test_what_trying_again_does_not_change_fails_at_once_and_does_not_tell_the_key(
    clock: MovedClock, listener: Listener, caplog: pytest.LogCaptureFixture, trouble: Trouble, says: str
) -> None:
    caplog.set_level(logging.DEBUG)
    with RealtimeServer(trouble) as server:
        engine = engine_at(server.url, clock)
        speak(listener.open(engine), "one", BILL)
        failure = listener.failure()
        assert isinstance(failure, SpeechError)
        assert says in str(failure)
        assert not failure.retryable
        assert server.tried == 1
        ours = [record.getMessage() for record in caplog.records if not record.name.startswith("websockets.server")]
        assert KEY not in f"{failure} {engine.readiness} {ours}"
        assert (engine.readiness.state == "unavailable") == ("key" in says)
        engine.close()


@pytest.mark.parametrize("status", [429, 500])
def test_a_server_that_is_busy_is_asked_again(clock: MovedClock, listener: Listener, status: int) -> None:
    with RealtimeServer(Trouble(status=status), Trouble(status=status)) as server:
        engine = engine_at(server.url, clock)
        session = listener.open(engine)
        speak(session, "one", BILL)
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("one", BILL)]
        assert server.tried == 3
        engine.close()


def test_a_wrong_key_makes_the_engine_unavailable(clock: MovedClock, listener: Listener) -> None:
    with RealtimeServer() as server:
        engine = engine_at(server.url, clock, key="another")
        listener.open(engine)
        assert "correct OPENAI_API_KEY" in str(listener.failure())
        assert engine.readiness.state == "unavailable"
        engine.close()


def test_messages_that_make_no_sense_are_passed_over(clock: MovedClock, listener: Listener) -> None:
    with RealtimeServer(Trouble(garbage=True)) as server:
        engine = engine_at(server.url, clock)
        session = listener.open(engine)
        speak(session, "one", BILL)
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("one", BILL)]
        engine.close()


def test_sessions_side_by_side_do_not_mix(engine: RealtimeTranscription, server: RealtimeServer) -> None:
    one, other = Listener(), Listener()
    first, second = one.open(engine), other.open(engine)
    for number in range(3):
        speak(first, str(number), "yes please")
        speak(second, str(number), "no thanks")
    assert first.drain(PATIENCE_S)
    assert second.drain(PATIENCE_S)
    assert {text for _, text in one.finals} == {"yes please"}
    assert {text for _, text in other.finals} == {"no thanks"}
    assert len(server.talks) == 2


def test_what_the_model_takes_it_is_given(server: RealtimeServer, clock: MovedClock, listener: Listener) -> None:
    names = tuple(f"Person Number{number}" for number in range(300))
    asked: list[dict[str, object]] = []
    for model, language in ((LIVE, "es"), (LIVE, "auto"), (WHISPER, "fr"), (WHISPER, "auto")):
        engine = engine_at(server.url, clock, model=model)
        engine.learn(Known(names=names, products=("Aurora Router",)))
        assert engine.capabilities.learns == (model == LIVE)
        session = listener.open(engine, language)
        speak(session, "one", "yes")
        assert session.drain(PATIENCE_S)
        asked.append(server.talks[-1].transcription)
        engine.close()
    keywords = asked[0]["keywords"]
    assert isinstance(keywords, list)
    assert keywords[:2] == ["Aurora Router", "Person Number0"]
    assert len(keywords) <= KEYWORDS
    assert asked[0] == {"model": LIVE, "languages": ["es"], "keywords": keywords}
    assert asked[1] == {"model": LIVE, "keywords": keywords}
    assert asked[2] == {"model": WHISPER, "language": "fr"}
    assert asked[3] == {"model": WHISPER}


@pytest.mark.parametrize("samples", [7, 160, 480, 1_600, 5_000])
def test_sound_in_pieces_becomes_what_it_becomes_as_a_whole(samples: int) -> None:
    at_s = np.arange(16_000) / 16_000
    tone = np.round(10_000 * np.sin(2 * np.pi * 440 * at_s)).astype(np.int16)
    whole, bit_by_bit = Upsampler(), Upsampler()
    expected = np.concatenate([whole.push(tone), whole.flush()])
    parts = [bit_by_bit.push(tone[at : at + samples]) for at in range(0, len(tone), samples)]
    assert np.array_equal(np.concatenate([*parts, bit_by_bit.flush()]), expected)
    assert abs(len(expected) - 24_000) <= 2


def test_without_a_key_it_says_so_and_serves_only_a_server_of_ones_own(listener: Listener) -> None:
    engine = create(EngineSettings(openai_stt_model=LIVE))
    assert isinstance(engine, RealtimeTranscription)
    assert (engine.readiness.state, engine.readiness.message) == ("unavailable", "set OPENAI_API_KEY")
    with pytest.raises(SpeechError, match="set OPENAI_API_KEY"):
        listener.open(engine)
    engine.close()
    with RealtimeServer(key="none") as server:
        engine = create(EngineSettings(openai_stt_model=LIVE, openai_base_url=server.url))
        assert engine.readiness.state == "unavailable"
        session = listener.open(engine)
        speak(session, "one", BILL)
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("one", BILL)]
        engine.close()


def test_a_closed_engine_fails_its_sessions_and_opens_none(engine: RealtimeTranscription, listener: Listener) -> None:
    session = listener.open(engine)
    session.begin("one", 0.0)
    engine.close()
    assert "restart" in str(listener.failure())
    session.push(SILENCE)
    session.end()
    assert not session.drain(PATIENCE_S)
    with pytest.raises(SpeechError, match="restart"):
        listener.open(engine)
