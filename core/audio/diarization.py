"""Who speaks when, in one channel with one or two voices; from the recording alone, with nothing learned before.

Stretches of speech are described by the mean and spread of their cepstra and by their pitch, and two clusters of them
are sought from several beginnings. A Gaussian mixture per cluster, adapted from the one
of the whole recording, and a Viterbi search then move the boundaries to where they belong, and the beginning that ends
up most likely wins. Two clusters count as one voice when they explain little of how the stretches differ, or when the
voice would have to change within utterances nearly as often as between them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.audio.voice_features import HOP_S, VoiceFeatures
from core.audio.voice_models import Array, Mixture, learn

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarizerConfig:
    """What was chosen on made conversations; `core.bench.diarization` says how good it is on others."""

    close_gap_s: float = 0.3
    """Shorter silence does not part utterances."""
    least_speech_s: float = 0.2
    window_s: float = 1.0
    window_hop_s: float = 0.25
    components: int = 16
    likelihood_scale: float = 0.1
    """Frames follow each other too closely to be ten independent witnesses."""
    switch_cost: float = 3.0
    """Of changing voice within an utterance; between utterances it is `gap_cost`."""
    gap_cost: float = 0.9
    rounds: int = 6
    two_voices_from: float = 0.125
    """Separation below which two clusters are one voice."""


@dataclass(frozen=True, slots=True)
class VoiceTurn:
    start_s: float
    end_s: float
    voice: int
    """0 or 1; 0 speaks first."""


@dataclass(frozen=True, slots=True)
class Diarization:
    turns: tuple[VoiceTurn, ...]
    """In order, without overlaps: of two who speak at once the clearer one is heard."""
    separation: float
    """How surely there are two voices: 0 to about 0.3."""

    @property
    def voices(self) -> int:
        return len({turn.voice for turn in self.turns})


@dataclass(frozen=True, slots=True)
class _Speech:
    """Frames of the recording in which somebody speaks, put end to end."""

    spans: list[tuple[int, int]]
    cepstra: Array
    pitch: Array
    begins: NDArray[np.bool_]
    """Whether a frame is the first of an utterance."""


_STEP = 5
"""Frames that change voice together."""


def diarize(features: VoiceFeatures, config: DiarizerConfig | None = None) -> Diarization:
    """Tell two voices apart, or find that there is one. The same features give the same turns."""
    config = config or DiarizerConfig()
    speech = _speech(features, config)
    if not speech.spans:
        return Diarization((), 0.0)
    windows = _windows(speech, config)
    described = _described(speech, windows)
    candidates = [labels for labels in _beginnings(described) if 0 < labels.sum() < len(labels)]
    if not candidates:
        return _one_voice(speech, 0.0)
    everybody = learn(speech.cepstra, config.components)
    _, labels = max(
        (_refined(speech, everybody, _of_frames(windows, labels, len(speech.pitch)), config) for labels in candidates),
        key=lambda refined: refined[0],
    )
    separation = _separation(described, windows, labels)
    if separation < config.two_voices_from or labels.min() == labels.max():
        return _one_voice(speech, separation)
    return Diarization(tuple(_turns(speech, labels)), separation)


def _speech(features: VoiceFeatures, config: DiarizerConfig) -> _Speech:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], features.speech.astype(np.int8), [0]])))
    spans: list[tuple[int, int]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if spans and start - spans[-1][1] < config.close_gap_s / HOP_S:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    spans = [(start, end) for start, end in spans if end - start >= config.least_speech_s / HOP_S]
    frames = np.concatenate([np.zeros(0, np.int64), *(np.arange(start, end) for start, end in spans)])
    begins = np.zeros(len(frames), np.bool_)
    begins[np.cumsum([0, *(end - start for start, end in spans)])[:-1]] = True
    return _Speech(
        spans, features.cepstra[frames].astype(np.float64), features.pitch[frames].astype(np.float64), begins
    )


def _windows(speech: _Speech, config: DiarizerConfig) -> list[tuple[int, int, int]]:
    """Begin and end within the speech, and the utterance they lie in."""
    length, hop = round(config.window_s / HOP_S), round(config.window_hop_s / HOP_S)
    windows = []
    edges = [*np.flatnonzero(speech.begins).tolist(), len(speech.begins)]
    for utterance, (start, end) in enumerate(pairwise(edges)):
        count = max(1, round((end - start - length) / hop) + 1)
        starts = np.linspace(start, max(start, end - length), count).astype(int).tolist()
        windows += [(begin, min(end, begin + length), utterance) for begin in starts]
    return windows


def _described(speech: _Speech, windows: list[tuple[int, int, int]]) -> Array:
    """One row per window, every column scaled to vary as much as the others."""
    described = np.array(
        [_description(speech.cepstra[start:end], speech.pitch[start:end]) for start, end, _ in windows]
    )
    unknown = np.isnan(described[:, -1])
    described[unknown, -1] = np.median(described[~unknown, -1]) if (~unknown).any() else 0.0
    return np.asarray((described - described.mean(axis=0)) / (described.std(axis=0) + 1e-6))


def _description(cepstra: Array, pitch: Array) -> Array:
    voiced = pitch[~np.isnan(pitch)]
    height = np.median(voiced) if len(voiced) >= 8 else np.nan
    return np.concatenate([cepstra.mean(axis=0), np.log(cepstra.std(axis=0) + 0.1), [height]])


def _beginnings(described: Array) -> Iterator[Labels]:
    """Clusters found from the halves along the directions in which the windows vary most."""
    for axis in np.linalg.svd(described, full_matrices=False)[2][:3]:
        along = described @ axis
        yield _two_means(described, (along > np.median(along)).astype(np.int64))


def _two_means(described: Array, labels: Labels) -> Labels:
    """The clusters these labels settle into."""
    for _ in range(30):
        if labels.min() == labels.max():
            break
        centres = [described[labels == voice].mean(axis=0) for voice in (0, 1)]
        distances = np.stack([((described - centre) ** 2).sum(axis=1) for centre in centres], axis=1)
        settled = distances.argmin(axis=1)
        if np.array_equal(settled, labels):
            break
        labels = settled
    return labels


def _of_frames(windows: list[tuple[int, int, int]], labels: Labels, frames: int) -> Labels:
    """Each frame as most of the windows over it."""
    votes = np.zeros(frames, np.int64)
    for (start, end, _), label in zip(windows, labels.tolist(), strict=True):
        votes[start:end] += 2 * label - 1
    return (votes > 0).astype(np.int64)


def _refined(speech: _Speech, everybody: Mixture, labels: Labels, config: DiarizerConfig) -> tuple[float, Labels]:
    """The likeliest path, and its score, with models of the two voices learned from `labels` and from each other."""
    score = -np.inf
    for _ in range(config.rounds):
        if labels.min() == labels.max():
            break
        likelihood = np.stack(
            [everybody.adapted(speech.cepstra[labels == voice]).log_likelihood(speech.cepstra) for voice in (0, 1)],
            axis=1,
        )
        likelihood += np.stack([_pitch_likelihood(speech.pitch, labels == voice) for voice in (0, 1)], axis=1)
        score, settled = _likeliest(config.likelihood_scale * likelihood, speech.begins, config)
        if np.array_equal(settled, labels):
            break
        labels = settled
    return score, labels


def _pitch_likelihood(pitch: Array, own: NDArray[np.bool_]) -> Array:
    """Of a voice with the pitch it has in `own`; every fifth frame may be anything, as pitch is often misheard."""
    voiced = pitch[own & ~np.isnan(pitch)]
    middle, spread = (float(np.median(voiced)), 0.5) if len(voiced) else (7.2, 0.5)
    if len(voiced) > 20:
        spread = max(0.12, 1.4826 * float(np.median(np.abs(voiced - middle))))
    distance = np.nan_to_num((pitch - middle) / spread)
    likelihood = np.logaddexp(np.log(0.8) - 0.5 * distance**2 - np.log(spread), np.log(0.2))
    return np.where(np.isnan(pitch), 0.0, likelihood)


def _likeliest(likelihood: Array, begins: NDArray[np.bool_], config: DiarizerConfig) -> tuple[float, Labels]:
    """Viterbi over two voices in steps of `_STEP` frames; score and voice per frame."""
    starts = np.arange(0, len(likelihood), _STEP)
    steps = np.add.reduceat(likelihood, starts, axis=0)
    begun = np.logical_or.reduceat(begins, starts)
    switched = np.zeros((len(steps), 2), np.bool_)
    first = second = 0.0
    for number, (gain, other_gain, new) in enumerate(zip(*steps.T.tolist(), begun.tolist(), strict=True)):
        cost = config.gap_cost if new else config.switch_cost
        switched[number] = second - cost > first, first - cost > second
        first, second = max(first, second - cost) + gain, max(second, first - cost) + other_gain
    voice = int(second > first)
    path = np.zeros(len(steps), np.int64)
    for number in range(len(steps) - 1, -1, -1):
        path[number] = voice
        voice = voice ^ int(switched[number, voice])
    return max(first, second), np.repeat(path, _STEP)[: len(likelihood)]


def _separation(described: Array, windows: list[tuple[int, int, int]], labels: Labels) -> float:
    """How much of the windows' variance the two voices explain, times how faithful utterances are to one of them."""
    own = np.array([labels[start:end].mean() > 0.5 for start, end, _ in windows])
    if own.all() or not own.any():
        return 0.0
    share = own.mean()
    apart = described[own].mean(axis=0) - described[~own].mean(axis=0)
    explained = share * (1 - share) * float(apart @ apart) / described.shape[1]
    return float(explained * (1 - _restlessness(_two_means(described, own.astype(np.int64)), windows)))


def _restlessness(labels: Labels, windows: list[tuple[int, int, int]]) -> float:
    """How often neighbours within an utterance differ, where 1 is what chance would give."""
    utterances = np.array([utterance for _, _, utterance in windows])
    neighbours = utterances[1:] == utterances[:-1]
    share = labels.mean()
    if not neighbours.any() or share in (0, 1):
        return 0.0
    return min(1.0, float((labels[1:] != labels[:-1])[neighbours].mean() / (2 * share * (1 - share))))


def _one_voice(speech: _Speech, separation: float) -> Diarization:
    turns = tuple(VoiceTurn(start * HOP_S, end * HOP_S, 0) for start, end in speech.spans)
    return Diarization(turns, separation)


def _turns(speech: _Speech, labels: Labels) -> Iterator[VoiceTurn]:
    first = int(labels[0])
    at = 0
    for start, end in speech.spans:
        own = labels[at : at + end - start]
        edges = [0, *(np.flatnonzero(np.diff(own)) + 1).tolist(), end - start]
        for begin, until in pairwise(edges):
            yield VoiceTurn((start + begin) * HOP_S, (start + until) * HOP_S, int(own[begin]) ^ first)
        at += end - start
