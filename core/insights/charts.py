"""Plotly figures over many calls. They know nothing of where the numbers come from.

Labels are names or moments, figures are None where there is nothing to count. Every mark that stands for calls carries,
as its `customdata`, the name of the group it stands for, so that a click can ask for the calls behind it. Text and
background are left to whatever shows the figure, which may be light or dark; the colours here can be read on both.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import plotly.graph_objects as go

Figures = Sequence[float | None]
Label = str | datetime
BLUE, GREEN, ORANGE, PURPLE, RED, GREY = "#3f7bd9", "#2a9d78", "#d1662a", "#9066cc", "#cf4a5c", "#8b929c"
SEVERAL = (BLUE, ORANGE, GREEN, PURPLE, RED, "#8d7b1f", "#2b97ad", GREY)
DASHES = ("solid", "dot", "dash", "longdash", "dashdot", "longdashdot", "solid", "dot")
HEIGHT_PX = 300
BAR_PX = 30
CLEAR = "rgba(0,0,0,0)"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def over_time(
    moments: Sequence[Label],
    now: Figures,
    before: Figures = (),
    *,
    name: str,
    unit: str = "",
    target: float | None = None,
    bars: bool = False,
) -> go.Figure:
    """A figure per day or hour, and the previous period's drawn under the same moments."""
    figure = go.Figure()
    hover = f"%{{y:,.3~g}}{_after(unit)}"
    if bars:
        figure.add_bar(x=moments, y=now, name=name, marker_color=BLUE, customdata=moments, hovertemplate=hover)
    else:
        style = {"color": BLUE, "width": 2.5}
        figure.add_scatter(
            x=moments, y=now, name=name, mode="lines+markers", line=style, customdata=moments, hovertemplate=hover
        )
    if any(value is not None for value in before):
        # Periods of the same length may touch one bucket more or less.
        figure.add_scatter(
            x=moments[: len(before)],
            y=before[: len(moments)],
            name="Previous period",
            mode="lines",
            line={"color": GREY, "width": 2, "dash": "dot"},
            customdata=moments[: len(before)],
            hovertemplate=hover,
        )
    if target is not None:
        figure.add_hline(y=target, line={"color": GREEN, "width": 1, "dash": "dash"}, annotation_text="Target")
    figure.update_yaxes(rangemode="tozero", ticksuffix=_after(unit))
    return _dressed(figure, hovermode="x unified")


def parts(labels: Sequence[Label], series: Mapping[str, Figures], *, unit: str = "", across: bool = False) -> go.Figure:
    """Bars made of parts, such as talk, hold and after-call work; `across` lets them lie, one below the other."""
    figure = go.Figure()
    for colour, (name, values) in zip(SEVERAL, series.items(), strict=False):
        hover = f"%{{{'x' if across else 'y'}:,.3~g}}{_after(unit)}"
        placed = {"x": values, "y": labels, "orientation": "h"} if across else {"x": labels, "y": values}
        figure.add_bar(**placed, name=name, marker_color=colour, customdata=labels, hovertemplate=hover)
    figure.update_layout(barmode="stack")
    if across:
        figure.update_yaxes(autorange="reversed")
        figure.update_xaxes(ticksuffix=_after(unit))
        return _dressed(figure, height_px=_tall(len(labels)), hovermode="y unified")
    figure.update_yaxes(ticksuffix=_after(unit))
    return _dressed(figure, hovermode="x unified")


def ranked(
    labels: Sequence[str],
    now: Figures,
    before: Figures = (),
    *,
    name: str = "Calls",
    unit: str = "",
    most: float | None = None,
) -> go.Figure:
    """One lying bar per group in the order given, with the previous period's value as a mark. `most` ends the axis."""
    figure = go.Figure()
    marked = any(value is not None for value in before)
    hover = f"%{{x:,.3~g}}{_after(unit)}"
    figure.add_bar(
        x=now,
        y=labels,
        orientation="h",
        name=name,
        marker_color=BLUE,
        customdata=labels,
        # Beside the marks of the previous period, numbers could not be read.
        text=None if marked else [_short(value, unit) for value in now],
        textposition="auto",
        hovertemplate=hover,
    )
    if marked:
        figure.add_scatter(
            x=before,
            y=labels,
            mode="markers",
            name="Previous period",
            marker={"symbol": "line-ns", "size": 15, "line": {"width": 3, "color": GREY}},
            # A click takes what is nearest, which may be this.
            customdata=labels,
            hovertemplate=hover,
        )
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(rangemode="tozero", range=None if most is None else [0, most], ticksuffix=_after(unit))
    return _dressed(figure, height_px=_tall(len(labels)), hovermode="y unified")


def shift(labels: Sequence[str], start: Figures, end: Figures) -> go.Figure:
    """From where to where inferred sentiment went during calls, per group: a ring at the start, a dot at the end."""
    figure = go.Figure()
    for label, begins, ends in zip(labels, start, end, strict=True):
        if begins is not None and ends is not None:
            colour = GREEN if ends >= begins else RED
            line = {"color": colour, "width": 3}
            figure.add_scatter(
                x=[begins, ends], y=[label, label], mode="lines", line=line, showlegend=False, hoverinfo="skip"
            )
    ring = {"color": GREY, "size": 12, "symbol": "circle-open", "line": {"width": 2}}
    for name, values, marker in (("At the start", start, ring), ("At the end", end, {"color": BLUE, "size": 12})):
        figure.add_scatter(
            x=values,
            y=labels,
            mode="markers",
            name=name,
            marker=marker,
            customdata=labels,
            hovertemplate="%{x:+.2f}",
        )
    figure.add_vline(x=0, line={"color": GREY, "width": 1, "dash": "dot"})
    figure.update_xaxes(tickformat="+.1f", title="negative ← inferred sentiment → positive")
    figure.update_yaxes(autorange="reversed")
    return _dressed(figure, height_px=_tall(len(labels)) + 30, hovermode="y unified")


def trend(moments: Sequence[Label], series: Mapping[str, Figures], *, unit: str = "") -> go.Figure:
    """Several groups over time, told apart by colour and by the kind of line."""
    figure = go.Figure()
    for colour, dash, (name, values) in zip(SEVERAL, DASHES, series.items(), strict=False):
        figure.add_scatter(
            x=moments,
            y=values,
            name=name,
            mode="lines",
            line={"color": colour, "dash": dash, "width": 2.5},
            customdata=[name] * len(moments),
            hovertemplate=f"%{{y:,.3~g}}{_after(unit)}",
        )
    figure.update_yaxes(rangemode="tozero", ticksuffix=_after(unit))
    return _dressed(figure, hovermode="x unified")


def spans(labels: Sequence[str], median: Figures, high: Figures, *, unit: str) -> go.Figure:
    """From the median to the 95th percentile of each group."""
    figure = go.Figure()
    reach = [None if a is None or b is None else b - a for a, b in zip(median, high, strict=True)]
    figure.add_bar(
        x=reach,
        y=labels,
        base=median,
        orientation="h",
        name="p50 to p95",
        marker_color=BLUE,
        opacity=0.45,
        hoverinfo="skip",
    )
    written = [
        f"  {_short(a, unit)} – {_short(b, unit)}" if a is not None and b is not None else ""
        for a, b in zip(median, high, strict=True)
    ]
    for name, values, symbol, text in (("p50", median, "circle", None), ("p95", high, "diamond", written)):
        figure.add_scatter(
            x=values,
            y=labels,
            mode="markers" if text is None else "markers+text",
            name=name,
            marker={"color": BLUE, "size": 10, "symbol": symbol},
            text=text,
            textposition="middle right",
            hovertemplate=f"%{{x:,.3~g}}{_after(unit)}",
        )
    # Room for what is written behind the longest.
    longest = max((value for value in high if value is not None), default=1.0)
    figure.update_xaxes(range=[0, 1.45 * longest], ticksuffix=_after(unit))
    figure.update_yaxes(autorange="reversed")
    return _dressed(figure, height_px=_tall(len(labels)))


def week(values: Sequence[Figures], *, name: str = "calls", first_hour: int = 0, last_hour: int = 23) -> go.Figure:
    """A heat map: `values` has a row of 24 hours for each day from Monday to Sunday."""
    hours = list(range(first_hour, last_hour + 1))
    figure = go.Figure(
        go.Heatmap(
            x=[f"{hour:02d}" for hour in hours],
            y=list(WEEKDAYS),
            z=[[row[hour] for hour in hours] for row in values],
            colorscale=[[0.0, "rgba(63,123,217,0.06)"], [1.0, BLUE]],
            hovertemplate=f"%{{y}} %{{x}}:00: %{{z:,.3~g}} {name}<extra></extra>",
            xgap=2,
            ygap=2,
            colorbar={"thickness": 10, "title": {"text": name, "side": "right"}},
        )
    )
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(type="category", showgrid=False, title="hour of the day")
    return _dressed(figure)


def _dressed(figure: go.Figure, *, height_px: int = HEIGHT_PX, hovermode: str | bool = "closest") -> go.Figure:
    figure.update_layout(
        height=height_px,
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "xanchor": "left"},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        hovermode=hovermode,
        dragmode=False,
        bargap=0.25,
    )
    figure.update_xaxes(automargin=True)
    figure.update_yaxes(automargin=True)
    return figure


def _tall(bars: int) -> int:
    return 90 + BAR_PX * max(1, bars)


def _after(unit: str) -> str:
    return unit if unit == "%" else f" {unit}" if unit else ""


def _short(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    digits = 0 if value == round(value) or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}{_after(unit)}"
