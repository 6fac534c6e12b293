"""When an utterance is taken for a short answer, by a decoder of which the test says how likely it finds what."""

import math
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import pytest
from pocketsphinx import Decoder
from speech.steps import outcome

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.speech.evaluation import word_error_rate
from core.speech.features import CEPSTRA, FRAME_SHIFT_SAMPLES, FrontEnd
from core.speech.pocketsphinx_decoders import (
    QUICK,
    SHORT_ANSWERS,
    USUAL,
    Decoders,
    Found,
    _through,
    considered,
    create_decoder,
    hear_all,
    result,
)
from core.speech.rescoring import Rescoring

AS_LIKELY = 0.5


@dataclass(frozen=True)
class Hypothesis:
    hypstr: str
    best_score: float


@dataclass(frozen=True)
class Segment:
    word: str
    prob: float = 0.8


class Finding:
    """A decoder that finds what each of its searches is said to find."""

    def __init__(self, by_search: Mapping[str, Hypothesis | None]) -> None:
        self._by_search = by_search
        self._search = USUAL
        self.heard = 0
        self.frames = 0

    def current_search(self) -> str:
        return self._search

    def activate_search(self, name: str) -> None:
        self._search = name

    def set_cmn(self, mean: str) -> None: ...

    def start_utt(self) -> None:
        self.heard += 1

    def process_cep(self, frames: bytes) -> None:
        self.frames += len(frames) // (4 * CEPSTRA)

    def end_utt(self) -> None: ...

    def hyp(self) -> Hypothesis | None:
        return self._by_search[self._search]

    def seg(self) -> Iterator[Segment]:
        found = self.hyp()
        return iter([Segment(word) for word in found.hypstr.split()] if found else [])


def likelier(by: float) -> float:
    """A score so many of PocketSphinx's logarithms above `AS_LIKELY`."""
    return AS_LIKELY * math.exp(by * math.log(1.0001))


def text_of(finding: Finding, *, short: bool = True) -> str:
    front_end = FrontEnd()
    front_end.begin()
    logs = front_end.push(np.zeros(SPEECH_RATE_HZ // 4, np.int16))
    steps = hear_all(cast(Decoder, finding), logs, logs.mean(axis=0), "wide", None, short=short)
    return outcome(steps).text


@pytest.mark.parametrize(("by", "heard"), [(1_000, "seven"), (100, "heaven and"), (-1_000, "heaven and")])
def test_a_short_answer_has_to_be_much_likelier(by: float, heard: str) -> None:
    finding = Finding({USUAL: Hypothesis("heaven and", AS_LIKELY), SHORT_ANSWERS: Hypothesis("seven", likelier(by))})
    assert [text_of(finding), text_of(finding)] == [heard, heard]


def test_what_is_longer_is_not_taken_for_one() -> None:
    finding = Finding({USUAL: Hypothesis("heaven and", AS_LIKELY), SHORT_ANSWERS: Hypothesis("seven", likelier(1_000))})
    assert text_of(finding, short=False) == "heaven and"
    assert finding.heard == 1


@pytest.mark.parametrize("nothing", [None, Hypothesis("", AS_LIKELY), Hypothesis("<sil> [NOISE]", AS_LIKELY)])
def test_where_nobody_speaks_nobody_answers(nothing: Hypothesis | None) -> None:
    finding = Finding({USUAL: nothing, SHORT_ANSWERS: Hypothesis("what", likelier(1_000))})
    assert text_of(finding) == ""
    assert finding.heard == 1


def test_an_answer_nobody_gave_changes_nothing() -> None:
    assert text_of(Finding({USUAL: Hypothesis("heaven", AS_LIKELY), SHORT_ANSWERS: None})) == "heaven"


class Preferring:
    """A rescoring that finds some words likelier."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.asked = 0

    def best(self, decoder: object, language: object) -> Generator[None, None, str]:
        self.asked += 1
        yield
        return self._text


@pytest.mark.parametrize(("likelier_as_a_whole", "text"), [("hello there", "hello there"), ("", "hell of air")])
def test_what_is_likelier_as_a_whole_is_what_was_heard(likelier_as_a_whole: str, text: str) -> None:
    preferring = Preferring(likelier_as_a_whole)
    found = outcome(considered(create_decoder(), Found("hell of air", 0.7), cast(Rescoring, preferring)))
    assert found == Found(text, 0.7)
    assert preferring.asked == 1


def test_where_nothing_was_heard_nothing_is_likelier() -> None:
    preferring = Preferring("hello there")
    nothing = Found("", None)
    assert outcome(considered(create_decoder(), nothing, cast(Rescoring, preferring))) == nothing
    assert preferring.asked == 0


def test_the_stock_models_are_left_as_they_come() -> None:
    assert Decoders(None).rescoring is None
    assert outcome(considered(create_decoder(), Found("hello", 0.7), None)) == Found("hello", 0.7)


def test_no_step_of_what_can_wait_takes_long() -> None:
    finding = Finding({USUAL: Hypothesis("heaven", AS_LIKELY), SHORT_ANSWERS: None})
    logs = FrontEnd().push(np.zeros(2 * SPEECH_RATE_HZ, np.int16))
    before = finding.frames
    for _ in hear_all(cast(Decoder, finding), logs, logs.mean(axis=0), "wide", None, short=True):
        assert finding.frames - before <= SPEECH_RATE_HZ * 0.2 / FRAME_SHIFT_SAMPLES
        before = finding.frames
    assert finding.frames >= 2 * len(logs)


def test_hearing_again_can_be_given_up_and_the_next_has_the_same_decoder(spoken: tuple[Pcm, str]) -> None:
    pcm, text = spoken
    logs = FrontEnd().push(pcm)
    decoders = Decoders(None)

    def heard_again() -> Generator[None, None, Found]:
        return decoders.heard_again("wide", logs, logs.mean(axis=0), False)

    given_up = heard_again()
    next(given_up)
    next(given_up)
    assert decoders.hearing_again
    kept = decoders._for_again
    assert not kept
    given_up.close()
    assert not decoders.hearing_again
    left = kept["wide"]
    found = outcome(heard_again())
    assert kept["wide"] is left
    assert word_error_rate([(text, found[0])]) < 0.2


def test_the_quick_search_of_a_decoder_finds_the_words_and_leaves_the_usual_one_as_it_was(
    spoken: tuple[Pcm, str],
) -> None:
    pcm, text = spoken
    logs = FrontEnd().push(pcm)
    decoder = create_decoder()
    found: list[str] = []
    for search in (USUAL, QUICK, USUAL):
        for _ in _through(decoder, logs, logs.mean(axis=0), "wide", search):
            pass
        found.append(result(decoder)[0])
    assert found[0] == found[2]
    assert word_error_rate([(text, found[1])]) < 0.3
