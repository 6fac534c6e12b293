"""Whether somebody who was cut off has been gone for too long, told from the call alone."""

from core.calls.call import Call
from core.calls.events import TWO_PARTIES, EndReason


def overdue(call: Call, now_s: float, grace_s: float) -> EndReason | None:
    """How the call has to end because a party did not come back; None while it may go on.

    `now_s` is seconds from call start. Only calls whose customer waited are watched. A customer who gets no line at
    all counts as gone since they began to wait; in a chat, which needs no line, only one whose line has left. An agent
    counts as gone only when their line left after they answered: not in a chat, and not while none has opened yet,
    because they may answer without a microphone.
    """
    if not call.live or call.source not in TWO_PARTIES:
        return None
    gone_s = [since for since in (_customer_gone_s(call), _agent_gone_s(call)) if since is not None]
    if not gone_s or now_s - min(gone_s) < grace_s:
        return None
    return "abandoned" if call.waiting else "disconnected"


def _customer_gone_s(call: Call) -> float | None:
    leg = call.legs.get("customer")
    if leg is None:
        return call.queued_s if call.channel == "voice" else None
    return None if leg.present else leg.left_s


def _agent_gone_s(call: Call) -> float | None:
    leg = call.legs.get("agent")
    if call.channel == "chat" or call.answered_s is None or leg is None or leg.present or leg.left_s is None:
        return None
    return leg.left_s if leg.left_s >= call.answered_s else None
