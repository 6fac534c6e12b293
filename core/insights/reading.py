"""Asking the database, with one kind of error."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Select
from sqlalchemy.exc import SQLAlchemyError

from core.errors import StorageError


@contextmanager
def reading(engine: Engine, what: str = "calls") -> Iterator[Connection]:
    """A connection to ask several things over. Raises StorageError, saying of `what`, when the database refuses one."""
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise StorageError(f"{what} cannot be read: {str(error).splitlines()[0]}") from error


def read(engine: Engine, query: Select[Any], what: str = "calls") -> list[Any]:
    """All rows of a query. Raises StorageError."""
    with reading(engine, what) as connection:
        return list(connection.execute(query))
