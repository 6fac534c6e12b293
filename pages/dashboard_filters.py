"""Which calls the dashboard is about, kept in its address."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from core.bootstrap import Services
from core.insights.board import bucket_for, period_before
from core.insights.listing import choices
from core.insights.metrics import Basis, Bucket, Period, days, targets_of
from core.insights.overview import CallFilter
from pages.call_filters import viewer_zone

PERIODS = {"Today": 1, "7 days": 7, "30 days": 30, "90 days": 90}
OTHER_DAYS = "Other days"
CHANNELS = ("voice", "chat")


@dataclass(frozen=True)
class Choice:
    """The calls meant, and those of the period before to compare them with."""

    basis: Basis
    now: CallFilter
    before: CallFilter
    words: str
    """The period as people say it."""

    @property
    def bucket(self) -> Bucket:
        """The step in which something over time is drawn."""
        return bucket_for(self.now)

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day of the period."""
        assert self.now.since is not None
        assert self.now.until is not None
        return self.now.since.date(), (self.now.until - timedelta(microseconds=1)).date()


def choose(services: Services) -> Choice:
    """The filters at the top of the page.

    In the address they have other names than on the calls page: Streamlit takes what a page's widgets are bound to out
    of the address of every link that leaves the page.
    """
    zone = viewer_zone()
    now = services.clock.now().astimezone(zone)
    basis = Basis(now, targets_of(services.rules, services.checklist), zone)
    with st.container(key="dashboard-filters"):
        period = _period(now, zone)
        columns = st.columns(4)
        calls = CallFilter(
            agents=tuple(_several(columns[0], services, "agent", "Agents")),
            topics=tuple(_several(columns[1], services, "topic", "Topics")),
            tiers=tuple(_several(columns[2], services, "tier", "Tiers")),
            channels=tuple(
                columns[3].multiselect(
                    "Channels",
                    CHANNELS,
                    placeholder="All channels",
                    key="channels",
                    bind="query-params",
                )
            ),
        )
    return choice(basis, period, calls)


def choice(basis: Basis, period: Period, calls: CallFilter) -> Choice:
    before = period_before(period, basis.now)
    return Choice(basis, period.of(calls), before.of(calls), _said(period))


def _period(now: datetime, zone: ZoneInfo) -> Period:
    wanted = st.segmented_control(
        "Period",
        [*PERIODS, OTHER_DAYS],
        default="7 days",
        required=True,
        key="range",
        bind="query-params",
    )
    today = now.date()
    if wanted in PERIODS:
        return days(today - timedelta(days=PERIODS[wanted] - 1), today, zone)
    chosen = st.date_input(
        "From and to",
        (today - timedelta(days=13), today),
        max_value=today,
        format="YYYY-MM-DD",
        key="dates",
        bind="query-params",
    )
    # While only the first day is chosen, it is the last one, too.
    both = chosen if isinstance(chosen, tuple) and chosen else (today,)
    return days(both[0], both[-1], zone)


def _several(place: st.delta_generator.DeltaGenerator, services: Services, name: str, label: str) -> list[str]:
    return place.multiselect(
        label, choices(services.database, name), placeholder=f"All {label.lower()}", key=f"{name}s", bind="query-params"
    )


def _said(period: Period) -> str:
    first, last = period.since.date(), (period.until - timedelta(microseconds=1)).date()
    return f"{first:%-d %b %Y}" if first == last else f"{first:%-d %b} – {last:%-d %b %Y}"
