"""Every KPI on a handful of calls whose figures can be worked out in one's head."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from insights.tallies import BASIS, LATER, MONDAY, Floor, basis
from sqlalchemy import Engine

from core.insights.metrics import KPI_HELP, Kpis, by, kpis
from core.insights.overview import CallFilter

ALL = CallFilter()
DAY = timedelta(days=1)


@pytest.fixture
def floor(database: Engine) -> Floor:
    return Floor(database)


def all_of(floor: Floor, calls: CallFilter = ALL) -> Kpis:
    return kpis(floor.engine, calls, BASIS)


def test_every_kpi_is_explained() -> None:
    assert set(KPI_HELP) == {field.name for field in fields(Kpis)}
    assert all(help.label and help.formula for help in KPI_HELP.values())


def test_nothing_is_nothing_and_no_division_by_zero(floor: Floor) -> None:
    assert all_of(floor) == Kpis()


def test_calls_going_on_are_left_out(floor: Floor) -> None:
    floor.call(lasts_s=None)
    assert all_of(floor) == Kpis()
    floor.call()
    assert all_of(floor).calls == 1


def test_handle_time_is_split_into_talk_hold_and_after_call_work(floor: Floor) -> None:
    floor.call(talk_s=100.0, held_s=20.0, acw_s=30.0)
    floor.call(talk_s=200.0, held_s=0.0, acw_s=None)  # not wrapped up yet
    floor.abandoned()  # handled by nobody
    found = all_of(floor)
    assert (found.calls, found.handled) == (3, 2)
    assert found.talk_s == (100 + 200) / 2
    assert found.hold_s == (20 + 0) / 2
    assert found.acw_s == 30 / 2
    assert found.aht_s == (100 + 20 + 30 + 200) / 2 == 175


def test_a_call_that_never_waited_is_handled_but_not_offered(floor: Floor) -> None:
    floor.call(queued=False, talk_s=60.0)
    found = all_of(floor)
    assert (found.calls, found.handled, found.offered) == (1, 1, 0)
    assert found.talk_s == 60.0
    assert (found.asa_s, found.abandonment, found.service_level) == (None, None, None)


def test_the_queue(floor: Floor) -> None:
    for waited_s in (5.0, 20.0, 21.0):
        floor.call(waited_s=waited_s)
    floor.abandoned(after_s=30.0)
    floor.abandoned(after_s=4.9)  # dialled by mistake: counts in nothing but calls
    found = all_of(floor)
    assert (found.calls, found.offered, found.abandoned) == (5, 4, 1)
    assert found.asa_s == pytest.approx((5 + 20 + 21) / 3)
    assert found.abandonment == 1 / 4
    assert found.service_level == 2 / 4, "20 s is within 20 s"


def test_who_gives_up_while_being_transferred_had_been_answered(floor: Floor) -> None:
    floor.call(waited_s=10.0, end_reason="abandoned")
    found = all_of(floor)
    assert (found.handled, found.abandoned, found.abandonment) == (1, 0, 0.0)


def test_who_was_cut_off_by_our_failure_was_offered_and_did_not_abandon(floor: Floor) -> None:
    floor.call(waited_s=None, end_reason="interrupted")
    found = all_of(floor)
    assert (found.offered, found.handled, found.abandoned, found.service_level) == (1, 0, 0, 0.0)


def test_a_single_agent_has_no_abandonment(floor: Floor) -> None:
    floor.call(agent="Ann")
    floor.abandoned()
    of_ann = all_of(floor, CallFilter(agents=("Ann",)))
    assert (of_ann.abandonment, of_ann.service_level, of_ann.asa_s) == (None, None, 10.0)
    (ann,) = by(floor.engine, ALL, BASIS, "agent")
    assert (ann.value, ann.kpis.abandonment, ann.kpis.service_level) == ("Ann", None, None)


def test_first_response(floor: Floor) -> None:
    floor.call(first_response_s=4.0)
    floor.call(first_response_s=8.0)
    floor.call(first_response_s=None)  # the agent never said a word
    assert all_of(floor).first_response_s == (4 + 8) / 2


def test_resolution_counts_only_calls_that_say(floor: Floor) -> None:
    for resolved in (True, True, False, None):
        floor.call(resolved=resolved)
    assert all_of(floor).resolution == 2 / 3


def test_first_call_resolution(floor: Floor) -> None:
    floor.call(MONDAY, lasts_s=100.0, customer_id="again", resolved=True)
    floor.call(MONDAY + 7 * DAY, customer_id="again", resolved=False)  # within 7 days of the end
    floor.call(MONDAY, lasts_s=100.0, customer_id="later", resolved=True)
    floor.call(MONDAY + 8 * DAY, customer_id="later", resolved=True)
    floor.call(MONDAY, resolved=True)  # a stranger
    floor.call(MONDAY, customer_id="unhappy", resolved=False)
    assert all_of(floor).fcr == 2 / 3, "both calls of `later`, not the first of `again`"


def test_a_second_call_counts_although_the_filter_leaves_it_out(floor: Floor) -> None:
    floor.call(MONDAY, customer_id="again", resolved=True)
    floor.call(MONDAY + DAY, customer_id="again", lasts_s=None, agent="Bob")
    assert all_of(floor, CallFilter(agents=("Ann",))).fcr == 0.0


def test_first_call_resolution_waits_for_its_seven_days(floor: Floor) -> None:
    floor.call(MONDAY, lasts_s=100.0, customer_id="one", resolved=True)
    over = MONDAY + timedelta(seconds=100) + 7 * DAY
    assert kpis(floor.engine, ALL, basis(over - timedelta(seconds=1))).fcr is None
    assert kpis(floor.engine, ALL, basis(over)).fcr == 1.0


def test_csat_is_what_customers_gave(floor: Floor) -> None:
    for rating in (5, 4, 3, 1, None):
        floor.call(rating=rating, sentiment_end=0.9)
    found = all_of(floor)
    assert (found.csat, found.rating, found.ratings) == (2 / 4, (5 + 4 + 3 + 1) / 4, 4)


def test_mood_is_no_csat(floor: Floor) -> None:
    floor.call(sentiment_start=-0.5, sentiment_end=0.25)
    floor.call(sentiment_start=0.5, sentiment_end=0.75)
    floor.call()
    found = all_of(floor)
    assert (found.sentiment_start, found.sentiment_end, found.csat) == (0.0, 0.5, None)


def test_how_people_talk(floor: Floor) -> None:
    floor.call(
        talk_s=100.0,
        agent_speech_s=60.0,
        customer_speech_s=20.0,
        silence_s=25.0,
        agent_words=150,
        customer_words=40,
        interruptions=3,
    )
    floor.call(channel="chat", talk_s=900.0, agent_words=1000, customer_words=1000, silence_s=0.0, interruptions=0)
    found = all_of(floor)
    assert found.talk_ratio == 60 / 80
    assert found.non_talk == 25 / 100, "a chat's minutes are no silence"
    assert found.interruptions == 3 / 1
    assert found.agent_wpm == 150 / (60 / 60)
    assert found.customer_wpm == 40 / (20 / 60)


def test_checklist_alerts_and_transfers(floor: Floor) -> None:
    floor.call(checklist_met=4, alerts=1, transfers=0)
    floor.call(checklist_met=1, alerts=2, transfers=1)
    floor.abandoned()
    found = all_of(floor)
    assert found.checklist == (4 + 1) / (4 * 2)
    assert found.alerts == (1 + 2) / 2
    assert found.transfers == 1 / 2


def test_without_a_checklist_there_is_no_adherence(floor: Floor) -> None:
    floor.call(checklist_met=0)
    assert kpis(floor.engine, ALL, type(BASIS)(LATER)).checklist is None


def test_the_dates_choose_by_the_beginning_and_leave_out_their_end(floor: Floor) -> None:
    for hour in (8, 9, 10):
        floor.call(datetime(2026, 3, 2, hour, tzinfo=UTC))
    chosen = CallFilter(since=datetime(2026, 3, 2, 9, tzinfo=UTC), until=datetime(2026, 3, 2, 10, tzinfo=UTC))
    assert all_of(floor, chosen).calls == 1
