"""How the filters must be stretched for a speaker, so that the voice is most like those the model was trained on.

Formants lie higher the shorter a vocal tract is. Which of a few stretchings fits is told by the likelihood of the sound
under all Gaussians of the acoustic model together, whatever was said (vocal tract length normalisation; Lee and Rose,
1998). Measured, it takes a fifth to a quarter of the errors, and a few milliseconds per second of sound.
"""

from collections.abc import Generator

import numpy as np

from core.audio.frames import Pcm
from core.speech.acoustic_model import AcousticModel, quadratic_form, with_squares
from core.speech.features import CEPSTRA, FRAME_SHIFT_SAMPLES, WARPS, Array, Band, FrontEnd, cepstra

Fit = dict[float, float]
"""The logarithm of the likelihood of some sound by warp. Sounds of one speaker add up."""
NO_FIT: Fit = dict.fromkeys(WARPS, 0.0)
_QUIET_PERCENT = 30
"""The quieter frames tell about the room."""


class VocalTract:
    """The Gaussians of an acoustic model, for one band."""

    def __init__(self, model: AcousticModel, band: Band) -> None:
        self._band: Band = band
        # The first stream alone: the cepstra themselves.
        means, variances = (each[:, 0].reshape(-1, CEPSTRA) for each in (model.means, model.variances))
        weights, self._offsets = quadratic_form(means, variances)
        self._weights = weights.T

    def fit(self, pcm: Pcm, shift_samples: int = FRAME_SHIFT_SAMPLES) -> Generator[None, None, Fit]:
        """How well each warp fits, worked out in steps."""
        found: Fit = {}
        for warp in WARPS:
            front_end = FrontEnd()
            front_end.begin(shift_samples, warp)
            found[warp] = self._likelihood(front_end.push(pcm))
            yield
        return found

    def _likelihood(self, logs: Array) -> float:
        if not len(logs):
            return 0.0
        found = cepstra(logs, self._band)
        loud = found[:, 0] >= np.percentile(found[:, 0], _QUIET_PERCENT)
        frames = (found - found.mean(axis=0))[loud]
        by_gaussian = with_squares(frames) @ self._weights + self._offsets
        return float(by_gaussian.max(axis=1).sum())


def together(one: Fit, other: Fit) -> Fit:
    return {warp: one[warp] + other[warp] for warp in WARPS}


def best(fit: Fit) -> float:
    """The warp that fits best; none is 1."""
    return max(WARPS, key=lambda warp: (fit[warp], -abs(warp - 1)))
