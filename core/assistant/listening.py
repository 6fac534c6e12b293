"""How a call sounds: how long nobody has spoken, and how much both spoke at once. Computed from the call alone."""

from collections.abc import Iterable

from core.calls.call import Call
from core.calls.events import PARTIES, Party

WINDOW_S = 30.0
"""How far back talking over each other is looked for."""
_LEAST_S = 2.0
"""Shorter overlaps in the window are the "yes" and "mhm" of listening."""
Spans = list[tuple[float, float]]


def silence_s(call: Call) -> float:
    """Seconds since anybody last spoke, as of `call.offset_s`; 0 while somebody speaks and before anybody has."""
    if not call.utterances or any(one.end_s is None and not one.final for one in call.utterances.values()):
        return 0.0
    return max(0.0, call.offset_s - max(one.end_s or one.start_s for one in call.utterances.values()))


def talk_over_share(call: Call, window_s: float = WINDOW_S) -> float:
    """Share of the speech of the last `window_s` seconds in which both parties spoke; 0 when that was hardly any."""
    spoken = {party: _spans(call, party, call.offset_s - window_s) for party in PARTIES}
    both = _length((max(a, c), min(b, d)) for a, b in spoken["customer"] for c, d in spoken["agent"])
    if both < _LEAST_S:
        return 0.0
    return both / (_length(spoken["customer"]) + _length(spoken["agent"]) - both)


def _spans(call: Call, party: Party, since_s: float) -> Spans:
    """When a party spoke, in order and without overlaps of its own."""
    lines = sorted(
        (u.start_s, call.offset_s if u.end_s is None else u.end_s)
        for u in call.utterances.values()
        if u.speaker == party
    )
    spans: Spans = []
    for start_s, end_s in ((max(start_s, since_s), end_s) for start_s, end_s in lines):
        if spans and start_s <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end_s))
        elif end_s > start_s:
            spans.append((start_s, end_s))
    return spans


def _length(spans: Iterable[tuple[float, float]]) -> float:
    return sum(max(0.0, end_s - start_s) for start_s, end_s in spans)
