"""Sounds that are no speech, and speech with such sounds behind it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.tones import RATE_HZ, waiting_tone
from core.bench.spoken_sets import read

_LENGTH_S = 12.0
_TALKERS = 6
_KEYS_HZ = ((697, 770, 852, 941), (1209, 1336, 1477))
_NOTES_HZ = (262, 330, 392, 440, 523)
_NOISE_RMS = 3000.0
Sound = NDArray[np.float64]


def with_noise(pcm: Pcm, noise: Pcm, db: float) -> Pcm:
    """Over noise that many decibels below the speech, from the first sample to the last."""
    under = np.resize(noise, len(pcm)).astype(np.float64)
    return _whole(pcm + under * (loudness(pcm) / loudness(noise) * 10 ** (-db / 20)))


def loudness(pcm: Pcm) -> float:
    """Root mean square of what is not silence."""
    sound = pcm[np.abs(pcm.astype(np.int32)) > np.abs(pcm.astype(np.int32)).max() / 50].astype(np.float64)
    return float(np.sqrt(np.mean(sound**2)))


def clips(evaluation: Path | None) -> list[Pcm]:
    """Noises of an evaluation folder."""
    folder = evaluation / "noise" if evaluation else None
    return [read(path) for path in sorted(folder.glob("*.wav"))] if folder and folder.is_dir() else []


def fan() -> Pcm:
    """Steady, and the lower the louder: by 3 dB an octave."""
    spectrum = np.fft.rfft(np.random.default_rng(5).normal(size=round(_LENGTH_S * SPEECH_RATE_HZ)))
    sound = np.fft.irfft(spectrum / np.sqrt(np.arange(1, len(spectrum) + 1)))
    return _whole(_NOISE_RMS * sound / sound.std())


def talk(said: Sequence[Pcm]) -> Pcm:
    """Several people at once who say all that, each from another place on."""
    whole = np.concatenate(said).astype(np.float64)
    begin = (np.arange(_TALKERS) + 0.5) * len(whole) / _TALKERS
    return _whole(np.mean([np.roll(whole, -round(at)) for at in begin], axis=0))


def speechless(found: Sequence[Pcm]) -> Iterator[tuple[str, Pcm]]:
    """Sound without a word in it, in a quiet room; the noises found are, too."""
    samples = round(_LENGTH_S * SPEECH_RATE_HZ)
    room = np.random.default_rng(3).normal(0, 3, samples)
    yield "silence", _whole(room)
    yield "the tone on hold", _whole(room + waiting_tone(0, round(_LENGTH_S * RATE_HZ))[:: RATE_HZ // SPEECH_RATE_HZ])
    yield "music on hold", _whole(room + _melody(samples))
    yield "telephone keys", _whole(room + _keys(samples))
    for number, noise in enumerate(found):
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


def _whole(sound: Sound) -> Pcm:
    return np.clip(np.round(sound), -32768, 32767).astype(np.int16)
