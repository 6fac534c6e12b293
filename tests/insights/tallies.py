"""Calls written by hand, so that what comes out of them can be worked out in one's head."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, insert

from core.calls.records import CallRow, FactsRow, LatencyRow, ServiceRow, SuggestionRow, TopicRow, table
from core.customers.models import Customer
from core.insights.targets import Basis, Targets
from core.routing.records import AgentStateRow

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = datetime(2026, 6, 1, tzinfo=UTC)
"""Long after all calls, so that everything has had its time."""
BASIS = Basis(LATER, Targets(percent=80, within_s=20, checklist_items=4))


def basis(now: datetime = LATER, zone: str = "UTC") -> Basis:
    return Basis(now, BASIS.targets, ZoneInfo(zone))


class Floor:
    """Writes rows as the event log would have left them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._count = 0

    def call(
        self,
        at: datetime = MONDAY,
        *,
        agent: str = "Ann",
        lasts_s: float | None = 100.0,
        queued: bool = True,
        waited_s: float | None = 10.0,
        topics: tuple[str, ...] = (),
        channel: str = "voice",
        rating: int | None = None,
        tier: str = "",
        end_reason: str = "completed",
        customer_id: str | None = None,
        disposition: str | None = None,
        resolved: bool | None = None,
        **facts: Any,
    ) -> str:
        """A call; `lasts_s` None: it is still going on. `facts` are columns of `call_facts`."""
        self._count += 1
        call_id = f"call_{self._count:04}"
        over = lasts_s is not None
        self._insert(
            CallRow,
            call_id=call_id,
            started_at=at,
            ended_at=at + timedelta(seconds=lasts_s) if lasts_s is not None else None,
            duration_s=lasts_s,
            source="customer" if queued else "recording",
            title="",
            agent=agent,
            customer_id=customer_id,
            end_reason=end_reason if over else None,
            disposition=disposition,
            resolved=resolved,
            note="",
        )
        if queued:
            self._insert(
                ServiceRow,
                call_id=call_id,
                channel=channel,
                reason="",
                tier=tier,
                language="en",
                topic="",
                waited_s=waited_s,
                held_s=0.0,
                rating=rating,
                rating_comment="",
                recording="",
            )
        if over:
            self._insert(FactsRow, call_id=call_id, waited_s=waited_s if queued else None, **facts)
        for topic in topics:
            self._insert(TopicRow, call_id=call_id, topic=topic)
        return call_id

    def abandoned(self, at: datetime = MONDAY, after_s: float = 30.0, **more: Any) -> str:
        """A customer who hung up before anybody answered."""
        return self.call(at, agent="", lasts_s=after_s, waited_s=None, end_reason="abandoned", talk_s=0.0, **more)

    def card(self, call_id: str, state: str, *, rule: str = "", assistant: str = "playbook", **more: Any) -> None:
        self._count += 1
        row = {
            "kind": "suggestion",
            "priority": "tip",
            "message": "",
            "evidence": [],
            "started_s": 1.0,
            "completed_s": 2.0,
        }
        self._insert(
            SuggestionRow,
            suggestion_id=f"card_{self._count:04}",
            call_id=call_id,
            rule=rule,
            assistant=assistant,
            state=state,
            **row | more,
        )

    def waits(self, call_id: str, stage: str, *durations_s: float) -> None:
        for duration_s in durations_s:
            self._count += 1
            self._insert(LatencyRow, call_id=call_id, number=self._count, stage=stage, duration_s=duration_s)

    def state(self, agent: str, state: str, at: datetime) -> None:
        self._count += 1
        self._insert(AgentStateRow, change_id=f"state_{self._count:04}", agent=agent, state=state, reason="", at=at)

    def customer(self, customer_id: str, tier: str) -> None:
        self._insert(
            Customer,
            customer_id=customer_id,
            account_number=customer_id,
            name=customer_id,
            email="",
            phone="",
            tier=tier,
            since=MONDAY.date(),
            lifetime_value=0,
            plan="",
            language="English",
            preferences={},
            last_contact_about="",
        )

    def _insert(self, model: Any, **row: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(table(model)), [row])
