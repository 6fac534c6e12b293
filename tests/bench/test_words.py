"""When a word counts as shown."""

import pytest

from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ
from core.bench.words import Sound, covered_after_s, seen_after_s, word_ends_s
from core.config import Settings
from core.scenarios import list_scenarios
from core.speech.evaluation import normalise
from core.speech.pocketsphinx_decoders import create_decoder

FINAL = ["my", "order", "number"]
ENDS_S = [1.0, 2.0, 3.0]


def seen(*lines: tuple[float, str]) -> list[float]:
    return list(seen_after_s(FINAL, ENDS_S, [(at_s, line.split()) for at_s, line in lines]))


def test_a_word_is_seen_when_the_first_line_has_it() -> None:
    lines = (1.5, "my"), (2.25, "my order"), (4.0, "my order number")
    assert seen(*lines) == [0.5, 0.25, 1.0]


def test_a_word_misheard_is_seen_when_it_is_corrected() -> None:
    lines = (1.5, "my"), (2.25, "my are turn"), (3.5, "my order number")
    assert seen(*lines) == [0.5, 1.5, 0.5]


def test_a_word_still_misheard_does_not_count_against_those_after_it() -> None:
    lines = (2.5, "mine are order"), (3.5, "mine are order number"), (5.0, "my order number")
    assert seen(*lines) == [4.0, 0.5, 0.5]


def test_something_shown_in_its_place_covers_a_word() -> None:
    lines = [(1.5, ["mine"]), (2.25, ["mine", "are"]), (5.0, FINAL)]
    assert list(covered_after_s(ENDS_S, lines)) == [0.5, 0.25, 2.0]


@pytest.mark.slow
def test_words_are_found_in_their_sound() -> None:
    """The first turn of a demo call: its words end in order, within the turn, the last one near its end."""
    scenario = list_scenarios(Settings().scenarios_path)[0]
    turn = scenario.timeline()[0]
    with Recording.open(scenario.audio_path) as recording:
        blocks = [block[turn.party or "customer"] for block in recording]
    first, last = (round(at_s * SPEECH_RATE_HZ / len(blocks[0])) for at_s in (turn.start_s, turn.end_s))
    start_s = first * len(blocks[0]) / SPEECH_RATE_HZ
    words = normalise(turn.text).split()
    ends_s = word_ends_s(create_decoder(), words, Sound(start_s, blocks[first : last + 1]))
    assert ends_s is not None
    assert len(ends_s) == len(words)
    assert ends_s == sorted(ends_s)
    assert turn.start_s < ends_s[0]
    assert abs(ends_s[-1] - turn.end_s) < 0.3


def test_words_nobody_wrote_down_how_to_say_are_left_out() -> None:
    scenario = list_scenarios(Settings().scenarios_path)[0]
    with Recording.open(scenario.audio_path) as recording:
        pieces = [next(iter(recording))["customer"]]
    assert word_ends_s(create_decoder(), ["xyzzyx"], Sound(0.0, pieces)) is None
