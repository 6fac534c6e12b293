"""Deepgram's engine against a server that speaks its protocol."""

import logging
import socket
from collections.abc import Iterator

import pytest
from speech.deepgram_server import KEY, DeepgramServer, Trouble
from speech.listener import PATIENCE_S, SILENCE, Listener, MovedClock, pieces, speak
from speech.word_tones import say

from core.errors import SpeechError
from core.speech.base import Hypothesis, Known, SpeechSession
from core.speech.deepgram import TERMS, DeepgramEngine, create
from core.speech.registry import EngineSettings

BILL = "i need help with my bill please"
LONG = " ".join([BILL] * 3)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def listener() -> Listener:
    return Listener()


def engine_at(url: str, clock: MovedClock, key: str = KEY, model: str = "nova-3") -> DeepgramEngine:
    return DeepgramEngine(api_key=key, url=url, model=model, clock=clock, network=clock.network(), jitter=lambda: 0.0)


@pytest.fixture
def server() -> Iterator[DeepgramServer]:
    with DeepgramServer() as server:
        yield server


@pytest.fixture
def engine(server: DeepgramServer, clock: MovedClock) -> Iterator[DeepgramEngine]:
    engine = engine_at(server.url, clock)
    yield engine
    engine.close()


def settled(session: SpeechSession, clock: MovedClock) -> bool:
    """Lets less time pass than a server is given to answer, and after the last message enough to go on without."""
    for _ in range(5):
        clock.advance(0.7)
        if session.drain(1.0):
            return True
    return False


def test_words_come_while_the_person_speaks_and_then_one_final(engine: DeepgramEngine, listener: Listener) -> None:
    session = listener.open(engine)
    session.begin("one", 0.0)
    for pcm in pieces(say(BILL, silence_s=0.0)):
        session.push(pcm)
    listener.wait_for(lambda it: any("my bill" in heard.text for heard in it.heard))
    assert not listener.finals
    for pcm in pieces(SILENCE):
        session.push(pcm)
    listener.wait_for(lambda it: any(heard.complete for heard in it.heard))
    session.end()
    assert session.drain(PATIENCE_S)
    assert listener.finals == [("one", BILL)]
    final = listener.heard[-1]
    assert final.confidence == pytest.approx(0.9)
    assert final.language == "en"
    shown = [heard.text for heard in listener.heard[:-1]]
    assert len(shown) >= 4
    assert all(BILL.startswith(text) for text in shown)
    session.close()
    session.close()
    assert not listener.failures


def test_many_utterances_as_fast_as_they_can_be_sent_do_not_mix(
    engine: DeepgramEngine, server: DeepgramServer, listener: Listener
) -> None:
    session = listener.open(engine)
    texts = ["yes", "", BILL, "no", "order seven eight nine", LONG, "thanks", *["yes", "no"] * 6]
    for number, text in enumerate(texts):
        speak(session, str(number), text)
    assert session.drain(PATIENCE_S)
    assert listener.finals == [(str(number), text) for number, text in enumerate(texts)]
    assert len(server.talks) == 1
    session.close()


@pytest.mark.parametrize("samples", [0, 1, 100, 4_800, 16_000])
def test_however_little_was_said_exactly_one_final_follows(
    engine: DeepgramEngine, server: DeepgramServer, listener: Listener, clock: MovedClock, samples: int
) -> None:
    session = listener.open(engine)
    session.begin("short", 0.0)
    session.push(SILENCE[:samples])
    if samples > len(SILENCE):
        session.push(SILENCE[: samples - len(SILENCE)])
    session.end()
    server.wait_for(lambda it: it.count("Finalize") == 1)
    assert settled(session, clock)
    assert [(h.utterance_id, h.text, h.final, h.confidence) for h in listener.heard] == [("short", "", True, None)]
    speak(session, "after", "yes")
    assert session.drain(PATIENCE_S)
    assert listener.finals[-1] == ("after", "yes")
    session.close()


def test_a_request_to_finish_that_is_not_answered_costs_no_words_and_little_time(
    clock: MovedClock, listener: Listener
) -> None:
    with DeepgramServer(Trouble(unanswered_finalize=True)) as server:
        engine = engine_at(server.url, clock)
        session = listener.open(engine)
        session.begin("one", 0.0)
        for pcm in pieces(say(BILL, silence_s=0.4)):
            session.push(pcm)
        listener.wait_for(lambda it: any(heard.complete for heard in it.heard))
        session.push(SILENCE[:4_000])
        session.end()
        server.wait_for(lambda it: it.count("Finalize") == 1)
        assert settled(session, clock)
        assert listener.finals == [("one", BILL)]
        assert len(server.talks) == 1
        engine.close()


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(drop_after_s=1.2),
        Trouble(drop_before_answer=True),
        Trouble(drop_after_s=1.2, close=(1011, "NET-0000")),
        Trouble(drop_after_s=1.2, close=(1001, "")),
        Trouble(drop_after_s=1.2, close=(1000, "")),
    ],
)
def test_what_was_said_when_the_line_was_cut_is_neither_lost_nor_doubled(
    clock: MovedClock, listener: Listener, trouble: Trouble
) -> None:
    with DeepgramServer(trouble) as server:
        engine = engine_at(server.url, clock)
        session = listener.open(engine)
        for number, text in enumerate(["yes", BILL, "thanks"]):
            speak(session, str(number), text)
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("0", "yes"), ("1", BILL), ("2", "thanks")]
        assert len(server.talks) == 2
        engine.close()


def test_a_line_shown_does_not_grow_a_second_time_when_it_is_heard_again(clock: MovedClock, listener: Listener) -> None:
    with DeepgramServer() as server:
        engine = engine_at(server.url, clock)
        session = listener.open(engine)
        session.begin("one", 0.0)
        for pcm in pieces(say(BILL, silence_s=0.0)):
            session.push(pcm)
        listener.wait_for(lambda it: any("my bill" in heard.text for heard in it.heard))
        server.cut_all()
        server.wait_for(lambda it: len(it.talks) == 2)
        for pcm in pieces(SILENCE):
            session.push(pcm)
        session.end()
        assert session.drain(PATIENCE_S)
        lengths = [len(heard.text) for heard in listener.heard]
        assert lengths == sorted(lengths)
        assert listener.finals == [("one", BILL)]
        engine.close()


def test_a_line_cut_between_utterances_is_there_again_before_the_next(
    engine: DeepgramEngine, server: DeepgramServer, listener: Listener
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


def test_silence_is_bridged_with_keep_alive_messages(
    engine: DeepgramEngine, server: DeepgramServer, listener: Listener, clock: MovedClock
) -> None:
    session = listener.open(engine)
    speak(session, "one", "yes")
    assert session.drain(PATIENCE_S)
    for times in (1, 2, 3):
        clock.advance(4.0)
        server.wait_for(lambda it, times=times: it.count("KeepAlive") == times)  # type: ignore[misc]
    speak(session, "two", "no")
    assert session.drain(PATIENCE_S)
    assert len(server.talks) == 1
    session.close()
    server.wait_for(lambda it: it.count("CloseStream") == 1)


def test_a_server_that_never_answers_is_given_up_within_the_bound(clock: MovedClock, listener: Listener) -> None:
    with DeepgramServer(Trouble(mute=True), Trouble(mute=True), Trouble(mute=True)) as server:
        engine = engine_at(server.url, clock)
        session = listener.open(engine)
        speak(session, "one", BILL)
        for times in (1, 2):
            server.wait_for(lambda it, times=times: it.count("Finalize") == times)  # type: ignore[misc]
            clock.advance(4.0)
        failure = listener.failure()
        assert isinstance(failure, SpeechError)
        assert str(failure) == "Deepgram does not answer; check the network and DEEPGRAM_URL"
        assert not failure.retryable
        assert not session.drain(PATIENCE_S)
        session.push(SILENCE)
        assert clock.monotonic_s() <= 8.0
        assert len(server.talks) == 2
        engine.close()


def test_a_server_that_is_not_there_is_given_up_within_the_bound(clock: MovedClock, listener: Listener) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        engine = engine_at(f"ws://127.0.0.1:{taken.getsockname()[1]}", clock)
        session = listener.open(engine)
        speak(session, "one", BILL)
        listener.wait_while_time_passes(clock, lambda it: bool(it.failures))
        assert "cannot be reached" in str(listener.failure())
        assert "DEEPGRAM_URL" in str(listener.failure())
        assert not listener.finals
        engine.close()


@pytest.mark.parametrize(
    ("status", "says"),
    [(401, "refuses the key"), (402, "no credit"), (403, "refuses the key"), (400, "check DEEPGRAM_MODEL")],
)
def test_what_trying_again_does_not_change_fails_at_once_and_does_not_tell_the_key(
    clock: MovedClock, listener: Listener, caplog: pytest.LogCaptureFixture, status: int, says: str
) -> None:
    caplog.set_level(logging.DEBUG)
    with DeepgramServer(Trouble(status=status)) as server:
        engine = engine_at(server.url, clock)
        listener.open(engine)
        failure = listener.failure()
        assert isinstance(failure, SpeechError)
        assert says in str(failure)
        assert not failure.retryable
        assert server.tried == 1
        assert "\n" not in str(failure)
        ours = [record.getMessage() for record in caplog.records if not record.name.startswith("websockets.server")]
        assert KEY not in f"{failure} {engine.readiness} {ours}"
        assert (engine.readiness.state == "unavailable") == ("key" in says)
        engine.close()


def test_a_wrong_key_makes_the_engine_unavailable(clock: MovedClock, listener: Listener) -> None:
    with DeepgramServer() as server:
        engine = engine_at(server.url, clock, key="another")
        assert engine.readiness.state == "ready"
        listener.open(engine)
        listener.failure()
        assert engine.readiness.state == "unavailable"
        assert "correct DEEPGRAM_API_KEY" in engine.readiness.message
        with pytest.raises(SpeechError, match="DEEPGRAM_API_KEY"):
            listener.open(engine)
        engine.close()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_is_busy_is_asked_again(clock: MovedClock, listener: Listener, status: int) -> None:
    with DeepgramServer(Trouble(status=status), Trouble(status=status)) as server:
        engine = engine_at(server.url, clock)
        session = listener.open(engine)
        speak(session, "one", BILL)
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("one", BILL)]
        assert server.tried == 3
        engine.close()


def test_a_closing_frame_that_blames_the_sound_fails_at_once(clock: MovedClock, listener: Listener) -> None:
    with DeepgramServer(Trouble(drop_after_s=0.5, close=(1008, "DATA-0000"))) as server:
        engine = engine_at(server.url, clock)
        speak(listener.open(engine), "one", BILL)
        assert "DATA-0000" in str(listener.failure())
        assert server.tried == 1
        engine.close()


def test_messages_that_make_no_sense_are_passed_over(clock: MovedClock, listener: Listener) -> None:
    with DeepgramServer(Trouble(garbage=True)) as server:
        engine = engine_at(server.url, clock)
        session = listener.open(engine)
        speak(session, "one", BILL)
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("one", BILL)]
        engine.close()


def test_sessions_side_by_side_do_not_mix(engine: DeepgramEngine, server: DeepgramServer) -> None:
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
    first.close()
    speak(second, "3", BILL)
    assert second.drain(PATIENCE_S)
    second.close()


def test_the_language_and_the_words_to_expect_are_asked_for(
    engine: DeepgramEngine, server: DeepgramServer, listener: Listener
) -> None:
    names = tuple(f"Person Number{number}" for number in range(300))
    engine.learn(Known(names=names, products=("Aurora Router",), plans=("Plus & Co",)))
    session = listener.open(engine, "es")
    server.wait_for(lambda it: len(it.talks) == 1)
    query = server.talks[0].query
    assert query["language"] == ["es"]
    assert query["keyterm"][:3] == ["Plus & Co", "Aurora Router", "Person Number0"]
    assert len(query["keyterm"]) <= TERMS
    assert sum(map(len, query["keyterm"])) < 1_250
    assert query["smart_format"] == ["true"]
    speak(session, "one", "yes")
    assert session.drain(PATIENCE_S)
    assert listener.heard[-1].language == ""
    session.close()
    other = listener.open(engine)
    server.wait_for(lambda it: len(it.talks) == 2)
    other.close()
    assert server.talks[1].query["language"] == ["multi"]


def test_older_models_are_given_keywords() -> None:
    engine = DeepgramEngine(api_key="k", url="wss://api.deepgram.com/", model="nova-2")
    engine.learn(Known(names=("Sarah",)))
    assert engine.address("en").startswith("wss://api.deepgram.com/v1/listen?model=nova-2&language=en&")
    assert "keywords=Sarah" in engine.address("en")
    assert "keyterm" not in engine.address("en")


def test_without_a_key_it_says_so_and_does_nothing(listener: Listener) -> None:
    engine = create(EngineSettings())
    assert (engine.readiness.state, engine.readiness.message) == ("unavailable", "set DEEPGRAM_API_KEY")
    with pytest.raises(SpeechError, match="set DEEPGRAM_API_KEY"):
        listener.open(engine)
    engine.learn(Known(names=("Sarah",)))
    engine.warm_up()
    engine.close()
    engine.close()


def test_a_closed_engine_fails_its_sessions_and_opens_none(engine: DeepgramEngine, listener: Listener) -> None:
    session = listener.open(engine)
    session.begin("one", 0.0)
    engine.close()
    assert "restart" in str(listener.failure())
    session.push(SILENCE)
    session.end()
    assert not session.drain(PATIENCE_S)
    session.close()
    with pytest.raises(SpeechError, match="restart"):
        listener.open(engine)


def test_a_session_that_was_closed_delivers_nothing_more(
    engine: DeepgramEngine, server: DeepgramServer, listener: Listener
) -> None:
    session = listener.open(engine)
    session.close()
    speak(session, "one", BILL)
    assert not session.drain(0.0)
    assert listener.heard == list[Hypothesis]()
    assert not listener.failures
