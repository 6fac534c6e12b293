"""Telling an echo from a person: cases made afresh from the demo calls' voices, in made-up rooms."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from core.audio.echo import EchoReference
from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, AudioChunk, Pcm
from core.config import ROOT

Sound = NDArray[np.float64]
BEFORE_S, AFTER_S = 1.0, 1.0
BEGIN_S = 7.013
"""Where on the call's clock a case lies."""
CASES = 40


@cache
def voices() -> list[tuple[Sound, ...]]:
    """One entry per demo call, its speech without the pauses, scaled to one loudness."""
    calls = []
    for path in sorted((ROOT / "data" / "scenarios").glob("*.opus"))[:8]:
        with Recording.open(path) as recording:
            blocks = list(recording)
        calls.append(tuple(talk(np.concatenate([block[party] for block in blocks])) for party in blocks[0]))
    return calls


def talk(pcm: Pcm) -> Sound:
    frames = pcm[: len(pcm) // 1600 * 1600].reshape(-1, 1600).astype(float)
    spoken = frames[np.abs(frames).max(axis=1) > 300].ravel()
    return spoken * (6000 / np.percentile(np.abs(spoken), 99.5))


class Room:
    """Makes cases; everything by chance, from one seed."""

    def __init__(self, seed: int) -> None:
        self.chance = np.random.default_rng(seed)

    def two_voices(self, lasting_s: float) -> tuple[Sound, Sound]:
        """Both parties of two different calls."""
        one, other = self.chance.choice(len(voices()), 2, replace=False)
        return self.stretch(voices()[one][0], lasting_s), self.stretch(voices()[other][-1], lasting_s)

    def stretch(self, sound: Sound, lasting_s: float) -> Sound:
        length = round(lasting_s * SPEECH_RATE_HZ)
        start = self.chance.integers(len(sound) - length)
        return sound[start : start + length]

    def echo(self, sound: Sound, *, attenuation_db: tuple[float, float] = (6, 35)) -> Sound:
        """As it comes out of a loudspeaker and a room, 50–800 ms later."""
        seconds = np.arange(round(0.4 * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
        response = self.chance.standard_normal(len(seconds)) * np.exp(-6.9 * seconds / self.chance.uniform(0.1, 0.5))
        response[0] += self.chance.uniform(0, 6)
        length = len(sound) + len(response)
        back = np.fft.irfft(np.fft.rfft(sound, length) * np.fft.rfft(response, length), length)[: len(sound)]
        back *= np.std(sound) / np.std(back) * 10 ** (-self.chance.uniform(*attenuation_db) / 20)
        late = np.zeros(round(self.chance.uniform(0.05, 0.8) * SPEECH_RATE_HZ))
        return np.concatenate([late, back])[: len(sound)]

    def hiss(self, sound: Sound) -> Sound:
        return sound + self.chance.standard_normal(len(sound)) * self.chance.uniform(5, 25)


def pcm_of(sound: Sound) -> Pcm:
    return np.clip(sound, -32768, 32767).astype(np.int16)


def echoes(reference: Sound, microphone: Sound, lasting_s: float) -> bool:
    """Asked about the middle of the microphone's sound, having heard the reference in chunks."""
    other = EchoReference()
    said = pcm_of(reference)
    for start in range(0, len(said), 1600):
        other.hear(AudioChunk(said[start : start + 1600], BEGIN_S + start / SPEECH_RATE_HZ))
    begin = round(BEFORE_S * SPEECH_RATE_HZ)
    return other.echoes(BEGIN_S + BEFORE_S, pcm_of(microphone)[begin : begin + round(lasting_s * SPEECH_RATE_HZ)])


def share(seed: int, lasting_s: float, case: Callable[[Room, Sound, Sound], tuple[Sound, Sound]]) -> float:
    """Of many cases, how many are taken for an echo. `case` makes (reference, microphone) of two voices."""
    room = Room(seed)
    found = 0
    for _ in range(CASES):
        reference, microphone = case(room, *room.two_voices(BEFORE_S + lasting_s + AFTER_S))
        found += echoes(reference, room.hiss(microphone), lasting_s)
    return found / CASES


def echo_alone(room: Room, one: Sound, other: Sound) -> tuple[Sound, Sound]:
    return one, room.echo(one)


def somebody_else(room: Room, one: Sound, other: Sound) -> tuple[Sound, Sound]:
    return one, other * 10 ** (room.chance.uniform(-15, 3) / 20)


def both_at_once(room: Room, one: Sound, other: Sound) -> tuple[Sound, Sound]:
    return one, other + room.echo(one, attenuation_db=(12, 35))


def picked_up_by_the_other(room: Room, one: Sound, other: Sound) -> tuple[Sound, Sound]:
    return room.hiss(room.echo(one, attenuation_db=(6, 25))), one


@pytest.mark.parametrize(("lasting_s", "at_least"), [(0.8, 0.8), (1.5, 0.9), (4.0, 0.9)])
def test_echoes_are_found(lasting_s: float, at_least: float) -> None:
    assert share(1, lasting_s, echo_alone) >= at_least


@pytest.mark.parametrize("lasting_s", [0.6, 1.5, 4.0])
@pytest.mark.parametrize("case", [somebody_else, both_at_once, picked_up_by_the_other])
def test_a_person_is_not_taken_for_an_echo(
    lasting_s: float, case: Callable[[Room, Sound, Sound], tuple[Sound, Sound]]
) -> None:
    assert share(2, lasting_s, case) <= 0.05


def test_an_answer_that_begins_in_the_echo_is_kept() -> None:
    def answered(room: Room, one: Sound, other: Sound) -> tuple[Sound, Sound]:
        half = len(one) // 2
        return one, room.echo(one, attenuation_db=(10, 30)) + np.concatenate([np.zeros(half), other[half:]])

    assert share(3, 3.0, answered) <= 0.05


def test_silence_and_sound_too_short_to_tell_are_no_echo() -> None:
    room = Room(4)
    one, _ = room.two_voices(3.0)
    assert not echoes(np.zeros_like(one), one, 1.0)
    assert not echoes(one, np.zeros_like(one), 1.0)
    assert not echoes(one, room.echo(one), 0.3)


def test_a_gap_in_what_was_heard_is_silence_and_what_came_long_ago_is_forgotten() -> None:
    one, _ = Room(5).two_voices(2.0)
    said = pcm_of(one)
    other = EchoReference()
    other.hear(AudioChunk(said, 1.0))
    other.hear(AudioChunk(said, 10.0))
    assert other.echoes(10.3, said)
    assert other.echoes(1.3, said)
    other.hear(AudioChunk(said, 100.0))
    assert other.echoes(100.3, said)
    assert not other.echoes(10.3, said)


def test_a_reference_from_another_place_in_the_call_is_no_echo() -> None:
    one, _ = Room(6).two_voices(2.0)
    other = EchoReference()
    other.hear(AudioChunk(pcm_of(one), 10.0))
    assert other.echoes(10.5, pcm_of(one))
    assert not other.echoes(8.0, pcm_of(one))
    assert not other.echoes(14.0, pcm_of(one))
