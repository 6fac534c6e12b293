"""An utterance whose final has not come yet: its sound, and what the sound alone tells about it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.gain import amplified, gain_db_for, loudest_dbfs
from core.audio.levels import SILENCE_DBFS, level_of
from core.audio.prosody import Prosody, ProsodyStream
from core.audio.tonality import is_tonal

IsEcho = Callable[[float, Pcm], bool]
"""Whether sound from that second of the call on is the other party's voice, picked up here; safe from any thread."""
ECHO_LOOKBACK_S = 4.0
"""Of an utterance still going on, what is looked at: its newest sound decides what is shown."""
ECHO_EVERY_S = 0.3
"""Sound that has to come before an utterance is looked at again."""
VOICE_TOLD_S = 1.0
"""Sound after which it is told whether somebody speaks, or tones and music are heard; of those, again after so much."""
VOICE_KNOWN_S = 2.0
"""Speech after which it is known how loud somebody is."""
HEADROOM_DB = 1.0


class Loudness:
    """How loud a party speaks, which decides what the engine hears them louder by."""

    def __init__(self) -> None:
        self._voice_dbfs = SILENCE_DBFS
        """Of the loudest that was said."""
        self._voiced_s = 0.0

    @property
    def gain_db(self) -> float:
        return gain_db_for(self._voice_dbfs) if self._voiced_s >= VOICE_KNOWN_S else 0.0

    def heard(self, spoken: "Spoken") -> None:
        """An utterance is over."""
        self._voice_dbfs = max(self._voice_dbfs, loudest_dbfs(np.concatenate(spoken.pcm)))
        self._voiced_s += (spoken.end_s or spoken.start_s) - spoken.start_s


@dataclass(slots=True)
class Spoken:
    """Its sound is kept so that another session can hear it again."""

    start_s: float
    gain_db: float = 0.0
    """What the engine hears it louder by: less, once something in it would be too loud."""
    voice: ProsodyStream | None = None
    """Measures how it is spoken, where that is wanted."""
    left_out: bool = False
    """No engine hears it."""
    end_s: float | None = None
    text: str = ""
    pcm: list[Pcm] = field(default_factory=list)
    prosody: Prosody | None = None
    """How it was spoken, once it is over."""
    _judged_s: float = 0.0
    """Up to where it was compared with the other party's voice."""
    _echoes: bool = False
    _a_voice: bool = False
    """Enough was heard to tell that it is not tones or music."""
    _listened_s: float = 0.0
    """Up to where it was listened to for that."""

    def push(self, pcm: Pcm) -> Pcm:
        """Take the next sound; the same as the engine is to hear it."""
        self.pcm.append(pcm)
        if self.voice is not None:
            self.voice.push(pcm)
        self.gain_db = max(0.0, min(self.gain_db, -HEADROOM_DB - level_of(pcm).peak_dbfs))
        return amplified(pcm, self.gain_db)

    def again(self) -> list[Pcm]:
        """All of it so far, as the engine is to hear it."""
        return [amplified(pcm, self.gain_db) for pcm in self.pcm]

    def over(self, end_s: float) -> None:
        self.end_s = end_s
        if self.voice is not None:
            self.prosody = self.voice.finish()

    def echoed(self, is_echo: IsEcho | None) -> bool:
        """It is the other party's voice."""
        return is_echo is not None and is_echo(*self._sound())

    def echoes_so_far(self, is_echo: IsEcho | None, now_s: float) -> bool:
        if now_s - self._judged_s >= ECHO_EVERY_S:
            self._judged_s, self._echoes = now_s, self.echoed(is_echo)
        return self._echoes

    @property
    def tonal(self) -> bool:
        """Nobody speaks: these are tones or music."""
        return is_tonal(self._sound()[1])

    def tonal_so_far(self, now_s: float) -> bool:
        """Whether nothing so far tells that somebody speaks; the first second is not kept waiting for that."""
        if not self._a_voice and now_s - max(self.start_s, self._listened_s) >= VOICE_TOLD_S:
            self._listened_s = now_s
            self._a_voice = not self.tonal
        return self._listened_s > 0.0 and not self._a_voice

    def _sound(self) -> tuple[float, Pcm]:
        """Where it begins, and all of it up to the last word; of one still going on, the newest."""
        pcm = np.concatenate([np.zeros(0, np.int16), *list(self.pcm)])
        if self.end_s is not None:
            return self.start_s, pcm[: round((self.end_s - self.start_s) * SPEECH_RATE_HZ)]
        skipped = max(0, len(pcm) - round(ECHO_LOOKBACK_S * SPEECH_RATE_HZ))
        return self.start_s + skipped / SPEECH_RATE_HZ, pcm[skipped:]
