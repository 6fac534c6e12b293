"""The calls of the made-up past, one after the other: who calls, who answers, and who has to call again."""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any

from core.assistant.alert_rules import load_alerts
from core.assistant.vocabulary import Vocabulary
from core.calls.events import Recorded, SummaryWritten
from core.config import ROOT
from data.past_call import Ears
from data.past_customers import Record, spread
from data.past_demand import Arrival
from data.past_desks import Desk, Desks
from data.past_lines import Issue, material, possible
from data.past_story import Told, tell
from data.past_visit import Visit, abandoned

CALL_ID = "call_past_"
QUIET = timedelta(days=4)
"""Without a reason to, nobody calls again so soon."""
KNOWN = 0.94
"""Callers who are customers."""
NAMED = 0.55
"""Customers who give their account number before the call."""
CHATS = 0.22
SPANISH = 0.7
"""Customers whose language it is and who use it, when somebody is there who speaks it."""
RINGS_S = (2.0, 9.0)
PATIENCE_S = {False: 150.0, True: 280.0}
"""How long a customer waits on average, on the phone and in a chat."""
REDIALS = 0.5
CALLS_AGAIN = {True: 0.06, False: 0.5}
"""Customers who call again about the same thing, by whether it was solved."""
TAKE_OVER_WITHIN_S = 90.0
AGO = {
    "en": ("earlier today", "yesterday", "{days} days ago"),
    "es": ("hoy", "ayer", "hace {days} días"),
}


class Past:
    """Goes through the arrivals in order and lets each call be told. One use."""

    def __init__(self, known: Sequence[Record], desks: Desks, seed: int) -> None:
        book = load_alerts(ROOT / "data" / "alerts.yaml")
        self.desks = desks
        self.abandoned = 0
        self._seed = seed
        self._known = {record.customer.customer_id: record for record in known}
        self._ids = list(self._known)
        self._ears = Ears(Vocabulary(ROOT / "data" / "vocabulary.yaml"), book.checklist)
        self._chance = spread(seed, "callers")
        self._last_called: dict[str, datetime] = {}
        self._coming_back: list[tuple[datetime, str, Visit]] = []
        self._earlier: defaultdict[str, deque[dict[str, Any]]] = defaultdict(lambda: deque(maxlen=3))

    def calls(self, coming: Sequence[Arrival]) -> Iterator[list[Recorded]]:
        for number, arrival in enumerate(coming, start=1):
            call_id = f"{CALL_ID}{number:06d}"
            visit = self._again(call_id, arrival) or self._new(call_id, arrival)
            if visit.record:
                self._last_called[visit.record.customer.customer_id] = arrival.at
            yield self._served(visit)

    def _new(self, call_id: str, arrival: Arrival) -> Visit:
        chance, at = self._chance, arrival.at
        record = self._somebody(at) if chance.random() < KNOWN else None
        spanish = record is not None and record.customer.language == "Spanish" and chance.random() < SPANISH
        language = "es" if spanish and self.desks.speaks("es", at) else "en"
        as_it_was = record.on(at.date()) if record else None
        weights = possible(material().languages[language].issues, as_it_was)
        return Visit(
            call_id=call_id,
            at=at,
            issue="outage" if arrival.outage else chance.choices(list(weights), list(weights.values()))[0],
            language=language,
            chat=chance.random() < CHATS,
            record=as_it_was,
            named=chance.random() < NAMED,
            earlier=self._earlier_of(as_it_was),
        )

    def _again(self, call_id: str, arrival: Arrival) -> Visit | None:
        """The one whose time has come to call about the same thing once more."""
        if arrival.outage or not self._coming_back or self._coming_back[0][0] > arrival.at:
            return None
        before = heappop(self._coming_back)[2]
        assert before.record is not None
        record = self._known[before.record.customer.customer_id].on(arrival.at.date())
        language = before.language if self.desks.speaks(before.language, arrival.at) else "en"
        issues = material().languages[language].issues
        if before.issue not in possible(issues, record) and before.issue != "outage":
            return None
        ago = ""
        if not before.redials:
            days = (arrival.at.date() - before.at.date()).days
            ago = AGO[language][min(days, 2)].format(days=days)
        return replace(
            before,
            call_id=call_id,
            at=arrival.at,
            language=language,
            record=record,
            ago=ago,
            earlier=self._earlier_of(record),
        )

    def _somebody(self, at: datetime) -> Record | None:
        """A customer by then who has not called of late; None where chance finds none."""
        for _ in range(12):
            record = self._known[self._chance.choice(self._ids)]
            last = self._last_called.get(record.customer.customer_id)
            if record.customer.since < at.date() and (last is None or at - last > QUIET):
                return record
        return None

    def _earlier_of(self, record: Record | None) -> tuple[dict[str, Any], ...]:
        return tuple(reversed(self._earlier[record.customer.customer_id])) if record else ()

    def _served(self, visit: Visit) -> list[Recorded]:
        chance = spread(self._seed, "service", visit.call_id)
        issue = material().languages[visit.language].issues[visit.issue]
        tier = visit.record.customer.tier if visit.record and visit.named else ""
        patience_s = 12 + chance.expovariate(1 / PATIENCE_S[visit.chat])
        found = self.desks.next_free(visit.at, topic=issue.topic, language=visit.language, tier=tier)
        rings_s = _seconds(found[1] - visit.at) if found else patience_s
        answered_s = rings_s + chance.uniform(*RINGS_S)
        if found is None or answered_s > patience_s:
            self.abandoned += 1
            if chance.random() < REDIALS:
                back = visit.at + timedelta(minutes=chance.uniform(8, 90))
                self._comes_back(back, replace(visit, redials=True))
            return abandoned(visit, patience_s, self._ears, self._seed)
        told, second = self._told(visit, issue, found[0], rings_s, answered_s)
        self._book(visit, found[0], second, rings_s, told)
        self._remember(visit, told)
        if chance.random() < CALLS_AGAIN[told.solved]:
            back = visit.at + timedelta(days=chance.choice((0.1, 1, 1, 2, 2, 3, 4, 6)), hours=chance.uniform(-2, 2))
            self._comes_back(max(back, visit.at + timedelta(hours=1)), replace(visit, redials=False))
        return told.events

    def _told(
        self, visit: Visit, issue: Issue, desk: Desk, rings_s: float, answered_s: float
    ) -> tuple[Told, tuple[Desk, float, float] | None]:
        """The call, and the second desk with when it rang and was answered there, if the call was handed over."""
        second: list[tuple[Desk, float, float]] = []

        def take_over(offset_s: float) -> tuple[str, float] | None:
            at, own = visit.at + timedelta(seconds=offset_s), desk.agent.name
            found = self.desks.next_free(at, topic=issue.topic, language=visit.language, unlike=own)
            if found is None or _seconds(found[1] - at) > TAKE_OVER_WITHIN_S:
                return None
            rings_s = _seconds(found[1] - visit.at)
            second.append((found[0], rings_s, rings_s + RINGS_S[0]))
            return found[0].agent.name, rings_s + RINGS_S[0]

        told = tell(visit, desk.agent, rings_s, answered_s, take_over, self._ears, self._seed)
        return told, second[0] if second else None

    def _book(
        self, visit: Visit, desk: Desk, second: tuple[Desk, float, float] | None, rings_s: float, told: Told
    ) -> None:
        def moment(offset_s: float) -> datetime:
            return visit.at + timedelta(seconds=offset_s)

        first_until_s = told.ended_s if told.handed_over_s is None else told.handed_over_s
        first_done_s = told.done_s if told.handed_over_s is None else told.handed_over_s
        self.desks.book(desk, moment(rings_s), moment(told.answered_s), moment(first_until_s), moment(first_done_s))
        if second:
            other, other_rings_s, other_answers_s = second
            answers = moment(other_answers_s)
            self.desks.book(other, moment(other_rings_s), answers, moment(told.ended_s), moment(told.done_s))

    def _comes_back(self, at: datetime, visit: Visit) -> None:
        if visit.record:
            heappush(self._coming_back, (at, visit.call_id, visit))

    def _remember(self, visit: Visit, told: Told) -> None:
        if visit.record:
            kept = {"date": visit.at.date().isoformat(), "summary": _text(told.summary), "open": []}
            self._earlier[visit.record.customer.customer_id].append(kept)


def _seconds(length: timedelta) -> float:
    return round(length.total_seconds(), 3)


def _text(summary: SummaryWritten) -> str:
    return " ".join(part for part in (summary.reason, summary.done, summary.outcome) if part)
