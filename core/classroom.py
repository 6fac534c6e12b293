"""A class without customers: any number of scripted callers, who wait in the queue like everybody else."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Protocol

import av

from core.calls.call import Call
from core.calls.caller import ScriptedCaller
from core.calls.desk import MakeCaller
from core.calls.follow import Follower
from core.calls.log import EventLog
from core.calls.turn_taking import CallerMode
from core.clock import Clock
from core.errors import CallError
from core.routing.arrivals import CallRequest, Visit
from core.routing.states import Waiting
from core.scenarios import Scenario

MOST_CALLERS = 50
"""At once; each costs a speech session once it is answered."""


class Queue(Protocol):
    """What the classroom needs of the switchboard."""

    def call_in(self, request: CallRequest) -> Visit: ...

    def waiting(self) -> list[Waiting]: ...

    def hang_up(self, call_id: str) -> None: ...


class Desk(Protocol):
    """What the classroom needs of the desk."""

    def caller(self, call_id: str, make: MakeCaller) -> None: ...

    def live_calls(self) -> list[Call]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerNow:
    """A scripted caller who is on the line."""

    call_id: str
    title: str
    state: str
    """For people: where the call has got to."""
    duration_s: float


class Classroom:
    """Starts scripted callers and hangs up for them. Holds nothing: who is on the line is read from the calls."""

    def __init__(self, queue: Queue, desk: Desk, event_log: EventLog, clock: Clock) -> None:
        self._queue = queue
        self._desk = desk
        self._log = event_log
        self._clock = clock

    def start(self, scenarios: Sequence[Scenario], count: int, mode: CallerMode, engine: str = "") -> list[str]:
        """Let `count` callers call in, taking the scenarios in turn; the ids of their calls. `engine` is the speech
        engine to hear them with, empty as configured; their language is the scenario's.

        Raises CallError when nobody was chosen, when there are too many, or when the queue takes no more; those who
        were in time are on the line then.
        """
        if not scenarios:
            raise CallError("choose at least one caller")
        if not 1 <= count <= MOST_CALLERS - len(self.callers()):
            raise CallError(f"there can be {MOST_CALLERS} scripted callers at once; hang up for some first")
        return [self._call_in(scenario, mode, engine) for scenario in islice(cycle(scenarios), count)]

    def callers(self) -> list[CallerNow]:
        """Every scripted caller on the line, those who called first first."""
        calls = [call for call in self._desk.live_calls() if call.source == "scripted"]
        places = {one.call_id: place for place, one in enumerate(self._queue.waiting(), start=1)}
        now = self._clock.now()
        return [
            CallerNow(
                call_id=call.call_id,
                title=call.title,
                state=state_of(call, places.get(call.call_id)),
                duration_s=(now - call.started_at).total_seconds() if call.started_at else 0.0,
            )
            for call in sorted(calls, key=lambda call: (str(call.started_at), call.call_id))
        ]

    def hang_up(self, call_ids: Iterable[str]) -> None:
        """Let these callers hang up. Those who have already are left alone."""
        for call_id in call_ids:
            self._queue.hang_up(call_id)

    def _call_in(self, scenario: Scenario, mode: CallerMode, engine: str) -> str:
        told = scenario.caller
        visit = self._queue.call_in(
            CallRequest(
                name=told.name,
                account_number=told.account_number,
                reason=told.reason,
                language=told.language,
                source="scripted",
                title=scenario.title,
                engine=engine,
            )
        )
        self._desk.caller(visit.call_id, self._talking(scenario, mode))
        return visit.call_id

    def _talking(self, scenario: Scenario, mode: CallerMode) -> MakeCaller:
        def make(
            call_id: str, offer: Callable[[av.AudioFrame], None], on_end: Callable[[Exception | None], None]
        ) -> ScriptedCaller:
            return ScriptedCaller(scenario, mode, offer, Follower(self._log, call_id), self._clock, on_end)

        return make


def state_of(call: Call, place: int | None) -> str:
    """Where a call has got to, in words; `place` in the queue, where it has one."""
    if call.waiting:
        if call.offered_to:
            return f"rings at {call.offered_to}"
        return "waits, next in line" if place == 1 else f"waits, number {place}" if place else "waits"
    return f"on hold with {call.agent}" if call.on_hold else f"talks with {call.agent}"
