from collections.abc import Iterator
from datetime import date

import pytest

from core.customers.store import CustomerStore
from core.database import open_database
from data.seed import seed


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CustomerStore]:
    """The demo world of 5 January 2026, for tests that only read."""
    engine = open_database(f"duckdb:///{tmp_path_factory.mktemp('world') / 'world.duckdb'}")
    seed(engine, date(2026, 1, 5))
    yield CustomerStore(engine)
    engine.dispose()
