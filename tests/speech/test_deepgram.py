"""Deepgram's engine against a server that speaks its protocol."""

import json
import socket
from collections.abc import Iterator

import pytest
from speech.deepgram_server import LONGEST_SILENCE_S, DeepgramServer, Trouble
from speech.listener import PATIENCE_S, SILENCE, Listener, MovedClock, pieces, speak
from speech.remotes import BILL, deepgram_at
from speech.word_tones import say

from core.errors import SpeechError
from core.speech.base import Hypothesis, Known, SpeechSession
from core.speech.deepgram import TERMS, DeepgramEngine, create
from core.speech.deepgram_dialogue import DeepgramDialogue
from core.speech.registry import EngineSettings
from core.speech.remote_errors import Service

SERVICE = Service(
    name="Deepgram", key_setting="DEEPGRAM_API_KEY", url_setting="DEEPGRAM_URL", model_setting="DEEPGRAM_MODEL", key="k"
)


@pytest.fixture
def server() -> Iterator[DeepgramServer]:
    with DeepgramServer() as server:
        yield server


@pytest.fixture
def engine(server: DeepgramServer, clock: MovedClock) -> Iterator[DeepgramEngine]:
    engine = deepgram_at(server.url, clock)
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
        engine = deepgram_at(server.url, clock)
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


def test_a_line_shown_does_not_grow_a_second_time_when_it_is_heard_again(clock: MovedClock, listener: Listener) -> None:
    with DeepgramServer() as server:
        engine = deepgram_at(server.url, clock)
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


def test_silence_is_bridged_with_keep_alive_messages(listener: Listener, clock: MovedClock) -> None:
    with DeepgramServer(clock=clock) as server:
        clock.watchers.append(server.look_at_clock)
        engine = deepgram_at(server.url, clock)
        session = listener.open(engine)
        speak(session, "one", "yes")
        assert session.drain(PATIENCE_S)
        for times in range(1, 7):
            clock.advance(4.0)
            server.wait_for(lambda it, times=times: it.count("KeepAlive") == times)  # type: ignore[misc]
        speak(session, "two", "no")
        assert session.drain(PATIENCE_S)
        assert len(server.talks) == 1
        session.close()
        server.wait_for(lambda it: it.count("CloseStream") == 1)
        engine.close()


def test_a_connection_that_was_silent_for_too_long_is_closed_and_the_next_utterance_gets_another(
    listener: Listener, clock: MovedClock
) -> None:
    with DeepgramServer(clock=clock) as server:
        clock.watchers.append(server.look_at_clock)
        engine = deepgram_at(server.url, clock)
        session = listener.open(engine)
        speak(session, "one", "yes")
        assert session.drain(PATIENCE_S)
        clock.advance(LONGEST_SILENCE_S)
        assert server.talks[0].closed_because.startswith("NET-0001")
        server.wait_for(lambda it: len(it.talks) == 2)
        speak(session, "two", BILL)
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("one", "yes"), ("two", BILL)]
        assert not listener.failures
        engine.close()


def test_an_error_told_in_a_message_costs_no_words(listener: Listener, clock: MovedClock) -> None:
    with DeepgramServer(Trouble(error_after_s=0.8)) as server:
        engine = deepgram_at(server.url, clock)
        session = listener.open(engine)
        speak(session, "one", BILL)
        server.wait_for(lambda it: len(it.talks) == 2)
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("one", BILL)]
        assert not listener.failures
        engine.close()


def test_an_error_told_again_and_again_is_the_reason_of_the_failure(listener: Listener, clock: MovedClock) -> None:
    with DeepgramServer() as server:
        server.trouble = lambda: Trouble(error_after_s=0.2)  # type: ignore[assignment, method-assign]
        engine = deepgram_at(server.url, clock)
        session = listener.open(engine)
        speak(session, "one", BILL)
        listener.wait_while_time_passes(clock, lambda it: bool(it.failures))
        assert "cannot be decoded" in str(listener.failure())
        engine.close()


def test_where_pauses_go_unnoticed_the_end_of_the_words_ends_the_utterance(
    listener: Listener, clock: MovedClock
) -> None:
    with DeepgramServer(Trouble(noisy=True)) as server:
        engine = deepgram_at(server.url, clock)
        session = listener.open(engine)
        session.begin("one", 0.0)
        for pcm in pieces(say(BILL, silence_s=0.7)):
            session.push(pcm)
        listener.wait_for(lambda it: bool(it.heard) and it.heard[-1].text == BILL)
        assert not any(heard.complete for heard in listener.heard)
        for pcm in pieces(SILENCE):
            session.push(pcm)
        listener.wait_for(lambda it: any(heard.complete for heard in it.heard))
        session.end()
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("one", BILL)]
        engine.close()


@pytest.mark.parametrize("kind", ["Metadata", "SpeechStarted", "Configure"])
def test_messages_that_carry_no_words_change_nothing(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    dialogue = DeepgramDialogue(SERVICE, detects=True)
    dialogue.begin("one")
    assert dialogue.read(json.dumps({"type": kind, "request_id": "2479", "duration": 1.0, "channels": 1})) == []
    assert not caplog.records
    assert not dialogue.owes


def test_a_server_that_is_not_there_is_given_up_within_the_bound(clock: MovedClock, listener: Listener) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        engine = deepgram_at(f"ws://127.0.0.1:{taken.getsockname()[1]}", clock)
        session = listener.open(engine)
        speak(session, "one", BILL)
        listener.wait_while_time_passes(clock, lambda it: bool(it.failures))
        assert "cannot be reached" in str(listener.failure())
        assert "DEEPGRAM_URL" in str(listener.failure())
        assert not listener.finals
        engine.close()


def test_the_language_and_the_words_to_expect_are_asked_for(
    engine: DeepgramEngine, server: DeepgramServer, listener: Listener
) -> None:
    names = tuple(f"Person Number{number}" for number in range(300))
    engine.learn(Known(names=names, products=("Aurora Router",), plans=("Plus & Co",)))
    session = listener.open(engine, "es")
    server.wait_for(lambda it: len(it.talks) == 1)
    query = server.talks[0].query
    assert query["language"] == ["es"]
    assert query["keyterm"][:4] == ["Plus & Co", "Aurora Router", "Sidetone", "Person Number0"]
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


def test_a_session_that_was_closed_delivers_nothing_more(
    engine: DeepgramEngine, server: DeepgramServer, listener: Listener
) -> None:
    session = listener.open(engine)
    session.close()
    speak(session, "one", BILL)
    assert not session.drain(0.0)
    assert listener.heard == list[Hypothesis]()
    assert not listener.failures
