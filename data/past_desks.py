"""Who answers whom in the made-up past, and what the agents were doing meanwhile."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice, takewhile

from core.calls.records import Row
from core.routing.roster import Agent
from data.past_demand import Shift

SKILLED_FIRST_S = 60
"""As `overflow_after_s` of routing.yaml: for so long a call waits for somebody who knows its topic."""
SENIOR_FIRST_S = 5
PREMIUM = ("gold", "platinum")


@dataclass(slots=True)
class Desk:
    """An agent's shift."""

    agent: Agent
    shift: Shift
    states: list[tuple[datetime, str, str]] = field(default_factory=list)


class Desks:
    """Everybody's shifts. First come, first served; an agent has one contact at a time."""

    def __init__(self, roster: Sequence[Agent], shifts: Sequence[Shift]) -> None:
        agents = {agent.name: agent for agent in roster}
        self._desks = [Desk(agents[shift.agent], shift) for shift in shifts]
        self._free_from: dict[str, datetime] = {}
        self._first = 0

    def speaks(self, language: str, at: datetime) -> bool:
        """Whether somebody who speaks it is at work."""
        begun = takewhile(lambda desk: desk.shift.begins <= at, islice(self._desks, self._first, None))
        return any(language in desk.agent.languages and at < desk.shift.ends for desk in begun)

    def next_free(
        self, at: datetime, *, topic: str, language: str, tier: str = "", unlike: str = ""
    ) -> tuple[Desk, datetime] | None:
        """The desk that answers a customer who calls at `at`, and when it is free; None when nobody will be."""
        while self._first < len(self._desks) and self._desks[self._first].shift.ends < at - timedelta(days=1):
            self._first += 1
        found: list[tuple[float, datetime, str, Desk, datetime]] = []
        for desk in self._desks[self._first :]:
            if desk.shift.begins > at + timedelta(hours=1):
                break
            free_from = self._free_from.get(desk.agent.name, desk.shift.begins)
            free = max(at, desk.shift.begins, free_from)
            if free >= desk.shift.ends or desk.agent.name == unlike or language not in desk.agent.languages:
                continue
            cost_s = (free - at).total_seconds()
            cost_s += 0 if not desk.agent.skills or topic in desk.agent.skills else SKILLED_FIRST_S
            cost_s += SENIOR_FIRST_S if tier in PREMIUM and not desk.agent.senior else 0
            found.append((cost_s, free_from, desk.agent.name, desk, free))
        if not found:
            return None
        *_, desk, free = min(found, key=lambda one: one[:3])
        return desk, free

    def book(self, desk: Desk, rings: datetime, answers: datetime, ends: datetime, done: datetime) -> None:
        """The desk is taken by one contact: it rings, is talked, and worked on until `done`."""
        desk.states += [(rings, "ringing", ""), (answers, "busy", "")]
        if done > ends:
            desk.states.append((ends, "after-call work", ""))
        desk.states.append((done, "available", ""))
        self._free_from[desk.agent.name] = done

    def state_rows(self) -> list[Row]:
        """What `agent_states` would hold: for each agent the changes, in order."""
        changes: defaultdict[str, list[tuple[datetime, str, str]]] = defaultdict(list)
        for desk in self._desks:
            own = changes[desk.agent.name]
            # Where one shift follows another there is no going away, and a state that lasted no time never was.
            if own and own[-1][0] >= desk.shift.begins:
                own.pop()
            else:
                own.append((desk.shift.begins, "available", ""))
            for at, state, reason in (*desk.states, (_leaves(desk), "away", "end of shift")):
                if own and own[-1][0] >= at:
                    own.pop()
                own.append((at, state, reason))
        return [
            {"change_id": f"past_state_{agent}_{number:06d}".replace(" ", "_"), "agent": agent}
            | {"state": state, "reason": reason, "at": at}
            for agent, own in changes.items()
            for number, (at, state, reason) in enumerate(own, start=1)
        ]


def _leaves(desk: Desk) -> datetime:
    return max([desk.shift.ends, *(at for at, _, _ in desk.states)])
