"""Calls that another one counts instead of, because their speakers were swapped."""

from sqlalchemy import Engine, select

from core.calls.outcome import UploadRow
from core.calls.records import table
from core.insights.reading import reading


def counts_instead(engine: Engine, call_id: str) -> str:
    """The call that counts instead of this one; empty when it counts itself. Raises StorageError."""
    uploads = table(UploadRow)
    seen = {call_id}
    found = ""
    with reading(engine) as connection:
        while True:
            wanted = select(uploads.c.call_id).where(uploads.c.replaces == (found or call_id))
            newer = connection.execute(wanted.order_by(uploads.c.call_id.desc()).limit(1)).scalar()
            if newer is None or newer in seen:
                return found
            seen.add(newer)
            found = newer


def replaced_by(engine: Engine, call_id: str) -> str:
    """The call that this one counts instead of; empty when there is none. Raises StorageError."""
    uploads = table(UploadRow)
    with reading(engine) as connection:
        return connection.execute(select(uploads.c.replaces).where(uploads.c.call_id == call_id)).scalar() or ""
