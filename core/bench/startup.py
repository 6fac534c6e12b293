"""How long the app takes to come up, after set-up."""

from core.bench.conditions import Options
from core.bench.measurement import Limit, Measurement
from core.bench.server import running_server

ROUNDS = 3


def measure(options: Options) -> list[Measurement]:
    """Seconds from the start of the process to the first answers: the page's, and that of the services behind it."""
    page_s, health_s = [], []
    for _ in range(ROUNDS):
        with running_server(options.settings.seed) as server:
            page_s.append(server.answers_after_s("/"))
            health_s.append(server.answers_after_s("/api/health"))
    limits = (Limit("max", 5.0),)
    note = "`python -m core serve` on a seeded database; the page is counted when its HTML has been read"
    return [
        Measurement(what="start → first page", unit="s", values=tuple(page_s), limits=limits, note=note),
        Measurement(what="start → /api/health", unit="s", values=tuple(health_s), limits=limits, note=note),
    ]
