"""The acoustic model as a telephone makes it sound.

The model was trained on sound up to 6.8 kHz. Through a telephone the cepstra come from fewer filters; how they follow
from the full ones is close to linear, and was fitted on the same speech with and without a telephone in between
(`python -m data.telephone`). The same map is applied to the means and variances of the model's Gaussians, and what it
cannot explain is added to the variances. Measured, this takes more than half of the errors a telephone causes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import SpeechError
from core.speech.acoustic_model import STREAMS, gaussians, with_differences, write_gaussians
from core.speech.features import CEPSTRA, Array


@dataclass(frozen=True, slots=True)
class Channel:
    """What a telephone does, per stream: `cepstra @ maps[stream]`, with errors of variance `unexplained[stream]`."""

    maps: Array
    unexplained: Array

    def save(self, path: Path) -> None:
        np.savetxt(path, np.vstack([self.maps.reshape(-1, CEPSTRA), self.unexplained]), fmt="%.5g")

    @classmethod
    def load(cls, path: Path) -> "Channel":
        """Raises SpeechError."""
        try:
            rows = np.loadtxt(path)
            return cls(rows[:-STREAMS].reshape(STREAMS, CEPSTRA, CEPSTRA), rows[-STREAMS:])
        except (OSError, ValueError) as error:
            raise SpeechError(f"{path}: cannot be read ({error}); make it with `python -m data.telephone`") from error


def fit(pairs: Sequence[tuple[Array, Array]]) -> Channel:
    """From cepstra of the same utterances without and with a telephone, each pair of one shape (frames, cepstra)."""
    before = np.concatenate([with_differences(full) for full, _ in pairs])
    after = np.concatenate([with_differences(narrow) for _, narrow in pairs])
    maps, unexplained = [], []
    for stream in range(STREAMS):
        full, narrow = before[:, stream], after[:, stream]
        found = np.linalg.lstsq(full, narrow, rcond=None)[0]
        maps.append(found)
        unexplained.append(((narrow - full @ found) ** 2).mean(axis=0))
    return Channel(np.stack(maps), np.stack(unexplained))


def adapt(model: Path, channel: Channel, means: Path, variances: Path) -> None:
    """Write the model's Gaussians as heard through the channel. Raises SpeechError for a model of another shape."""
    head, found = gaussians(model / "means")
    moved = np.stack([found[:, stream] @ channel.maps[stream] for stream in range(STREAMS)], axis=1)
    write_gaussians(means, head, moved)
    head, found = gaussians(model / "variances")
    spread = [found[:, stream] @ channel.maps[stream] ** 2 + channel.unexplained[stream] for stream in range(STREAMS)]
    write_gaussians(variances, head, np.stack(spread, axis=1))
