"""Where a call stands, in the terms rules are written in: computed from the call, never remembered."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal

from core.assistant.base import Turn
from core.assistant.listening import silence_s, talk_over_share
from core.assistant.spoken import digit_runs
from core.assistant.vocabulary import plain
from core.calls.events import EntityKind, EntitySpotted, Party
from core.customers.matching import name_score

CustomerState = Literal["known", "unknown", "unclear"]
OrderState = Literal["known", "other", "none"]
NAMES = frozenset({"today", "customer", "order_id", "heard", "candidates"})
"""What the text of a rule may name, besides the answers of its own tools."""
_RECENT = 3
_DIFFERENT = 0.4
_UNDER_WAY = ("processing", "shipped")


@dataclass(frozen=True)
class Situation:
    """A turn, as rules see it."""

    turn: Turn
    today: date

    def values(self) -> dict[str, Any]:
        """The values behind `NAMES`; what is not known is left out."""
        known: dict[str, Any] = {"today": self.today.isoformat(), "heard": self.heard}
        if self.customer_state == "known" and self.turn.call.customer:
            known["customer"] = self.turn.call.customer.profile
        if self.order_id:
            known["order_id"] = self.order_id
        if self.turn.call.candidates:
            known["candidates"] = [
                {"ref": f"customers/{c.customer_id}", "account_number": c.account_number, "name": c.name}
                for c in self.turn.call.candidates
            ]
        return known

    @cached_property
    def speaker(self) -> Party | None:
        """Whose words the turn is about; None when nothing was said."""
        return self.turn.utterances[-1].speaker if self.turn.utterances else None

    @cached_property
    def silence_s(self) -> float:
        """How long nobody has spoken, judged only while time passes."""
        return silence_s(self.turn.call) if self.turn.trigger == "tick" else 0.0

    @cached_property
    def talk_over(self) -> float:
        """How much of what was just said was said at once."""
        return talk_over_share(self.turn.call) if self.turn.trigger in ("customer", "agent", "tick") else 0.0

    @cached_property
    def text(self) -> str:
        """The turn's words without punctuation."""
        return " ".join(plain(utterance.text) for utterance in self.turn.utterances)

    @cached_property
    def longest_number(self) -> int:
        """Digits of the longest number said, also of one that is none of ours."""
        return max((len(run.value) for one in self.turn.utterances for run in digit_runs(one.text)), default=0)

    @cached_property
    def topics(self) -> Collection[str]:
        return {topic for utterance in self.turn.utterances for topic in utterance.topics}

    @cached_property
    def entities(self) -> list[EntitySpotted]:
        return [entity for utterance in self.turn.utterances for entity in utterance.entities]

    @cached_property
    def heard(self) -> dict[EntityKind, str]:
        """The last value of each kind heard in the turn."""
        return {entity.kind: entity.value for entity in self.entities}

    @cached_property
    def customer_state(self) -> CustomerState:
        if self.turn.call.candidates:
            return "unclear"
        return "known" if self.turn.call.customer else "unknown"

    @cached_property
    def tier(self) -> str | None:
        return self.turn.call.customer.profile.get("tier") if self.turn.call.customer else None

    @cached_property
    def order_id(self) -> str | None:
        """The order in question: the last one named that is on file, else the customer's only one under way."""
        named = [e.value for e in self.turn.call.entities if e.kind == "order" and e.resolved]
        if named:
            return named[-1]
        under_way = [order["order_id"] for order in self._orders if order["status"] in _UNDER_WAY]
        return under_way[0] if len(under_way) == 1 else None

    @cached_property
    def order_state(self) -> OrderState:
        if self.order_id is None or self.customer_state != "known" or self.turn.call.customer is None:
            return "none"
        owned = {order["order_id"] for order in self._orders}
        matched = f"order {self.order_id}" in " ".join(self.turn.call.customer.matched_on)
        return "known" if matched or self.order_id in owned else "other"

    @cached_property
    def _orders(self) -> list[dict[str, Any]]:
        customer = self.turn.call.customer
        return customer.profile.get("orders", []) if customer else []

    @cached_property
    def name_differs(self) -> bool:
        """A full name was given that is nothing like the customer's."""
        customer, name = self.turn.call.customer, self.heard.get("name", "")
        return customer is not None and " " in name and name_score(name, customer.name) < _DIFFERENT

    @cached_property
    def sentiment(self) -> float:
        """The worst sentence of the turn, or the customer's last three on average if that is lower."""
        scores = [u.sentiment for u in self.turn.utterances if u.sentiment is not None]
        lines = [u for u in self.turn.call.transcript if u.speaker == "customer" and u.sentiment is not None]
        recent = [u.sentiment for u in lines[-_RECENT:] if u.sentiment is not None]
        average = [sum(recent) / len(recent)] if len(recent) == _RECENT else []
        return min([*scores, *average], default=0.0)

    def on_file(self, kind: EntityKind) -> bool:
        return any(entity.kind == kind and entity.resolved for entity in self.entities)

    def not_on_file(self, kind: EntityKind) -> bool:
        return kind in self.heard and not self.on_file(kind)
