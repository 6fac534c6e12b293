"""Keeping the projections up to date: what each event changes in them, and few statements for many events."""

from collections import defaultdict
from collections.abc import Iterable
from functools import singledispatch

from sqlalchemy import Connection, bindparam, insert, update
from sqlmodel import SQLModel

from core.calls.call import CHAT
from core.calls.events import (
    TWO_PARTIES,
    CallAnswered,
    CallEnded,
    CallQueued,
    CallRated,
    CallStarted,
    CustomerIdentified,
    Event,
    HoldEnded,
    MessageSent,
    Recorded,
    RecordingStarted,
    SuggestionCompleted,
    SuggestionDiscarded,
    SuggestionDismissed,
    SuggestionStarted,
    SuggestionUsed,
    SummaryWritten,
    TranscriptFinal,
    TranslationWritten,
    WrapUpCompleted,
    data_of,
)
from core.calls.records import (
    CallRow,
    EventRow,
    Row,
    ServiceRow,
    SuggestionRow,
    SummaryRow,
    TranscriptRow,
    event_row,
    table,
)


def write(connection: Connection, batch: Iterable[Recorded]) -> None:
    """Store events and bring the projections up to date, in the caller's transaction."""
    events = list(batch)
    connection.execute(insert(table(EventRow)), [event_row(recorded) for recorded in events])
    changes = Changes()
    for recorded in events:
        project(recorded.event, recorded, changes)
    changes.execute_on(connection)


class Changes:
    """Rows to insert and to update, gathered over a batch: a busy batch of single statements would take seconds."""

    def __init__(self) -> None:
        self._inserted: defaultdict[type[SQLModel], dict[str, Row]] = defaultdict(dict)
        self._updated: defaultdict[type[SQLModel], dict[str, Row]] = defaultdict(dict)

    def insert(self, model: type[SQLModel], key: str, **row: object) -> None:
        """`key` names the row within the batch."""
        self._inserted[model][key] = row

    def update(self, model: type[SQLModel], key: str, **values: object) -> None:
        """Change the row whose primary key is `key`, if there is one."""
        fresh = self._inserted[model].get(key)
        (fresh if fresh is not None else self._updated[model].setdefault(key, {})).update(values)

    def execute_on(self, connection: Connection) -> None:
        for model, rows in self._inserted.items():
            for alike in _by_columns(rows):
                connection.execute(insert(table(model)), list(alike.values()))
        for model, rows in self._updated.items():
            (primary_key,) = table(model).primary_key.columns
            for alike in _by_columns(rows):
                columns = next(iter(alike.values()))
                statement = (
                    update(table(model))
                    .where(primary_key == bindparam("row_key"))
                    .values({column: bindparam(f"new_{column}") for column in columns})
                )
                parameters = [
                    {"row_key": key, **{f"new_{column}": value for column, value in values.items()}}
                    for key, values in alike.items()
                ]
                connection.execute(statement, parameters)


def _by_columns(rows: dict[str, Row]) -> Iterable[dict[str, Row]]:
    """Rows in groups that set the same columns."""
    groups: defaultdict[frozenset[str], dict[str, Row]] = defaultdict(dict)
    for key, row in rows.items():
        groups[frozenset(row)][key] = row
    return groups.values()


@singledispatch
def project(event: Event, recorded: Recorded, changes: Changes) -> None:
    """Update the projections for one event; most events have none."""


@project.register
def _(event: CallStarted, recorded: Recorded, changes: Changes) -> None:
    changes.insert(
        CallRow,
        recorded.call_id,
        call_id=recorded.call_id,
        started_at=recorded.at,
        source=event.source,
        title=event.title,
        agent=event.agent,
        note="",
    )
    if event.source in TWO_PARTIES:
        changes.insert(
            ServiceRow,
            recorded.call_id,
            call_id=recorded.call_id,
            channel=event.channel,
            reason="",
            tier="",
            language="",
            topic="",
            held_s=0.0,
            rating_comment="",
            recording="",
        )


@project.register
def _(event: CallQueued, recorded: Recorded, changes: Changes) -> None:
    changes.update(
        ServiceRow,
        recorded.call_id,
        reason=event.reason,
        tier=event.tier,
        language=event.language,
        topic=event.topic,
    )


@project.register
def _(event: CallAnswered, recorded: Recorded, changes: Changes) -> None:
    changes.update(CallRow, recorded.call_id, agent=event.agent)
    changes.update(ServiceRow, recorded.call_id, waited_s=event.waited_s)


@project.register
def _(event: HoldEnded, recorded: Recorded, changes: Changes) -> None:
    changes.update(ServiceRow, recorded.call_id, held_s=event.held_s)


@project.register
def _(event: CallRated, recorded: Recorded, changes: Changes) -> None:
    changes.update(ServiceRow, recorded.call_id, rating=event.score, rating_comment=event.comment)


@project.register
def _(event: RecordingStarted, recorded: Recorded, changes: Changes) -> None:
    changes.update(ServiceRow, recorded.call_id, recording=event.file)


@project.register
def _(event: CallEnded, recorded: Recorded, changes: Changes) -> None:
    changes.update(
        CallRow, recorded.call_id, ended_at=recorded.at, duration_s=recorded.offset_s, end_reason=event.reason
    )


@project.register
def _(event: WrapUpCompleted, recorded: Recorded, changes: Changes) -> None:
    changes.update(CallRow, recorded.call_id, disposition=event.disposition, resolved=event.resolved, note=event.note)


@project.register
def _(event: CustomerIdentified, recorded: Recorded, changes: Changes) -> None:
    changes.update(CallRow, recorded.call_id, customer_id=event.customer_id, customer_name=event.name)


@project.register
def _(event: TranscriptFinal, recorded: Recorded, changes: Changes) -> None:
    if event.text:
        changes.insert(TranscriptRow, event.utterance_id, call_id=recorded.call_id, **data_of(event))


@project.register
def _(event: MessageSent, recorded: Recorded, changes: Changes) -> None:
    changes.insert(
        TranscriptRow,
        event.message_id,
        utterance_id=event.message_id,
        call_id=recorded.call_id,
        speaker=event.sender,
        text=event.text,
        start_s=recorded.offset_s,
        end_s=recorded.offset_s,
        engine=CHAT,
    )


@project.register
def _(event: TranslationWritten, recorded: Recorded, changes: Changes) -> None:
    changes.update(TranscriptRow, event.utterance_id, translation=event.text)


@project.register
def _(event: SuggestionStarted, recorded: Recorded, changes: Changes) -> None:
    changes.insert(
        SuggestionRow,
        event.suggestion_id,
        suggestion_id=event.suggestion_id,
        call_id=recorded.call_id,
        kind=event.kind,
        priority=event.priority,
        rule=event.rule,
        assistant=event.assistant,
        state="writing",
        message="",
        evidence=[],
        started_s=recorded.offset_s,
    )


@project.register
def _(event: SuggestionCompleted, recorded: Recorded, changes: Changes) -> None:
    data = data_of(event)
    changes.update(
        SuggestionRow,
        event.suggestion_id,
        kind=event.kind,
        priority=event.priority,
        message=event.message,
        evidence=data["evidence"],
        state="shown",
        completed_s=recorded.offset_s,
    )


@project.register
def _(event: SuggestionUsed, recorded: Recorded, changes: Changes) -> None:
    edited = event.text is not None
    changes.update(SuggestionRow, event.suggestion_id, state="used", settled_s=recorded.offset_s, edited=edited)


@project.register
def _(event: SuggestionDismissed, recorded: Recorded, changes: Changes) -> None:
    changes.update(SuggestionRow, event.suggestion_id, state="dismissed", settled_s=recorded.offset_s)


@project.register
def _(event: SuggestionDiscarded, recorded: Recorded, changes: Changes) -> None:
    changes.update(SuggestionRow, event.suggestion_id, state="discarded", settled_s=recorded.offset_s)


@project.register
def _(event: SummaryWritten, recorded: Recorded, changes: Changes) -> None:
    data = data_of(event)
    changes.insert(
        SummaryRow,
        f"{recorded.call_id} {recorded.seq}",
        call_id=recorded.call_id,
        seq=recorded.seq,
        text=" ".join(part for part in (event.reason, event.done, event.outcome) if part),
        action_items=data["action_items"],
        topics=event.topics,
        sentiment=event.sentiment,
        written_by=event.written_by,
    )
