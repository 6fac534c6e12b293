"""Engines given utterances: as fast as they take them, and as fast as a person speaks."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.bench import usage
from core.bench.partials import Line, Words, ages_s, arrivals_s, changes_s, gaps_s, seen_s
from core.bench.spoken_sets import Spoken
from core.clock import Clock
from core.errors import SpeechError
from core.speech.base import Hypothesis, OnHypothesis, SpeechSession, SpeechToText
from core.speech.evaluation import normalise

CHUNK_S = 0.1
_CHUNK = round(CHUNK_S * SPEECH_RATE_HZ)
_PAUSE = round(0.15 * SPEECH_RATE_HZ)
"""Sound after the pause was told: half of the silence at the end."""
_PATIENCE_S = 60.0


@dataclass(slots=True)
class Result:
    """Of one set."""

    heard: list[tuple[Spoken, str]] = field(default_factory=list)
    sound_s: float = 0.0
    took_s: float = 0.0
    cpu_s: float = 0.0
    """Of this process and its children."""

    def pairs(self, folder: str = "") -> list[tuple[str, str]]:
        """References and what was heard, of one folder or all."""
        return [(spoken.reference, text) for spoken, text in self.heard if folder in ("", spoken.folder)]

    def entities(self) -> list[tuple[str, str]]:
        """What had to be heard, and what was heard of its sentence."""
        return [(entity, text) for spoken, text in self.heard for entity in spoken.entities]

    def folders(self) -> list[str]:
        return list(dict.fromkeys(spoken.folder for spoken, _ in self.heard))


def hear(engine: SpeechToText, utterances: Sequence[Spoken]) -> dict[str, Result]:
    """Each utterance, those of a party that follow each other in one session. Raises SpeechError."""
    results: dict[str, Result] = {}
    heard: list[Hypothesis] = []
    session: _Session | None = None
    party = ""
    for spoken in utterances:
        result = results.setdefault(spoken.of_set, Result())
        started_s, started_cpu_s = time.perf_counter(), usage.cpu_s()
        if session is None or not party or spoken.party != party:
            if session:
                session.close()
            session, party = _Session(engine, heard.append), spoken.party
        session.begin()
        for piece in _pieces(spoken.pcm):
            session.give(piece)
        session.finish()
        result.took_s += time.perf_counter() - started_s
        result.cpu_s += usage.cpu_s() - started_cpu_s
        result.sound_s += len(spoken.pcm) / SPEECH_RATE_HZ
        result.heard.append((spoken, heard[-1].text))
    if session:
        session.close()
    return results


@dataclass(frozen=True, slots=True)
class Aligned:
    """An utterance, and when each of its words has been said, in seconds from its beginning."""

    pcm: Pcm
    words: Words
    ends_s: list[float]


@dataclass(slots=True)
class Lags:
    """Seconds by which what is shown lags behind a speaker."""

    words_s: list[float] = field(default_factory=list)
    """From the end of a word to the first partial or final that has it."""
    missed: int = 0
    """Words that were never shown."""
    ages_s: list[float] = field(default_factory=list)
    gaps_s: list[float] = field(default_factory=list)
    """Between partials, and between those that said something else."""
    changes_s: list[float] = field(default_factory=list)
    finals_s: list[float] = field(default_factory=list)
    """From asking for the final to having it."""


def follow(engine: SpeechToText, utterances: Sequence[Aligned], clock: Clock) -> Lags:
    """The utterances one after the other, as fast as they were spoken, in pieces of 100 ms. Raises SpeechError."""
    lags = Lags()
    for spoken in utterances:
        lines, final_s = _spoken_to(engine, spoken, clock)
        seen = seen_s(spoken.words, lines)
        lags.words_s += [at_s - spoken.ends_s[place] for place, at_s in seen.items()]
        lags.missed += len(spoken.words) - len(seen)
        lags.ages_s += ages_s(spoken.ends_s, seen)
        lags.gaps_s += gaps_s(spoken.ends_s, arrivals_s(lines))
        lags.changes_s += gaps_s(spoken.ends_s, changes_s(lines))
        lags.finals_s.append(final_s)
    return lags


def _spoken_to(engine: SpeechToText, spoken: Aligned, clock: Clock) -> tuple[list[Line], float]:
    """What came when, in seconds from the beginning of the utterance, and the wait for the final."""
    arrivals: list[tuple[float, Hypothesis]] = []
    session = _Session(engine, lambda hypothesis: arrivals.append((clock.monotonic_s(), hypothesis)), live=True)
    session.begin()
    never = threading.Event()
    begun_s = clock.monotonic_s()
    given = 0
    for piece in _pieces(spoken.pcm):
        # A piece can be given when all of it has been said.
        given += len(piece)
        clock.wait(never, begun_s + given / SPEECH_RATE_HZ - clock.monotonic_s())
        session.give(piece)
    ended_s = clock.monotonic_s()
    session.finish()
    session.close()
    beside = " ".join(spoken.words)
    lines = [(at_s - begun_s, normalise(hypothesis.text, beside).split()) for at_s, hypothesis in arrivals]
    return lines, arrivals[-1][0] - ended_s


class _Session:
    """One utterance after the other."""

    def __init__(self, engine: SpeechToText, on_hypothesis: OnHypothesis, *, live: bool = False) -> None:
        self._failures: list[Exception] = []
        self._session: SpeechSession = engine.open("customer", on_hypothesis, self._failures.append)
        self._session.live = live

    def begin(self) -> None:
        self._session.begin("utterance", 0.0)

    def give(self, piece: Pcm) -> None:
        """Sound; an empty piece is a pause."""
        if len(piece):
            self._session.push(piece)
        else:
            self._session.pause()

    def finish(self) -> None:
        """Wait for the final. Raises SpeechError when none comes."""
        self._session.end()
        if not self._session.drain(_PATIENCE_S):
            self.close()
            why = self._failures[0] if self._failures else f"the engine did not answer within {_PATIENCE_S:.0f} s"
            raise SpeechError(str(why))

    def close(self) -> None:
        self._session.close()


def _pieces(pcm: Pcm) -> Iterator[Pcm]:
    """Pieces of 100 ms, with an empty one where endpointing tells of a pause."""
    paused = max(0, len(pcm) - _PAUSE)
    yield from _cut(pcm[:paused])
    yield pcm[:0]
    yield from _cut(pcm[paused:])


def _cut(pcm: Pcm) -> Iterator[Pcm]:
    return (pcm[at : at + _CHUNK] for at in range(0, len(pcm), _CHUNK))
