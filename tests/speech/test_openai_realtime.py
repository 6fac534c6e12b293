"""OpenAI's live transcription, the real library against a server that speaks the Realtime API."""

from collections.abc import Iterator

import numpy as np
import pytest
from speech.listener import PATIENCE_S, SILENCE, Listener, MovedClock, pieces, speak
from speech.realtime_server import RealtimeServer, Trouble
from speech.remotes import BILL, LIVE, openai_at
from speech.word_tones import say

from core.errors import SpeechError
from core.speech.base import Known
from core.speech.openai import create
from core.speech.openai_dialogue import LONGEST_S, Upsampler
from core.speech.openai_realtime import KEYWORDS, RealtimeTranscription
from core.speech.registry import EngineSettings

WHISPER = "gpt-realtime-whisper"


@pytest.fixture
def server() -> Iterator[RealtimeServer]:
    with RealtimeServer() as server:
        yield server


@pytest.fixture
def engine(server: RealtimeServer, clock: MovedClock) -> Iterator[RealtimeTranscription]:
    engine = openai_at(server.url, clock)
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


def test_sound_nothing_can_be_made_of_is_an_empty_final(clock: MovedClock, listener: Listener) -> None:
    with RealtimeServer(Trouble(failed={"code": "audio_unintelligible", "message": "?"})) as server:
        engine = openai_at(server.url, clock)
        session = listener.open(engine)
        speak(session, "one", "")
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("one", "")]
        assert len(server.talks) == 1
        engine.close()


def test_keywords_it_only_reads_back_are_nothing_that_was_said(clock: MovedClock, listener: Listener) -> None:
    with RealtimeServer(Trouble(invents="Plus, Aurora Router, Sidetone, Sarah Johnson.")) as server:
        engine = openai_at(server.url, clock)
        engine.learn(Known(names=("Sarah Johnson",), products=("Aurora Router",), plans=("Plus",)))
        session = listener.open(engine)
        speak(session, "one", "")
        speak(session, "two", "yes")
        assert session.drain(PATIENCE_S)
        assert listener.finals == [("one", ""), ("two", "yes")]
        engine.close()


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


def test_what_the_model_takes_it_is_given(server: RealtimeServer, clock: MovedClock, listener: Listener) -> None:
    names = tuple(f"Person Number{number}" for number in range(300))
    asked: list[dict[str, object]] = []
    for model, language in ((LIVE, "es"), (LIVE, "auto"), (WHISPER, "fr"), (WHISPER, "auto")):
        engine = openai_at(server.url, clock, model=model)
        engine.learn(Known(names=names, products=("Aurora Router",)))
        assert engine.capabilities.learns == (model == LIVE)
        session = listener.open(engine, language)
        speak(session, "one", "yes")
        assert session.drain(PATIENCE_S)
        asked.append(server.talks[-1].transcription)
        engine.close()
    keywords = asked[0]["keywords"]
    assert isinstance(keywords, list)
    assert keywords[:3] == ["Aurora Router", "Sidetone", "Person Number0"]
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
