"""What agents were doing and since when: the table that occupancy is worked out from."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Engine, insert
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Field, SQLModel

from core.errors import StorageError


class AgentStateRow(SQLModel, table=True):
    """An agent began to be in a state; it lasts until their next row."""

    __tablename__ = "agent_states"

    change_id: str = Field(primary_key=True)
    agent: str
    state: str
    reason: str = ""
    at: datetime


KeepStates = Callable[[Sequence[AgentStateRow]], None]


def keep_in(engine: Engine) -> KeepStates:
    """A writer into the database. It raises StorageError when the database refuses."""

    def keep(changes: Sequence[AgentStateRow]) -> None:
        try:
            with engine.begin() as connection:
                connection.execute(insert(AgentStateRow), [change.model_dump() for change in changes])
        except SQLAlchemyError as error:
            raise StorageError(f"agents' states cannot be stored: {str(error).splitlines()[0]}") from error

    return keep
