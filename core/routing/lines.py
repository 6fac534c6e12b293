"""The calls the switchboard looks after, and what it makes of them together with the roster. No locks, no clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.calls.call import Call
from core.calls.events import EndReason
from core.routing.roster import Agent
from core.routing.states import AgentState, AgentStatus, Availability, Decline, Waiting


@dataclass(slots=True)
class Line:
    """What is known of a call beside its log."""

    call_id: str
    begun_s: float
    """Call start on the clock's monotonic seconds."""
    offered_s: float = 0.0
    """When it last began to ring."""
    why: str = ""
    """It rings where it rings."""
    waited_s: float = 0.0
    """In the queue before it was last answered."""
    declines: list[Decline] = field(default_factory=list)
    ending: EndReason | None = None
    """Asked for; the call's log may not say so yet."""


@dataclass(slots=True)
class Duty:
    """What an agent chose, and what they were last seen doing."""

    availability: Availability = "away"
    reason: str = "not at the desk yet"
    state: AgentState | None = None
    since_s: float = 0.0


def waiting_now(line: Line, call: Call, now_s: float) -> Waiting | None:
    """The call's place in the queue; None when it has none."""
    if not call.waiting or call.queued is None or call.queued_s is None or line.ending is not None:
        return None
    since_s = line.begun_s + call.queued_s
    return Waiting(
        call_id=line.call_id,
        arrived_s=line.begun_s,
        since_s=since_s,
        waited_s=max(0.0, now_s - since_s),
        name=call.queued.name or (call.customer.name if call.customer else ""),
        reason=call.queued.reason,
        tier=call.queued.tier,
        language=call.queued.language,
        topic=call.queued.topic,
        channel=call.channel,
        note=call.queued.note,
        known=call.customer is not None,
        offered_to=call.offered_to,
        why=line.why if call.offered_to else "",
        declines=tuple(line.declines),
    )


def statuses(
    roster: Iterable[Agent], duties: Mapping[str, Duty], calls: Iterable[Call], now_s: float
) -> list[AgentStatus]:
    """Every agent as they are now. `calls` are all that are not wrapped up."""
    known = list(calls)
    return [_status(agent, duties[agent.name], known, now_s) for agent in roster if agent.role == "agent"]


def _status(agent: Agent, duty: Duty, calls: list[Call], now_s: float) -> AgentStatus:
    own = [call for call in calls if call.agent == agent.name]
    ringing = next((call.call_id for call in calls if call.live and call.offered_to == agent.name), None)
    over = tuple(call.call_id for call in own if not call.live)
    state = _state(duty, ringing is not None, len(own) > len(over), bool(over))
    since_s = duty.since_s if state == duty.state else now_s
    return AgentStatus(
        name=agent.name,
        state=state,
        since_s=since_s,
        for_s=max(0.0, now_s - since_s),
        availability=duty.availability,
        reason=duty.reason if duty.availability == "away" else "",
        ringing=ringing,
        voice_call=next((call.call_id for call in own if call.channel == "voice"), None),
        chats=tuple(call.call_id for call in own if call.channel == "chat"),
        wrapping_up=over,
        senior=agent.senior,
        skills=tuple(agent.skills),
        languages=tuple(agent.languages),
    )


def _state(duty: Duty, rings: bool, live: bool, over: bool) -> AgentState:
    if rings:
        return "ringing"
    if live:
        return "busy"
    if over:
        return "after-call work"
    return duty.availability
