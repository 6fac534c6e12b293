"""What one session learns about a voice, by a vocal tract of which the test says how it fits."""

import math
from collections.abc import Generator
from itertools import count
from typing import cast

import numpy as np
import pytest

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.speech.evaluation import word_error_rate
from core.speech.features import Band
from core.speech.pocketsphinx_decoders import Decoders, Steps
from core.speech.pocketsphinx_ear import Ear
from core.speech.pocketsphinx_voice import Pace
from core.speech.vocal_tract import NO_FIT, Fit, VocalTract
from core.speech.worker_messages import Heard, Reply

SHORTER, LONGER = min(NO_FIT), max(NO_FIT)


class FittingAs:
    """Sound of the first utterances fits these warps, in turn; after them none better than the others."""

    def __init__(self, *warps: float) -> None:
        self._warps = iter(warps)
        self.looked_at_s: list[float] = []

    @property
    def looked_for(self) -> int:
        return len(self.looked_at_s)

    def fit(self, pcm: Pcm, shift_samples: int = 0) -> Generator[None, None, Fit]:
        yield
        self.looked_at_s.append(len(pcm) / SPEECH_RATE_HZ)
        fits = next(self._warps, None)
        return {warp: float(warp == fits) for warp in NO_FIT}


class OneVoice(Decoders):
    """Those decoders, and one voice that fits."""

    def __init__(self, decoders: Decoders, fitting: FittingAs) -> None:
        super().__init__(None)
        self._spare = decoders._spare
        self._for_again = decoders._for_again
        self._fitting = fitting

    def vocal_tract(self, band: Band) -> VocalTract:
        return cast(VocalTract, self._fitting)


def unhurried() -> float:
    """A clock by which nothing takes any time."""
    return 0.0


def ear_for(decoders: Decoders, fitting: FittingAs) -> Ear:
    replies: list[Reply] = []
    return Ear(1, OneVoice(decoders, fitting), replies.append, unhurried)


def say(ear: Ear, *, hurried: bool = False, duration_s: float = 1.0, paused: bool = False) -> None:
    ear.begin("one")
    ear.hurried = hurried
    fifth = np.zeros(SPEECH_RATE_HZ // 5, np.int16).tobytes()
    sound = [ear.take(fifth) for _ in range(round(5 * duration_s))]
    for steps in (*sound, *([ear.pause(0.0)] if paused else []), ear.end()):
        for _ in steps:
            pass


@pytest.mark.parametrize("warp", [SHORTER, LONGER])
def test_what_the_beginning_told_of_a_voice_is_kept_by_who_has_no_time_to_look_again(
    decoders: Decoders, warp: float
) -> None:
    fitting = FittingAs(warp)
    ear = ear_for(decoders, fitting)
    say(ear, hurried=True)
    say(ear, hurried=True)
    assert ear.manner.warp == warp
    assert fitting.looked_for == 1


def test_the_end_of_an_utterance_tells_more_than_its_beginning(decoders: Decoders) -> None:
    ear = ear_for(decoders, FittingAs(SHORTER, LONGER))
    say(ear)
    assert ear.manner.warp == LONGER


def test_a_voice_is_looked_at_for_so_long_as_it_was_really_looked_at(decoders: Decoders) -> None:
    fitting = FittingAs(SHORTER)
    ear = ear_for(decoders, fitting)
    say(ear, hurried=True, duration_s=16.0)
    say(ear)
    assert fitting.looked_for == 2


@pytest.mark.parametrize("duration_s", [1.0, 7.0])
def test_a_voice_is_looked_at_in_the_pause_and_not_once_more_at_the_end(decoders: Decoders, duration_s: float) -> None:
    fitting = FittingAs(SHORTER, LONGER, SHORTER)
    ear = ear_for(decoders, fitting)
    say(ear, duration_s=duration_s, paused=True)
    assert ear.manner.warp == LONGER


def test_of_a_long_utterance_its_beginning_tells_enough_of_a_voice(decoders: Decoders) -> None:
    fitting = FittingAs()
    say(ear_for(decoders, fitting), duration_s=10.0)
    assert max(fitting.looked_at_s) == 6.0


def test_one_hurried_utterance_makes_nobody_a_fast_speaker() -> None:
    usual, hurried = Pace(110, 10.0), Pace(30, 2.0)
    both = hurried.after(usual)
    assert usual.phones / usual.said_s < both.phones / both.said_s < hurried.phones / hurried.said_s
    assert both.phones / both.said_s == pytest.approx(11.8)


def test_who_goes_on_in_a_hurry_becomes_one() -> None:
    pace = Pace(110, 10.0)
    for _ in range(10):
        pace = Pace(30, 2.0).after(pace)
    assert pace.phones / pace.said_s == pytest.approx(15.0, rel=0.05)


def test_once_there_are_words_every_fifth_of_a_second_brings_some(decoders: Decoders, spoken: tuple[Pcm, str]) -> None:
    replies: list[Reply] = []
    ear = Ear(1, OneVoice(decoders, FittingAs()), replies.append, unhurried)
    ear.begin("one")
    came: list[int] = []
    pcm, _ = spoken
    for at in range(0, len(pcm), SPEECH_RATE_HZ // 5):
        replies.clear()
        for _ in ear.take(pcm[at : at + SPEECH_RATE_HZ // 5].tobytes()):
            pass
        came.append(sum(isinstance(reply, Heard) for reply in replies))
    first = came.index(1)
    assert first < 8
    # A rest shorter than a fifth of a second brings none.
    assert set(came[first:-1]) == {1}


def heard_by(ear: Ear, pcm: Pcm, replies: list[Reply], *, going_on: bool) -> list[str]:
    """What came of each fifth of a second, and the final last."""
    ear.begin("one")
    texts: list[str] = []
    for at in range(0, len(pcm), SPEECH_RATE_HZ // 5):
        replies.clear()
        run(ear.take(pcm[at : at + SPEECH_RATE_HZ // 5].tobytes()))
        texts += [reply.text for reply in replies if isinstance(reply, Heard)]
        while going_on and ear.can_go_on:
            ear.go_on()
    run(ear.end())
    return [*texts, *(reply.text for reply in replies if isinstance(reply, Heard) and reply.final)]


def run(steps: Steps) -> None:
    for _ in steps:
        pass


def test_a_better_mean_is_caught_up_with_while_words_are_shown(
    decoders: Decoders, spoken: tuple[Pcm, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.speech.pocketsphinx_ear._CORRECTED_OFF", -1.0)
    pcm, text = spoken
    found: dict[bool, list[str]] = {}
    for live in (True, False):
        replies: list[Reply] = []
        ear = Ear(1, OneVoice(decoders, FittingAs()), replies.append, unhurried)
        ear.live = live
        found[live] = heard_by(ear, pcm, replies, going_on=True)
    assert found[True][-1] == found[False][-1]
    assert word_error_rate([(text, found[True][-1])]) < 0.2


def test_who_never_has_time_to_catch_up_shows_words_all_the_same(
    decoders: Decoders, spoken: tuple[Pcm, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.speech.pocketsphinx_ear._CORRECTED_OFF", -1.0)
    pcm, text = spoken
    replies: list[Reply] = []
    one_voice = OneVoice(decoders, FittingAs())
    ear = Ear(1, one_voice, replies.append, unhurried)
    ear.live = True
    texts = heard_by(ear, pcm, replies, going_on=False)
    assert len(texts) > 0.6 * len(pcm) / (SPEECH_RATE_HZ / 5)
    assert word_error_rate([(text, texts[-1])]) < 0.3
    assert not ear.can_go_on
    assert not one_voice.catching_up


def test_one_voice_at_a_time_catches_up_in_a_worker(
    decoders: Decoders, spoken: tuple[Pcm, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.speech.pocketsphinx_ear._CORRECTED_OFF", -1.0)
    pcm, _ = spoken
    one_voice = OneVoice(decoders, FittingAs())
    ears = [Ear(number, one_voice, lambda reply: None, unhurried) for number in (1, 2)]
    for ear in ears:
        ear.live = True
        ear.begin("one")
        for second in (pcm[:SPEECH_RATE_HZ], pcm[SPEECH_RATE_HZ : 2 * SPEECH_RATE_HZ]):
            run(ear.take(second.tobytes()))
    one, other = ears
    one.go_on()
    assert one_voice.catching_up
    other.go_on()
    one.let_go()
    assert not one_voice.catching_up
    other.go_on()
    assert one_voice.catching_up
    other.close()
    assert not one_voice.catching_up


def test_those_who_speak_in_turns_share_a_decoder() -> None:
    one_voice = OneVoice(Decoders(None), FittingAs())
    ears = [Ear(number, one_voice, lambda reply: None, unhurried) for number in (1, 2)]
    for ear in (*ears, *ears):
        say(ear)
    ears[0].close()
    assert len(one_voice._spare["wide"]) == 1


def test_work_for_others_between_the_steps_does_not_count_as_the_first_pass(decoders: Decoders) -> None:
    looks = count()

    def clock() -> float:
        return float(next(looks))

    ear = Ear(1, OneVoice(decoders, FittingAs()), lambda reply: None, clock)
    ear.begin("one")
    for _ in ear.take(np.zeros(2 * SPEECH_RATE_HZ, np.int16).tobytes()):
        clock()
    assert ear.first_pass_s == math.ceil(2 * 100 / 40)
