"""How well an engine hears in bad conditions, through endpointing and gain as in a call, and what it invents.

Spoken sentences are made quiet, clipped and noisy; what is no speech at all should give no word.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.audio.endpointing import Endpointer
from core.audio.frames import SPEECH_RATE_HZ, AudioChunk, Pcm
from core.audio.gain import amplified
from core.audio.telephone_line import through_telephone
from core.audio.tones import RATE_HZ, waiting_tone
from core.bench.measurement import Limit, Measurement
from core.bench.spoken_sets import read
from core.calls.events import Event, ProviderFailed, TranscriptFinal
from core.calls.leg import Leg
from core.errors import SpeechError
from core.speech.base import SpeechToText
from core.speech.engines import only
from core.speech.evaluation import word_error_rate
from core.speech.pocketsphinx import PocketSphinxEngine

NOISE_DB = (20, 10, 5)
QUIET_DBFS = (-50.0, -62.0)
CLIPPED_DB = 12.0
SHORT_ANSWERS = ("Yes.", "No.", "Okay.", "Thank you.", "That's right.", "Goodbye.")
_TONES_S = 12.0
_KEYS_HZ = ((697, 770, 852, 941), (1209, 1336, 1477))
_NOTES_HZ = (262, 330, 392, 440, 523)
Sound = NDArray[np.float64]
Say = Callable[[str], Pcm]
"""Speaks a text, in a room, with silence around it."""


def measure(engine: SpeechToText, say: Say, sentences: Sequence[str], evaluation: Path | None) -> list[Measurement]:
    """Word error rates per condition, and the words heard where nobody speaks."""
    clear = [(say(text), text) for text in sentences]
    rows = [
        _rate(name, engine, [(change(pcm, number), text) for number, (pcm, text) in enumerate(clear)])
        for name, change in _changes(evaluation)
    ]
    if _noises(evaluation) == []:
        missing = "there is no noise folder; name the evaluation folder with --eval DIR"
        rows.append(Measurement(what="in noise: word error rate", unit="%", not_measured=missing, engine=engine.name))
    rows.append(_rate("answers of one word", engine, [(say(text), text) for text in SHORT_ANSWERS]))
    return [*rows, *(_invented(name, engine, pcm) for name, pcm in _speechless(evaluation))]


def _changes(evaluation: Path | None) -> Iterator[tuple[str, Callable[[Pcm, int], Pcm]]]:
    """What is done to each sentence, given its number."""
    yield "as in a call", lambda pcm, number: pcm
    for dbfs in QUIET_DBFS:
        yield f"quiet, {dbfs:.0f} dBFS", lambda pcm, number, dbfs=dbfs: at_level(pcm, dbfs)  # type: ignore[misc]
    yield "clipped", lambda pcm, number: amplified(pcm, CLIPPED_DB)
    yield "clipped on a telephone", lambda pcm, number: through_telephone(amplified(pcm, CLIPPED_DB))
    noises = _noises(evaluation)
    for db in NOISE_DB if noises else ():
        yield (
            f"noise at {db} dB",
            lambda pcm, number, db=db: with_noise(pcm, noises[number % len(noises)], db),  # type: ignore[misc]
        )


def at_level(pcm: Pcm, dbfs: float) -> Pcm:
    """Its speech at this level."""
    return amplified(pcm, dbfs - 20 * np.log10(_loudness(pcm) / 32768))


def with_noise(pcm: Pcm, noise: Pcm, db: float) -> Pcm:
    """Over noise that many decibels below the speech, from the first sample to the last."""
    under = np.resize(noise, len(pcm)).astype(np.float64)
    return _whole(pcm + under * (_loudness(pcm) / _loudness(noise) * 10 ** (-db / 20)))


def _loudness(pcm: Pcm) -> float:
    """Root mean square of what is not silence."""
    sound = pcm[np.abs(pcm.astype(np.int32)) > np.abs(pcm.astype(np.int32)).max() / 50].astype(np.float64)
    return float(np.sqrt(np.mean(sound**2)))


def _whole(sound: Sound) -> Pcm:
    return np.clip(np.round(sound), -32768, 32767).astype(np.int16)


def _noises(evaluation: Path | None) -> list[Pcm]:
    folder = evaluation / "noise" if evaluation else None
    return [read(path) for path in sorted(folder.glob("*.wav"))] if folder and folder.is_dir() else []


def _speechless(evaluation: Path | None) -> Iterator[tuple[str, Pcm]]:
    """Sound without a word in it, in a quiet room."""
    samples = round(_TONES_S * SPEECH_RATE_HZ)
    room = np.random.default_rng(3).normal(0, 3, samples)
    yield "silence", _whole(room)
    yield "the tone on hold", _whole(room + waiting_tone(0, round(_TONES_S * RATE_HZ))[:: RATE_HZ // SPEECH_RATE_HZ])
    yield "music on hold", _whole(room + _melody(samples))
    yield "telephone keys", _whole(room + _keys(samples))
    for number, noise in enumerate(_noises(evaluation)):
        yield f"noise clip {number + 1}", _whole(np.concatenate([room[:SPEECH_RATE_HZ], noise, room[:SPEECH_RATE_HZ]]))


def _melody(samples: int, note_s: float = 0.3) -> Sound:
    sound = np.zeros(samples)
    length = round(note_s * SPEECH_RATE_HZ)
    seconds = np.arange(length) / SPEECH_RATE_HZ
    chance = np.random.default_rng(4)
    for at in range(SPEECH_RATE_HZ, samples - length, length):
        tones_hz = (chance.choice(_NOTES_HZ), _NOTES_HZ[0] / 2, _NOTES_HZ[1] / 2)
        notes = [np.sin(2 * np.pi * hz * part * seconds) / part for hz in tones_hz for part in range(1, 6)]
        sound[at : at + length] = 2000 * np.sum(notes, axis=0) * np.exp(-2 * seconds)
    return sound


def _keys(samples: int, key_s: float = 0.15) -> Sound:
    sound = np.zeros(samples)
    length = round(key_s * SPEECH_RATE_HZ)
    seconds = np.arange(length) / SPEECH_RATE_HZ
    for number, at in enumerate(range(SPEECH_RATE_HZ, samples - length, 2 * length)):
        tones_hz = (_KEYS_HZ[0][number % 4], _KEYS_HZ[1][number % 3])
        sound[at : at + length] = 3000 * sum(np.sin(2 * np.pi * hz * seconds) for hz in tones_hz)
    return sound


def _rate(name: str, engine: SpeechToText, spoken: Sequence[tuple[Pcm, str]]) -> Measurement:
    pairs = [(text, " ".join(heard(engine, pcm))) for pcm, text in spoken]
    note = f"{len(pairs)} utterances through endpointing and gain as in a call"
    rate = 100 * word_error_rate(pairs)
    return Measurement(what=f"{name}: word error rate", unit="%", values=(rate,), note=note, engine=engine.name)


def _invented(name: str, engine: SpeechToText, pcm: Pcm) -> Measurement:
    words = " ".join(heard(engine, pcm)).split()
    limited = engine.name == PocketSphinxEngine.name and not name.startswith("noise")
    return Measurement(
        what=f"{name}: words invented",
        unit="words",
        values=(float(len(words)),),
        limits=(Limit("max", 0.0),) if limited else (),
        note=f"heard “{' '.join(words[:8])}”" if words else "",
        engine=engine.name,
    )


def heard(engine: SpeechToText, pcm: Pcm) -> list[str]:
    """The words of each utterance, as a leg of a call hears them. Blocks until the last is settled.

    Raises SpeechError when the engine fails.
    """
    events: list[Event] = []
    numbers = count(1)
    leg = Leg(
        "customer",
        only(engine),
        Endpointer(),
        lambda event, offset_s: events.append(event),
        lambda kind: f"{kind}_{next(numbers)}",
    )
    for at in range(0, len(pcm), SPEECH_RATE_HZ // 10):
        leg.feed(AudioChunk(pcm[at : at + SPEECH_RATE_HZ // 10], at / SPEECH_RATE_HZ))
    leg.finish()
    if failure := next((event for event in events if isinstance(event, ProviderFailed)), None):
        raise SpeechError(failure.message)
    return [event.text for event in events if isinstance(event, TranscriptFinal) and event.text]
