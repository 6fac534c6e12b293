"""Agents' states as they are stored."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from core.calls.records import table
from core.database import open_database
from core.errors import StorageError
from core.routing.records import AgentStateRow, keep_in


def test_states_are_stored_and_a_refusal_is_an_error(tmp_path: Path) -> None:
    database = open_database(f"duckdb:///{tmp_path / 'states.duckdb'}")
    keep = keep_in(database)
    at = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    row = AgentStateRow(change_id="state_1", agent="Ann", state="available", at=at)
    later = AgentStateRow(change_id="state_2", agent="Ann", state="away", reason="did not answer", at=at)
    keep([row, later])
    states = table(AgentStateRow)
    with database.connect() as connection:
        stored = connection.execute(select(states).order_by(states.c.change_id)).all()
    assert [(one.agent, one.state, one.reason) for one in stored] == [
        ("Ann", "available", ""),
        ("Ann", "away", "did not answer"),
    ]
    with pytest.raises(StorageError, match="agents' states cannot be stored"):
        keep([row])
    database.dispose()
