"""Mixtures of Gaussians over voice features: one for everybody in a recording, adapted to one voice."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_ROUNDS = 12
_MOST_FRAMES = 20_000
"""Enough to learn the mixture from; a longer recording is thinned out."""
_RELEVANCE = 16.0
"""Frames a component must have seen to be moved half of the way."""
_VARIANCE_FLOOR = 0.05


@dataclass(frozen=True, slots=True)
class Mixture:
    """Diagonal covariances. Shapes: weights (components,), the others (components, features)."""

    weights: Array
    means: Array
    variances: Array

    def log_parts(self, frames: Array) -> Array:
        """Log density of each frame with each component; shape (frames, components)."""
        precision = 1 / self.variances
        distance = frames**2 @ precision.T - 2 * frames @ (self.means * precision).T
        distance += np.sum(self.means**2 * precision, axis=1)
        constant = np.log(self.weights) - 0.5 * np.sum(np.log(2 * np.pi * self.variances), axis=1)
        return np.asarray(constant - 0.5 * distance)

    def log_likelihood(self, frames: Array) -> Array:
        """Shape (frames,)."""
        return np.asarray(np.logaddexp.reduce(self.log_parts(frames), axis=1))

    def adapted(self, frames: Array) -> "Mixture":
        """The same sounds as one voice makes them: the means moved as far as the frames bear it out (MAP)."""
        shares = _shares(self.log_parts(frames))
        seen = shares.sum(axis=0)[:, None]
        trust = seen / (seen + _RELEVANCE)
        heard = shares.T @ frames / np.maximum(seen, 1e-6)
        return replace(self, means=trust * heard + (1 - trust) * self.means)


def learn(frames: Array, components: int, seed: int = 0) -> Mixture:
    """A mixture by expectation-maximisation from randomly chosen frames; the same for the same frames."""
    frames = frames[:: max(1, len(frames) // _MOST_FRAMES)]
    components = min(components, len(frames))
    spread = np.maximum(frames.var(axis=0), 1e-6)
    chosen = np.random.default_rng(seed).choice(len(frames), components, replace=False)
    mixture = Mixture(
        np.full(components, 1 / components), frames[chosen], np.broadcast_to(spread, (components, len(spread)))
    )
    for _ in range(_ROUNDS):
        shares = _shares(mixture.log_parts(frames))
        seen = shares.sum(axis=0) + 1e-3
        means = shares.T @ frames / seen[:, None]
        variances = shares.T @ frames**2 / seen[:, None] - means**2
        mixture = Mixture(seen / seen.sum(), means, np.maximum(variances, _VARIANCE_FLOOR * spread))
    return mixture


def _shares(log_parts: Array) -> Array:
    return np.asarray(np.exp(log_parts - np.logaddexp.reduce(log_parts, axis=1)[:, None]))
