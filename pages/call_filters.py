"""Which calls a page shows: read from its address, chosen with widgets, written back to the address."""

from collections.abc import Callable, Sequence
from datetime import date, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from core.bootstrap import Services
from core.insights.address import MOODS, NAMES, filter_of, last_day
from core.insights.listing import choices
from core.insights.overview import CallFilter

CHOICES_KEPT_S = 60
CHANNELS = ("voice", "chat")
MANY = {"agent": "Agent", "topic": "Topic", "tier": "Tier", "disposition": "Disposition"}


def viewer_zone() -> tzinfo:
    """The viewer's time zone, where the browser tells it."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def address_pairs() -> list[tuple[str, str]]:
    return [(name, value) for name in st.query_params for value in st.query_params.get_all(name)]


def chosen_calls(zone: tzinfo) -> CallFilter:
    """The calls the address names. Raises ConfigurationError."""
    return filter_of(address_pairs(), zone)


def show_all() -> None:
    """Take every filter out of the address."""
    for name in NAMES:
        if name in st.query_params:
            del st.query_params[name]


def filter_bar(services: Services, chosen: CallFilter, zone: tzinfo) -> None:
    """Widgets for everything there is to choose by."""
    words, days, more = st.columns([4, 3, 2], vertical_alignment="bottom")
    with words:
        _follow("words", chosen.words)
        st.text_input(
            "Search what was said, and summaries",
            placeholder='refund "last bill"',
            icon=":material/search:",
            help="Finds calls with all the words. A word also finds longer ones that begin with it: refund finds "
            "refunded. Put quotes around words that follow each other. What was translated is found in both languages.",
            key=_key("words"),
            on_change=_to_address,
            args=("words",),
        )
    with days:
        _date_range(chosen, zone)
    filters = sum(name in st.query_params for name in NAMES if name not in ("words", "since", "until"))
    with more.popover(f"Filters ({filters})" if filters else "Filters", icon=":material/filter_list:", width="stretch"):
        _other_filters(services, chosen)


def _other_filters(services: Services, chosen: CallFilter) -> None:
    given = {
        "agent": chosen.agents,
        "topic": chosen.topics,
        "tier": chosen.tiers,
        "disposition": chosen.dispositions,
    }
    _follow("customer", chosen.customer)
    st.text_input("Customer", placeholder="Name or id", key=_key("customer"), on_change=_to_address, args=("customer",))
    for name, label in MANY.items():
        _several(st.multiselect, name, label, _choices(services, name), given[name])
    _several(st.pills, "channel", "Channel", CHANNELS, chosen.channels, selection_mode="multi")
    _several(st.pills, "mood", "Customer's sentiment (inferred)", MOODS, chosen.moods, selection_mode="multi")
    for name, label, is_on in (("flagged", "Flagged", chosen.flagged), ("alert", "Has an alert", chosen.with_alert)):
        _follow(name, is_on)
        st.toggle(label, key=_key(name), on_change=_to_address, args=(name,))
    st.button("Show all calls", icon=":material/filter_list_off:", on_click=show_all)


def _several(
    widget: Callable[..., Any],
    name: str,
    label: str,
    options: Sequence[str],
    given: Sequence[str],
    **settings: Any,
) -> None:
    _follow(name, list(given))
    known = list(dict.fromkeys([*options, *given]))
    widget(label, known, key=_key(name), on_change=_to_address, args=(name,), **settings)


def _date_range(chosen: CallFilter, zone: tzinfo) -> None:
    first = chosen.since.astimezone(zone).date() if chosen.since else None
    last = last_day(chosen.until, zone) if chosen.until else None
    if first or last:
        days: tuple[date, ...] = (first or date(2000, 1, 1), last or max(date.today(), first or date.min))
    else:
        days = ()
    _follow("days", days)
    st.date_input("From – to", key=_key("days"), on_change=_days_to_address, format="YYYY-MM-DD")


def _days_to_address() -> None:
    days = st.session_state[_key("days")]
    if len(days) == 1:
        return
    for name, day in zip(("since", "until"), days or (None, None), strict=True):
        _write(name, day.isoformat() if day else "")


def _to_address(name: str) -> None:
    value = st.session_state[_key(name)]
    _write(name, "1" if value is True else value or "")


def _write(name: str, value: str | list[str]) -> None:
    if value:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def _follow(name: str, value: Any) -> None:
    """Let a widget show what the address says, unless the address has not changed: it may be half filled in."""
    key, shown = _key(name), f"shown-{name}"
    if key not in st.session_state or st.session_state.get(shown) != value:
        st.session_state[key] = st.session_state[shown] = value


def _key(name: str) -> str:
    return f"filter-{name}"


def _choices(services: Services, name: str) -> list[str]:
    return _cached_choices(str(services.database.url), name, services)


@st.cache_data(ttl=CHOICES_KEPT_S, show_spinner=False)
def _cached_choices(database: str, name: str, _services: Services) -> list[str]:
    return choices(_services.database, name)
