"""A call while it is going on: its lines, who hears whom, its recording, its assistant, and the way it ends."""

import logging
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

import av

from core.audio.echo import EchoReference
from core.audio.frames import AudioChunk
from core.audio.levels import SILENCE
from core.calls.assist import AssistantWorker
from core.calls.bridge import SUPERVISOR, Bridge, Floor, Seat
from core.calls.call import Call
from core.calls.events import (
    PARTIES,
    TWO_PARTIES,
    CallEnded,
    EndReason,
    Event,
    HoldEnded,
    Party,
    PartyMuted,
    PartyUnmuted,
    ProviderFailed,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    RecordingStopped,
    SupervisorLeft,
)
from core.calls.line import Line
from core.calls.log import EventLog
from core.calls.microphone import Microphone
from core.calls.playback import Playback
from core.calls.spoken import IsEcho
from core.calls.talker import Offer, OnEnd, Talker
from core.calls.tape import Tape
from core.clock import Clock
from core.errors import CallAlreadyEnded, CallError, SidetoneError

log = logging.getLogger(__name__)
SETTLE_TIMEOUT_S = 15.0
TYPING_S = 4.0
"""How long somebody counts as typing after a key."""
Signals = dict[str, dict[str, object]]


class MakeLine(Protocol):
    """How a party's line into a call is made."""

    def __call__(
        self,
        call_id: str,
        party: Party,
        elapsed_s: Callable[[], float],
        on_sound: Callable[[AudioChunk], None],
        is_echo: IsEcho | None,
    ) -> Line: ...


MakeTalker = Callable[[Offer, OnEnd], Talker]
"""Given where the sound goes, and whom to tell when it is over."""


class LiveCall:
    """Owns what is running for one call. Its methods may be called from any thread."""

    def __init__(
        self,
        call_id: str,
        event_log: EventLog,
        clock: Clock,
        make_line: MakeLine,
        worker: AssistantWorker,
        elapsed_s: Callable[[], float],
        on_played: Callable[[EndReason], None],
        *,
        transcribe_on_hold: bool = False,
    ) -> None:
        self.call_id = call_id
        self.elapsed_s = elapsed_s
        self._log = event_log
        self._clock = clock
        self._make_line = make_line
        self._worker = worker
        self._on_played = on_played
        self._transcribe_on_hold = transcribe_on_hold
        self._lock = threading.RLock()
        self._lines: dict[Party, Line] = {}
        self._microphones: dict[Seat, Microphone] = {}
        self._bridge = Bridge(clock)
        self._echo: dict[Party, EchoReference] = {}
        """Where the parties hear each other through us, what each of them has said lately."""
        self._talkers: list[Talker] = []
        self._tape: Tape | None = None
        self._muted: set[Party] = set()
        self._typing_s: dict[Party, float] = {}
        self._ending: threading.Thread | None = None

    def microphone(self, seat: Seat) -> Microphone:
        """The browser at a seat: a party's is transcribed, a supervisor's only heard."""
        with self._lock:
            if seat not in self._microphones:
                party = _party_at(seat)
                open_line = partial(self._open_line, party) if party else None
                left = None if party else partial(self._supervisor_left, seat)
                self._microphones[seat] = Microphone(seat, open_line, self._clock, self._bridge, left)
            self.arrange()
            return self._microphones[seat]

    def play(self, path: Path) -> None:
        """Let the parties of a recording talk; the call ends when it does."""
        with self._lock:
            offers = {party: self._open_place(party) for party in PARTIES}
            self._start(Playback(path, offers, self._clock, self._played))

    def caller(self, make: MakeTalker) -> None:
        """Let somebody talk by a script on the customer's side; the call ends when they hang up."""
        with self._lock:
            self._start(make(self._open_place("customer"), self._played))

    def mute(self, party: Party, muted: bool) -> None:
        with self._lock:
            changed = (party in self._muted) != muted
            (self._muted.add if muted else self._muted.discard)(party)
            self.arrange()
        if changed:
            self._append(PartyMuted(party=party) if muted else PartyUnmuted(party=party))

    def arrange(self) -> None:
        """Let everybody hear whom they should, as the call now stands."""
        call = self.now()
        with self._lock:
            self._bridge.arrange(
                Floor(
                    on_hold=call.on_hold,
                    waiting=call.waiting,
                    muted=frozenset(self._muted),
                    supervisors={name: joined.mode for name, joined in call.supervisors.items()},
                )
            )
            for party, line in self._lines.items():
                line.mute(party in self._muted or (party == "customer" and self._unheard(call)))

    def now(self) -> Call:
        return self._log.call(self.call_id)

    def typing(self, party: Party, *, stopped: bool = False) -> None:
        """A party has pressed a key, or has sent what it wrote."""
        self._typing_s[party] = -TYPING_S if stopped else self._clock.monotonic_s()

    def record(self, folder: Path) -> None:
        """Begin to write both parties to a file. Does nothing if that is so already."""
        with self._lock:
            if self._tape is not None:
                return
            folder.mkdir(parents=True, exist_ok=True)
            path = _unused(folder, self.call_id)
            recorded = self._log.append(self.call_id, RecordingStarted(file=path.name))
            self._tape = Tape(path, recorded.offset_s, self.elapsed_s, self._tape_failed)

    def pause_recording(self, by: str, reason: str) -> None:
        self._recording_tape().pause()
        self._append(RecordingPaused(by=by, reason=reason))
        self.arrange()

    def resume_recording(self, by: str) -> None:
        self._recording_tape().resume()
        self._append(RecordingResumed(by=by))
        self.arrange()

    def signals(self) -> Signals:
        """What is too fleeting for the log: each line's level, each microphone's connection, who is typing."""
        lines, microphones = dict(self._lines), dict(self._microphones)
        now_s = self._clock.monotonic_s()
        connections = {seat: microphone.connection for seat, microphone in microphones.items()}
        levels = {party: line.level if party not in self._muted else SILENCE for party, line in lines.items()}
        return {
            "Levels": {
                party: {"rms_dbfs": round(level.rms_dbfs, 1), "peak_dbfs": round(level.peak_dbfs, 1)}
                for party, level in levels.items()
            },
            "Connections": {
                seat: {"state": connection.state, "message": connection.message}
                for seat, connection in connections.items()
            },
            "Typing": {party: now_s - at_s < TYPING_S for party, at_s in dict(self._typing_s).items()},
        }

    def end(self, reason: EndReason, done: Callable[[], None]) -> None:
        """Settle what was said, answer it, and close the log; `done` is called when that is so. Never waits."""
        with self._lock:
            if self._ending is not None:
                return
            self._ending = threading.Thread(
                target=self._end, args=(reason, done), name=f"ending-{self.call_id}", daemon=True
            )
            self._ending.start()

    def join(self, timeout_s: float) -> None:
        """Wait for an end that has begun."""
        if self._ending is not None:
            self._ending.join(timeout_s)

    def _end(self, reason: EndReason, done: Callable[[], None]) -> None:
        try:
            for talker in self._talkers:
                talker.stop()
            with self._lock:
                # One may just be opening; from here on none is.
                lines = list(self._lines.values())
            for line in lines:
                line.hang_up()
            for line in lines:
                line.join(SETTLE_TIMEOUT_S)
            if self._tape is not None:
                self._append(RecordingStopped(duration_s=self._tape.close()))
            call = self.now()
            if call.on_hold:
                self._append(HoldEnded(by="system", held_s=held_s(call, self.elapsed_s())))
            self._log.sync()
            self._worker.stop(SETTLE_TIMEOUT_S)
            self._append(CallEnded(reason=reason))
            self._worker.conclude()
        except SidetoneError:
            # The pages say themselves when calls cannot be stored any more; the next start closes this one.
            log.exception("call %s could not be ended properly", self.call_id)
        finally:
            done()

    def _start(self, talker: Talker) -> None:
        self._talkers.append(talker)
        talker.start()

    def _played(self, failure: Exception | None) -> None:
        """Called from a playback's or scripted caller's thread."""
        if failure is not None:
            self._append(ProviderFailed(provider="recording", message=f"The recording stopped: {failure}"))
        self._on_played("failed" if failure else "completed")

    def _open_place(self, party: Party) -> Offer:
        """A line for somebody without a browser, whom the others hear as well. Raises CallAlreadyEnded."""
        line = self._open_line(party)

        def offer(frame: av.AudioFrame) -> None:
            line.offer(frame)
            self._bridge.push(party, frame)

        return offer

    def _open_line(self, party: Party) -> Line:
        """Raises CallAlreadyEnded."""
        self._must_go_on()
        call = self.now()
        is_echo = None
        if call.source in TWO_PARTIES:
            other: Party = "agent" if party == "customer" else "customer"
            for each in PARTIES:
                self._echo.setdefault(each, EchoReference())
            is_echo = self._echo[other].echoes
        line = self._make_line(self.call_id, party, self.elapsed_s, partial(self._heard, party), is_echo)
        with self._lock:
            # It may have begun to end while the line was made.
            self._must_go_on()
            self._lines[party] = line
            self.arrange()
            line.start()
        return line

    def _must_go_on(self) -> None:
        if self._ending is not None:
            raise CallAlreadyEnded("the call is over; start a new one")

    def _heard(self, party: Party, chunk: AudioChunk) -> None:
        """Called from a line's thread with what it transcribes."""
        if reference := self._echo.get(party):
            reference.hear(chunk)
        if self._tape is not None:
            self._tape.add(party, chunk)

    def _unheard(self, call: Call) -> bool:
        """What the customer says at this moment is for nobody, or, as card data is, for nobody to keep."""
        on_hold = call.on_hold and not self._transcribe_on_hold
        return call.waiting or on_hold or call.recording == "paused"

    def _recording_tape(self) -> Tape:
        if self._tape is None:
            raise CallError("this call is not being recorded")
        return self._tape

    def _tape_failed(self, error: Exception) -> None:
        """Called from a line's thread."""
        message = f"The call is no longer recorded: {error}. It goes on without; free some disk space."
        self._append(ProviderFailed(provider="recording", message=message))

    def _supervisor_left(self, seat: Seat) -> None:
        name = seat.removeprefix(SUPERVISOR)
        call = self.now()
        if call.live and name in call.supervisors:
            self._append(SupervisorLeft(supervisor=name))
            self.arrange()

    def _append(self, event: Event) -> None:
        self._log.append(self.call_id, event)


def held_s(call: Call, now_s: float) -> float:
    """How long the customer has been on hold in all, at `now_s` seconds from call start."""
    return call.held_s + (0.0 if call.hold_started_s is None else max(0.0, now_s - call.hold_started_s))


def _party_at(seat: Seat) -> Party | None:
    return next((party for party in PARTIES if party == seat), None)


def _unused(folder: Path, call_id: str) -> Path:
    names = [f"{call_id}.opus", *(f"{call_id}-{number}.opus" for number in range(2, 100))]
    return next(folder / name for name in names if not (folder / name).exists())
