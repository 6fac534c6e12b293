"""A day at the desks in seconds: callers arrive by chance, and the matching of the real queue decides who answers."""

import heapq
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, count, takewhile
from typing import Literal

from core.routing.matching import best_match
from core.routing.roster import Agent
from core.routing.rules import RoutingRules
from core.routing.states import AgentStatus, Waiting

TIERS: Mapping[str, float] = {"platinum": 0.05, "gold": 0.15, "silver": 0.2, "standard": 0.6}
"""Shares of the callers."""
FIRST_LANGUAGE = 0.9
"""Share of the callers who speak the first language of the rules; the others divide the rest evenly."""
Happening = Literal["arrives", "may go elsewhere", "leaves", "is served"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What is simulated. Arrivals are a Poisson process; handling times and patience are exponential."""

    calls_per_hour: float
    hours: float = 8.0
    aht_s: float = 240.0
    """Mean handling time: talk, hold and after-call work together."""
    patience_s: float | None = 120.0
    """Mean time until somebody who waits gives up; None: nobody does."""
    seed: int = 7

    @property
    def length_s(self) -> float:
        return self.hours * 3600


@dataclass(slots=True)
class Service:
    """How some of the callers were served."""

    target_s: float
    offered: int = 0
    abandoned: int = 0
    within_target: int = 0
    waits_s: list[float] = field(default_factory=list)
    """Of those who were answered."""

    @property
    def answered(self) -> int:
        return len(self.waits_s)

    @property
    def service_level(self) -> float | None:
        """Calls answered within the target ÷ calls offered, abandoned ones included; None without calls."""
        return self.within_target / self.offered if self.offered else None

    @property
    def asa_s(self) -> float | None:
        """Average speed of answer: time waited by answered calls ÷ answered calls; None without any."""
        return sum(self.waits_s) / self.answered if self.waits_s else None

    @property
    def abandonment(self) -> float | None:
        """Calls abandoned ÷ calls offered; None without calls."""
        return self.abandoned / self.offered if self.offered else None


@dataclass(frozen=True, slots=True)
class Report:
    overall: Service
    tiers: Mapping[str, Service]
    occupancy: float
    """Handling time within the day ÷ (agents x length of the day)."""


@dataclass(frozen=True, slots=True)
class _Caller:
    waiting: Waiting
    handling_s: float
    patience_s: float | None


def desks(roster: Sequence[Agent], number: int) -> list[Agent]:
    """So many agents with the skills of the roster's, taken in turn."""
    patterns = [agent for agent in roster if agent.role == "agent"]
    return [
        patterns[place % len(patterns)].model_copy(update={"name": f"agent {place + 1:03d}"}) for place in range(number)
    ]


def simulate(agents: Sequence[Agent], rules: RoutingRules, day: Day) -> Report:
    """Run the day until everybody who called in it was served or gave up. The same seed gives the same report."""
    floor = _Floor(agents, rules, day)
    for caller in _callers(rules, day):
        floor.expect(caller)
    floor.run()
    return Report(floor.overall, floor.tiers, floor.busy_s / (len(agents) * day.length_s))


class _Floor:
    """The desks and the queue, moved from one happening to the next."""

    def __init__(self, agents: Sequence[Agent], rules: RoutingRules, day: Day) -> None:
        self._rules = rules
        self._length_s = day.length_s
        self._agents = {agent.name: _idle(agent) for agent in agents}
        self._queue: dict[str, Waiting] = {}
        self._callers: dict[str, _Caller] = {}
        self._serving: dict[str, str] = {}
        self._ahead: list[tuple[float, int, Happening, str]] = []
        self._order = count()
        self.overall = Service(rules.service_level.within_s)
        self.tiers = {tier: Service(rules.service_level.within_s) for tier in TIERS}
        self.busy_s = 0.0

    def expect(self, caller: _Caller) -> None:
        self._callers[caller.waiting.call_id] = caller
        self._schedule(caller.waiting.arrived_s, "arrives", caller.waiting.call_id)

    def run(self) -> None:
        while self._ahead:
            now_s, _, happening, call_id = heapq.heappop(self._ahead)
            self._happen(now_s, happening, call_id)
            while match := best_match([*self._queue.values()], [*self._agents.values()], self._rules, now_s):
                self._answer(match.call_id, match.agent, now_s)

    def _schedule(self, at_s: float, happening: Happening, call_id: str) -> None:
        heapq.heappush(self._ahead, (at_s, next(self._order), happening, call_id))

    def _happen(self, now_s: float, happening: Happening, call_id: str) -> None:
        caller = self._callers[call_id]
        match happening:
            case "arrives":
                self._queue[call_id] = caller.waiting
                for later_s in (self._rules.senior_first.for_s, self._rules.overflow_after_s):
                    self._schedule(now_s + later_s, "may go elsewhere", call_id)
                if caller.patience_s is not None:
                    self._schedule(now_s + caller.patience_s, "leaves", call_id)
                for service in self._services(caller):
                    service.offered += 1
            case "leaves" if self._queue.pop(call_id, None):
                for service in self._services(caller):
                    service.abandoned += 1
            case "is served":
                name = self._serving.pop(call_id)
                self._agents[name] = replace(self._agents[name], state="available", voice_call=None, since_s=now_s)
            case _:
                pass

    def _answer(self, call_id: str, agent: str, now_s: float) -> None:
        caller, waiting = self._callers[call_id], self._queue.pop(call_id)
        self._agents[agent] = replace(self._agents[agent], state="busy", voice_call=call_id, since_s=now_s)
        self._serving[call_id] = agent
        self._schedule(now_s + caller.handling_s, "is served", call_id)
        self.busy_s += max(0.0, min(now_s + caller.handling_s, self._length_s) - min(now_s, self._length_s))
        waited_s = now_s - waiting.arrived_s
        for service in self._services(caller):
            service.waits_s.append(waited_s)
            service.within_target += waited_s <= service.target_s

    def _services(self, caller: _Caller) -> tuple[Service, Service]:
        return self.overall, self.tiers[caller.waiting.tier]


def _idle(agent: Agent) -> AgentStatus:
    return AgentStatus(
        name=agent.name,
        state="available",
        senior=agent.senior,
        skills=tuple(agent.skills),
        languages=tuple(agent.languages),
    )


def _callers(rules: RoutingRules, day: Day) -> Iterator[_Caller]:
    chance = random.Random(day.seed)
    topics = [*rules.topics] or [""]
    first, *others = rules.languages
    gaps_s = (chance.expovariate(day.calls_per_hour / 3600) for _ in count())
    for number, at_s in enumerate(takewhile(lambda at_s: at_s < day.length_s, accumulate(gaps_s)), start=1):
        speaks_first = not others or chance.random() < FIRST_LANGUAGE
        waiting = Waiting(
            call_id=f"call {number:07d}",
            arrived_s=at_s,
            since_s=at_s,
            tier=chance.choices([*TIERS], [*TIERS.values()])[0],
            topic=chance.choice(topics),
            language=first if speaks_first else chance.choice(others),
        )
        patience_s = None if day.patience_s is None else chance.expovariate(1 / day.patience_s)
        yield _Caller(waiting, chance.expovariate(1 / day.aht_s), patience_s)
