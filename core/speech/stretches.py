"""What a decoder is asked and answers, and an utterance's sound while it is heard and decoded."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.speech.agreement import Agreement

CUT_WITHIN_S = 6.0
"""How far back from where a cut is due a quiet moment is looked for."""
_PAUSE_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What an engine is to decode."""

    pcm: Pcm
    language: str
    """ISO 639-1, or `auto`."""
    expected: str
    """What this person spoke last, where that was found out."""
    final: bool
    """The text is kept; otherwise it is only shown, and soon decoded again."""
    say: Callable[[str], None]
    """May be called with the text so far while the rest is still coming."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What an engine understood; empty text when there was nothing to understand."""

    text: str
    confidence: float | None = None
    language: str = ""


class Decode(Protocol):
    """Called from the threads of `Decoders`. Raises SpeechError, which ends the session."""

    def __call__(self, sound: Sound, /) -> Decoded: ...


@dataclass(slots=True)
class Utterance:
    """One utterance while it is heard and decoded."""

    utterance_id: str
    tail: list[Pcm] = field(default_factory=list)
    """Its sound, less what has been cut off to be settled."""
    tail_samples: int = 0
    fresh_samples: int = 0
    """What of it has come since it was last decoded."""
    settled: list[Decoded] = field(default_factory=list)
    """What its finished stretches were decoded to."""
    agreement: Agreement = field(default_factory=Agreement)
    shown: str = ""

    def text(self, latest: str) -> str:
        return " ".join(filter(None, [*(piece.text for piece in self.settled), latest]))

    def add(self, pcm: Pcm) -> None:
        self.tail.append(pcm)
        self.tail_samples += len(pcm)
        self.fresh_samples += len(pcm)

    def take(self, samples: int | None = None) -> Pcm:
        """Cut sound off the beginning, all of it unless told how much."""
        pcm = self.sound()
        taken, rest = pcm[:samples], pcm[len(pcm) if samples is None else samples :]
        self.tail, self.tail_samples, self.fresh_samples = [rest], len(rest), len(rest)
        return taken

    def sound(self) -> Pcm:
        return np.concatenate([np.zeros(0, np.int16), *self.tail])


@dataclass(frozen=True, slots=True)
class Stretch:
    """Sound that is complete: an utterance, or what was cut off a long one."""

    utterance: Utterance
    pcm: Pcm
    last: bool


def quietest(pcm: Pcm) -> int:
    """Where to cut: the middle of the quietest moment near the end, in samples."""
    hop = round(_PAUSE_S * SPEECH_RATE_HZ / 4)
    first = max(0, len(pcm) - round(CUT_WITHIN_S * SPEECH_RATE_HZ))
    hops = (len(pcm) - first) // hop
    if hops < 4:
        return len(pcm)
    energy = np.square(pcm[first : first + hops * hop].astype(np.float64)).reshape(hops, hop).sum(axis=1)
    windows = np.convolve(energy, np.ones(4), mode="valid")
    # Of equally quiet moments the last: the more of what was said is together, the better it is understood.
    quiet = len(windows) - 1 - int(np.argmin(windows[::-1]))
    return first + (quiet + 2) * hop
