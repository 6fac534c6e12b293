"""The parts of the dashboard: the whole floor, its agents, its customers, its assistant."""

import streamlit as st

from core.bootstrap import Services
from core.insights import board
from core.insights.behind import agent_calls, calls_at, disposition_calls, tier_calls, topic_calls
from core.insights.kpi_tiles import DETAILS, HEADLINES, tiles
from core.insights.metrics import (
    KPI_HELP,
    Kpis,
    SuggestionFunnel,
    by,
    dispositions,
    funnel,
    kpis,
    latencies,
    series,
    topics_trend,
)
from core.insights.rhythm import rhythm
from pages.dashboard_charts import draw, show_tiles
from pages.dashboard_filters import Choice


def headlines(now: Kpis, before: Kpis) -> None:
    """The KPIs of the calls chosen against those of the period before."""
    against = "the period before, as long and up to the same time of day"
    show_tiles(tiles(now, before, HEADLINES), "headlines", against)
    with st.expander("More figures", icon=":material/add_chart:"):
        show_tiles(tiles(now, before, DETAILS), "details", against)


def floor(services: Services, choice: Choice) -> None:
    """How the floor did over time."""
    engine, basis = services.database, choice.basis
    points = series(engine, choice.now, basis, choice.bucket)
    earlier = series(engine, choice.before, basis, choice.bucket)
    left, right = st.columns(2, gap="large")
    with left:
        draw(board.kpi_over_time("calls", points, earlier), "calls", calls_at(choice.now, choice.bucket))
        draw(board.handle_time_over_time(points), "aht", calls_at(choice.now, choice.bucket))
    with right:
        draw(board.kpi_over_time("service_level", points, earlier, basis.targets), "service")
        draw(board.week(rhythm(engine, choice.now, basis)), "week")
    drawn = {"calls", "service_level", "aht_s"}
    others = [name for name in KPI_HELP if name not in drawn]
    wanted = st.selectbox(
        "Another figure over time",
        others,
        others.index("csat"),
        format_func=lambda name: KPI_HELP[name].label,
        key="figure",
        bind="query-params",
    )
    draw(board.kpi_over_time(wanted, points, earlier), "other")


def customers(services: Services, choice: Choice) -> None:
    """What calls were about, how they ended, and how customers felt."""
    engine, basis = services.database, choice.basis
    topics = by(engine, choice.now, basis, "topic")
    names = [str(group.value) for group in topics]
    left, right = st.columns(2, gap="large")
    with left:
        earlier = by(engine, choice.before, basis, "topic")
        draw(board.kpi_by("calls", topics, earlier, "Topics"), "topics", topic_calls(choice.now), names)
        ended = dispositions(engine, choice.now)
        draw(
            board.dispositions(ended, dispositions(engine, choice.before)),
            "dispositions",
            disposition_calls(choice.now),
            [one.disposition for one in ended if one.disposition],
        )
    with right:
        draw(board.topic_trend(topics_trend(engine, choice.now, basis, choice.bucket)), "trend")
        draw(board.mood(topics), "mood-topics", topic_calls(choice.now), names)
    tiers = by(engine, choice.now, basis, "tier")
    tier_names = [str(group.value) for group in tiers]
    left, right = st.columns(2, gap="large")
    with left:
        draw(board.kpi_by("calls", tiers, title="Calls by tier"), "tiers", tier_calls(choice.now), tier_names)
    with right:
        draw(board.kpi_by("csat", topics, title="CSAT by topic"), "csat-topics", topic_calls(choice.now), names)


def assistant(services: Services, choice: Choice) -> None:
    """What the assistant suggested, what became of it, and how long it took."""
    engine, basis = services.database, choice.basis
    cards = funnel(engine, choice.now)
    if not cards.total.written:
        st.info("No suggestions in these calls. They appear here when the assistant has helped in calls.")
    else:
        suggestions(cards)
    agents = by(engine, choice.now, basis, "agent")
    topics = by(engine, choice.now, basis, "topic")
    names = [str(group.value) for group in agents]
    left, right = st.columns(2, gap="large")
    with left:
        draw(
            board.kpi_by("checklist", agents, title="Checklist by agent"),
            "checklist",
            agent_calls(choice.now),
            names,
        )
        draw(board.latency(latencies(engine, choice.now)), "latency")
    with right:
        draw(
            board.kpi_by("alerts", topics, title="Alerts per call by topic"),
            "alerts",
            topic_calls(choice.now),
            [str(group.value) for group in topics],
        )


def suggestions(cards: SuggestionFunnel) -> None:
    total = cards.total
    with st.container(key="suggestion-tiles"):
        st.metric("Suggestions shown", f"{total.shown:,}", border=True, help="Written and not taken back.")
        used = "–" if total.use_rate is None else f"{100 * total.use_rate:.0f} %"
        st.metric("Used", used, border=True, help="Used ÷ shown.")
        edited = f"{100 * total.edited / total.used:.0f} %" if total.used else "–"
        st.metric("Edited before use", edited, border=True, help="Used in other words than written ÷ used.")
        time_s = "–" if total.time_to_use_s is None else f"{total.time_to_use_s:.1f} s"
        st.metric("Time to use", time_s, border=True, help="Median time from the complete card to its use.")
    left, right = st.columns(2, gap="large")
    with left:
        draw(board.funnel(cards.by_rule, "Suggestions by rule"), "rules")
    with right:
        draw(board.funnel(cards.by_source, "Suggestions by source"), "sources")
        draw(board.time_to_use(cards.by_rule, "Time to use by rule"), "time-to-use")


def totals(services: Services, choice: Choice) -> tuple[Kpis, Kpis]:
    """The KPIs of the period and of the one before."""
    engine, basis = services.database, choice.basis
    return kpis(engine, choice.now, basis), kpis(engine, choice.before, basis)
