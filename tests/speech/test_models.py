"""The domain's models, really made: slow, and made once for all tests here."""

import math
import os
import time
from collections.abc import Generator, Iterator
from itertools import pairwise
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from pocketsphinx import Decoder
from speech.steps import outcome

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.telephone_line import through_telephone
from core.bench.talk import speech_of
from core.clock import ManualClock
from core.errors import SidetoneError
from core.scenarios import load_scenario
from core.speech import models as module
from core.speech.base import Hypothesis, Known
from core.speech.evaluation import normalise, word_error_rate
from core.speech.features import Array, Band, FrontEnd
from core.speech.models import build, newest
from core.speech.pocketsphinx import PocketSphinxEngine
from core.speech.pocketsphinx_decoders import Decoders, _likelihood, _through, considered, result
from core.speech.pocketsphinx_ear import Ear, Send
from core.speech.pocketsphinx_worker import Worker
from core.speech.worker_messages import Audio, Begin, End, Heard, Open, Pause, Reply, Request

pytestmark = pytest.mark.slow
PROJECT = Path(__file__).parents[2]
PATIENCE_S = 300.0
KNOWN = Known(names=("Zsofia Okaforsson",))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def engine(cache: Path) -> Iterator[PocketSphinxEngine]:
    engine = PocketSphinxEngine(workers=1, cache=cache)
    engine.warm_up()
    engine.learn(KNOWN)
    assert engine.learned(PATIENCE_S)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def decoders(engine: PocketSphinxEngine, cache: Path) -> Decoders:
    """With the models of `engine`."""
    return Decoders(newest(cache))


@pytest.fixture(scope="module")
def turns() -> list[tuple[Pcm, str]]:
    """What the customer of a demo call says, and its words."""
    scenario = load_scenario(PROJECT / "data" / "scenarios" / "john_doe.yaml")
    customer = speech_of(scenario.audio_path, "customer")
    return [
        (customer[round((turn.start_s - 0.3) * 16_000) : round((turn.end_s + 0.4) * 16_000)], turn.text)
        for turn in scenario.timeline()
        if turn.party == "customer"
    ]


def hear(engine: PocketSphinxEngine, sounds: list[Pcm]) -> list[str]:
    heard: list[Hypothesis] = []
    session = engine.open("customer", heard.append, lambda error: None)
    for number, sound in enumerate(sounds):
        session.begin(str(number), 0.0)
        session.push(sound)
        session.end()
    assert session.drain(PATIENCE_S)
    session.close()
    return [hypothesis.text for hypothesis in heard if hypothesis.final]


def carry_out(worker: Worker, request: Request) -> None:
    worker.put(request)
    while worker.busy:
        worker.step()


def test_a_call_is_understood(engine: PocketSphinxEngine, turns: list[tuple[Pcm, str]]) -> None:
    texts = hear(engine, [sound for sound, _ in turns])
    assert word_error_rate((text, heard) for (_, text), heard in zip(turns, texts, strict=True)) < 0.1


def say(ear: Ear, pcm: Pcm) -> None:
    ear.begin("one")
    for _ in ear.take(pcm.tobytes()):
        pass
    while ear.can_go_on:
        ear.go_on()
    for _ in ear.end():
        pass


def learned(decoders: Decoders, turns: list[tuple[Pcm, str]], *, live: bool, send: Send = lambda reply: None) -> Ear:
    """Of somebody who has said all that twice."""
    # Where the machine is slow, less is heard again, and what was not teaches less.
    ear = Ear(1, decoders, send, ManualClock().monotonic_s)
    ear.live = live
    for pcm, _ in turns * 2:
        say(ear, pcm)
        # Where somebody waits for words, it is learned when they are there, and nothing more comes.
        assert ear.can_go_on == live
        while ear.can_go_on:
            ear.go_on()
    return ear


class Counting:
    """A decoder, and how many utterances it is given."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self.utterances = 0

    def start_utt(self) -> None:
        self.utterances += 1
        self._decoder.start_utt()

    def __getattr__(self, name: str) -> object:
        return getattr(self._decoder, name)


@pytest.mark.parametrize("live", [True, False])
def test_a_voice_is_learned_from_what_it_says(decoders: Decoders, turns: list[tuple[Pcm, str]], live: bool) -> None:
    ear = learned(decoders, turns, live=live)
    own = ear._own.take(ear.manner)
    assert own
    pcm, text = turns[0]
    front_end = FrontEnd()
    front_end.begin(ear.manner.shift_samples, ear.manner.warp)
    logs = front_end.push(pcm)
    shared = decoders.take(ear.manner.band)
    found = []
    for decoder in (shared, own.usual, own.again):
        for _ in _through(decoder, logs, logs.mean(axis=0), ear.manner.band):
            pass
        found.append(_likelihood(decoder) or -math.inf)
        assert word_error_rate([(text, result(decoder)[0])]) < 0.2
    decoders.give_back(ear.manner.band, shared)
    assert found[0] < min(found[1:])
    ear.close()
    assert not ear._own.take(ear.manner)


def test_a_voice_that_was_learned_is_heard_again_by_a_decoder_that_knows_it(
    decoders: Decoders, turns: list[tuple[Pcm, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    replies: list[Reply] = []
    ear = learned(decoders, turns, live=False, send=replies.append)
    own = ear._own.take(ear.manner)
    assert own
    again = Counting(own.again)
    ear._own._pair = own._replace(again=cast(Decoder, again))
    short, _ = turns[-1]
    say(ear, short[: 3 * SPEECH_RATE_HZ // 2])
    assert again.utterances == 0
    monkeypatch.setattr(Decoders, "heard_again", lambda *_: pytest.fail("by one that does not know the voice"))
    pcm, text = next(turn for turn in turns if 2 * SPEECH_RATE_HZ < len(turn[0]) < 6 * SPEECH_RATE_HZ)
    say(ear, pcm)
    assert again.utterances == 1
    final = replies[-1]
    assert isinstance(final, Heard)
    assert final.text == outcome(considered(own.again, result(own.again), decoders.rescoring)).text
    assert word_error_rate([(text, final.text)]) < 0.2
    ear.close()


def test_a_call_through_a_telephone_is_understood(engine: PocketSphinxEngine, turns: list[tuple[Pcm, str]]) -> None:
    texts = hear(engine, [through_telephone(sound) for sound, _ in turns])
    assert word_error_rate((text, heard) for (_, text), heard in zip(turns, texts, strict=True)) < 0.2


def test_a_short_answer_is_heard(engine: PocketSphinxEngine, turns: list[tuple[Pcm, str]]) -> None:
    pcm, text = turns[-1]
    assert hear(engine, [pcm]) == [normalise(text)] == ["okay thank you"]


def test_models_are_found_again_and_made_once(engine: PocketSphinxEngine, cache: Path) -> None:
    made = newest(cache)
    assert made
    before = made.language.stat().st_mtime_ns
    assert build(KNOWN, cache) == made
    assert made.language.stat().st_mtime_ns == before


def test_old_models_and_abandoned_ones_go_and_those_of_others_stay(tmp_path: Path) -> None:
    made = [f"0123456789ab-{letter * 12}" for letter in "abcd"]
    for number, name in enumerate(["new-lost", *made, "new-now", "whisper"]):
        (tmp_path / name).mkdir()
        age_s = 0 if name == "new-now" else 8_000 - number
        os.utime(tmp_path / name, (time.time() - age_s, time.time() - age_s))
    module._tidy(tmp_path)
    assert {folder.name for folder in tmp_path.iterdir()} == {*made[1:], "new-now", "whisper"}


def test_unknown_names_can_be_heard(engine: PocketSphinxEngine, cache: Path) -> None:
    made = newest(cache)
    assert made
    assert "\nokaforsson " in made.dictionary.read_text()


def test_customers_are_likelier_than_others_and_common_names_than_rare_ones(
    engine: PocketSphinxEngine, cache: Path
) -> None:
    made = newest(cache)
    assert made
    names = made.names()
    assert names["zsofia"] == names["okaforsson"] > 50 * names["smith"] > 0
    assert names["smith"] > names["abernathy"] > 0


def test_the_stock_model_serves_while_there_are_no_others(turns: list[tuple[Pcm, str]], tmp_path: Path) -> None:
    engine = PocketSphinxEngine(workers=1, cache=tmp_path)
    engine.learn(KNOWN)
    (pid,) = engine.worker_pids or [None]
    texts = hear(engine, [turns[0][0]])
    assert pid is None
    assert texts[0]
    engine.close()
    assert not engine.learned(PATIENCE_S)
    assert newest(tmp_path) is None


@pytest.mark.usefixtures("broken_sentences")
def test_a_mistake_in_the_sentences_is_said(tmp_path: Path) -> None:
    with pytest.raises(SidetoneError, match="brackets"):
        build(KNOWN, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_what_is_heard_again_is_heard_in_the_pause_and_the_final_does_not_wait_for_it(
    decoders: Decoders, turns: list[tuple[Pcm, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first utterance of anybody is heard once more, with its own mean."""
    pcm, text = turns[0]
    sound, silence = pcm[: -len(pcm) // 8].tobytes(), pcm[-len(pcm) // 8 :].tobytes()
    replies: list[Reply] = []
    worker = Worker(replies.append, decoders)
    for request in (Open(1), Begin(1, "one"), Audio(1, sound), Pause(1)):
        carry_out(worker, request)
    shown = [reply.text for reply in replies if isinstance(reply, Heard)][-1]
    monkeypatch.setattr(Ear, "_heard_again", lambda *_: pytest.fail("it was heard again at the end"))
    for request in (Audio(1, silence), End(1)):
        carry_out(worker, request)
    (final,) = [reply.text for reply in replies if isinstance(reply, Heard) and reply.final]
    assert final == shown
    assert word_error_rate([(text, final)]) < 0.3


def test_what_is_said_after_a_pause_is_heard_too(decoders: Decoders, turns: list[tuple[Pcm, str]]) -> None:
    pcm, text = turns[1]
    replies: list[Reply] = []
    worker = Worker(replies.append, decoders)
    third = len(pcm) // 3
    for request in (
        Open(1),
        Begin(1, "one"),
        Audio(1, pcm[:third].tobytes()),
        Pause(1),
        Audio(1, pcm[third:].tobytes()),
        End(1),
    ):
        carry_out(worker, request)
    (final,) = [reply.text for reply in replies if isinstance(reply, Heard) and reply.final]
    assert word_error_rate([(text, final)]) < 0.3


def test_nothing_said_after_a_pause_is_lost_when_it_makes_the_utterance_too_long_to_be_heard_again(
    decoders: Decoders, turns: list[tuple[Pcm, str]]
) -> None:
    pcm = np.concatenate([pcm for pcm, _ in turns[1:]])
    pauses = [round(at_s * SPEECH_RATE_HZ) for at_s in (5.9, 6.7)]

    def final(*paused_at: int) -> str:
        replies: list[Reply] = []
        worker = Worker(replies.append, decoders)
        for request in (Open(1), Begin(1, "one")):
            carry_out(worker, request)
        for begin, end in pairwise((0, *pauses)):
            carry_out(worker, Audio(1, pcm[begin:end].tobytes()))
            if end in paused_at:
                carry_out(worker, Pause(1))
        carry_out(worker, End(1))
        (heard,) = [reply.text for reply in replies if isinstance(reply, Heard) and reply.final]
        return heard

    assert final(*pauses) == final()


def test_those_who_are_heard_again_wait_for_the_one_decoder_that_is_there_for_it(
    decoders: Decoders, turns: list[tuple[Pcm, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_it, most, times = 0, 0, 0
    whole = Decoders.heard_again

    def heard_again(
        all_of_them: Decoders, band: Band, logs: Array, mean: Array, short: bool
    ) -> Generator[None, None, tuple[str, float | None]]:
        nonlocal at_it, most, times
        at_it, times = at_it + 1, times + 1
        most = max(most, at_it)
        found = yield from whole(all_of_them, band, logs, mean, short)
        at_it -= 1
        return found

    monkeypatch.setattr(Decoders, "heard_again", heard_again)
    pcm, _ = turns[1]
    replies: list[Reply] = []
    worker = Worker(replies.append, decoders)
    for number in range(1, 4):
        for request in (Open(number), Begin(number, "one"), Audio(number, pcm.tobytes()), Pause(number), End(number)):
            worker.put(request)
    while worker.busy:
        worker.step()
    finals = [reply.text for reply in replies if isinstance(reply, Heard) and reply.final]
    assert len(finals) == 3
    assert len(set(finals)) == 1
    assert (at_it, most, times) == (0, 1, 3)
