"""The report: one HTML file with everything in it, to be kept, sent and printed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import plotly.graph_objects as go
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs
from sqlalchemy import Engine

from core.insights import board
from core.insights.address import last_day
from core.insights.anomalies import Anomaly
from core.insights.board import Chart
from core.insights.kpi_tiles import DETAILS, HEADLINES, Tile, tiles
from core.insights.metrics import (
    KPI_HELP,
    Basis,
    Standing,
    by,
    dispositions,
    funnel,
    kpis,
    latencies,
    leaderboard,
    series,
    topics_trend,
)
from core.insights.metrics.definitions import shown
from core.insights.notable import NotableCall, best_calls, worst_calls
from core.insights.overview import CallFilter
from core.insights.rhythm import rhythm

TEMPLATES = Path(__file__).parent / "templates"
WIDTH_PX = 680
"""The same on the screen and on A4, so that charts print as they are drawn."""
OF_AGENTS = ("handled", "aht_s", "resolution", "csat", "sentiment_end", "checklist")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What goes into the file. Moments are in the zone of the basis."""

    first: date
    last: date
    basis: Basis
    chosen: str
    """Which calls, where not all of them, in words."""
    calls: int
    headlines: Sequence[Tile]
    details: Sequence[Tile]
    charts: Sequence[Chart]
    standings: Sequence[Standing]
    worst: Sequence[NotableCall]
    best: Sequence[NotableCall]
    anomalies: Sequence[Anomaly]
    app_url: str
    """Where calls can be opened, without a slash at the end; empty for no links."""


def gather(
    engine: Engine,
    basis: Basis,
    now: CallFilter,
    before: CallFilter,
    anomalies: Iterable[Anomaly] = (),
    *,
    app_url: str = "",
) -> Report:
    """Everything a report tells of a period (`now` and `before` need both dates). Raises StorageError."""
    if now.since is None or now.until is None:
        raise ValueError("a report needs a first and a last day")
    since, until = now.since.astimezone(basis.zone), now.until.astimezone(basis.zone)
    present, past = kpis(engine, now, basis), kpis(engine, before, basis)
    return Report(
        first=since.date(),
        last=last_day(until, basis.zone),
        basis=basis,
        chosen=in_words(now),
        calls=present.calls,
        headlines=tiles(present, past, HEADLINES),
        details=tiles(present, past, DETAILS),
        charts=_charts(engine, basis, now, before) if present.calls else (),
        standings=leaderboard(engine, now, basis),
        worst=worst_calls(engine, now),
        best=best_calls(engine, now),
        anomalies=[one for one in anomalies if since <= one.at < until],
        app_url=app_url.rstrip("/"),
    )


def render(report: Report) -> str:
    """The file: HTML that loads nothing from anywhere."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.filters |= {"kpi": _kpi, "local": lambda at: at.astimezone(report.basis.zone)}
    return environment.get_template("report.html").render(
        report=report,
        plotly=Markup(get_plotlyjs()),
        drawn=[(chart, _drawn(chart.figure, number)) for number, chart in enumerate(report.charts)],
        columns=[(name, KPI_HELP[name]) for name in OF_AGENTS],
        width_px=WIDTH_PX,
    )


def file_name(first: date, last: date) -> str:
    return f"sidetone-report-{first}-{last}.html"


def in_words(calls: CallFilter) -> str:
    """Which calls a filter leaves, dates aside; empty for all."""
    several = {"agents": calls.agents, "topics": calls.topics, "tiers": calls.tiers, "channels": calls.channels}
    return "; ".join(f"{name}: {', '.join(values)}" for name, values in several.items() if values)


def _charts(engine: Engine, basis: Basis, now: CallFilter, before: CallFilter) -> list[Chart]:
    bucket = board.bucket_for(now)
    points, earlier = series(engine, now, basis, bucket), series(engine, before, basis, bucket)
    topics, agents = by(engine, now, basis, "topic"), by(engine, now, basis, "agent")
    cards = funnel(engine, now)
    stages = latencies(engine, now)
    found = [
        board.kpi_over_time("calls", points, earlier),
        board.kpi_over_time("service_level", points, earlier, basis.targets),
        board.kpi_over_time("csat", points, earlier),
        board.handle_time(agents),
        board.mood(topics),
        board.kpi_by("calls", topics, by(engine, before, basis, "topic"), "Topics"),
        board.topic_trend(topics_trend(engine, now, basis, bucket)),
        board.dispositions(dispositions(engine, now), dispositions(engine, before)),
        board.week(rhythm(engine, now, basis)),
    ]
    if cards.total.written:
        found.append(board.funnel(cards.by_rule, "Suggestions by rule"))
    if stages:
        found.append(board.latency(stages))
    return found


def _drawn(figure: go.Figure, number: int) -> Markup:
    laid_out = go.Figure(figure)
    laid_out.update_layout(
        width=WIDTH_PX, template="plotly_white", font={"family": "system-ui, sans-serif", "color": "#1f2933"}
    )
    html = laid_out.to_html(
        full_html=False, include_plotlyjs=False, div_id=f"chart-{number}", config={"displayModeBar": False}
    )
    return Markup(html)


def _kpi(value: float | None, name: str) -> str:
    return shown(value, KPI_HELP[name].unit)
