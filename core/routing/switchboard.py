"""Who waits and whose desk rings. What a call's log can say is read from there; here is only what no call knows."""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Literal, Protocol

from core.calls.call import Call
from core.calls.events import (
    CallAnswered,
    CallOffered,
    CallTransferred,
    Channel,
    EndReason,
    Event,
    OfferEnded,
)
from core.calls.presence import overdue
from core.clock import Clock
from core.errors import CallAlreadyEnded, CallError, SidetoneError, UnknownCall
from core.languages import ANY_LANGUAGE
from core.routing.arrivals import CallRequest, Customers, Visit, arrival
from core.routing.lines import Duty, Line, statuses, waiting_now
from core.routing.matching import best_match
from core.routing.records import AgentStateRow, KeepStates
from core.routing.roster import Agent
from core.routing.rules import RoutingRules
from core.routing.states import AgentStatus, Availability, Decline, Waiting

__all__ = ["CallDesk", "CallRequest", "Customers", "Switchboard", "Visit"]
log = logging.getLogger(__name__)
TICK_S = 0.25
SUMMARY_TIMEOUT_S = 20.0
"""How long the summary of a call that nobody wraps up is waited for."""
NOTE_MAX_CHARS = 300
MOST_VISITS = 10_000
"""After this the oldest customers can no longer come back to rate their call."""


class CallDesk(Protocol):
    """What the switchboard needs of the desk where calls are taken."""

    def start(
        self,
        agent: str,
        source: Literal["customer", "scripted"],
        title: str = "",
        channel: Channel = "voice",
        engine: str = "",
        language: str = ANY_LANGUAGE,
    ) -> str: ...

    def append(self, call_id: str, event: Event) -> object: ...

    def call(self, call_id: str) -> Call: ...

    def live_calls(self) -> list[Call]: ...

    def resume(self, call_id: str, by: str) -> object: ...

    def record(self, call_id: str) -> object: ...

    def end(self, call_id: str, reason: EndReason = "completed") -> None: ...

    def wrap_up(self, call_id: str, disposition: str, resolved: bool | None, note: str, by: str) -> None: ...


class Switchboard:
    """The queue and the desks. Safe to use from any thread; owns the thread `switchboard` between start and close."""

    def __init__(
        self,
        desk: CallDesk,
        roster: Sequence[Agent],
        rules: RoutingRules,
        customers: Customers,
        clock: Clock,
        new_id: Callable[[str], str],
        new_token: Callable[[], str],
        keep: KeepStates,
    ) -> None:
        self.rules = rules
        self._desk = desk
        self._roster = tuple(roster)
        self._customers = customers
        self._clock = clock
        self._new_id = new_id
        self._new_token = new_token
        self._keep = keep
        self._lock = threading.Lock()
        self._visits: dict[str, Visit] = {}
        self._lines: dict[str, Line] = {}
        self._duties = {agent.name: Duty() for agent in roster if agent.role == "agent"}
        self._changes: list[AgentStateRow] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._tick_forever, name="switchboard", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop the thread and log everybody off. Calls are left to the desk. May be called twice."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock:
            now_s = self._clock.monotonic_s()
            for duty in self._duties.values():
                duty.availability, duty.reason = "away", "Sidetone was stopped"
            for status in statuses(self._roster, self._duties, (), now_s):
                self._note(status)
        try:
            self._keep_changes()
        except SidetoneError:
            # What is closed after this must be closed all the same.
            log.exception("it is not stored that everybody was logged off")

    def call_in(self, request: CallRequest) -> Visit:
        """A customer calls and waits. Raises CallError when the queue is full or the language is none."""
        events = arrival(request, self._customers, self.rules)
        with self._lock:
            if len(self._waiting()) >= self.rules.most_waiting:
                raise CallError("all our lines are busy; please try again in a few minutes")
            begun_s = self._clock.monotonic_s()
            call_id = self._desk.start(
                "", request.source, request.title, request.channel, engine=request.engine, language=request.language
            )
            visit = Visit(self._new_token(), call_id)
            self._visits[visit.visit_id] = visit
            while len(self._visits) > MOST_VISITS:
                del self._visits[next(iter(self._visits))]
            self._lines[call_id] = Line(call_id, begun_s)
            for event in events:
                self._desk.append(call_id, event)
            self._advance()
        return visit

    def visit(self, visit_id: str) -> Visit:
        """Raises UnknownCall."""
        found = self._visits.get(visit_id)
        if found is None:
            raise UnknownCall("this call is not known here any more; please call again")
        return found

    def position(self, call_id: str) -> int | None:
        """The customer's place in the queue, 1 for the next; None once somebody has answered."""
        places = (place for place, one in enumerate(self.waiting(), start=1) if one.call_id == call_id)
        return next(places, None)

    def waiting(self) -> list[Waiting]:
        """Everybody nobody has answered yet, also where it rings, in the order of the queue."""
        with self._lock:
            return self._waiting()

    def agents(self) -> list[AgentStatus]:
        """Every agent, in the order of the roster."""
        with self._lock:
            return self._agents()

    def set_availability(self, agent: str, availability: Availability) -> None:
        """The agent wants calls, or no more; what they have goes on. Raises CallError for a stranger."""
        with self._lock:
            duty = self._duty(agent)
            duty.availability, duty.reason = availability, ""
            if availability == "away":
                self._withdraw_from(agent)
            self._advance()

    def accept(self, call_id: str, agent: str) -> None:
        """The agent answers the call that rings, or takes one from the queue by hand.

        Raises CallError when somebody has answered it, when it rings elsewhere, when the agent is away or has no room,
        CallAlreadyEnded when the customer has gone.
        """
        with self._lock:
            line, call = self._live_line(call_id)
            if not call.waiting:
                raise CallError(f"{call.agent} has answered it")
            if call.offered_to not in (None, agent):
                raise CallError(f"it rings at the desk of {call.offered_to}")
            self._check_room(call, self._agent(agent))
            if call.offered_to is None:
                self._withdraw_from(agent)
            self._answer(line, call, agent)
            self._advance()

    def decline(self, call_id: str, agent: str) -> None:
        """The agent does not take the call that rings: the next one is asked. Raises CallError if it rings no more."""
        with self._lock:
            line, call = self._live_line(call_id)
            if call.offered_to != agent:
                raise CallError("this call does not ring at your desk any more")
            self._end_offer(line, call, "declined")
            self._advance()

    def transfer(self, call_id: str, by: str, to: str = "", note: str = "") -> None:
        """Give a call to another agent, at whose desk it rings, or back to the queue, where it keeps its place.

        The customer waits meanwhile. Raises CallError when it is not `by`'s call or `to` cannot take it now.
        """
        with self._lock:
            line, call = self._live_line(call_id)
            if call.queued is None or call.waiting or call.agent != by:
                raise CallError("you can only transfer a call that you have answered")
            if to and (to == by or not self._agent(to).free_for(call.channel, self.rules)):
                raise CallError(f"{to} cannot take it now; choose somebody else, or give it back to the queue")
            written = note.strip()[:NOTE_MAX_CHARS]
            self._desk.append(call_id, CallTransferred(from_agent=by, to_agent=to, note=written))
            self._desk.append(call_id, replace(call.queued, note=written))
            if call.on_hold:
                self._desk.resume(call_id, by)
            line.declines = [Decline(by, self._clock.monotonic_s())]
            if to:
                self._offer(line, to, f"Transferred by {by}.")
            self._advance()

    def hang_up(self, call_id: str) -> None:
        """The customer hangs up. Does nothing when the call is over. Raises UnknownCall."""
        with self._lock:
            line, call = self._lines.get(call_id), self._desk.call(call_id)
            if line is not None and call.live and line.ending is None:
                self._end(line, call, "abandoned" if call.waiting else "completed")
            self._advance()

    def tick(self) -> None:
        """Do what is due: rings that nobody answered, parties gone for good, calls that find an agent now."""
        with self._lock:
            self._advance()
        self._keep_changes()

    def _tick_forever(self) -> None:
        while not self._clock.wait(self._stopping, TICK_S):
            try:
                self.tick()
            except SidetoneError:
                # The pages say themselves when calls cannot be stored any more; the queue must not stand still for it.
                log.exception("the switchboard missed a moment")

    def _advance(self) -> None:
        now_s = self._clock.monotonic_s()
        for line in list(self._lines.values()):
            self._look_after(line, self._desk.call(line.call_id), now_s)
        while match := best_match(self._waiting(), self._agents(), self.rules, now_s):
            self._offer(self._lines[match.call_id], match.agent, match.why)
        for status in self._agents():
            self._note(status)

    def _look_after(self, line: Line, call: Call, now_s: float) -> None:
        in_call_s = now_s - line.begun_s
        if call.wrap_up is not None:
            del self._lines[line.call_id]
        elif not call.live:
            self._wrap_up_alone(call, in_call_s)
        elif line.ending is not None:
            return
        elif reason := overdue(call, in_call_s, self.rules.grace_s):
            self._end(line, call, reason)
        elif call.offered_to and now_s - line.offered_s >= self.rules.ring.timeout_s:
            duty = self._duties[call.offered_to]
            duty.availability, duty.reason = "away", "did not answer"
            self._end_offer(line, call, "no answer")

    def _wrap_up_alone(self, call: Call, in_call_s: float) -> None:
        """Close a call that no agent has, and one whose after-call work took too long."""
        over_s = in_call_s - (call.ended_s or 0.0)
        limit_s = self.rules.desks.after_call_work_limit_s
        if call.agent:
            due, disposition = limit_s is not None and over_s >= limit_s, "Not wrapped up"
        else:
            due = call.summary is not None or not call.transcript or over_s >= SUMMARY_TIMEOUT_S
            disposition = "Abandoned"
        if due:
            # Its agent may have wrapped it up in this very moment.
            with suppress(CallAlreadyEnded):
                self._desk.wrap_up(call.call_id, disposition, None, "", "system")

    def _waiting(self) -> list[Waiting]:
        now_s = self._clock.monotonic_s()
        found = (waiting_now(line, self._desk.call(line.call_id), now_s) for line in self._lines.values())
        return sorted((one for one in found if one), key=lambda one: (one.arrived_s, one.call_id))

    def _agents(self) -> list[AgentStatus]:
        routed = [self._desk.call(call_id) for call_id in self._lines]
        elsewhere = [call for call in self._desk.live_calls() if call.queued is None and call.agent]
        unfinished = [call for call in routed if call.wrap_up is None]
        return statuses(self._roster, self._duties, [*unfinished, *elsewhere], self._clock.monotonic_s())

    def _agent(self, name: str) -> AgentStatus:
        self._duty(name)
        return next(status for status in self._agents() if status.name == name)

    def _duty(self, name: str) -> Duty:
        if name not in self._duties:
            raise CallError(f"{name} has no desk here; add them to the file of agents")
        return self._duties[name]

    def _live_line(self, call_id: str) -> tuple[Line, Call]:
        line, call = self._lines.get(call_id), self._desk.call(call_id)
        if line is None or not call.live or line.ending is not None:
            raise CallAlreadyEnded("this call is over")
        return line, call

    def _check_room(self, call: Call, agent: AgentStatus) -> None:
        if not agent.on_shift:
            raise CallError("you are away; say that you are available first")
        if not agent.has_room(call.channel, self.rules):
            taken = "a call" if call.channel == "voice" else "as many chats as you can have"
            raise CallError(f"you have {taken} already; end it and wrap it up first")

    def _offer(self, line: Line, agent: str, why: str) -> None:
        line.offered_s, line.why = self._clock.monotonic_s(), why
        self._desk.append(line.call_id, CallOffered(agent=agent))

    def _answer(self, line: Line, call: Call, agent: str) -> None:
        line.waited_s += max(0.0, self._clock.monotonic_s() - line.begun_s - (call.queued_s or 0.0))
        line.declines = []
        self._desk.append(line.call_id, CallAnswered(agent=agent, waited_s=round(line.waited_s, 3)))
        if call.channel == "voice" and call.recording == "off" and self._may_record(call):
            self._desk.record(line.call_id)

    def _may_record(self, call: Call) -> bool:
        mode = self.rules.recording.mode
        agreed = call.consent is not None and call.consent.given
        return mode == "always" or (mode == "ask" and agreed)

    def _withdraw_from(self, agent: str) -> None:
        for line in self._lines.values():
            call = self._desk.call(line.call_id)
            if call.live and call.offered_to == agent:
                self._desk.append(line.call_id, OfferEnded(agent=agent, reason="withdrawn"))

    def _end_offer(self, line: Line, call: Call, reason: Literal["declined", "no answer"]) -> None:
        if call.offered_to is not None:
            line.declines.append(Decline(call.offered_to, self._clock.monotonic_s()))
            self._desk.append(line.call_id, OfferEnded(agent=call.offered_to, reason=reason))

    def _end(self, line: Line, call: Call, reason: EndReason) -> None:
        if call.offered_to is not None:
            self._desk.append(line.call_id, OfferEnded(agent=call.offered_to, reason="withdrawn"))
        line.ending = reason
        self._desk.end(line.call_id, reason)

    def _note(self, status: AgentStatus) -> None:
        duty = self._duties[status.name]
        if duty.state != status.state:
            duty.state, duty.since_s = status.state, self._clock.monotonic_s()
            self._changes.append(
                AgentStateRow(
                    change_id=self._new_id("state"),
                    agent=status.name,
                    state=status.state,
                    reason=status.reason,
                    at=self._clock.now(),
                )
            )

    def _keep_changes(self) -> None:
        with self._lock:
            changes, self._changes = self._changes, []
        if changes:
            self._keep(changes)
