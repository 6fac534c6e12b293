"""One row per stored call with everything the history, the dashboard and the reports ask of it, and ways to choose."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Subquery, and_, func, or_, select, true

from core.calls.outcome import UploadRow, counting
from core.calls.records import CallRow, FactsRow, ServiceRow, TopicRow, table
from core.customers.models import Customer
from core.insights.search import terms_of
from core.insights.search_index import holding

Mood = Literal["negative", "neutral", "positive"]
MOOD_FROM = 0.2
"""Beyond this, to either side of zero, inferred sentiment counts as positive or negative."""
FACTS = (
    "talk_s",
    "acw_s",
    "first_response_s",
    "customer_speech_s",
    "agent_speech_s",
    "overlap_s",
    "silence_s",
    "interruptions",
    "customer_words",
    "agent_words",
    "sentiment",
    "sentiment_start",
    "sentiment_end",
    "alerts",
    "urgent_alerts",
    "checklist_met",
    "flags",
    "transfers",
    "held_s",
)


def overview() -> Subquery:
    """Every call that is over, with its facts, its service and its customer's tier (NULL where there is none).

    A call whose speakers were swapped is not among them: the call made anew counts instead.
    """
    models = (CallRow, FactsRow, ServiceRow, UploadRow, Customer)
    calls, facts, service, uploads, customers = (table(model) for model in models)
    columns = [
        calls,
        *(facts.c[name] for name in FACTS),
        func.coalesce(service.c.channel, "voice").label("channel"),
        service.c.reason,
        service.c.language,
        service.c.waited_s,
        service.c.rating,
        service.c.rating_comment,
        func.coalesce(service.c.recording, uploads.c.file).label("recording"),
        service.c.call_id.is_not(None).label("queued"),
        func.coalesce(func.nullif(service.c.tier, ""), customers.c.tier).label("tier"),
    ]
    return (
        select(*columns)
        .join(facts, facts.c.call_id == calls.c.call_id, isouter=True)
        .join(service, service.c.call_id == calls.c.call_id, isouter=True)
        .join(uploads, uploads.c.call_id == calls.c.call_id, isouter=True)
        .join(customers, customers.c.customer_id == calls.c.customer_id, isouter=True)
        .where(calls.c.ended_at.is_not(None), counting(calls.c.call_id))
        .subquery("overview")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls are meant; what is empty does not matter."""

    since: datetime | None = None
    until: datetime | None = None
    """Not included."""
    agents: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    """At least one of them came up."""
    tiers: tuple[str, ...] = ()
    customer_id: str = ""
    customer: str = ""
    """An id, or all words of this in the name."""
    moods: tuple[Mood, ...] = ()
    dispositions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    flagged: bool = False
    with_alert: bool = False
    words: str = ""
    """What is said, written or summed up in the call holds all of them (see `core.insights.search.terms_of`). Looking
    for words needs `core.insights.search_index.refresh` before."""

    def on(self, calls: Subquery) -> list[ColumnElement[bool]]:
        """Conditions on a selection of `overview()`."""
        wanted: list[ColumnElement[bool]] = []
        if self.since is not None:
            wanted.append(calls.c.started_at >= self.since)
        if self.until is not None:
            wanted.append(calls.c.started_at < self.until)
        for column, values in (
            ("agent", self.agents),
            ("tier", self.tiers),
            ("disposition", self.dispositions),
            ("channel", self.channels),
        ):
            if values:
                wanted.append(calls.c[column].in_(values))
        if self.topics:
            topics = table(TopicRow)
            wanted.append(calls.c.call_id.in_(select(topics.c.call_id).where(topics.c.topic.in_(self.topics))))
        if self.customer_id:
            wanted.append(calls.c.customer_id == self.customer_id)
        if self.customer:
            name = func.lower(calls.c.customer_name)
            named = (name.contains(word, autoescape=True) for word in self.customer.lower().split())
            wanted.append(or_(calls.c.customer_id == self.customer, and_(true(), *named)))
        if self.moods:
            wanted.append(or_(*(_feels(calls.c.sentiment, mood) for mood in self.moods)))
        if self.flagged:
            wanted.append(calls.c.flags > 0)
        if self.with_alert:
            wanted.append(calls.c.alerts > 0)
        if terms := terms_of(self.words):
            wanted.append(calls.c.call_id.in_(holding(terms)))
        return wanted


def _feels(sentiment: ColumnElement[float], mood: Mood) -> ColumnElement[bool]:
    if mood == "negative":
        return sentiment < -MOOD_FROM
    if mood == "positive":
        return sentiment > MOOD_FROM
    return sentiment.between(-MOOD_FROM, MOOD_FROM)
