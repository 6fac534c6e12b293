"""Recordings brought from elsewhere, analysed one after the other in the background, whatever pages come and go."""

import logging
import shutil
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from tempfile import mkdtemp
from typing import BinaryIO, Literal, Protocol, cast

from core.audio.diarization import VoiceTurn
from core.audio.files import Recording
from core.calls.call import Call
from core.calls.events import Event, RecordingStarted, TranscriptFinal
from core.calls.log import EventLog
from core.calls.outcome import replacing
from core.calls.recording import Cancelled, RecordedCall
from core.calls.roles import Guess, guess_agent
from core.calls.sound import Channels, Separated, Sound, Survey, open_as, survey
from core.calls.transcribe import MakeLeg, pump
from core.clock import Clock
from core.errors import CallError, SidetoneError
from core.languages import ANY_LANGUAGE

log = logging.getLogger(__name__)
State = Literal["waiting", "reading", "listening", "analysing", "done", "failed", "cancelled"]
"""`reading`: what it holds · `listening`: to the first words, for who the agent is · `analysing`: the call itself."""
DROPPED: tuple[State, ...] = ("failed", "cancelled")
OVER: tuple[State, ...] = ("done", *DROPPED)
GUESSED_FROM_S = 40.0
"""How much of a recording is listened to for who the agent is."""
_KEPT_JOBS = 50
_ESTIMATED_AFTER_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Where the analysis of one recording has got to."""

    analysis_id: str
    name: str
    """Of the file."""
    state: State = "waiting"
    position_s: float = 0.0
    """Seconds of the recording that are through the present state."""
    duration_s: float | None = None
    left_s: float | None = None
    """Time the present state will still take."""
    call_id: str = ""
    """Of the call, once it is done."""
    replaces: str = ""
    """The call that its call will count instead of, when it is one whose speakers are swapped."""
    message: str = ""
    """What went wrong, or what one should know of the result: for people."""

    @property
    def over(self) -> bool:
        return self.state in OVER


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    path: Path
    channels: Channels
    engine: str
    language: str
    note: str
    own_folder: Path | None
    """Goes when the analysis is over."""
    cancelled: threading.Event


class Report(Protocol):
    """Told how far a recording is, and of how much, where that is known."""

    def __call__(self, position_s: float, of_s: float | None = ...) -> None: ...


class Analyses:
    """Owns one thread, which analyses one recording at a time. Safe to use from any thread."""

    def __init__(
        self,
        make_call: Callable[[str, str], RecordedCall],
        make_leg: Callable[[str, str], MakeLeg],
        event_log: EventLog,
        clock: Clock,
        new_id: Callable[[str], str],
        recordings: Path,
    ) -> None:
        """`make_call` and `make_leg` take the speech engine and the language, as in `CallStarted`. `recordings` is the
        folder where calls' recordings are kept."""
        self._make_call = make_call
        self._make_leg = make_leg
        self._log = event_log
        self._clock = clock
        self._new_id = new_id
        self._recordings = recordings
        self._lock = threading.Lock()
        self._analyses: dict[str, Analysis] = {}
        self._jobs: dict[str, _Job] = {}
        self._queue: SimpleQueue[str | None] = SimpleQueue()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(
        self, name: str, sound: BinaryIO, channels: Channels, engine: str = "", language: str = ANY_LANGUAGE
    ) -> str:
        """Copy a recording and have it analysed with that engine and language; the id of the analysis."""
        folder = Path(mkdtemp(prefix="sidetone-upload-"))
        path = folder / (Path(name).name or "recording")
        with path.open("wb") as copy:
            shutil.copyfileobj(sound, copy)
        job = _Job(
            path=path,
            channels=channels,
            engine=engine,
            language=language,
            note="",
            own_folder=folder,
            cancelled=threading.Event(),
        )
        return self._add(path.name, job)

    def swap(self, call_id: str) -> str:
        """Analyse a recorded call again with agent and customer exchanged, from its kept sound; the id of the analysis.

        Everything in a call rests on who said what: whom the words identify, what was promised, what was suggested. So
        the new labels make a new call. It counts instead of the old one, which stays as it was written.
        Raises UnknownCall, CallError.
        """
        call = self._log.call(call_id)
        path = self._kept_sound(call)
        job = _Job(
            path=path,
            channels=Channels(left="agent"),
            engine=call.engine,
            language=call.language,
            note=f"speakers swapped by hand; {replacing(call_id)}",
            own_folder=None,
            cancelled=threading.Event(),
        )
        return self._add(call.title, job, replaces=call_id)

    def all(self) -> list[Analysis]:
        """Newest first."""
        with self._lock:
            return list(reversed(self._analyses.values()))

    def get(self, analysis_id: str) -> Analysis | None:
        with self._lock:
            return self._analyses.get(analysis_id)

    def cancel(self, analysis_id: str) -> None:
        """Have no more of it done. Does nothing when it is over."""
        job = self._jobs.get(analysis_id)
        if job is not None:
            job.cancelled.set()

    def close(self) -> None:
        """Cancel everything and stop the thread. May be called twice."""
        self._closing.set()
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join()

    def _kept_sound(self, call: Call) -> Path:
        events = [recorded.event for recorded in self._log.events(call.call_id)]
        files = [event.file for event in events if isinstance(event, RecordingStarted)]
        path = self._recordings / files[-1] if files else None
        if call.source != "recording" or path is None or not path.is_file():
            raise CallError("this call's sound is not kept, so it cannot be analysed again; upload the recording again")
        return path

    def _add(self, name: str, job: _Job, replaces: str = "") -> str:
        analysis_id = self._new_id("analysis")
        with self._lock:
            others = (one for one in self._analyses.values() if one.state not in DROPPED)
            if replaces and any(one.replaces == replaces for one in others):
                raise CallError("this call's speakers are swapped already; swap those of the call made of that")
            self._jobs[analysis_id] = job
            self._analyses[analysis_id] = Analysis(analysis_id=analysis_id, name=name, replaces=replaces)
            over = [old.analysis_id for old in self._analyses.values() if old.over]
            for old_id in over[: max(0, len(self._analyses) - _KEPT_JOBS)]:
                del self._analyses[old_id]
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="analyses", daemon=True)
                self._thread.start()
        self._queue.put(analysis_id)
        return analysis_id

    def _work(self) -> None:
        while (analysis_id := self._queue.get()) is not None:
            job = self._jobs[analysis_id]
            try:
                self._analyse(analysis_id, job)
            except Cancelled:
                self._update(analysis_id, state="cancelled", left_s=None)
            except SidetoneError as error:
                self._update(analysis_id, state="failed", message=str(error), left_s=None)
            except Exception:
                log.exception("the recording %s could not be analysed", job.path.name)
                message = "something went wrong with this recording; the server's log says what"
                self._update(analysis_id, state="failed", message=message, left_s=None)
            finally:
                with self._lock:
                    del self._jobs[analysis_id]
                if job.own_folder is not None:
                    shutil.rmtree(job.own_folder, ignore_errors=True)

    def _analyse(self, analysis_id: str, job: _Job) -> None:
        report = self._reporter(analysis_id, job, "reading", None)
        report(0.0)
        found = survey(job.path, job.channels, report)
        guess = self._guess(analysis_id, job, found) if found.two_voices else None
        said = _what_to_know(found, guess)
        report = self._reporter(analysis_id, job, "analysing", found.duration_s)
        call = self._make_call(job.engine, job.language)
        keep = self._recordings / f"{call.call_id}.opus"
        self._recordings.mkdir(parents=True, exist_ok=True)
        try:
            with closing(open_as(job.path, job.channels)) as recording:
                sound: Sound = Separated(recording, _turns(found), guess.agent_voice) if guess else recording
                title = self._name(analysis_id)
                call.hear(
                    sound,
                    title,
                    lambda progress: report(progress.position_s),
                    keep,
                    "; ".join(filter(None, [job.note, *said])),
                )
        except Cancelled:
            keep.unlink(missing_ok=True)
            raise
        self._update(
            analysis_id, state="done", call_id=call.call_id, left_s=None, message=" ".join(map(_sentence, said))
        )

    def _guess(self, analysis_id: str, job: _Job, found: Survey) -> Guess:
        """Listen to the beginning, the voice that speaks first on the agent's side for the time being."""
        report = self._reporter(analysis_id, job, "listening", min(found.duration_s, GUESSED_FROM_S))
        words: dict[int, list[str]] = {0: [], 1: []}

        def keep(event: Event, _: float) -> None:
            if isinstance(event, TranscriptFinal):
                words[0 if event.speaker == "agent" else 1].append(event.text)

        with closing(open_as(job.path, job.channels)) as recording:
            sound = Separated(recording, _turns(found), agent_voice=0, until_s=GUESSED_FROM_S)
            make_leg = self._make_leg(job.engine, job.language)
            legs = [make_leg(party, keep) for party in sound.parties]
            for position_s in pump(cast(Recording, sound), legs):
                report(position_s)
        return guess_agent({voice: " ".join(texts) for voice, texts in words.items()})

    def _reporter(self, analysis_id: str, job: _Job, state: State, duration_s: float | None) -> Report:
        """What is called with each new position: keeps the progress, and raises Cancelled when nobody wants more."""
        begun_s = self._clock.monotonic_s()
        self._update(analysis_id, state=state, position_s=0.0, duration_s=duration_s, left_s=None)

        def report(position_s: float, of_s: float | None = duration_s) -> None:
            if job.cancelled.is_set() or self._closing.is_set():
                raise Cancelled
            took_s = self._clock.monotonic_s() - begun_s
            left_s = None
            if of_s and position_s and took_s >= _ESTIMATED_AFTER_S:
                left_s = max(0.0, took_s / position_s * (of_s - position_s))
            self._update(analysis_id, position_s=position_s, duration_s=of_s, left_s=left_s)

        return report

    def _name(self, analysis_id: str) -> str:
        with self._lock:
            return self._analyses[analysis_id].name

    def _update(self, analysis_id: str, **changes: object) -> None:
        with self._lock:
            self._analyses[analysis_id] = replace(self._analyses[analysis_id], **changes)  # type: ignore[arg-type]


def _turns(found: Survey) -> tuple[VoiceTurn, ...]:
    return found.voices.turns if found.voices else ()


def _what_to_know(found: Survey, guess: Guess | None) -> list[str]:
    """What a person should know of how the result came about."""
    said = list(found.notes)
    if guess is not None:
        said.append(
            f"two voices were told apart in one channel; which of them is the agent was guessed {guess.why}: "
            "swap the speakers if that is wrong"
        )
    elif found.voices is not None:
        said.append("one voice was found, and taken for the customer")
    return said


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
