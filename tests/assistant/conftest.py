from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from conversation import Conversation

from core.assistant.alert_rules import AlertBook, load_alerts
from core.assistant.rules import Rulebook, load_rules
from core.assistant.vocabulary import Vocabulary
from core.customers.store import CustomerStore
from core.database import open_database
from data.seed import seed

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CustomerStore]:
    """The demo world of 5 January 2026, for tests that only read."""
    engine = open_database(f"duckdb:///{tmp_path_factory.mktemp('world') / 'world.duckdb'}")
    seed(engine, date(2026, 1, 5))
    yield CustomerStore(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return Vocabulary(DATA / "vocabulary.yaml")


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    return load_rules(DATA / "playbook.yaml")


@pytest.fixture(scope="session")
def alert_book() -> AlertBook:
    return load_alerts(DATA / "alerts.yaml")


@pytest.fixture
def conversation(
    store: CustomerStore, vocabulary: Vocabulary, rulebook: Rulebook, alert_book: AlertBook
) -> Conversation:
    return Conversation(store, vocabulary, rulebook, alerts=alert_book)
