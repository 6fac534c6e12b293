"""When a call ends because somebody did not come back: told from the fold alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calls.call import Call, fold
from core.calls.events import (
    CallAnswered,
    CallEnded,
    CallQueued,
    CallStarted,
    EndReason,
    Event,
    PartyJoined,
    PartyLeft,
    Recorded,
)
from core.calls.presence import overdue
from core.clock import ManualClock

GRACE_S = 30.0
STARTED = CallStarted(source="customer", agent="")
CHAT_STARTED = CallStarted(source="customer", agent="", channel="chat")
QUEUED = CallQueued()
ANSWERED = CallAnswered(agent="Ann", waited_s=0.0)


def joined(party: str) -> Event:
    return PartyJoined(party=party, engine="none")  # type: ignore[arg-type]


def left(party: str) -> Event:
    return PartyLeft(party=party)  # type: ignore[arg-type]


def call_of(*timed: tuple[float, Event]) -> Call:
    at = ManualClock().now()
    recorded = [Recorded("call_1", seq, at_s, at, event) for seq, (at_s, event) in enumerate(timed, start=1)]
    return fold(recorded, Call("call_1"))


TALKING = ((0.0, STARTED), (0.0, QUEUED), (1.0, joined("customer")), (5.0, ANSWERED), (6.0, joined("agent")))


@pytest.mark.parametrize(
    ("history", "since_s", "reason"),
    [
        pytest.param(((0.0, STARTED), (2.0, QUEUED)), 2.0, "abandoned", id="never connected"),
        pytest.param(
            ((0.0, STARTED), (0.0, QUEUED), (1.0, joined("customer")), (9.0, left("customer"))),
            9.0,
            "abandoned",
            id="left the queue",
        ),
        pytest.param((*TALKING, (50.0, left("customer"))), 50.0, "disconnected", id="customer cut off"),
        pytest.param((*TALKING, (50.0, left("agent"))), 50.0, "disconnected", id="agent cut off"),
        pytest.param(
            (*TALKING, (50.0, left("agent")), (60.0, left("customer"))), 50.0, "disconnected", id="first one counts"
        ),
        pytest.param(((0.0, STARTED), (0.0, QUEUED), (5.0, ANSWERED)), 0.0, "disconnected", id="answered too soon"),
        pytest.param(
            (
                (0.0, CHAT_STARTED),
                (0.0, QUEUED),
                (1.0, joined("customer")),
                (7.0, left("customer")),
            ),
            7.0,
            "abandoned",
            id="closed the chat",
        ),
    ],
)
def test_who_is_gone_for_the_grace_time_ends_the_call(
    history: tuple[tuple[float, Event], ...], since_s: float, reason: EndReason
) -> None:
    call = call_of(*history)
    assert overdue(call, since_s + GRACE_S - 0.01, GRACE_S) is None
    assert overdue(call, since_s + GRACE_S, GRACE_S) == reason


@pytest.mark.parametrize(
    "history",
    [
        pytest.param(TALKING, id="both there"),
        pytest.param(TALKING[:4], id="agent without a microphone yet"),
        pytest.param((*TALKING, (50.0, left("agent")), (60.0, joined("agent"))), id="came back"),
        pytest.param((*TALKING, (50.0, joined("customer")), (51.0, left("customer"))), id="new line before old left"),
        pytest.param((*TALKING, (50.0, left("customer")), (60.0, CallEnded(reason="completed"))), id="over"),
        pytest.param((*TALKING, (50.0, QUEUED), (51.0, left("agent"))), id="given back by the agent who left"),
        pytest.param(
            (*TALKING, (50.0, QUEUED), (51.0, left("agent")), (60.0, ANSWERED)), id="the next agent has not joined yet"
        ),
        pytest.param(((0.0, CHAT_STARTED), (0.0, QUEUED)), id="a chat needs no line"),
        pytest.param(
            ((0.0, CHAT_STARTED), (0.0, QUEUED), (1.0, ANSWERED), (2.0, joined("agent")), (3.0, left("agent"))),
            id="a chat's agent",
        ),
        pytest.param(((0.0, CallStarted(source="microphone", agent="Ann")),), id="a call of one's own"),
        pytest.param(
            ((0.0, CallStarted(source="demo", agent="Ann")), (1.0, joined("customer")), (2.0, left("customer"))),
            id="a demo",
        ),
    ],
)
def test_everything_else_goes_on(history: tuple[tuple[float, Event], ...]) -> None:
    assert overdue(call_of(*history), 10_000.0, GRACE_S) is None


comings = st.lists(st.tuples(st.floats(0.1, 20), st.sampled_from(["customer", "agent"]), st.booleans()), max_size=12)


@given(comings, st.floats(0, 100))
def test_a_call_ends_exactly_when_a_watched_party_has_been_gone_that_long(
    steps: list[tuple[float, str, bool]], later_s: float
) -> None:
    history, now_s = list(TALKING), TALKING[-1][0]
    lines = {"customer": 1, "agent": 1}
    gone_s: dict[str, float] = {}
    for after_s, party, comes in steps:
        now_s += after_s
        history.append((now_s, joined(party) if comes else left(party)))
        lines[party] = max(0, lines[party] + (1 if comes else -1))
        gone_s[party] = now_s
    absent = [gone_s[party] for party, count in lines.items() if count == 0]
    expected = "disconnected" if absent and now_s + later_s - min(absent) >= GRACE_S else None
    assert overdue(call_of(*history), now_s + later_s, GRACE_S) == expected
