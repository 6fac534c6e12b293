"""Opening the database, and what is said when it cannot be opened."""

from pathlib import Path

import pytest
from sqlalchemy import inspect, text

import core.bootstrap  # noqa: F401 - brings every table in
from core.database import open_database
from core.errors import ConfigurationError, StorageError

TABLES = {
    "customers",
    "calls",
    "transcripts",
    "ai_suggestions",
    "orders",
    "tickets",
    "products",
    "policies",
    "call_events",
}


def test_a_new_file_gets_every_table(tmp_path: Path) -> None:
    engine = open_database(f"duckdb:///{tmp_path / 'deep' / 'new.duckdb'}")
    assert set(inspect(engine).get_table_names()) >= TABLES
    engine.dispose()


def test_what_is_no_database_is_one_clear_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.duckdb"
    broken.write_text("not a database at all" * 100)
    for url, error in {
        "nonsense": ConfigurationError,
        f"duckdb:///{broken}": StorageError,
        "mysql+nodriver://localhost/x": StorageError,
    }.items():
        with pytest.raises(error) as raised:
            open_database(url)
        assert "\n" not in str(raised.value)


def test_tables_of_an_earlier_version_get_their_new_columns(tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path / 'old.duckdb'}"
    engine = open_database(url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE ai_suggestions DROP COLUMN edited"))
        connection.execute(
            text(
                "INSERT INTO ai_suggestions (suggestion_id, call_id, kind, priority, rule, assistant, state, message, "
                "started_s) VALUES ('s', 'c', 'info', 'tip', 'r', 'playbook', 'used', 'Hello.', 1.0)"
            )
        )
    engine.dispose()
    again = open_database(url)
    with again.connect() as connection:
        assert connection.execute(text("SELECT message, edited FROM ai_suggestions")).one() == ("Hello.", None)
    again.dispose()
