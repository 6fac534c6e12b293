"""What the bench does to sound before an engine hears it."""

from typing import NoReturn

import numpy as np
import pytest
from synthetic_voice import Voice

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.levels import level_of
from core.bench.conditions_heard import at_level, measure
from core.bench.noises import with_noise
from core.errors import SpeechError
from core.speech.scripted import ScriptedEngine


@pytest.fixture
def said() -> Pcm:
    return Voice(level_db=-20.0, room_db=-80.0).says(1, 2.0)


@pytest.mark.parametrize("dbfs", [-30.0, -50.0, -62.0])
def test_speech_is_brought_to_the_level_asked_for(said: Pcm, dbfs: float) -> None:
    spoken = at_level(said, dbfs)[4800:-8000]
    assert level_of(spoken).rms_dbfs == pytest.approx(dbfs, abs=3.0)


@pytest.mark.parametrize("db", [20, 10, 5])
def test_noise_is_that_much_below_the_speech(said: Pcm, db: int) -> None:
    noise = np.random.default_rng(1).normal(0, 1000, SPEECH_RATE_HZ).astype(np.int16)
    mixed = with_noise(said, noise, db)
    added = level_of((mixed.astype(np.int32) - said).astype(np.int16)).rms_dbfs
    assert level_of(said[4800:-8000]).rms_dbfs - added == pytest.approx(db, abs=3.0)


def test_every_condition_has_a_row_and_what_is_missing_is_said(said: Pcm) -> None:
    rows = measure(ScriptedEngine([]), lambda text: said, ["one sentence"], None)
    assert {row.what.split(":")[0] for row in rows} == {
        "as in a call", "quiet, -50 dBFS", "quiet, -62 dBFS", "clipped", "clipped on a telephone", "in noise",
        "a fan at 20 dB", "a fan at 10 dB", "talk behind at 20 dB", "talk behind at 10 dB",
        "answers of one word", "silence", "the tone on hold", "music on hold", "telephone keys",
    }  # fmt: skip
    assert [row.what for row in rows if row.not_measured] == ["in noise: word error rate"]
    assert all(row.values == (0.0,) for row in rows if "invented" in row.what)
    assert {row.engine for row in rows} == {"scripted"}


def test_an_engine_that_fails_is_no_engine_that_hears_nothing(said: Pcm) -> None:
    class Broken(ScriptedEngine):
        def open(self, *args: object, **options: object) -> NoReturn:
            raise SpeechError("the key was refused")

    with pytest.raises(SpeechError):
        measure(Broken([]), lambda text: said, ["one sentence"], None)
