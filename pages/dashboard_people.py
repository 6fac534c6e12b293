"""Agents beside each other, one agent alone, and one customer over time."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

import pandas as pd
import streamlit as st

from core.bootstrap import Services
from core.insights import board
from core.insights.behind import address, agent_calls, calls_at
from core.insights.callers import callers
from core.insights.kpi_tiles import HEADLINES, tiles
from core.insights.metrics import KPI_HELP, Kpis, Standing, by, customer_history, kpis, leaderboard, series
from core.insights.scorecards.results import scores_by
from pages.dashboard_charts import draw, show_tiles
from pages.dashboard_filters import Choice
from pages.literal import literal

RANKED_BY = ("csat", "resolution", "fcr", "aht_s", "checklist", "sentiment_end", "occupancy", "handled")
SHOWN = ("handled", "aht_s", "resolution", "fcr", "csat", "sentiment_end", "checklist", "occupancy")
OF_AGENTS = tuple(name for name in HEADLINES if name not in ("service_level", "abandonment"))


def agents(services: Services, choice: Choice) -> None:
    """The leaderboard, and what handle time and mood look like per agent."""
    engine, basis = services.database, choice.basis
    st.markdown("##### Leaderboard")
    kpi = st.selectbox(
        "Ranked by",
        RANKED_BY,
        format_func=lambda name: KPI_HELP[name].label,
        key="rank",
        bind="query-params",
        help="Agents with fewer than five calls have no place: chance would put them there.",
    )
    standings = leaderboard(engine, choice.now, basis, kpi)
    picked = st.dataframe(
        pd.DataFrame([_row(standing) for standing in standings]),
        column_config=_columns(),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="leaderboard",
        alt="Agents by " + KPI_HELP[kpi].label,
    )
    rows = picked["selection"]["rows"]
    chosen = standings[rows[0]].agent if rows and rows[0] < len(standings) else None
    if chosen is None:
        st.caption("Choose a row to see one agent beside the team.")
    else:
        one_agent(services, choice, chosen, standings)
    groups = by(engine, choice.now, basis, "agent")
    names = [str(group.value) for group in groups]
    left, right = st.columns(2, gap="large")
    with left:
        draw(board.handle_time(groups), "aht-agents", agent_calls(choice.now), names)
    with right:
        draw(board.mood(groups), "mood-agents", agent_calls(choice.now), names)
    rated = scores_by(engine, choice.now, "agent", basis.zone)
    if rated:
        draw(board.scores(rated), "scores", agent_calls(choice.now), [str(group.value) for group in rated])


def one_agent(services: Services, choice: Choice, agent: str, standings: Sequence[Standing]) -> None:
    """An agent's figures against their own of the period before, and over time."""
    engine, basis = services.database, choice.basis
    own, earlier = replace(choice.now, agents=(agent,)), replace(choice.before, agents=(agent,))
    with st.container(border=True):
        place = next((one.place for one in standings if one.agent == agent), None)
        st.markdown("##### " + literal(agent) + (f" · place {place}" if place else ""))
        now = kpis(engine, own, basis)
        show_tiles(tiles(now, kpis(engine, earlier, basis), OF_AGENTS), "agent-tiles", "their period before")
        points = series(engine, own, basis, choice.bucket)
        before = series(engine, earlier, basis, choice.bucket)
        left, right = st.columns(2, gap="large")
        with left:
            draw(board.kpi_over_time("handled", points, before), "agent-calls", calls_at(own, choice.bucket))
        with right:
            draw(board.kpi_over_time("aht_s", points, before), "agent-aht")
        with st.container(horizontal=True):
            st.page_link(
                "pages/calls.py", label="Open their calls", icon=":material/history:", query_params=address(own)
            )
            st.button(
                "Show the whole page for them alone",
                icon=":material/person:",
                on_click=lambda: st.session_state.update({"agents": [agent]}),
            )


def one_customer(services: Services, choice: Choice) -> None:
    """What a customer went through, whatever the dates above."""
    st.markdown("##### One customer over time")
    words = st.text_input(
        "Customer", placeholder="Name or id", icon=":material/search:", key="caller", bind="query-params"
    ).strip()
    if not words:
        st.caption("Write a name to see all calls of that customer.")
        return
    found = callers(services.database, words)
    if not found:
        st.info("No customer of that name has called.", icon=":material/search_off:")
        return
    customer = found[0]
    if len(found) > 1:
        customer = st.selectbox(
            "Which one", found, format_func=lambda one: f"{one.name} · {one.customer_id} · {one.calls} calls"
        )
    history = customer_history(services.database, customer.customer_id, choice.basis)
    st.markdown(f"**{literal(customer.name)}** · {customer.calls} calls")
    names = ("calls", "resolution", "aht_s", "asa_s", "csat", "sentiment_end")
    show_tiles(tiles(history.kpis, Kpis(), names), "customer-tiles", "earlier times: these are all calls")
    rows = [
        {
            "Open": f"replay?call={quote(call.call_id)}",
            "Started": call.started_at.astimezone(choice.basis.zone),
            "Channel": call.channel,
            "Agent": call.agent,
            "Reason": call.reason,
            "Disposition": call.disposition or "",
            "Rating": call.rating,
            "Mood": call.sentiment,
            "Duration": call.duration_s,
        }
        for call in history.calls
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={
            "Open": st.column_config.LinkColumn(display_text="Replay"),
            "Started": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
            "Duration": st.column_config.NumberColumn(format="%.0f s"),
            "Mood": st.column_config.NumberColumn(format="%.2f", help="Inferred from words, -1 to 1"),
            "Rating": st.column_config.NumberColumn(help="The customer's own, 1 to 5"),
        },
    )


def _row(standing: Standing) -> dict[str, object]:
    values = {name: standing.kpis.value(name) for name in SHOWN}
    return {"Place": standing.place, "Agent": standing.agent} | {
        name: 100 * value if value is not None and KPI_HELP[name].unit == "%" else value
        for name, value in values.items()
    }


def _columns() -> dict[str, object]:
    formats = {"%": "%.0f %%", "s": "%.0f s", "-1 to 1": "%.2f"}
    return {
        name: st.column_config.NumberColumn(
            KPI_HELP[name].label, help=KPI_HELP[name].formula, format=formats.get(KPI_HELP[name].unit)
        )
        for name in SHOWN
    }
