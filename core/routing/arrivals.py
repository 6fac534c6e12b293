"""Somebody calls: what they told, and what their call begins with."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from core.calls.events import CallQueued, Channel, ConsentRecorded, CustomerIdentified, Event
from core.errors import CallError
from core.languages import ANY_LANGUAGE, NAMES
from core.routing.rules import RoutingRules

NAME_MAX_CHARS = 100
REASON_MAX_CHARS = 300


class Customers(Protocol):
    """What the switchboard needs of the customers' records."""

    def look_up(self, name: str, account_number: str) -> str | None:
        """The id of the one customer these fit; None for nobody, or several."""
        ...

    def profile(self, customer_id: str) -> dict[str, Any]:
        """Empty for an unknown id."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRequest:
    """What somebody who calls has told; nothing of it is verified."""

    name: str = ""
    account_number: str = ""
    reason: str = ""
    language: str = "en"
    """What they speak, or `auto`; the agents need not."""
    channel: Channel = "voice"
    source: Literal["customer", "scripted"] = "customer"
    title: str = ""
    engine: str = ""
    """The speech engine to use; empty is as configured."""
    notice: str = ""
    """The notice about recording as it was shown; empty when none was."""
    consent: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """A customer's way to their call."""

    visit_id: str
    """Unguessable: whoever has it is the customer."""
    call_id: str
    """Not for the customer."""


def arrival(request: CallRequest, customers: Customers, rules: RoutingRules) -> list[Event]:
    """The first events of the call after its start. Raises CallError for a language that is none."""
    return [*_first_events(_tidied(request), customers, rules)]


def _first_events(request: CallRequest, customers: Customers, rules: RoutingRules) -> Iterator[Event]:
    if request.language not in {ANY_LANGUAGE, *NAMES, *rules.languages}:
        raise CallError(f"choose one of these languages: {', '.join(rules.languages.values())}")
    identified = _identified(request, customers)
    profile = identified.profile if identified else {}
    if request.notice:
        yield ConsentRecorded(notice=request.notice, given=request.consent)
    yield CallQueued(
        reason=request.reason,
        name=request.name,
        account_number=request.account_number,
        tier=profile.get("tier", ""),
        language=request.language,
        topic=rules.topic_of(request.reason),
    )
    if identified:
        yield identified


def _identified(request: CallRequest, customers: Customers) -> CustomerIdentified | None:
    customer_id = customers.look_up(request.name, request.account_number)
    profile = customers.profile(customer_id) if customer_id else {}
    if not customer_id or not profile:
        return None
    given = "account number" if profile["account_number"] == request.account_number else "name"
    return CustomerIdentified(
        customer_id=customer_id,
        account_number=profile["account_number"],
        name=profile["name"],
        matched_on=[f"{given} given, not verified"],
        profile=profile,
    )


def _tidied(request: CallRequest) -> CallRequest:
    return replace(
        request,
        name=" ".join(request.name.split())[:NAME_MAX_CHARS],
        account_number="".join(request.account_number.split())[:NAME_MAX_CHARS],
        reason=" ".join(request.reason.split())[:REASON_MAX_CHARS],
    )
