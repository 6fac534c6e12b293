"""Plotly figures of a call."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.calls.call import Call
from core.calls.events import Party
from core.calls.latency import STAGES, StageTime

PARTY_COLOURS: dict[Party, str] = {"customer": "#3b6fd4", "agent": "#2f9e77"}
ENVELOPE_POINTS = 2_000


def waveform(pcm: Pcm, segments_s: Sequence[tuple[float, float]], party: Party) -> go.Figure:
    """One party's sound (mono s16 at `SPEECH_RATE_HZ`) with its speech segments shaded."""
    colour = PARTY_COLOURS[party]
    step = max(1, len(pcm) // ENVELOPE_POINTS)
    whole = pcm[: len(pcm) // step * step].reshape(-1, step).astype(np.float64) / 32768.0
    time_s = np.arange(len(whole)) * step / SPEECH_RATE_HZ
    figure = go.Figure()
    for edge in (whole.max(axis=1), whole.min(axis=1)):
        figure.add_scatter(x=time_s, y=edge, line={"color": colour, "width": 1}, fill="tonexty", showlegend=False)
    for start_s, end_s in segments_s:
        figure.add_vrect(x0=start_s, x1=end_s, fillcolor=colour, opacity=0.15, line_width=0)
    figure.update_layout(
        title=party.capitalize(), xaxis_title="seconds", yaxis_title="amplitude", height=260, margin={"t": 40}
    )
    return figure


def latency(times: Sequence[StageTime]) -> go.Figure:
    """How long each stage took, one point per wait."""
    figure = go.Figure()
    for stage in STAGES:
        waits_ms = [time.duration_s * 1000 for time in times if time.stage == stage]
        if waits_ms:
            figure.add_box(x=waits_ms, name=stage, boxpoints="all", showlegend=False)
    figure.update_layout(title="Latency per stage", xaxis_title="milliseconds", height=320, margin={"t": 40, "l": 230})
    return figure


def timeline(call: Call) -> go.Figure:
    """Who spoke when, and when suggestions came."""
    figure = go.Figure()
    for party, colour in PARTY_COLOURS.items():
        lines = [line for line in call.transcript if line.speaker == party]
        figure.add_bar(
            y=[party] * len(lines),
            x=[(line.end_s or line.start_s) - line.start_s for line in lines],
            base=[line.start_s for line in lines],
            orientation="h",
            marker_color=colour,
            name=party,
            hovertext=[line.text for line in lines],
        )
    cards = [card for card in call.suggestions.values() if card.state != "discarded"]
    figure.add_scatter(
        y=["assistant"] * len(cards),
        x=[card.started_s for card in cards],
        mode="markers",
        marker={"color": "#c2571a", "symbol": "diamond", "size": 10},
        name="assistant",
        hovertext=[card.message for card in cards],
    )
    figure.update_layout(xaxis_title="seconds", height=260, margin={"t": 20}, barmode="overlay")
    return figure
