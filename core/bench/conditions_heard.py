"""How well an engine hears in bad conditions, through endpointing and gain as in a call, and what it invents.

Spoken sentences are made quiet, clipped and noisy; what is no speech at all should give no word.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import numpy as np

from core.audio.endpointing import Endpointer
from core.audio.frames import SPEECH_RATE_HZ, AudioChunk, Pcm
from core.audio.gain import amplified
from core.audio.telephone_line import through_telephone
from core.bench.measurement import Limit, Measurement
from core.bench.noises import clips, fan, loudness, speechless, talk, with_noise
from core.calls.events import Event, ProviderFailed, TranscriptFinal
from core.calls.leg import Leg
from core.errors import SpeechError
from core.speech.base import SpeechToText
from core.speech.engines import only
from core.speech.evaluation import word_error_rate
from core.speech.pocketsphinx import PocketSphinxEngine

QUIET_DBFS = (-50.0, -62.0)
CLIPPED_DB = 12.0
NOISE_DB = (20, 10, 5)
"""Of the clips of a folder."""
MADE_NOISE_DB = (20, 10)
SHORT_ANSWERS = ("Yes.", "No.", "Okay.", "Thank you.", "That's right.", "Goodbye.")
_FEW = 6
"""Sentences that are heard quiet and clipped, which makes little difference."""
Say = Callable[[str], Pcm]
"""Speaks a text, in a room, with silence around it."""


def measure(engine: SpeechToText, say: Say, sentences: Sequence[str], evaluation: Path | None) -> list[Measurement]:
    """Word error rates per condition, and the words heard where nobody speaks."""
    clear = [say(text) for text in sentences]
    found = clips(evaluation)
    said = (*_in_conditions(clear[:_FEW]), *_in_noise(clear, found))
    rows = [_rate(name, engine, list(zip(sounds, sentences, strict=False))) for name, sounds in said]
    if not found:
        missing = "there is no noise folder; name the evaluation folder with --eval DIR"
        rows.append(Measurement(what="in noise: word error rate", unit="%", not_measured=missing, engine=engine.name))
    rows.append(_rate("answers of one word", engine, [(say(text), text) for text in SHORT_ANSWERS]))
    return [*rows, *(_invented(name, engine, pcm) for name, pcm in speechless(found))]


def _in_conditions(clear: Sequence[Pcm]) -> Iterator[tuple[str, list[Pcm]]]:
    yield "as in a call", list(clear)
    for dbfs in QUIET_DBFS:
        yield f"quiet, {dbfs:.0f} dBFS", [at_level(pcm, dbfs) for pcm in clear]
    clipped = [amplified(pcm, CLIPPED_DB) for pcm in clear]
    yield "clipped", clipped
    yield "clipped on a telephone", [through_telephone(pcm) for pcm in clipped]


def _in_noise(clear: Sequence[Pcm], found: Sequence[Pcm]) -> Iterator[tuple[str, list[Pcm]]]:
    for db in NOISE_DB if found else ():
        noisy = [with_noise(pcm, found[number % len(found)], db) for number, pcm in enumerate(clear)]
        yield f"noise at {db} dB", noisy
    for name, noise in (("a fan", fan()), ("talk behind", talk(clear))):
        for db in MADE_NOISE_DB:
            yield f"{name} at {db} dB", [with_noise(pcm, noise, db) for pcm in clear]


def at_level(pcm: Pcm, dbfs: float) -> Pcm:
    """Its speech at this level."""
    return amplified(pcm, dbfs - 20 * np.log10(loudness(pcm) / 32768))


def _rate(name: str, engine: SpeechToText, spoken: Sequence[tuple[Pcm, str]]) -> Measurement:
    pairs = [(text, " ".join(heard(engine, pcm))) for pcm, text in spoken]
    note = f"{len(pairs)} utterances through endpointing and gain as in a call"
    rate = 100 * word_error_rate(pairs)
    return Measurement(what=f"{name}: word error rate", unit="%", values=(rate,), note=note, engine=engine.name)


def _invented(name: str, engine: SpeechToText, pcm: Pcm) -> Measurement:
    words = " ".join(heard(engine, pcm)).split()
    return Measurement(
        what=f"{name}: words invented",
        unit="words",
        values=(float(len(words)),),
        limits=(Limit("max", 0.0),) if engine.name == PocketSphinxEngine.name else (),
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
