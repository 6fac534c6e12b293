"""What of a call its customer gets to see: nothing else leaves for their browser."""

from typing import Any, Literal

from core.calls.call import CHAT, Call

Phase = Literal["waiting", "ringing", "talking", "on hold", "ended"]


def phase(call: Call) -> Phase:
    if not call.live:
        return "ended"
    if call.waiting or not call.agent:
        return "ringing" if call.offered_to else "waiting"
    return "on hold" if call.on_hold else "talking"


def customer_state(call: Call, position: int | None, *, agent_typing: bool = False) -> dict[str, Any]:
    """The call as its customer may know it. `position` is their place in the queue, 1 being next.

    `agent` is a first name, empty before somebody answered; `at_s` is seconds from call start; `delivered` is told of
    the customer's own messages only.
    """
    now = phase(call)
    line = call.legs.get("customer")
    return {
        "phase": now,
        "position": position if now in ("waiting", "ringing") else None,
        "agent": call.agent.split()[0] if call.agent and call.answered_s is not None else "",
        "agent_present": _agent_present(call),
        "channel": call.channel,
        "recording": call.recording if call.live else "off",
        "muted": line.muted if line else False,
        "messages": _messages(call),
        "agent_typing": agent_typing and now == "talking",
        "end_reason": call.end_reason,
        "rated": call.rating is not None,
    }


def elapsed_s(call: Call, now_s: float) -> float:
    """How long the customer has been waiting, or talking since they were answered, at `now_s` from call start."""
    until_s = call.duration_s if call.ended_s is not None else now_s
    since_s = call.queued_s if call.waiting else call.answered_s
    return round(max(0.0, until_s - (since_s or 0.0)), 1)


def _agent_present(call: Call) -> bool:
    """False while the line of an agent who answered is cut off. Somebody who types needs no line."""
    line = call.legs.get("agent")
    if call.channel == "chat" or line is None or line.present or line.left_s is None or call.answered_s is None:
        return True
    return line.left_s < call.answered_s


def _messages(call: Call) -> list[dict[str, Any]]:
    return [
        {
            "message_id": written.utterance_id,
            "mine": written.speaker == "customer",
            "text": written.text,
            "at_s": written.start_s,
            "delivered": written.delivered and written.speaker == "customer",
        }
        for written in call.transcript
        if written.engine == CHAT
    ]
