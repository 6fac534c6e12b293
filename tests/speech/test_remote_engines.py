"""What holds for every engine at the end of a WebSocket, against servers that speak their protocols."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from speech import deepgram_server, realtime_server
from speech.listener import PATIENCE_S, SILENCE, Listener, MovedClock, speak
from speech.remotes import BILL, DEEPGRAM, OPENAI, RemoteKind
from speech.socket_server import SocketServer, Trouble

from core.errors import SpeechError
from core.speech.remote_engine import RemoteEngine

AnyServer = SocketServer[Any, Any]


@pytest.fixture(params=[DEEPGRAM, OPENAI], ids=lambda remote: remote.name)
def remote(request: pytest.FixtureRequest) -> RemoteKind:
    kind: RemoteKind = request.param
    return kind


@pytest.fixture
def server(remote: RemoteKind) -> Iterator[AnyServer]:
    with remote.server() as server:
        yield server


@pytest.fixture
def engine(remote: RemoteKind, server: AnyServer, clock: MovedClock) -> Iterator[RemoteEngine]:
    engine = remote.engine_at(server.url, clock)
    yield engine
    engine.close()


def test_many_utterances_as_fast_as_they_can_be_sent_do_not_mix(
    engine: RemoteEngine, server: AnyServer, listener: Listener
) -> None:
    session = listener.open(engine)
    long = " ".join([BILL] * 3)
    texts = ["yes", "", BILL, "no", "order seven eight nine", long, "thanks", *["yes", "no"] * 6]
    for number, text in enumerate(texts):
        speak(session, str(number), text)
    assert session.drain(PATIENCE_S)
    assert listener.finals == [(str(number), text) for number, text in enumerate(texts)]
    assert len(server.talks) == 1
    session.close()


TOO_LONG = "session hit the maximum duration of 60 minutes"
AGAIN = {"type": "server_error", "message": "try again"}
EXPIRED = {"type": "invalid_request_error", "code": "session_expired", "message": "expired"}
TOO_FAST = {"type": "tokens", "code": "rate_limit_exceeded", "message": "too fast"}


@pytest.mark.parametrize(
    ("remote", "trouble"),
    [
        (DEEPGRAM, deepgram_server.Trouble(drop_after_s=1.2)),
        (DEEPGRAM, deepgram_server.Trouble(drop_before_answer=True)),
        (DEEPGRAM, deepgram_server.Trouble(drop_after_s=1.2, close=(1011, "NET-0000"))),
        (DEEPGRAM, deepgram_server.Trouble(drop_after_s=1.2, close=(1001, ""))),
        (DEEPGRAM, deepgram_server.Trouble(drop_after_s=1.2, close=(1000, ""))),
        (OPENAI, realtime_server.Trouble(drop_after_s=1.2)),
        (OPENAI, realtime_server.Trouble(drop_before_answer=True)),
        (OPENAI, realtime_server.Trouble(drop_after_s=1.2, close=(1011, "keepalive ping timeout"))),
        (OPENAI, realtime_server.Trouble(drop_after_s=1.2, close=(1001, TOO_LONG))),
        (OPENAI, realtime_server.Trouble(failed=AGAIN)),
        (OPENAI, realtime_server.Trouble(commit_error=AGAIN)),
        (OPENAI, realtime_server.Trouble(update_error=EXPIRED)),
        (OPENAI, realtime_server.Trouble(update_error=TOO_FAST)),
    ],
)
def test_what_was_said_when_something_went_wrong_is_neither_lost_nor_doubled(
    clock: MovedClock, listener: Listener, remote: RemoteKind, trouble: Trouble
) -> None:
    with remote.server(trouble) as server:
        engine = remote.engine_at(server.url, clock)
        session = listener.open(engine)
        for number, text in enumerate(["yes", BILL, "thanks"]):
            speak(session, str(number), text)
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("0", "yes"), ("1", BILL), ("2", "thanks")]
        assert len(server.talks) == 2
        engine.close()


def test_a_line_cut_between_utterances_is_there_again_before_the_next(
    engine: RemoteEngine, server: AnyServer, listener: Listener
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


def test_a_server_that_never_answers_is_given_up_within_the_bound(
    remote: RemoteKind, clock: MovedClock, listener: Listener
) -> None:
    mute = remote.server.trouble(mute=True)
    with remote.server(mute, mute, mute) as server:
        engine = remote.engine_at(server.url, clock)
        session = listener.open(engine)
        speak(session, "one", BILL)
        for times in (1, 2):
            server.wait_for(lambda it, times=times: it.count(it.finish) == times)  # type: ignore[misc]
            clock.advance(4.0)
        failure = listener.failure()
        assert isinstance(failure, SpeechError)
        assert str(failure) == f"{remote.name} does not answer; check the network and {remote.url_setting}"
        assert not failure.retryable
        assert not session.drain(PATIENCE_S)
        session.push(SILENCE)
        assert clock.monotonic_s() <= 8.0
        assert len(server.talks) == 2
        engine.close()


OPENAI_KEY = realtime_server.KEY
QUOTA = {"type": "insufficient_quota", "code": "insufficient_quota", "message": "You exceeded your current quota"}
NO_MODEL = {"type": "invalid_request_error", "code": "model_not_found", "message": f"no model for {OPENAI_KEY}"}
BAD_KEY = {"type": "invalid_request_error", "code": "invalid_api_key", "message": f"Incorrect API key: {OPENAI_KEY}"}
BYE = f"invalid_request_error.invalid_api_key {OPENAI_KEY}"


@pytest.mark.parametrize(
    ("remote", "trouble", "says"),
    [
        (DEEPGRAM, deepgram_server.Trouble(status=401), "refuses the key"),
        (DEEPGRAM, deepgram_server.Trouble(status=402), "no credit"),
        (DEEPGRAM, deepgram_server.Trouble(status=403), "refuses the key"),
        (DEEPGRAM, deepgram_server.Trouble(status=400), "check DEEPGRAM_MODEL"),
        (DEEPGRAM, deepgram_server.Trouble(drop_after_s=0.5, close=(1008, "DATA-0000")), "DATA-0000"),
        (OPENAI, realtime_server.Trouble(status=403), "refuses the key"),
        (OPENAI, realtime_server.Trouble(status=404), "check OPENAI_STT_MODEL"),
        (OPENAI, realtime_server.Trouble(update_error=BAD_KEY), "refuses the key"),
        (OPENAI, realtime_server.Trouble(update_error=NO_MODEL), "check OPENAI_STT_MODEL"),
        (OPENAI, realtime_server.Trouble(update_error=QUOTA), "no credit"),
        (OPENAI, realtime_server.Trouble(failed=QUOTA), "no credit"),
        (OPENAI, realtime_server.Trouble(drop_after_s=0.1, close=(3000, BYE)), "refuses the key"),
    ],
)
def test_what_trying_again_does_not_change_fails_at_once_and_does_not_tell_the_key(
    clock: MovedClock,
    listener: Listener,
    caplog: pytest.LogCaptureFixture,
    remote: RemoteKind,
    trouble: Trouble,
    says: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    with remote.server(trouble) as server:
        engine = remote.engine_at(server.url, clock)
        speak(listener.open(engine), "one", BILL)
        failure = listener.failure()
        assert isinstance(failure, SpeechError)
        assert says in str(failure)
        assert not failure.retryable
        assert server.tried == 1
        assert "\n" not in str(failure)
        ours = [record.getMessage() for record in caplog.records if not record.name.startswith("websockets.server")]
        assert server.key not in f"{failure} {engine.readiness} {ours}"
        assert (engine.readiness.state == "failed") == ("key" in says)
        engine.close()


def test_a_wrong_key_is_a_failure_of_the_engine(
    remote: RemoteKind, server: AnyServer, clock: MovedClock, listener: Listener
) -> None:
    engine = remote.engine_at(server.url, clock, key="another")
    assert engine.readiness.state == "ready"
    listener.open(engine)
    assert f"correct {remote.key_setting}" in str(listener.failure())
    assert engine.readiness.state == "failed"
    assert f"correct {remote.key_setting}" in engine.readiness.message
    with pytest.raises(SpeechError, match=remote.key_setting):
        listener.open(engine)
    engine.close()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_is_busy_is_asked_again(
    remote: RemoteKind, clock: MovedClock, listener: Listener, status: int
) -> None:
    busy = remote.server.trouble(status=status)
    with remote.server(busy, busy) as server:
        engine = remote.engine_at(server.url, clock)
        session = listener.open(engine)
        speak(session, "one", BILL)
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("one", BILL)]
        assert server.tried == 3
        engine.close()


def test_messages_that_make_no_sense_are_passed_over(remote: RemoteKind, clock: MovedClock, listener: Listener) -> None:
    with remote.server(remote.server.trouble(garbage=True)) as server:
        engine = remote.engine_at(server.url, clock)
        session = listener.open(engine)
        speak(session, "one", BILL)
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("one", BILL)]
        engine.close()


def test_sessions_side_by_side_do_not_mix(engine: RemoteEngine, server: AnyServer) -> None:
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


def test_a_closed_engine_fails_its_sessions_and_opens_none(engine: RemoteEngine, listener: Listener) -> None:
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
