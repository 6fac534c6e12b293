"""How long each stage of the assistant took, over many calls."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from math import floor

from sqlalchemy import Engine, Integer, cast, func, select

from core.calls.latency import STAGES
from core.calls.records import LatencyRow, table
from core.insights.overview import CallFilter, overview
from core.insights.reading import read

TICKS_PER_MS = 10
"""Waits are told apart to a tenth of a millisecond."""


@dataclass(frozen=True, slots=True)
class StageLatency:
    """A stage of `core.calls.latency`, in milliseconds."""

    stage: str
    n: int
    p50_ms: float
    p95_ms: float


def latencies(engine: Engine, calls: CallFilter) -> list[StageLatency]:
    """Percentiles per stage, in the order of the stages; stages that nobody waited for are left out.

    Raises StorageError.
    """
    waits, chosen = table(LatencyRow), overview()
    # Counting waits that are alike takes half as long as putting millions of them in order.
    ticks = cast(waits.c.duration_s * (1000 * TICKS_PER_MS), Integer).label("ticks")
    query = (
        select(waits.c.stage, ticks, func.count().label("n"))
        .where(waits.c.call_id.in_(select(chosen.c.call_id).where(*calls.on(chosen))))
        .group_by(waits.c.stage, ticks)
    )
    counts: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for row in read(engine, query):
        counts[row.stage][row.ticks] = row.n
    return [
        StageLatency(stage, sum(found.values()), *(percentile(found, share) / TICKS_PER_MS for share in (0.5, 0.95)))
        for stage in STAGES
        if (found := counts.get(stage))
    ]


def percentile(counts: Mapping[int, int], share: float) -> float:
    """The value below which `share` of the values lie, between two values in proportion; each is there so many times.

    Raises ValueError when there are none.
    """
    if not counts:
        raise ValueError("there is no percentile of nothing")
    values = sorted(counts)
    behind = list(accumulate(counts[value] for value in values))
    place = share * (behind[-1] - 1)
    before = floor(place)
    low = values[bisect_right(behind, before)]
    high = values[bisect_right(behind, min(before + 1, behind[-1] - 1))]
    return low + (high - low) * (place - before)
