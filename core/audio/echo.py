"""Whether what a microphone picked up is the other party, come back through a loudspeaker and a room.

Compared is how the sound moves, band by band, not the sound itself: a room and a loudspeaker change level, colour and
phase, and leave the rise and fall of each band. A person who talks at the same time moves differently.
"""

import threading
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.audio.frames import SPEECH_RATE_HZ, AudioChunk, Pcm

HOP_S = 0.01
HOP = round(HOP_S * SPEECH_RATE_HZ)
WINDOW = 512
BANDS_HZ = (150, 300, 450, 600, 800, 1050, 1350, 1700, 2100, 2600, 3200, 4000)
FIRST_LAG_S, LAST_LAG_S = -0.3, 0.9
"""Where a likeness is looked for: how much later a sound is in this microphone than in the other party's."""
LEAST_LAG_S = -0.02
"""A likeness before this is the other way round: the other party's microphone picked up this one."""
SEARCHED_S = 4.0
"""Sound that is enough to find the lag by."""
STEP = 2
REMEMBERED_S = 24.0
"""The longest utterance and the largest lag."""
LEAST_S = 0.5
"""Shorter sound tells nothing."""
ALIKE = 0.62
"""Correlation from which a second of sound or more is an echo; shorter sound is alike by accident more often."""
ALIKE_SHORT = 0.24
"""Added to that for each second that is missing to one."""
BLOCK_S = 1.0
BLOCK_ALIKE = 0.42
"""Correlation every audible stretch must have, or somebody talked besides."""
AUDIBLE_DB = 18.0
"""Below its loudest stretch, what of an utterance is looked at stretch by stretch."""
DEPTH_DB = 30.0
"""Below a band's loudest, what is looked at; the rest drowns in the room."""
FLOOR_DB = -90.0
SPEECH_DB = -20.0
"""Loudness of a band below which there is nobody talking."""
Moves = NDArray[np.float32]
"""Loudness in dB of each band, shape (frames, bands), a frame every `HOP_S`."""


def moves_of(pcm: Pcm) -> Moves:
    """Band loudness of every whole window; empty for less sound than one."""
    count = (len(pcm) - WINDOW) // HOP + 1
    if count <= 0:
        return np.zeros((0, _BANDS), np.float32)
    if not pcm.any():
        return np.full((count, _BANDS), FLOOR_DB, np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(pcm, WINDOW)[::HOP].astype(np.float32) / 32768
    power = np.abs(np.fft.rfft(windows * _SHAPE, axis=1)).astype(np.float32) ** 2
    moves: Moves = (10 * np.log10(power @ _BANK + 10 ** (FLOOR_DB / 10))).astype(np.float32)
    return moves


def is_echo(heard: Moves, reference: Moves) -> bool:
    """Whether `heard` is the `reference`, later. The latter begins `-LAST_LAG_S` from the former's beginning, and
    goes on until `-FIRST_LAG_S` from its end; what is not known of it is silence."""
    if len(heard) * HOP_S < LEAST_S or reference.max(initial=FLOOR_DB) < SPEECH_DB:
        return False
    mine, theirs = _standing_out(heard), _standing_out(reference)
    last_lag = round(LAST_LAG_S / HOP_S)
    searched = min(len(mine), round(SEARCHED_S / HOP_S))
    offset = _best_offset(mine[:searched], theirs[: len(theirs) - len(mine) + searched])
    if (last_lag - offset) * HOP_S < LEAST_LAG_S:
        return False
    enough = ALIKE + ALIKE_SHORT * max(0.0, 1.0 - len(mine) * HOP_S)
    return _likeness_at(mine, theirs, offset) >= enough and _alike_throughout(mine, theirs[offset:])


def _best_offset(mine: Moves, theirs: Moves) -> int:
    """Where in `theirs` a stretch as long as `mine` moves most like it; as `correlation`, for all places at once."""
    around = (mine - mine.mean(axis=0)).T
    places = np.lib.stride_tricks.sliding_window_view(theirs, len(mine), axis=0)[::STEP]
    together = places.reshape(len(places), -1) @ around.ravel()
    size = np.sqrt(np.sum(places.var(axis=2), axis=1) * len(mine)) + 1e-6
    return int(np.argmax(together / size)) * STEP


def _standing_out(moves: Moves) -> Moves:
    top = np.percentile(moves, 98, axis=0)
    clear: Moves = np.maximum(moves, top - DEPTH_DB).astype(np.float32)
    return clear


def _likeness_at(mine: Moves, theirs: Moves, offset: int) -> float:
    return correlation(mine, theirs[offset : offset + len(mine)])


def correlation(one: Moves, other: Moves) -> float:
    """Of the moves of all bands, each around its own mean: 1 is the same, 0 has nothing to do with it."""
    one = one - one.mean(axis=0)
    other = other - other.mean(axis=0)
    size = float(np.sqrt(np.sum(one * one) * np.sum(other * other)))
    return float(np.sum(one * other)) / size if size > 1e-6 else 0.0


def _alike_throughout(mine: Moves, theirs: Moves) -> bool:
    count = max(1, round(len(mine) * HOP_S / BLOCK_S))
    audible_db = mine.max() - AUDIBLE_DB
    return all(
        correlation(one, other) >= BLOCK_ALIKE
        for one, other in zip(np.array_split(mine, count), np.array_split(theirs[: len(mine)], count), strict=True)
        if one.max() >= audible_db
    )


class EchoReference:
    """What one party said lately, for the other party's line to compare with. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moves: Moves = np.zeros((0, _BANDS), np.float32)
        self._begins = 0
        """Number of the first remembered frame, counted in hops from call start."""
        self._rest: Pcm = np.zeros(0, np.int16)
        self._rest_at = 0
        """Sample from call start at which `_rest` begins: that of the next frame."""

    def hear(self, chunk: AudioChunk) -> None:
        """Take the party's next sound. Called from its line's thread, in order."""
        start = round(chunk.start_s * SPEECH_RATE_HZ)
        with self._lock:
            if not 0 <= start - self._rest_at - len(self._rest) < HOP:
                self._skip_to(-(-start // HOP))
                self._rest = chunk.pcm[max(0, self._rest_at - start) :]
            else:
                self._rest = np.concatenate([self._rest, chunk.pcm])
            moves = moves_of(self._rest)
            self._rest = self._rest[len(moves) * HOP :]
            self._rest_at += len(moves) * HOP
            self._remember(moves)

    def echoes(self, start_s: float, pcm: Pcm) -> bool:
        """Whether the other party's microphone, in `pcm` from `start_s` on, picked up this party. Any thread."""
        first = round((start_s - LAST_LAG_S) / HOP_S)
        count = max(0, (len(pcm) - WINDOW) // HOP + 1) + round((LAST_LAG_S - FIRST_LAG_S) / HOP_S)
        reference = self._between(first, first + count)
        if reference.max(initial=FLOOR_DB) < SPEECH_DB:
            return False
        return is_echo(moves_of(pcm), reference)

    def _between(self, first: int, end: int) -> Moves:
        """Frames `first` to `end`; those not known are silent."""
        found = np.full((max(0, end - first), _BANDS), FLOOR_DB, np.float32)
        with self._lock:
            known_first = max(first, self._begins)
            known_end = min(end, self._begins + len(self._moves))
            if known_end > known_first:
                found[known_first - first : known_end - first] = self._moves[
                    known_first - self._begins : known_end - self._begins
                ]
        return found

    def _skip_to(self, frame: int) -> None:
        """Sound is missing before `frame`: that was silence."""
        end = self._begins + len(self._moves)
        most = round(REMEMBERED_S / HOP_S)
        if not 0 <= frame - end <= most:
            self._moves, self._begins = self._moves[:0], frame
        else:
            self._remember(np.full((frame - end, _BANDS), FLOOR_DB, np.float32))
        self._rest_at = frame * HOP

    def _remember(self, moves: Moves) -> None:
        joined = np.concatenate([self._moves, moves])
        surplus = max(0, len(joined) - round(REMEMBERED_S / HOP_S))
        self._moves = joined[surplus:]
        self._begins += surplus


def _bank() -> NDArray[np.float32]:
    hz = np.fft.rfftfreq(WINDOW, 1 / SPEECH_RATE_HZ)
    bands = [(hz >= low) & (hz < high) for low, high in pairwise(BANDS_HZ)]
    return np.stack(bands, axis=1).astype(np.float32)


_BANDS = len(BANDS_HZ) - 1
_SHAPE = np.hanning(WINDOW).astype(np.float32)
_BANK = _bank()
