"""Opening the database the settings name."""

import logging
from pathlib import Path

from sqlalchemy import Engine, inspect, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import SQLModel, create_engine

from core.errors import ConfigurationError, DatabaseLocked, StorageError

log = logging.getLogger(__name__)


def open_database(url: str) -> Engine:
    """Connect to `url` and create the tables, and in older tables the columns, that are missing.

    Raises ConfigurationError for a URL that is none, DatabaseLocked when another process holds the DuckDB file, and
    StorageError for everything else that keeps the database from opening.
    """
    try:
        parsed = make_url(url)
    except SQLAlchemyError as error:
        raise ConfigurationError(
            f"DATABASE_URL {url!r} is not a database URL; try duckdb:///data/sidetone.duckdb"
        ) from error
    if parsed.get_backend_name() == "duckdb" and parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    try:
        engine = create_engine(parsed)
        _bring_up_to_date(engine)
    except (SQLAlchemyError, ModuleNotFoundError, OSError) as error:
        raise _explained(error, parsed.database or url) from error
    return engine


def _bring_up_to_date(engine: Engine) -> None:
    """Create the tables that are missing, and the columns: one is empty, or has its default, where there are rows."""
    with engine.begin() as connection:
        # All of them at once: asked for table by table, it takes twice as long.
        there = {name: columns for (_, name), columns in inspect(connection).get_multi_columns().items()}
        tables = SQLModel.metadata.sorted_tables
        SQLModel.metadata.create_all(connection, [table for table in tables if table.name not in there])
        for table in tables:
            if table.name not in there:
                continue
            known = {column["name"] for column in there[table.name]}
            for column in table.columns:
                if column.name not in known:
                    kind = column.type.compile(dialect=engine.dialect)
                    log.info("table %s gets the column %s", table.name, column.name)
                    connection.execute(text(f'ALTER TABLE "{table.name}" ADD COLUMN "{column.name}" {kind}'))


def _explained(error: Exception, name: str) -> StorageError:
    text = str(error)
    if "lock" in text.lower():
        return DatabaseLocked(
            f"{name} is in use by another process (DuckDB admits one): stop the running app, "
            "set DATABASE_URL to a copy of the file, or read calls from the app's /api/calls"
        )
    first_line = text.splitlines()[0] if text else type(error).__name__
    return StorageError(f"cannot open the database {name}: {first_line}")
