"""When a party gets a decoder of their own, by decoders that make one of anything."""

from collections.abc import Generator
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from pocketsphinx import Decoder

from core.speech.features import FILTERS, Band
from core.speech.models import Models
from core.speech.pocketsphinx_decoders import Decoders, Found, Pair
from core.speech.pocketsphinx_learning import OwnDecoders
from core.speech.pocketsphinx_voice import Manner
from core.speech.speaker_adaptation import Adaptation, Pronounced

MANNER = Manner()
HEARD = Found("hello there", 0.9)


class Dictionary:
    """A decoder, as far as it knows how words sound."""

    def lookup_word(self, word: str) -> str | None:
        return None if word == "unknown" else "HH AH"


class Learned:
    """An adaptation that learns at once."""

    def __init__(self) -> None:
        self.frames = 0
        self.words: list[Pronounced] = []

    def learn(self, frames: np.ndarray[tuple[int, ...], np.dtype[np.float64]], words: Pronounced) -> list[None]:
        self.frames += len(frames)
        self.words.append(words)
        return [None]


class Making(Decoders):
    def __init__(self) -> None:
        super().__init__(Models(Path("nowhere")))
        self.made_after: list[int] = []
        self.adaptations: list[Learned] = []

    def adaptation(self, band: Band) -> Adaptation | None:
        self.adaptations.append(Learned())
        return cast(Adaptation, self.adaptations[-1])

    def make_own(self, band: Band, adaptation: Adaptation) -> Generator[None, None, Pair]:
        self.made_after.append(adaptation.frames // 100)
        yield
        return Pair(cast(Decoder, object()), cast(Decoder, object()))


def hear(own: OwnDecoders, duration_s: int, found: Found = HEARD, manner: Manner = MANNER) -> None:
    own.heard(manner, np.zeros((100 * duration_s, FILTERS)), found, cast(Decoder, Dictionary()))


def say(own: OwnDecoders, duration_s: int, manner: Manner = MANNER) -> None:
    hear(own, duration_s, manner=manner)
    while own.can_learn:
        own.learn()


def test_a_voice_is_known_after_twenty_seconds_and_better_each_time_half_as_much_again_has_been_heard() -> None:
    decoders = Making()
    own = OwnDecoders(decoders)
    known = []
    for _ in range(20):
        say(own, 5)
        known.append(own.take(MANNER) is not None)
    assert known == [False] * 3 + [True] * 17
    assert decoders.made_after == [20, 30, 45, 70]
    assert decoders.adaptations[0].words[0] == [["HH", "AH"], ["HH", "AH"]]


def test_what_was_learned_of_other_sounds_does_not_count() -> None:
    decoders = Making()
    own = OwnDecoders(decoders)
    say(own, 25)
    first = own.take(MANNER)
    assert first
    assert own.has(first.usual)
    assert not own.has(first.again)
    say(own, 10, manner=Manner(warp=1.04))
    assert not own.take(MANNER)
    say(own, 10, manner=Manner(warp=1.04))
    assert own.take(Manner(warp=1.04))
    assert not own.take(Manner("telephone", warp=1.04))
    assert decoders.made_after == [25, 20]


@pytest.mark.parametrize(
    "found", [Found("", None), Found("hello unknown", 0.9), Found("hello there", 0.5), Found("hello there", None)]
)
def test_nothing_is_learned_without_knowing_what_was_said(found: Found) -> None:
    own = OwnDecoders(Making())
    hear(own, 30, found)
    assert not own.can_learn


def test_when_it_is_over_the_voice_is_forgotten() -> None:
    decoders = Making()
    own = OwnDecoders(decoders)
    say(own, 25)
    hear(own, 1)
    own.close()
    assert not own.can_learn
    assert not own.take(MANNER)
    say(own, 15)
    assert not own.take(MANNER)
    assert decoders.made_after == [25]


def test_of_many_utterances_that_wait_the_last_are_learned_from() -> None:
    decoders = Making()
    own = OwnDecoders(decoders)
    for duration_s in range(1, 20):
        hear(own, duration_s)
    while own.can_learn:
        own.learn()
    assert decoders.adaptations[0].frames == 100 * sum(range(12, 20))


def test_with_the_stock_models_nobody_has_one() -> None:
    own = OwnDecoders(Decoders(None))
    hear(own, 60)
    assert not own.can_learn
