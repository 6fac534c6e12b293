"""How long each stage of the assistant took, over many calls."""

from dataclasses import dataclass

from sqlalchemy import ARRAY, Double, Engine, func, literal, select, type_coerce

from core.calls.latency import STAGES
from core.calls.records import LatencyRow, table
from core.insights.overview import CallFilter, overview


@dataclass(frozen=True, slots=True)
class StageLatency:
    """A stage of `core.calls.latency`, in milliseconds."""

    stage: str
    n: int
    p50_ms: float
    p95_ms: float


def latencies(engine: Engine, calls: CallFilter) -> list[StageLatency]:
    """Percentiles per stage, in the order of the stages; stages that nobody waited for are left out."""
    waits, chosen = table(LatencyRow), overview()
    # Asked for together, because each takes as long as both.
    both = func.percentile_cont(literal([0.5, 0.95], ARRAY(Double))).within_group(waits.c.duration_s)
    query = (
        select(
            waits.c.stage,
            func.count().label("n"),
            type_coerce(both, ARRAY(Double)).label("both_s"),
        )
        .where(waits.c.call_id.in_(select(chosen.c.call_id).where(*calls.on(chosen))))
        .group_by(waits.c.stage)
    )
    with engine.connect() as connection:
        found = {
            row.stage: StageLatency(row.stage, row.n, 1000 * row.both_s[0], 1000 * row.both_s[1])
            for row in connection.execute(query)
        }
    return [found[stage] for stage in STAGES if stage in found]
