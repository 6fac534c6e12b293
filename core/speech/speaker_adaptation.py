"""An acoustic model's Gaussians moved to where a speaker's sounds lie.

The model was trained on many people, and fits nobody in particular. Of an utterance that is over its words tell which
phone was said when, and so which Gaussians its sounds belong to. Their means are moved there, by as much as has been
heard of each: all of a phone together first, which little sound is enough for, and then each (maximum a posteriori;
Gauvain and Lee, 1994). Measured, three quarters of a minute of a voice takes a quarter of its errors, and words that
were partly misheard do as well as right ones.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from core.speech.acoustic_model import AcousticModel, quadratic_form, with_squares
from core.speech.alignment import Alignment, Segment
from core.speech.features import Array

_SILENCE = "SIL"
_STEP_FRAMES = 100
_PHONE_FRAMES, _GAUSSIAN_FRAMES = 10.0, 20.0
"""How much sound weighs as much as what the model knew: of a phone, and of one of its Gaussians."""
Pronounced = Sequence[Sequence[str]]
"""Words as phones."""


class Likelihoods:
    """Of frames under a model's Gaussians, as logarithms. Those of a phone are taken to be as common as each other."""

    def __init__(self, model: AcousticModel) -> None:
        # Single precision takes half the time and tells as well.
        weights, offsets = quadratic_form(model.means, model.variances)
        self._weights, self._offsets = weights.astype(np.float32), offsets.astype(np.float32)

    def of_phones(self, frames: Array, phones: Sequence[int]) -> Array:
        """By the likeliest Gaussian of each stream; shape (frames, all phones), of the others nothing."""
        found = np.full((len(frames), len(self._weights)), -np.inf)
        found[:, phones] = self._of_gaussians(frames, phones).max(axis=-1).sum(axis=1)
        return found

    def shares(self, frames: Array, phone: int) -> Array:
        """By how much each frame belongs to each of a phone's Gaussians; shape (streams, frames, densities)."""
        logs = self._of_gaussians(frames, [phone])[:, :, 0].swapaxes(0, 1).astype(np.float64)
        likely = np.exp(logs - logs.max(axis=-1, keepdims=True))
        return np.asarray(likely / likely.sum(axis=-1, keepdims=True))

    def _of_gaussians(self, frames: Array, phones: Sequence[int]) -> Array:
        """Shape (frames, streams, phones, densities)."""
        both = with_squares(frames).astype(np.float32)
        weights = self._weights[phones]
        return np.stack(
            [
                np.tensordot(both[:, stream], weights[:, stream], axes=(1, 2)) + self._offsets[phones, stream]
                for stream in range(both.shape[1])
            ],
            axis=1,
        )


class Adaptation:
    """What has been heard of one speaker, under one model."""

    def __init__(self, model: AcousticModel) -> None:
        self._model = model
        self._likelihoods = Likelihoods(model)
        self._numbers = {name: number for number, name in enumerate(model.phones)}
        self._counts = np.zeros(model.means.shape[:-1])
        self._sums = np.zeros(model.means.shape)
        self.frames = 0
        """That were learned from."""

    def learn(self, frames: Array, words: Pronounced) -> Iterator[None]:
        """From an utterance, in steps; frames of shape (frames, streams, cepstra)."""
        segments = self._segments(words)
        alignment = Alignment(segments)
        said = sorted({segment.phone for segment in segments})
        for begin in range(0, len(frames), _STEP_FRAMES):
            alignment.push(self._likelihoods.of_phones(frames[begin : begin + _STEP_FRAMES], said))
            yield
        phones = alignment.phones()
        if phones is None:
            return
        for phone in said:
            of_phone = frames[phones == phone]
            shares = self._likelihoods.shares(of_phone, phone)
            self._counts[phone] += shares.sum(axis=1)
            self._sums[phone] += np.einsum("sfd,fsc->sdc", shares, of_phone)
        self.frames += len(frames)

    def means(self) -> Array:
        """The model's, moved."""
        counts, precisions = self._counts[..., None], 1 / self._model.variances
        moves = ((self._sums - counts * self._model.means) * precisions).sum(axis=2, keepdims=True)
        weights = (counts * precisions).sum(axis=2, keepdims=True)
        of_phones = self._model.means + moves / (weights + _PHONE_FRAMES * precisions.mean(axis=2, keepdims=True))
        return np.asarray((_GAUSSIAN_FRAMES * of_phones + self._sums) / (_GAUSSIAN_FRAMES + counts))

    def write_means(self, path: Path) -> None:
        """As PocketSphinx reads them."""
        self._model.write_means(self.means(), path)

    def _segments(self, words: Pronounced) -> list[Segment]:
        """The words with pauses around them."""
        pause = Segment(self._numbers[_SILENCE], optional=True)
        segments = [pause]
        for word in words:
            segments += [*(Segment(self._numbers[phone]) for phone in word), pause]
        return segments
