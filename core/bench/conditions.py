"""What a measurement runs on: its options, a throw-away database, the machine."""

import os
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from core.bootstrap import Services, build
from core.config import Settings
from core.scenarios import Scenario
from core.speech.base import SpeechToText

MEASURED = ("john_doe", "sarah_johnson")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    settings: Settings
    """As the user has them; the database is always a temporary one."""
    evaluation: Path | None = None
    """Folder of recordings with references, where there is one."""
    together: bool = False
    """Play the demo calls at the same time instead of one after the other."""
    progress: Callable[[str], None] = lambda _: None


@contextmanager
def temporary_database() -> Iterator[str]:
    """The URL of a DuckDB file that goes with the block."""
    with TemporaryDirectory(prefix="sidetone-bench-") as folder:
        yield f"duckdb:///{Path(folder) / 'bench.duckdb'}"


@contextmanager
def temporary_services(settings: Settings, speech: SpeechToText | None = None) -> Iterator[Services]:
    """Everything a call needs, on a freshly seeded temporary database."""
    with temporary_database() as url:
        services = build(replace(settings, database_url=url), speech=speech)
        try:
            yield services
        finally:
            services.close()


def measured_calls(services: Services) -> list[Scenario]:
    """The demo calls figures are taken from: always the same two, so that they can be compared over time."""
    return [scenario for scenario in services.scenarios() if scenario.name in MEASURED]


def machine() -> str:
    """What else may explain a figure: the machine, and how busy it is."""
    busy = f", load {os.getloadavg()[0]:.1f} over the last minute" if hasattr(os, "getloadavg") else ""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}{busy}"
