"""KPIs in two steps: SQL adds up, per group of calls, and `kpis_of` divides."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Subquery, and_, func, literal, or_, select

from core.calls.outcome import counting
from core.calls.records import CallRow, table
from core.insights.overview import CallFilter, overview
from core.insights.targets import Basis

SHORT_ABANDON_S = 5.0
"""Who hangs up before this is not counted as having called."""
FCR_WINDOW_S = 7 * 86_400.0
SATISFIED_FROM = 4
_SUM = "sum_"
_VOICE_ONLY = ("agent_speech_s", "customer_speech_s", "silence_s", "agent_words", "customer_words", "interruptions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpis:
    """Figures over some calls; `KPI_HELP` says what each means. None: there is nothing to work it out from."""

    calls: int = 0
    offered: int = 0
    handled: int = 0
    abandoned: int = 0
    aht_s: float | None = None
    talk_s: float | None = None
    hold_s: float | None = None
    acw_s: float | None = None
    first_response_s: float | None = None
    asa_s: float | None = None
    abandonment: float | None = None
    service_level: float | None = None
    resolution: float | None = None
    fcr: float | None = None
    csat: float | None = None
    rating: float | None = None
    ratings: int = 0
    sentiment_start: float | None = None
    sentiment_end: float | None = None
    talk_ratio: float | None = None
    non_talk: float | None = None
    interruptions: float | None = None
    agent_wpm: float | None = None
    customer_wpm: float | None = None
    checklist: float | None = None
    alerts: float | None = None
    transfers: float | None = None
    occupancy: float | None = None

    def value(self, name: str) -> float | None:
        """A KPI by its name in `KPI_HELP`."""
        value: float | None = getattr(self, name)
        return value


NAMES = tuple(field.name for field in fields(Kpis))


def selection(calls: CallFilter, *, with_fcr: bool = True) -> Subquery:
    """The calls meant, one row each, with everything `sums` adds up. FCR is only told `with_fcr`."""
    rows = overview()
    if not with_fcr:
        return select(rows).where(*calls.on(rows)).subquery("chosen")
    back = _came_back(calls.customer_id)
    return (
        select(rows, back.c.call_id.is_not(None).label("came_back"))
        .join(back, back.c.call_id == rows.c.call_id, isouter=True)
        .where(*calls.on(rows))
        .subquery("chosen")
    )


def sums(rows: FromClause, basis: Basis) -> list[ColumnElement[Any]]:
    """What `kpis_of` needs, as aggregates over rows of `selection`."""
    calls = rows.c
    answered = and_(calls.queued, calls.waited_s.is_not(None))
    handled = or_(~calls.queued, calls.waited_s.is_not(None))
    abandoned = and_(calls.queued, calls.waited_s.is_(None), calls.end_reason == "abandoned")
    with_fcr = "came_back" in calls
    short = and_(abandoned, calls.duration_s < SHORT_ABANDON_S)
    voice = and_(handled, func.coalesce(calls.channel, "voice") == "voice")
    solved = and_(calls.resolved, calls.customer_id.is_not(None), _age_s(calls.ended_at, basis) >= FCR_WINDOW_S)

    def count(*conditions: ColumnElement[bool]) -> Any:
        return func.count().filter(and_(*conditions))

    columns = {
        "calls": func.count(),
        "offered": count(calls.queued, ~short),
        "handled": count(handled),
        "abandoned": count(abandoned, ~short),
        "answered": count(answered),
        "in_time": count(answered, calls.waited_s <= basis.targets.within_s),
        "waited_s": func.sum(calls.waited_s),
        "talk_s": func.sum(calls.talk_s).filter(handled),
        "held_s": func.sum(calls.held_s).filter(handled),
        "acw_s": func.sum(calls.acw_s).filter(handled),
        "first_response_s": func.sum(calls.first_response_s).filter(handled),
        "first_responses": func.count(calls.first_response_s).filter(handled),
        "resolved": count(calls.resolved),
        "decided": count(calls.resolved.is_not(None)),
        "solved": count(solved) if with_fcr else literal(0),
        "solved_at_once": count(solved, ~calls.came_back) if with_fcr else literal(0),
        "ratings": func.count(calls.rating),
        "rated": func.sum(calls.rating),
        "satisfied": count(calls.rating >= SATISFIED_FROM),
        "sentiment_start": func.sum(calls.sentiment_start),
        "moods_at_start": func.count(calls.sentiment_start),
        "sentiment_end": func.sum(calls.sentiment_end),
        "moods_at_end": func.count(calls.sentiment_end),
        "voice": count(voice),
        "voice_talk_s": func.sum(calls.talk_s).filter(voice),
        **{name: func.sum(calls[name]).filter(voice) for name in _VOICE_ONLY},
        "checklist_met": func.sum(calls.checklist_met).filter(handled),
        "alerts": func.sum(calls.alerts).filter(handled),
        "transfers": func.sum(calls.transfers).filter(handled),
    }
    return [column.label(f"{_SUM}{name}") for name, column in columns.items()]


def kpis_of(row: Mapping[Any, Any], basis: Basis, *, of_agents: bool = False, occupancy: float | None = None) -> Kpis:
    """Divide what was added up. `of_agents`: only calls of some agents were, so that nobody can have hung up before."""

    def total(name: str) -> float:
        return float(row.get(f"{_SUM}{name}") or 0.0)

    handled, offered, voice = total("handled"), total("offered"), total("voice")
    voices_s = total("agent_speech_s") + total("customer_speech_s")
    return Kpis(
        calls=int(total("calls")),
        offered=int(offered),
        handled=int(handled),
        abandoned=int(total("abandoned")),
        aht_s=_ratio(total("talk_s") + total("held_s") + total("acw_s"), handled),
        talk_s=_ratio(total("talk_s"), handled),
        hold_s=_ratio(total("held_s"), handled),
        acw_s=_ratio(total("acw_s"), handled),
        first_response_s=_ratio(total("first_response_s"), total("first_responses")),
        asa_s=_ratio(total("waited_s"), total("answered")),
        abandonment=None if of_agents else _ratio(total("abandoned"), offered),
        service_level=None if of_agents else _ratio(total("in_time"), offered),
        resolution=_ratio(total("resolved"), total("decided")),
        fcr=_ratio(total("solved_at_once"), total("solved")),
        csat=_ratio(total("satisfied"), total("ratings")),
        rating=_ratio(total("rated"), total("ratings")),
        ratings=int(total("ratings")),
        sentiment_start=_ratio(total("sentiment_start"), total("moods_at_start")),
        sentiment_end=_ratio(total("sentiment_end"), total("moods_at_end")),
        talk_ratio=_ratio(total("agent_speech_s"), voices_s),
        non_talk=_ratio(total("silence_s"), total("voice_talk_s")),
        interruptions=_ratio(total("interruptions"), voice),
        agent_wpm=_ratio(total("agent_words"), total("agent_speech_s") / 60),
        customer_wpm=_ratio(total("customer_words"), total("customer_speech_s") / 60),
        checklist=_ratio(total("checklist_met"), basis.targets.checklist_items * handled),
        alerts=_ratio(total("alerts"), handled),
        transfers=_ratio(total("transfers"), handled),
        occupancy=occupancy,
    )


def together(sums: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What is added up over several groups of calls, out of what is of each."""
    added: dict[str, Any] = {}
    for row in sums:
        for name, value in row.items():
            if name.startswith(_SUM) and value is not None:
                added[name] = added.get(name, 0) + value
    return added


def grouped(rows: Subquery, keys: Iterable[Any], basis: Basis) -> Select[Any]:
    """The sums for each value of some keys."""
    keys = list(keys)
    return select(*keys, *sums(rows, basis)).select_from(rows).group_by(*keys)


def _came_back(customer_id: str) -> Subquery:
    """Resolved calls, of everybody or of one customer, that were followed by another within the time FCR gives."""
    calls = table(CallRow)
    following = func.lead(calls.c.started_at).over(
        partition_by=calls.c.customer_id, order_by=(calls.c.started_at, calls.c.call_id)
    )
    mine = calls.c.customer_id == customer_id if customer_id else calls.c.customer_id.is_not(None)
    one = (
        select(calls.c.call_id, calls.c.ended_at, calls.c.resolved, following.label("next_at"))
        .where(mine, counting(calls.c.call_id))
        .subquery("one")
    )
    soon = _epoch_s(one.c.next_at) - _epoch_s(one.c.ended_at) <= FCR_WINDOW_S
    return select(one.c.call_id).where(one.c.resolved, soon).subquery("back")


def _epoch_s(at: ColumnElement[Any]) -> Any:
    return func.extract("epoch", at)


def _age_s(at: ColumnElement[Any], basis: Basis) -> Any:
    return basis.now.timestamp() - _epoch_s(at)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
