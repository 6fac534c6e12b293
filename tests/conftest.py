"""Fixtures every test may use."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine

from core.bootstrap import Services, build
from core.calls.log import EventLog
from core.clock import ManualClock, SystemClock
from core.config import Settings
from core.database import open_database
from core.speech import models
from core.speech.scripted import ScriptedEngine
from data.seed import seed_if_empty

# The same examples in every run, so that a change is not blamed for what another run happens to find, however long one
# takes. `--hypothesis-profile=searching` looks for new ones.
hypothesis_settings.register_profile("repeatable", deadline=None, derandomize=True)
hypothesis_settings.register_profile("searching", deadline=None)
hypothesis_settings.load_profile("repeatable")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with every table and nothing in them, to be copied."""
    path = tmp_path_factory.mktemp("world") / "empty.duckdb"
    open_database(f"duckdb:///{path}").dispose()
    return path


@pytest.fixture
def database(tmp_path: Path, empty: Path) -> Iterator[Engine]:
    copyfile(empty, tmp_path / "test.duckdb")
    engine = open_database(f"duckdb:///{tmp_path / 'test.duckdb'}")
    yield engine
    engine.dispose()


@pytest.fixture
def event_log(database: Engine, clock: ManualClock) -> Iterator[EventLog]:
    log = EventLog(database, clock)
    yield log
    log.close()


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the demo world in it, to be copied: making one takes longer than most tests."""
    path = tmp_path_factory.mktemp("world") / "seeded.duckdb"
    engine = open_database(f"duckdb:///{path}")
    seed_if_empty(engine, SystemClock().now().date(), Settings().seed)
    engine.dispose()
    return path


@pytest.fixture
def broken_sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded engine's models are to be made from files with a mistake."""
    for folder in ("sentences", "wider"):
        (tmp_path / folder).mkdir()
    for name in ("sentences/calls.txt", "wider/things.txt", *models.OTHER_FILES):
        (tmp_path / name).write_text("(\n")
    monkeypatch.setattr(models, "SPEECH_FOLDER", tmp_path)


@pytest.fixture
def services(tmp_path: Path, seeded: Path) -> Iterator[Services]:
    """Everything, on a fresh seeded database, hearing nothing: tests say what the engine hears."""
    copyfile(seeded, tmp_path / "sidetone.duckdb")
    settings = Settings(
        database_url=f"duckdb:///{tmp_path / 'sidetone.duckdb'}", recordings_path=tmp_path / "recordings"
    )
    built = build(settings, speech=ScriptedEngine([]))
    yield built
    built.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first: the last of them would keep one process busy while the others have nothing."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
