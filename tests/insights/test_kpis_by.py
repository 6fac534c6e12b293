"""Calls split by what they have in common, and what became of the assistant's help in them."""

from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from insights.tallies import BASIS, MONDAY, Floor
from sqlalchemy import Engine

from core.calls.latency import FINAL, TOOL
from core.insights.metrics import (
    DispositionCount,
    by,
    customer_history,
    dispositions,
    funnel,
    latencies,
    leaderboard,
)
from core.insights.metrics.people import LEAST_HANDLED
from core.insights.metrics.stages import percentile
from core.insights.overview import CallFilter

ALL = CallFilter()


@pytest.fixture
def floor(database: Engine) -> Floor:
    return Floor(database)


def counted(floor: Floor, dimension: str) -> dict[str | int, int]:
    return {group.value: group.kpis.calls for group in by(floor.engine, ALL, BASIS, dimension)}  # type: ignore[arg-type]


def test_by_agent_leaves_out_calls_without_one(floor: Floor) -> None:
    floor.call(agent="Ann", talk_s=10.0)
    floor.call(agent="Bob", talk_s=20.0)
    floor.call(agent="Bob", talk_s=40.0)
    floor.abandoned()
    groups = by(floor.engine, ALL, BASIS, "agent")
    assert [(group.value, group.kpis.calls, group.kpis.talk_s) for group in groups] == [
        ("Bob", 2, 30.0),
        ("Ann", 1, 10.0),
    ]


def test_a_call_counts_for_each_of_its_topics(floor: Floor) -> None:
    floor.call(topics=("billing", "refund"))
    floor.call(topics=("billing",))
    floor.call()
    assert counted(floor, "topic") == {"billing": 2, "refund": 1}


def test_by_tier_channel_and_disposition(floor: Floor) -> None:
    floor.customer("cust_1", "silver")
    floor.call(tier="gold", channel="chat", disposition="Resolved")
    floor.call(customer_id="cust_1", channel="voice")
    floor.call(queued=False, disposition="Follow-up")
    assert counted(floor, "tier") == {"gold": 1, "silver": 1}
    assert counted(floor, "channel") == {"voice": 2, "chat": 1}
    assert counted(floor, "disposition") == {"Resolved": 1, "Follow-up": 1}


def test_dispositions(floor: Floor) -> None:
    floor.call(disposition="Follow-up", resolved=False)
    floor.call(disposition="Follow-up", resolved=None)
    floor.call(disposition="Follow-up", resolved=True)
    floor.call()
    assert dispositions(floor.engine, ALL) == [
        DispositionCount("Follow-up", calls=3, resolved=1, unresolved=1),
        DispositionCount("", calls=1, resolved=0, unresolved=0),
    ]


def test_the_funnel(floor: Floor) -> None:
    call_id = floor.call(agent="Ann")
    floor.card(call_id, "used", rule="refund", completed_s=2.0, settled_s=5.0, edited=False)
    floor.card(call_id, "used", rule="refund", completed_s=2.0, settled_s=9.0, edited=True)
    floor.card(call_id, "dismissed", rule="refund", settled_s=100.0)
    floor.card(call_id, "shown", rule="legal", assistant="alerts")
    floor.card(call_id, "discarded", assistant="model", completed_s=None)
    floor.card(call_id, "used", assistant="playbook (the model was late)", settled_s=4.0, edited=False)
    floor.card(floor.call(agent="Bob"), "shown", rule="refund")
    found = funnel(floor.engine, CallFilter(agents=("Ann",)))
    total = found.total
    assert (total.written, total.discarded, total.shown, total.left_alone) == (6, 1, 5, 1)
    assert (total.used, total.edited, total.dismissed, total.use_rate) == (3, 1, 1, 3 / 5)
    assert total.time_to_use_s == 3.0, "the median of 2, 3 and 7"
    assert [(one.name, one.shown, one.used) for one in found.by_rule] == [("refund", 3, 2), ("legal", 1, 0)]
    assert {one.name: (one.written, one.used) for one in found.by_source} == {
        "playbook": (4, 3),
        "alerts": (1, 0),
        "model": (1, 0),
    }


def test_an_empty_funnel(floor: Floor) -> None:
    total = funnel(floor.engine, ALL).total
    assert (total.written, total.use_rate, total.time_to_use_s) == (0, None, None)


def test_latencies_per_stage(floor: Floor) -> None:
    call_id = floor.call()
    floor.waits(call_id, TOOL, 0.010)
    floor.waits(call_id, FINAL, *(number / 100 for number in range(1, 102)))  # 10 ms to 1010 ms
    found = latencies(floor.engine, ALL)
    assert [(one.stage, one.n) for one in found] == [(FINAL, 101), (TOOL, 1)]
    assert found[0].p50_ms == pytest.approx(510)
    assert found[0].p95_ms == pytest.approx(960)
    assert latencies(floor.engine, CallFilter(agents=("Nobody",))) == []


@given(values=st.lists(st.integers(0, 50), min_size=1), share=st.floats(0, 1))
def test_a_percentile_of_counts_is_that_of_the_values(values: list[int], share: float) -> None:
    assert percentile(Counter(values), share) == pytest.approx(np.percentile(values, 100 * share))


def test_there_is_no_percentile_of_nothing() -> None:
    with pytest.raises(ValueError, match="of nothing"):
        percentile({}, 0.5)


def test_the_leaderboard_ranks_by_what_is_better(floor: Floor) -> None:
    for agent, talk_s, rating in (("Ann", 50.0, 3), ("Bob", 90.0, 5), ("Cy", 50.0, 5)):
        for _ in range(LEAST_HANDLED):
            floor.call(agent=agent, talk_s=talk_s, rating=rating)
    floor.call(agent="New", talk_s=1.0, rating=5)
    quickest = leaderboard(floor.engine, ALL, BASIS, "aht_s")
    assert [(one.place, one.agent) for one in quickest] == [(1, "Ann"), (1, "Cy"), (3, "Bob"), (None, "New")]
    best_liked = leaderboard(floor.engine, ALL, BASIS, "csat")
    assert [(one.place, one.agent) for one in best_liked] == [(1, "Bob"), (1, "Cy"), (3, "Ann"), (None, "New")]


def test_a_customers_history(floor: Floor) -> None:
    first = floor.call(customer_id="cust_1", queued=False, resolved=False)
    second = floor.call(MONDAY + timedelta(hours=1), customer_id="cust_1", channel="chat", resolved=True, rating=4)
    floor.call(customer_id="cust_2")
    found = customer_history(floor.engine, "cust_1", BASIS)
    assert [(call.call_id, call.channel, call.rating) for call in found.calls] == [
        (second, "chat", 4),
        (first, "voice", None),
    ]
    assert (found.kpis.calls, found.kpis.resolution) == (2, 0.5)
    assert customer_history(floor.engine, "nobody", BASIS).calls == []
