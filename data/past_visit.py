"""Who calls in the made-up past and who answers, and how a call begins."""

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.calls.call import CHAT
from core.calls.events import (
    CallEnded,
    CallQueued,
    CallStarted,
    CustomerIdentified,
    PartyJoined,
    PartyLeft,
    Recorded,
    WrapUpCompleted,
)
from data.past_call import ENGINE, Conversation, Ears
from data.past_customers import Record, spread
from data.past_lines import Issue, Voice, facts_for, material


@dataclass(frozen=True, slots=True)
class Manner:
    """What an agent is like. Shares are of lines, cards or calls; `pace` is how quick they are against others."""

    pace: float
    solving: float
    """Added to the share of calls that end solved."""
    courtesy: float
    uses: float
    edits: float
    warmth: float
    """Added to what customers rate, in points."""


def manner_of(agent: str, seed: int) -> Manner:
    chance = spread(seed, "manner", agent)
    return Manner(
        pace=chance.uniform(0.82, 1.2),
        solving=chance.uniform(-0.1, 0.08),
        courtesy=chance.uniform(0.6, 0.97),
        uses=chance.uniform(0.25, 0.65),
        edits=chance.uniform(0.1, 0.4),
        warmth=chance.uniform(-0.35, 0.35),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A customer who calls."""

    call_id: str
    at: datetime
    issue: str
    language: str
    chat: bool
    record: Record | None
    """As it was on that day; None for a caller nobody gets to know."""
    ago: str = ""
    """When they called about the same thing before, in words."""
    redials: bool = False
    """They gave up waiting earlier."""
    named: bool = True
    """They gave their account number before the call."""
    earlier: tuple[dict[str, Any], ...] = ()


def abandoned(visit: Visit, patience_s: float, ears: Ears, seed: int) -> list[Recorded]:
    """The customer gives up before anybody answers."""
    call = Conversation(visit.call_id, visit.at, ears, spread(seed, visit.call_id), visit.chat)
    arrive(call, visit, _voice(visit, "", call.chance), issue_of(visit))
    call.now_s = patience_s
    call.add(PartyLeft(party="customer"))
    call.add(CallEnded(reason="abandoned"))
    call.add(WrapUpCompleted(disposition="Abandoned"), 0.25)
    return call.recorded()


def issue_of(visit: Visit) -> Issue:
    return material().languages[visit.language].issues[visit.issue]


def _voice(visit: Visit, agent: str, chance: random.Random) -> Voice:
    return Voice(
        visit.language, facts_for(visit.record, None, agent or "-", visit.at.date(), visit.language, chance), chance
    )


def arrive(call: Conversation, visit: Visit, voice: Voice, issue: Issue) -> bool:
    """The customer calls and waits; true when they have said who they are."""
    customer = visit.record.customer if visit.record and visit.named else None
    call.add(CallStarted(source="customer", agent="", channel="chat" if visit.chat else "voice"))
    queued = CallQueued(
        reason=voice.pick(issue.reasons),
        name=customer.name if customer else "",
        account_number=customer.account_number if customer else "",
        tier=customer.tier if customer else "",
        language=visit.language,
        topic=issue.topic,
    )
    call.add(queued)
    if customer and visit.record:
        call.add(identified(visit, visit.record, "account number given, not verified"))
    call.add(PartyJoined(party="customer", engine=CHAT if visit.chat else ENGINE), 0.2)
    return customer is not None


def identified(visit: Visit, record: Record, matched_on: str) -> CustomerIdentified:
    customer = record.customer
    return CustomerIdentified(
        customer_id=customer.customer_id,
        account_number=customer.account_number,
        name=customer.name,
        matched_on=[matched_on],
        profile=record.profile() | {"earlier_calls": list(visit.earlier)},
    )


def queued_again(queued: CallQueued, note: str) -> dict[str, Any]:
    names = ("reason", "name", "account_number", "tier", "language", "topic")
    return {name: getattr(queued, name) for name in names} | {"note": note}
