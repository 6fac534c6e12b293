"""Fixtures every test may use."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from core.bootstrap import Services, build
from core.calls.log import EventLog
from core.clock import ManualClock
from core.config import Settings
from core.database import open_database
from core.speech.scripted import ScriptedEngine


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"duckdb:///{tmp_path / 'test.duckdb'}")
    yield engine
    engine.dispose()


@pytest.fixture
def event_log(database: Engine, clock: ManualClock) -> Iterator[EventLog]:
    log = EventLog(database, clock)
    yield log
    log.close()


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Everything, on a fresh seeded database, hearing nothing: tests say what the engine hears."""
    settings = Settings(database_url=f"duckdb:///{tmp_path / 'sidetone.duckdb'}")
    built = build(settings, speech=ScriptedEngine([]))
    yield built
    built.close()
