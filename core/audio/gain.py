"""Making very quiet speech loud enough for detectors and engines. What people hear and what is recorded stays as it is.

Nothing pumps: ordinary speech is left alone, and the gain of an utterance does not change while it lasts.
"""

import numpy as np

from core.audio.frames import Pcm
from core.audio.levels import SILENCE_DBFS, level_of

ENOUGH_DBFS = -32.0
"""Whatever reaches this in its loudest frame is loud enough."""
MOST_DB = 30.0
FAINTEST_DBFS = -70.0
"""Below it nothing is amplified: that is somebody in the next room."""
_FRAME = 480


def gain_db_for(loudest_dbfs: float) -> float:
    """Decibels that make a voice whose loudest frame is this loud loud enough."""
    return 0.0 if loudest_dbfs < FAINTEST_DBFS else min(MOST_DB, max(0.0, ENOUGH_DBFS - loudest_dbfs))


def loudest_dbfs(pcm: Pcm) -> float:
    """Level of the loudest 30 ms."""
    return max((level_of(pcm[at : at + _FRAME]).rms_dbfs for at in range(0, len(pcm), _FRAME)), default=SILENCE_DBFS)


def amplified(pcm: Pcm, gain_db: float) -> Pcm:
    """Louder by so many decibels, limited to what s16 holds."""
    if gain_db == 0.0:
        return pcm
    return np.clip(np.round(pcm * 10 ** (gain_db / 20)), -32768, 32767).astype(np.int16)
