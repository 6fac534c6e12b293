"""Which phone was said when, of an utterance whose words are known: the likeliest path through them (Viterbi)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.speech.features import Array

_STATES = 3
"""Frames that each phone takes at least."""
_IMPOSSIBLE = -1e30
_STAY, _GO_ON, _LEAVE_OUT = range(3)


@dataclass(frozen=True, slots=True)
class Segment:
    """A phone, by its number, on the way through an utterance."""

    phone: int
    optional: bool = False
    """It may be left out: a pause. No two of these follow each other, and the first and the last are such."""


class Alignment:
    """Grows with the utterance. Work per frame is in proportion to the segments."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._phones = np.repeat([segment.phone for segment in segments], _STATES)
        after = [number for number in range(2, len(segments)) if segments[number - 1].optional]
        self._after_optional = np.array(after, int) * _STATES
        self._before_optional = self._after_optional - _STATES - 1
        """States from where one can be left out, in the order of those behind it."""
        self._best: Array | None = None
        self._came: list[NDArray[np.int8]] = []

    def push(self, likelihoods: Array) -> None:
        """Logarithms of the likelihood of further frames under every phone; shape (frames, phones)."""
        for frame in likelihoods[:, self._phones]:
            if self._best is None:
                self._best = np.full(len(frame), _IMPOSSIBLE)
                # In the first pause, or in the first phone.
                self._best[[0, _STATES]] = frame[[0, _STATES]]
                continue
            arrived = np.append(_IMPOSSIBLE, self._best[:-1])
            came = (arrived > self._best).astype(np.int8)
            best = np.maximum(arrived, self._best)
            passed = self._best[self._before_optional]
            better = passed > best[self._after_optional]
            came[self._after_optional[better]] = _LEAVE_OUT
            best[self._after_optional] = np.maximum(passed, best[self._after_optional])
            self._came.append(came)
            self._best = best + frame

    def phones(self) -> NDArray[np.int_] | None:
        """That of each frame; None where there were too few frames for the words."""
        if (best := self._best) is None:
            return None
        # In the last pause, or in the last phone.
        last = len(best) - 1
        state = last if best[last] >= best[last - _STATES] else last - _STATES
        if best[state] < _IMPOSSIBLE / 2:
            return None
        left_out = dict(zip(self._after_optional, self._before_optional, strict=True))
        states = [state]
        for came in reversed(self._came):
            step = came[state]
            state = state - 1 if step == _GO_ON else int(left_out[state]) if step == _LEAVE_OUT else state
            states.append(state)
        return np.asarray(self._phones[states[::-1]])
