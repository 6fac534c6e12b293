"""When in the week calls come."""

from sqlalchemy import Engine, Integer, cast, extract, func, select

from core.insights.metrics import Basis
from core.insights.overview import CallFilter, overview
from core.insights.reading import reading

DAYS, HOURS = 7, 24


def rhythm(engine: Engine, calls: CallFilter, basis: Basis) -> list[list[int]]:
    """How many calls began in each hour of the viewer's week: a row of 24 for each day, Monday first."""
    rows = overview()
    local = func.timezone(basis.zone.key, rows.c.started_at)
    day, hour = (cast(extract(part, local), Integer).label(part) for part in ("isodow", "hour"))
    query = select(day, hour, func.count().label("calls")).where(*calls.on(rows)).group_by(day, hour)
    week = [[0] * HOURS for _ in range(DAYS)]
    with reading(engine) as connection:
        for found in connection.execute(query):
            week[found.isodow - 1][found.hour] = found.calls
    return week
