"""What a leg makes of tones, of music, of a voice that is hardly there, and of one that never stops."""

from itertools import count

import numpy as np
import pytest
from sounds import key_tone, music
from synthetic_voice import Voice

from core.audio.endpointing import FRAME_SAMPLES, Endpointer, EndpointerConfig, SpeechBegan, SpeechContinued
from core.audio.frames import SPEECH_RATE_HZ, AudioChunk, Pcm
from core.audio.levels import level_of
from core.calls.events import Event, Party, SpeechStarted, TranscriptFinal, TranscriptPartial
from core.calls.leg import Leg
from core.languages import ANY_LANGUAGE
from core.speech.base import Capabilities, Hypothesis, OnFailure, OnHypothesis, SpeechToText
from core.speech.engines import only


class Inventor(SpeechToText):
    """An engine that hears words in everything, and keeps what it was given."""

    name = "inventor"
    capabilities = Capabilities(partials=True, local=True, languages=("en",))

    def __init__(self) -> None:
        self.given: list[Pcm] = []

    def open(
        self, party: Party, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str = ANY_LANGUAGE
    ) -> "Inventing":
        return Inventing(self.given, on_hypothesis)

    def close(self) -> None:
        """Nothing to give back."""


class Inventing:
    def __init__(self, given: list[Pcm], on_hypothesis: OnHypothesis) -> None:
        self._given = given
        self._say = on_hypothesis
        self._utterance_id = ""

    def begin(self, utterance_id: str, start_s: float) -> None:
        self._utterance_id = utterance_id
        self._given.append(np.zeros(0, np.int16))

    def push(self, pcm: Pcm) -> None:
        self._given[-1] = np.concatenate([self._given[-1], pcm])
        self._say(Hypothesis(utterance_id=self._utterance_id, text="yes please", final=False))

    def pause(self) -> None:
        """It has said all it can."""

    def end(self) -> None:
        self._say(Hypothesis(utterance_id=self._utterance_id, text="yes please", final=True))

    def drain(self, timeout_s: float) -> bool:
        return True

    def close(self) -> None:
        """Nothing to give back."""


def hear(pcm: Pcm, engine: Inventor | None = None, endpointer: Endpointer | None = None) -> list[Event]:
    events: list[Event] = []
    numbers = count(1)
    leg = Leg(
        "customer",
        only(engine or Inventor()),
        endpointer or Endpointer(),
        lambda event, offset_s: events.append(event),
        lambda kind: f"{kind}_{next(numbers)}",
    )
    for at in range(0, len(pcm), SPEECH_RATE_HZ // 10):
        leg.feed(AudioChunk(pcm[at : at + SPEECH_RATE_HZ // 10], at / SPEECH_RATE_HZ))
    leg.finish()
    return events


def words(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, TranscriptFinal | TranscriptPartial) and event.text]


def room(seconds: float) -> Pcm:
    return np.random.default_rng(5).normal(0, 3, round(seconds * SPEECH_RATE_HZ)).astype(np.int16)


@pytest.mark.parametrize("note_s", [0.25, 0.4])
def test_music_is_no_utterance(note_s: float) -> None:
    assert hear(np.concatenate([room(1.0), music(note_s=note_s), room(1.0)])) == []


@pytest.mark.parametrize("note_s", [0.25, 0.4])
def test_no_words_are_made_of_music_though_it_was_taken_for_speech(note_s: float) -> None:
    anything_loud = Endpointer(is_speech=lambda frame: level_of(frame).rms_dbfs > -60)
    events = hear(np.concatenate([room(1.0), music(note_s=note_s), room(1.0)]), endpointer=anything_loud)
    assert any(isinstance(event, SpeechStarted) for event in events), "or nothing is shown by this"
    assert {event.text for event in events if isinstance(event, TranscriptFinal)} == {""}
    assert len(words(events)) <= 40, "frames of the second it takes to tell"


def test_no_words_are_made_of_keys_or_silence() -> None:
    keys = np.concatenate([key_tone(key) for key in "78901"])
    assert hear(np.concatenate([room(1.0), keys, room(2.0)])) == []


@pytest.mark.parametrize("seconds", [0.4, 1.0, 4.0])
def test_words_of_a_voice_are_kept(seconds: float) -> None:
    events = hear(np.concatenate([room(0.5), Voice().says(2, seconds), room(1.0)]))
    assert words(events)[-1] == "yes please"
    assert any(isinstance(event, TranscriptPartial) for event in events)


def test_once_a_voice_is_known_to_be_very_quiet_the_engine_gets_it_louder_by_the_same_all_along() -> None:
    engine = Inventor()
    quiet = [Voice(level_db=-60.0, room_db=-90.0).says(seed, 3.0) for seed in (2, 3)]
    said = np.concatenate([room(0.5) // 4, quiet[0], room(1.0) // 4, quiet[1], room(1.0) // 4])
    events = hear(said, engine)
    first, second = engine.given
    assert first.tobytes() in said.tobytes()
    assert level_of(second).rms_dbfs > level_of(first).rms_dbfs + 15
    _, started = (event for event in events if isinstance(event, SpeechStarted))
    at = round(started.start_s * SPEECH_RATE_HZ)
    ratio = second[second > 500] / said[at : at + len(second)][second > 500]
    assert ratio.std() < 0.05 * ratio.mean()


def test_a_shout_after_quiet_speech_is_not_clipped() -> None:
    engine = Inventor()
    quiet, loud = Voice(level_db=-60.0, room_db=-90.0).says(2, 3.0), Voice(level_db=-24.0).says(3, 2.0)
    hear(np.concatenate([room(0.5) // 4, quiet, room(1.0) // 4, loud, room(1.0)]), engine)
    given = engine.given[-1].astype(np.int32)
    assert np.mean(np.abs(given) > 32_000) < 0.001


@pytest.mark.parametrize("onset_db", [0.0, -25.0])
def test_an_ordinary_voice_reaches_the_engine_as_it_is_though_it_begins_softly(onset_db: float) -> None:
    engine = Inventor()
    spoken = Voice(level_db=-20.0).says(2, 2.0)
    softly = np.where(np.arange(len(spoken)) < 0.6 * SPEECH_RATE_HZ, 10 ** (onset_db / 20), 1.0)
    said = np.concatenate([room(0.5), (spoken * softly).astype(np.int16), room(1.0)])
    hear(said, engine)
    assert all(given.tobytes() in said.tobytes() for given in engine.given)


def test_twenty_minutes_without_a_breath_come_in_bounded_pieces_that_lose_nothing() -> None:
    """Each sample tells the second it belongs to; the detector and what an engine does with it cost too much here."""
    seconds = 20 * 60
    endpointer = Endpointer(is_speech=lambda frame: True)
    pieces: list[list[Pcm]] = []
    for second in range(seconds):
        for event in endpointer.push(AudioChunk(np.full(SPEECH_RATE_HZ, 1000 + second, np.int16), float(second))):
            if isinstance(event, SpeechBegan):
                pieces.append([])
            if isinstance(event, SpeechBegan | SpeechContinued):
                pieces[-1].append(event.pcm)
    endpointer.finish()
    longest = EndpointerConfig().max_utterance_s * SPEECH_RATE_HZ
    assert max(sum(map(len, piece)) for piece in pieces) <= longest + FRAME_SAMPLES
    assert len(pieces) <= 1.3 * seconds / EndpointerConfig().max_utterance_s
    heard = np.concatenate([pcm for piece in pieces for pcm in piece])
    assert np.array_equal(np.bincount(heard)[1000:], np.full(seconds, SPEECH_RATE_HZ))
