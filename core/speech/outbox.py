"""What was said and is not settled yet, and how much of it the engine was sent over the connection there is now."""

from dataclasses import dataclass, field, replace

import numpy as np

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.speech.base import Hypothesis

LARGEST = SPEECH_RATE_HZ // 4
"""Samples sent at once, where more have been waiting."""


@dataclass(frozen=True, slots=True)
class Begin:
    utterance_id: str


@dataclass(frozen=True, slots=True)
class Sound:
    pcm: Pcm


@dataclass(frozen=True, slots=True)
class End:
    pass


Step = Begin | Sound | End


@dataclass(slots=True)
class _Utterance:
    pcm: list[Pcm] = field(default_factory=list)
    samples: int = 0
    over: bool = False
    begun: bool = False
    sent: int = 0
    """Pieces of `pcm`."""
    sent_samples: int = 0
    ended: bool = False
    shown: Hypothesis | None = None
    again: bool = False
    """It is heard by another connection than the one whose words were shown first."""


class Outbox:
    """Utterances in their order, each with all its sound until it is settled. Not thread-safe."""

    def __init__(self) -> None:
        self._utterances: dict[str, _Utterance] = {}
        self._growing: _Utterance | None = None

    @property
    def idle(self) -> bool:
        """Nothing is being said, and everything is settled."""
        return not self._utterances

    @property
    def behind_s(self) -> float:
        """Sound not sent yet, and sound of utterances that are over and not settled."""
        utterances = self._utterances.values()
        return sum(u.samples if u.over else u.samples - u.sent_samples for u in utterances) / SPEECH_RATE_HZ

    def begin(self, utterance_id: str) -> None:
        self._growing = self._utterances[utterance_id] = _Utterance()

    def push(self, pcm: Pcm) -> None:
        if self._growing is not None and len(pcm):
            self._growing.pcm.append(pcm)
            self._growing.samples += len(pcm)

    def end(self) -> None:
        if self._growing is not None:
            self._growing.over = True
            self._growing = None

    def next(self) -> Step | None:
        """What to send next; None when there is nothing."""
        for utterance_id, utterance in self._utterances.items():
            if not utterance.begun:
                utterance.begun = True
                return Begin(utterance_id)
            if utterance.sent < len(utterance.pcm):
                return Sound(self._take(utterance))
            if utterance.over and not utterance.ended:
                utterance.ended = True
                return End()
        return None

    def rewind(self) -> None:
        """The connection is a new one: it is sent everything again that is not settled."""
        for utterance in self._utterances.values():
            utterance.again = utterance.again or utterance.shown is not None
            utterance.begun = utterance.ended = False
            utterance.sent = utterance.sent_samples = 0

    def news(self, hypothesis: Hypothesis) -> Hypothesis | None:
        """What of a hypothesis is new; a final settles its utterance. None when it tells nothing."""
        utterance = self._utterances.get(hypothesis.utterance_id)
        if utterance is None:
            return None
        if hypothesis.final and utterance.ended:
            del self._utterances[hypothesis.utterance_id]
            return hypothesis
        hypothesis = replace(hypothesis, final=False)
        shown = utterance.shown
        if shown is None:
            stale = not hypothesis.text
        else:
            same = hypothesis.text == shown.text and hypothesis.complete <= shown.complete
            # Somebody who has read on must not see the line grow a second time.
            stale = same or (utterance.again and shown.text.startswith(hypothesis.text))
        if stale:
            return None
        utterance.shown = hypothesis
        return hypothesis

    def _take(self, utterance: _Utterance) -> Pcm:
        pieces = [utterance.pcm[utterance.sent]]
        utterance.sent += 1
        while utterance.sent < len(utterance.pcm):
            if sum(map(len, pieces)) + len(utterance.pcm[utterance.sent]) > LARGEST:
                break
            pieces.append(utterance.pcm[utterance.sent])
            utterance.sent += 1
        taken = np.concatenate(pieces)
        utterance.sent_samples += len(taken)
        return taken
