"""How wrong a diarization is: the diarization error rate, as the field's scoring tools compute it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations
from pathlib import Path

from core.errors import AudioError

MOST_SPEAKERS = 6


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody speaks from `start_s` to `end_s`; turns of different speakers may overlap."""

    start_s: float
    end_s: float
    speaker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarizationError:
    """Seconds of speech that were got wrong, beside all there were; overlapping speech counts once per speaker."""

    missed_s: float
    false_alarm_s: float
    confused_s: float
    speech_s: float

    @property
    def rate(self) -> float:
        """Above 1 when there are more errors than speech; 0 without either."""
        wrong_s = self.missed_s + self.false_alarm_s + self.confused_s
        if self.speech_s:
            return wrong_s / self.speech_s
        return float("inf") if wrong_s else 0.0

    def __add__(self, other: "DiarizationError") -> "DiarizationError":
        return DiarizationError(
            missed_s=self.missed_s + other.missed_s,
            false_alarm_s=self.false_alarm_s + other.false_alarm_s,
            confused_s=self.confused_s + other.confused_s,
            speech_s=self.speech_s + other.speech_s,
        )


def diarization_error(reference: Sequence[Turn], hypothesis: Sequence[Turn], collar_s: float = 0.0) -> DiarizationError:
    """Compare who spoke when, under the mapping of speakers that agrees best.

    Within `collar_s` of where a turn of the reference begins or ends nothing is counted: 0.25 s is usual, since people
    do not agree about boundaries more closely. Raises AudioError for more than `MOST_SPEAKERS` on a side.
    """
    real, found = _speakers(reference), _speakers(hypothesis)
    if max(len(real), len(found)) > MOST_SPEAKERS:
        raise AudioError(f"at most {MOST_SPEAKERS} speakers can be compared; there are {len(real)} and {len(found)}")
    missed_s = false_alarm_s = speech_s = both_s = 0.0
    together_s = {(one, other): 0.0 for one in real for other in found}
    for start_s, end_s in _stretches(reference, hypothesis, collar_s):
        middle_s, length_s = (start_s + end_s) / 2, end_s - start_s
        speaking, heard = _at(reference, middle_s), _at(hypothesis, middle_s)
        speech_s += length_s * len(speaking)
        missed_s += length_s * max(0, len(speaking) - len(heard))
        false_alarm_s += length_s * max(0, len(heard) - len(speaking))
        both_s += length_s * min(len(speaking), len(heard))
        for one in speaking:
            for other in heard:
                together_s[one, other] += length_s
    return DiarizationError(
        missed_s=missed_s,
        false_alarm_s=false_alarm_s,
        confused_s=both_s - _most_agreement_s(real, found, together_s),
        speech_s=speech_s,
    )


def read_rttm(path: Path) -> list[Turn]:
    """The turns of an RTTM file. Raises AudioError."""
    try:
        rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
        turns = [(float(row[3]), float(row[4]), row[7]) for row in rows if row and row[0] == "SPEAKER"]
    except (OSError, ValueError, IndexError) as error:
        raise AudioError(f"{path} is not an RTTM file that can be read: {error}") from error
    return [Turn(start_s, start_s + duration_s, speaker) for start_s, duration_s, speaker in turns]


def _stretches(reference: Iterable[Turn], hypothesis: Iterable[Turn], collar_s: float) -> list[tuple[float, float]]:
    """Where nothing changes, without what lies in a collar."""
    boundaries_s = [time_s for turn in reference for time_s in (turn.start_s, turn.end_s)]
    edges_s = {time_s + side_s for time_s in boundaries_s for side_s in (-collar_s, collar_s)}
    changes_s = sorted({time_s for turn in hypothesis for time_s in (turn.start_s, turn.end_s)} | edges_s)
    return [
        (start_s, end_s)
        for start_s, end_s in pairwise(changes_s)
        if not any(abs((start_s + end_s) / 2 - time_s) < collar_s for time_s in boundaries_s)
    ]


def _most_agreement_s(real: list[str], found: list[str], together_s: dict[tuple[str, str], float]) -> float:
    few, many = (real, found) if len(real) <= len(found) else (found, real)
    pairings = (zip(few, chosen, strict=True) for chosen in permutations(many, len(few)))
    return max(
        sum(together_s[(one, other) if few is real else (other, one)] for one, other in pairing) for pairing in pairings
    )


def _at(turns: Iterable[Turn], time_s: float) -> set[str]:
    return {turn.speaker for turn in turns if turn.start_s <= time_s < turn.end_s}


def _speakers(turns: Iterable[Turn]) -> list[str]:
    return sorted({turn.speaker for turn in turns})
