"""How a call of the made-up past goes, from the queue to the rating."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from core.assistant.summary import extract
from core.calls.call import CHAT, Call, fold
from core.calls.events import (
    ActionProposed,
    ActionTaken,
    CallAnswered,
    CallEnded,
    CallOffered,
    CallQueued,
    CallRated,
    CallTransferred,
    EndReason,
    Evidence,
    HelpEnded,
    HelpRequested,
    HoldEnded,
    HoldStarted,
    MessageDelivered,
    MomentFlagged,
    Party,
    PartyJoined,
    Recorded,
    SpeechEnded,
    SpeechStarted,
    SuggestionDelta,
    SummaryWritten,
    ToolCalled,
    ToolReturned,
    TranscriptPartial,
    WrapUpCompleted,
)
from core.routing.roster import Agent
from data.past_call import ENGINE, Conversation, Ears
from data.past_customers import spread
from data.past_lines import Voice, facts_for, order_in_question, rule_for
from data.past_visit import Visit, arrive, identified, issue_of, manner_of, queued_again

ANSWERS_SURVEY = 0.35
LONG_WAIT_S = 120.0
SILENCE_NOTED_S = 28.0
FILLERS = 0.25
"""The share of spoken lines that begin with a word that means nothing."""
PASSING = (SpeechStarted, SpeechEnded, TranscriptPartial, SuggestionDelta, ToolCalled, ToolReturned, MessageDelivered)
"""Later events of the same line or card say all that a summary needs of them."""


TakeOver = Callable[[float], tuple[str, float] | None]
"""Asks for another agent at an offset; gives the name and the offset at which they answer."""


@dataclass(frozen=True, slots=True)
class Told:
    """A call as it went. Offsets in seconds."""

    events: list[Recorded]
    answered_s: float
    ended_s: float
    done_s: float
    handed_over_s: float | None
    solved: bool
    summary: SummaryWritten


def tell(
    visit: Visit, agent: Agent, rings_s: float, answered_s: float, take_over: TakeOver, ears: Ears, seed: int
) -> Told:
    """The call from the first ring to the wrap-up."""
    return _Story(visit, agent, take_over, ears, seed).told(rings_s, answered_s)


@dataclass
class _Story:
    visit: Visit
    agent: Agent
    take_over: TakeOver
    ears: Ears
    seed: int
    _line: str = field(default="", init=False)

    def __post_init__(self) -> None:
        visit = self.visit
        self.chance = chance = spread(self.seed, visit.call_id)
        self.issue = issue_of(visit)
        self.order = order_in_question(self.issue, visit.record, chance)
        day = visit.at.date()
        facts = facts_for(visit.record, self.order, self.agent.name, day, visit.language, chance)
        self.voice = Voice(visit.language, facts | {"ago": visit.ago}, chance)
        self.call = Conversation(visit.call_id, visit.at, self.ears, chance, visit.chat)
        self.manner = manner_of(self.agent.name, self.seed)
        # The model helps some agents only, so that the two can be compared.
        self.model = spread(self.seed, "model", self.agent.name).random() < 0.4
        self.known = False
        self.used = 0
        self.handed_over_s: float | None = None

    def told(self, rings_s: float, answered_s: float) -> Told:
        call = self.call
        self.known = arrive(call, self.visit, self.voice, self.issue)
        call.now_s = rings_s
        call.add(CallOffered(agent=self.agent.name))
        call.now_s = answered_s
        call.add(CallAnswered(agent=self.agent.name, waited_s=round(answered_s, 3)))
        call.add(PartyJoined(party="agent", engine=CHAT if self.visit.chat else ENGINE), 0.3)
        call.wait(0.6, 2.0)
        self._open(answered_s)
        self._identify()
        upset = self._is_upset(answered_s)
        self._talk_about_it(upset)
        solved = self._conclude()
        mood = self._mood(solved, answered_s, upset)
        self._say_goodbye(mood)
        return self._close(solved, mood, answered_s)

    def _agent(self, text: str) -> None:
        self._line = self.call.say("agent", self._spoken("agent", text), self.manner.pace)
        if self.call.talked_over and self.chance.random() < 0.25:
            self._card("talk-over")

    def _customer(self, text: str) -> None:
        self._line = self.call.say("customer", self._spoken("customer", text), entities=self._spotted(text))

    def _spoken(self, party: Party, text: str) -> str:
        if self.visit.chat or self.chance.random() > FILLERS:
            return text
        return f"{self.voice.common(f'filler_{party}')} {text}"

    def _spotted(self, text: str) -> Iterator[tuple[Any, str, str | None]]:
        record = self.visit.record
        if record is None:
            return
        customer = record.customer
        resolved = f"customers/{customer.customer_id}"
        if self.order and self.order.order_id in text:
            yield "order", self.order.order_id, f"orders/{self.order.order_id}"
        if customer.account_number in text:
            yield "account", customer.account_number, resolved
        if customer.name in text:
            yield "name", customer.name, resolved
        if customer.email in text:
            yield "email", customer.email, resolved

    def _open(self, waited_s: float) -> None:
        chance, voice = self.chance, self.voice
        polite = chance.random() < self.manner.courtesy
        self._agent(voice.common("greeting" if polite else "greeting_bare"))
        if not self.visit.chat and chance.random() < self.manner.courtesy:
            self._agent(voice.common("recording"))
        self._customer(voice.pick(self.issue.opening))
        if waited_s > LONG_WAIT_S and chance.random() < 0.6:
            voice.facts["waited"] = str(max(2, round(waited_s / 60)))
            self._customer(voice.common("waited"))
        if self.visit.ago:
            self._customer(voice.common("again"))
        elif self.visit.redials:
            self._customer(voice.common("redial"))

    def _identify(self) -> None:
        chance, voice, record = self.chance, self.voice, self.visit.record
        if not self.known or chance.random() < self.manner.courtesy:
            self._agent(voice.common("verify" if chance.random() < self.manner.courtesy else "verify_bare"))
            if record is None:
                self._customer(voice.common("identify_not"))
                self._agent(voice.common("found_not"))
                return
            self._customer(voice.common("identify"))
        if record is None:
            return
        if not self.known:
            number = record.customer.account_number
            self.call.upon_line(identified(self.visit, record, f"account {number}"), chance.uniform(0.004, 0.09))
            self.known = True
        self._card("who-is-this")
        if record.customer.tier in ("gold", "platinum"):
            self._card("priority-customer")
        self._agent(voice.common("found"))

    def _is_upset(self, waited_s: float) -> bool:
        likely = 0.07 + 0.15 * bool(self.visit.ago) + 0.15 * (waited_s > LONG_WAIT_S)
        likely += 0.3 * (self.visit.issue == "outage") + 0.05 * (self.issue.topic == "retention")
        return self.chance.random() < likely - self.manner.warmth * 0.1

    def _talk_about_it(self, upset: bool) -> None:
        chance, voice, call = self.chance, self.voice, self.call
        cards = [rule for name in self.issue.cards if (rule := self._rule(name))]
        if self.issue.topic == "retention" and self.known:
            self._card("churn-risk")
        rounds = chance.randint(3, 5 + len(self.issue.probes))
        probes = chance.sample(self.issue.probes, min(len(self.issue.probes), rounds))
        upset_at = chance.randrange(rounds) if upset else -1
        hold_at = chance.randrange(rounds) if chance.random() < 0.14 else -1
        hand_over_at = chance.randrange(1, rounds) if chance.random() < 0.07 else -1
        for number in range(rounds):
            if cards:
                self._card(cards.pop(0))
            if number < len(probes):
                self._agent(voice.pick(probes[number].agent))
                self._customer(voice.pick(probes[number].customer))
            else:
                self._look_up()
            if number == upset_at:
                self._vent()
            if number == hold_at and not self.visit.chat:
                self._hold()
            if number == hand_over_at:
                self._hand_over()
        if chance.random() < 0.06 * (1.4 - self.manner.courtesy):
            self._agent(voice.common("guarantee"))
            self._card("no-guarantees")
        if chance.random() < 0.01:
            self._agent(voice.common("card_asked"))
            self._card("card-number-asked")
        for rule in cards:
            self._card(rule)
        call.wait(1, 4)

    def _look_up(self) -> None:
        self._agent(self.voice.common("looking"))
        quiet_s = min(75.0, self.chance.lognormvariate(3.0, 0.45) / self.manner.pace)
        if quiet_s > SILENCE_NOTED_S + 5 and not self.visit.chat:
            self._card("long-silence", SILENCE_NOTED_S)
        self.call.now_s += quiet_s
        if self.chance.random() < 0.6:
            self._customer(self.voice.common("small"))

    def _vent(self) -> None:
        self._customer(self.voice.common("upset"))
        self._card("upset-customer")
        if self.chance.random() < 0.3:
            note = self.voice.common("flags")
            self.call.add(
                MomentFlagged(moment_id=self.call.new_id("flag"), at_s=round(self.call.now_s, 3), note=note), 1
            )
        if self.chance.random() < 0.08:
            self.call.add(HelpRequested(reason="The customer wants a supervisor."))
            self.call.add(HelpEnded(by=self.agent.name), self.chance.uniform(20, 60))
        self._agent(self.voice.common("calm"))

    def _hold(self) -> None:
        self._agent(self.voice.common("hold_ask"))
        self._customer(self.voice.common("small"))
        self.call.add(HoldStarted(by=self.agent.name))
        held_s = round(min(240.0, self.chance.lognormvariate(4.0, 0.5)), 3)
        self.call.now_s += held_s
        self.call.add(HoldEnded(by=self.agent.name, held_s=held_s))
        self.call.wait(0.4, 1.2)
        self._agent(self.voice.common("hold_back"))

    def _hand_over(self) -> None:
        call = self.call
        self._agent(self.voice.common("transfer"))
        call.settle()
        call.wait(1, 3)
        taken = self.take_over(call.now_s)
        if taken is None:
            return
        name, answers_s = taken
        self.handed_over_s = call.now_s
        waited_s = sum(event.waited_s for _, event in call.events if isinstance(event, CallAnswered))
        note = self.voice.fill(self.issue.label)
        queued = next(event for _, event in call.events if isinstance(event, CallQueued))
        call.add(CallTransferred(from_agent=self.agent.name, to_agent=name, note=note))
        call.add(CallQueued(**queued_again(queued, note)), 0.001)
        call.add(CallOffered(agent=name), 0.002)
        waited_s += answers_s - call.now_s
        call.now_s = answers_s
        call.add(CallAnswered(agent=name, waited_s=round(waited_s, 3)))
        call.wait(0.8, 2)
        self.agent = self.agent.model_copy(update={"name": name})
        self.manner = manner_of(name, self.seed)
        self.voice.facts["agent"] = name.split()[0]
        self._agent(self.voice.common("taken_over"))

    def _conclude(self) -> bool:
        chance, voice = self.chance, self.voice
        likely = self.issue.solved + self.manner.solving + 0.02 * min(self.used, 2) - 0.08 * bool(self.visit.ago)
        likely -= 0.12 if self.agent.skills and self.issue.topic not in self.agent.skills else 0.0
        solved = chance.random() < likely
        self._agent(voice.pick(self.issue.fix if solved else self.issue.stuck))
        if solved and self.issue.action and self.visit.record and chance.random() < 0.35:
            self._act()
        if chance.random() < (0.2 if solved else 0.8):
            self._agent(voice.common("promise"))
        return solved

    def _act(self) -> None:
        action, record = self.issue.action, self.visit.record
        assert action is not None
        assert record is not None
        action_id = self.call.new_id("act")
        proposed = ActionProposed(
            action_id=action_id,
            action=action.action,
            customer_id=record.customer.customer_id,
            arguments=dict(action.arguments),
            preview=self.voice.fill(action.preview),
            proposed_by="agent",
        )
        self.call.add(proposed)
        taken = ActionTaken(action_id=action_id, effect=self.voice.fill(action.effect), taken_by=self.agent.name)
        self.call.add(taken, self.chance.uniform(2, 7))

    def _mood(self, solved: bool, waited_s: float, upset: bool) -> float:
        """How content the customer is, 1 to 5."""
        mood = (4.5 if solved else 2.5) + self.manner.warmth - min(1.5, waited_s / 240)
        mood -= 0.5 * bool(self.visit.ago) + 0.5 * upset
        return min(5.0, max(1.0, self.chance.gauss(mood, 0.7)))

    def _say_goodbye(self, mood: float) -> None:
        voice = self.voice
        if self.chance.random() < self.manner.courtesy:
            self._agent(voice.common("more"))
            self._customer(voice.common("no_more"))
        self._customer(voice.common("bye_happy" if mood >= 3.8 else "bye_neutral" if mood >= 2.6 else "bye_unhappy"))
        self._agent(voice.common("bye_agent"))

    def _close(self, solved: bool, mood: float, answered_s: float) -> Told:
        call, chance, issue = self.call, self.chance, self.issue
        call.settle()
        call.wait(0.5, 2.5)
        ended_s = round(call.now_s, 3)
        reason: EndReason = "disconnected" if chance.random() < 0.015 else "completed"
        call.add(CallEnded(reason=reason))
        call.now_s += 0.05
        told = (one for one in call.recorded() if not isinstance(one.event, PASSING))
        summary = extract(fold(told, Call(self.visit.call_id)))
        call.add(summary)
        unsolved = chance.choices(("Follow-up", "Escalated", "Hung up"), (70, 22, 8))[0]
        acw_s = min(240.0, chance.lognormvariate(3.5, 0.5) / self.manner.pace)
        written = self.voice.pick(issue.note if solved else issue.note_stuck)
        wrapped = WrapUpCompleted(
            disposition="Resolved" if solved else unsolved,
            resolved=solved,
            note=written if chance.random() < 0.7 else "",
            by=self.agent.name,
        )
        call.add(wrapped, acw_s)
        if chance.random() < ANSWERS_SURVEY:
            score = min(5, max(1, round(mood)))
            comment = self.voice.common("comments_high" if score >= 4 else "comments_low")
            call.add(CallRated(score=score, comment=comment), min(chance.uniform(5, 60), acw_s))
        done_s = ended_s + 0.05 + acw_s
        return Told(call.recorded(), answered_s, ended_s, done_s, self.handed_over_s, solved, summary)

    def _rule(self, name: str) -> str | None:
        return rule_for(name, self.visit.record if self.known else None, self.order, self.visit.at.date())

    def _card(self, rule: str, after_s: float = 0.0) -> None:
        """Show a card `after_s` after the last line, and let the agent do something about it or nothing."""
        chance = self.chance
        card = self.voice.card(rule, self._evidence)
        modelled = self.model and card.kind == "suggestion"
        shown = self.call.show(card, [] if after_s else [self._line], model=modelled, after_s=after_s)
        if card.kind == "info":
            return
        likely = self.manner.uses * (0.7 if card.kind == "alert" else 1.1 if modelled else 1.0)
        what = chance.random()
        if what < likely:
            edited = chance.random() < self.manner.edits
            self.call.use(shown, f"{card.message} I will look after it." if edited else None)
            self.used += 1
        elif what < likely + 0.15:
            self.call.dismiss(shown)

    def _evidence(self, kind: str, name: str) -> Evidence | None:
        record = self.visit.record
        if not name:
            return None
        if kind == "policy":
            return Evidence(kind="policy", ref=f"policies/{name}", text=name.capitalize())
        if record is None:
            return None
        if name == "order" and self.order:
            return Evidence(kind="row", ref=f"orders/{self.order.order_id}", text=self.voice.facts["product"])
        if name == "charge" and record.charges:
            charge = record.latest_bill()[0]
            return Evidence(kind="row", ref=f"charges/{charge.charge_id}", text=charge.description)
        return Evidence(kind="row", ref=f"customers/{record.customer.customer_id}", text=record.customer.name)
