"""Reading stored calls through their projections."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Engine, select

from core.calls.call import Call
from core.calls.records import CallRow, table

JsonObject = dict[str, Any]


def recent_calls(engine: Engine, *, limit: int = 50, offset: int = 0) -> list[JsonObject]:
    """Calls, newest first, as JSON objects with the columns of the `calls` table."""
    calls = table(CallRow)
    query = select(calls).order_by(calls.c.started_at.desc(), calls.c.call_id).limit(limit).offset(offset)
    with engine.connect() as connection:
        return [{name: _plain(value) for name, value in row.items()} for row in connection.execute(query).mappings()]


def summary(call: Call) -> JsonObject:
    """A folded call as a JSON object: who, when, what was said and what was suggested."""
    return {
        "call_id": call.call_id,
        "live": call.live,
        "seq": call.seq,
        "source": call.source,
        "title": call.title,
        "agent": call.agent,
        "started_at": _plain(call.started_at),
        "ended_at": _plain(call.ended_at),
        "duration_s": call.duration_s,
        "end_reason": call.end_reason,
        "disposition": call.wrap_up.disposition if call.wrap_up else None,
        "resolved": call.wrap_up.resolved if call.wrap_up else None,
        "customer": call.customer
        and {
            "customer_id": call.customer.customer_id,
            "account_number": call.customer.account_number,
            "name": call.customer.name,
            "matched_on": call.customer.matched_on,
        },
        "topics": list(call.topics),
        "transcript": [
            {
                "utterance_id": line.utterance_id,
                "speaker": line.speaker,
                "text": line.text,
                "start_s": line.start_s,
                "end_s": line.end_s,
                "final": line.final,
                "sentiment": line.sentiment,
            }
            for line in call.transcript
        ],
        "suggestions": [
            {
                "suggestion_id": card.suggestion_id,
                "kind": card.kind,
                "priority": card.priority,
                "message": card.message,
                "state": card.state,
                "rule": card.rule,
                "assistant": card.assistant,
            }
            for card in call.suggestions.values()
        ],
        "actions": [
            {
                "action_id": action_id,
                "action": action.proposed.action,
                "preview": action.proposed.preview,
                "state": action.state,
                "effect": action.effect,
                "by": action.by,
            }
            for action_id, action in call.actions.items()
        ],
        "commitments": [asdict(promise) for promise in call.commitments],
        "moments": [asdict(moment) for moment in call.moments],
        "checklist": sorted(call.checklist),
        "summary": asdict(call.summary) if call.summary else None,
        "problems": [problem.message for problem in call.problems],
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
