"""Which waiting customer rings at which desk next. Pure: the switchboard and the simulation both ask here."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.routing.rules import RoutingRules
from core.routing.states import AgentStatus, Waiting


@dataclass(frozen=True, slots=True)
class Match:
    call_id: str
    agent: str
    why: str
    """One sentence for the agent and the supervisor."""
    overflowed: bool = False
    """The topic is not among the agent's skills; the customer had waited too long."""


def best_match(
    waiting: Sequence[Waiting], agents: Sequence[AgentStatus], rules: RoutingRules, now_s: float
) -> Match | None:
    """The call that rings next, and where; None when nobody free may take any of those who wait.

    - Who called first comes first; who finds no agent does not hold up those behind.
    - An agent fits who speaks the language and has the topic among their skills. For `overflow_after_s` only those who
      fit may take it; then anybody who speaks the language, and who has waited so long comes before everybody else.
    - Customers of a `senior_first` tier come first at senior agents' desks, and for `senior_first.for_s` only there.
    - What nobody on shift could offer is not asked for. So the language is a must unless nobody on shift speaks it.
    - Of several, it rings where most of this is met, then where there is least to do, then where it was quiet longest.
    - Who declined a call, or let it ring out, gets it again only when everybody on shift who may take it had it as
      often, and not within `ring.again_after_s`.
    """
    if not waiting:
        return None
    queue = sorted((one for one in waiting if one.offered_to is None), key=lambda one: (one.arrived_s, one.call_id))
    desks = _Desks(agents, rules, now_s)
    if not desks.free:
        return None
    overdue = [one for one in queue if desks.overflowed(one)]
    premium = [one for one in queue if desks.premium(one)]
    turns = [*((one, False) for one in overdue), *((one, True) for one in premium), *((one, False) for one in queue)]
    return next((match for one, seniors in turns if (match := desks.match(one, seniors))), None)


class _Desks:
    """The agents on shift at one moment, and what they have between them."""

    def __init__(self, agents: Sequence[AgentStatus], rules: RoutingRules, now_s: float) -> None:
        self._rules = rules
        self._now_s = now_s
        self._on_shift = [agent for agent in agents if agent.on_shift]
        self._languages = {language for agent in self._on_shift for language in agent.languages}
        self._skills = {skill for agent in self._on_shift for skill in agent.skills}
        self._seniors = any(agent.senior for agent in self._on_shift)
        self.free = [
            agent for agent in self._on_shift if agent.free_for("voice", rules) or agent.free_for("chat", rules)
        ]

    def overflowed(self, customer: Waiting) -> bool:
        return self._now_s - customer.since_s >= self._rules.overflow_after_s

    def premium(self, customer: Waiting) -> bool:
        return self._seniors and customer.tier in self._rules.senior_first.tiers

    def match(self, customer: Waiting, seniors_only: bool) -> Match | None:
        free = [
            agent
            for agent in self.free
            if (agent.senior or not seniors_only)
            and agent.free_for(customer.channel, self._rules)
            and self._may(agent, customer)
        ]
        able = self._not_again(free, customer)
        if not able:
            return None
        chosen = min(able, key=lambda one: self._rank(one, customer))
        return Match(customer.call_id, chosen.name, self._why(customer, chosen), not self._knows(chosen, customer))

    def _may(self, agent: AgentStatus, customer: Waiting) -> bool:
        if not self._speaks(agent, customer):
            return False
        if self.overflowed(customer):
            return True
        early = self._now_s - customer.since_s < self._rules.senior_first.for_s
        return self._knows(agent, customer) and not (early and self._too_junior(agent, customer))

    def _speaks(self, agent: AgentStatus, customer: Waiting) -> bool:
        return customer.language in agent.languages or customer.language not in self._languages

    def _knows(self, agent: AgentStatus, customer: Waiting) -> bool:
        return not agent.skills or customer.topic in agent.skills or customer.topic not in self._skills

    def _too_junior(self, agent: AgentStatus, customer: Waiting) -> bool:
        return self.premium(customer) and not agent.senior

    def _rank(self, agent: AgentStatus, customer: Waiting) -> tuple[bool, bool, int, float, str]:
        """The lowest is asked first."""
        load = len(agent.chats) + (agent.voice_call is not None)
        return not self._knows(agent, customer), self._too_junior(agent, customer), load, agent.since_s, agent.name

    def _not_again(self, able: list[AgentStatus], customer: Waiting) -> list[AgentStatus]:
        """Those of `able` whose turn it is, after others have declined."""
        if not customer.declines:
            return able
        had_it = Counter(decline.agent for decline in customer.declines)
        fewest = min((had_it[one.name] for one in self._on_shift if self._may(one, customer)), default=0)
        again_after_s = self._rules.ring.again_after_s
        lately = {one.agent for one in customer.declines if self._now_s - one.at_s < again_after_s}
        return [one for one in able if had_it[one.name] <= fewest and one.name not in lately]

    def _why(self, customer: Waiting, chosen: AgentStatus) -> str:
        if not self._knows(chosen, customer):
            return f"Waited over {self._rules.overflow_after_s:g} s; {chosen.name} is free."
        reasons = []
        if self.premium(customer):
            reasons.append(f"senior, for a {customer.tier} customer" if chosen.senior else "no senior agent was free")
        if customer.topic and customer.topic in chosen.skills:
            reasons.append(f"knows {customer.topic}")
        if customer.language in chosen.languages:
            reasons.append(f"speaks {self._rules.languages.get(customer.language, customer.language)}")
        return f"{chosen.name}: {', '.join([*reasons, 'quiet longest'])}."
