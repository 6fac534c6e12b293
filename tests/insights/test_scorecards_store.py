"""Scorecards in the database: every save is kept, the newest finished one of each supervisor counts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, insert

from core.calls.records import CallRow, FactsRow, ServiceRow, table
from core.clock import ManualClock
from core.errors import ConfigurationError
from core.insights.overview import CallFilter
from core.insights.scorecards.form import Form
from core.insights.scorecards.results import ScoreGroup, scores_by
from core.insights.scorecards.sampling import Choice, to_rate
from core.insights.scorecards.sheet import Answer
from core.insights.scorecards.store import Scorecards

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=ZoneInfo("UTC"))
ROBIN, JORDAN = "Robin Castillo", "Jordan Blake"
FORM = Form.model_validate(
    {
        "sections": [
            {
                "title": "One",
                "questions": [
                    {"id": "safe", "ask": "Safe?", "auto_fail": True},
                    {"id": "good", "ask": "Good?", "kind": "scale"},
                    {"id": "note", "ask": "Note?", "kind": "text"},
                ],
            }
        ]
    }
)
OTHER_FORM = Form.model_validate({"sections": [{"title": "Two", "questions": [{"id": "safe", "ask": "Safer?"}]}]})


def sheet(safe: str, good: str) -> dict[str, Answer]:
    return {"safe": Answer(value=safe), "good": Answer(value=good), "note": Answer(value="Nice", comment="!", at_s=2.5)}


@pytest.fixture
def scorecards(database: Engine, clock: ManualClock) -> Scorecards:
    numbers = count(1)
    return Scorecards(database, clock, lambda prefix: f"{prefix}_{next(numbers)}")


@pytest.fixture
def past(database: Engine) -> Callable[..., None]:
    """Adds a call that is over."""

    def add(call_id: str, agent: str = "Alex Morgan", day: int = 0, answered: bool = True, **facts: object) -> None:
        started_at = MONDAY + timedelta(days=day)
        call = CallRow(
            call_id=call_id,
            started_at=started_at,
            ended_at=started_at + timedelta(minutes=5),
            duration_s=300.0,
            source="customer",
            agent=agent,
            end_reason="completed",
        )
        service = ServiceRow(call_id=call_id, channel="voice", waited_s=10.0 if answered else None)
        with database.begin() as connection:
            connection.execute(insert(table(CallRow)), [call.model_dump()])
            connection.execute(insert(table(FactsRow)), [FactsRow(call_id=call_id, **facts).model_dump()])
            connection.execute(insert(table(ServiceRow)), [service.model_dump()])

    return add


def test_what_is_saved_comes_back(scorecards: Scorecards, clock: ManualClock) -> None:
    written = sheet("yes", "3")
    saved = scorecards.save(FORM, "c", ROBIN, written, comment="Good work", final=True)
    assert (saved.score, saved.auto_failed, saved.status, saved.number) == (75.0, False, "final", 1)
    assert scorecards.newest("c", ROBIN) == saved
    assert saved.at == clock.now()
    assert scorecards.sheet(saved.scorecard_id) == written
    assert scorecards.newest("c", JORDAN) is None


def test_editing_again_keeps_what_was_there(scorecards: Scorecards) -> None:
    scorecards.save(FORM, "c", ROBIN, sheet("yes", ""), final=False)
    first = scorecards.save(FORM, "c", ROBIN, sheet("yes", "5"), final=True)
    draft = scorecards.save(FORM, "c", ROBIN, sheet("yes", "1"), final=False)
    assert scorecards.newest("c", ROBIN) == draft
    assert scorecards.of_call("c") == [first], "a draft does not take a finished scorecard's place"
    last = scorecards.save(FORM, "c", ROBIN, sheet("no", "1"), final=True)
    assert (last.score, last.auto_failed) == (0.0, True)
    assert scorecards.of_call("c") == [last]
    assert [(one.number, one.status) for one in scorecards.versions("c", ROBIN)] == [
        (4, "final"),
        (3, "draft"),
        (2, "final"),
        (1, "draft"),
    ]
    assert scorecards.sheet(first.scorecard_id)["good"].value == "5"


def test_nothing_half_answered_is_finished(scorecards: Scorecards) -> None:
    with pytest.raises(ConfigurationError, match="Answer “Good\\?”, then finish"):
        scorecards.save(FORM, "c", ROBIN, sheet("yes", ""), final=True)
    assert scorecards.newest("c", ROBIN) is None


def test_several_supervisors_rate_the_same_call(scorecards: Scorecards) -> None:
    scorecards.save(FORM, "c", ROBIN, sheet("yes", "5"), final=True)
    scorecards.save(FORM, "c", JORDAN, sheet("yes", "1"), final=True)
    assert [(one.by, one.score) for one in scorecards.of_call("c")] == [(JORDAN, 50.0), (ROBIN, 100.0)]


def test_the_form_is_kept_as_it_was(scorecards: Scorecards) -> None:
    for form in (FORM, OTHER_FORM, FORM):
        scorecards.save(form, "c", ROBIN, sheet("yes", "5"), final=False)
    assert scorecards.form(FORM.version) == FORM
    assert scorecards.form(OTHER_FORM.version) == OTHER_FORM
    assert scorecards.form("unknown") is None


def test_scores_by_agent_count_a_call_once(scorecards: Scorecards, database: Engine, past: Callable[..., None]) -> None:
    past("c1"), past("c2"), past("c3", agent="Priya Nair"), past("c4")
    scorecards.save(FORM, "c1", ROBIN, sheet("yes", "5"), final=True)  # 100
    scorecards.save(FORM, "c1", JORDAN, sheet("yes", "1"), final=True)  # 50: the call 75
    scorecards.save(FORM, "c2", ROBIN, sheet("no", "5"), final=True)  # 0
    scorecards.save(FORM, "c3", ROBIN, sheet("yes", "3"), final=True)  # 75
    scorecards.save(FORM, "c4", ROBIN, sheet("yes", "5"), final=False)  # a draft
    assert scores_by(database, CallFilter(), "agent") == [
        ScoreGroup("Alex Morgan", 2, 3, 37.5, 1),
        ScoreGroup("Priya Nair", 1, 1, 75.0, 0),
    ]
    assert scores_by(database, CallFilter(agents=("Priya Nair",)), "agent") == [ScoreGroup("Priya Nair", 1, 1, 75.0, 0)]
    assert scores_by(database, CallFilter(agents=("Nobody",)), "agent") == []


def test_scores_by_question_leave_out_what_has_no_points(
    scorecards: Scorecards, database: Engine, past: Callable[..., None]
) -> None:
    past("c1"), past("c2")
    scorecards.save(FORM, "c1", ROBIN, sheet("na", "5"), final=True)
    scorecards.save(FORM, "c2", ROBIN, sheet("yes", "2"), final=True)
    assert scores_by(database, CallFilter(), "question") == [
        ScoreGroup("good", 2, 2, 62.5, 0),  # (100 + 25) ÷ 2
        ScoreGroup("safe", 1, 1, 100.0, 0),
    ]


def test_scores_by_week_begin_on_the_viewers_monday(
    scorecards: Scorecards, database: Engine, past: Callable[..., None]
) -> None:
    zone = ZoneInfo("America/New_York")
    past("c1"), past("c2", day=6), past("c3", day=7)
    for call_id in ("c1", "c2", "c3"):
        scorecards.save(FORM, call_id, ROBIN, sheet("yes", "5" if call_id == "c3" else "1"), final=True)
    groups = scores_by(database, CallFilter(), "week", zone)
    assert [(group.value, group.calls, group.score) for group in groups] == [
        (datetime(2026, 1, 5, tzinfo=zone), 2, 50.0),
        (datetime(2026, 1, 12, tzinfo=zone), 1, 100.0),
    ]


def chosen(database: Engine, choice: Choice, per_agent: int = 3) -> list[str]:
    return [one.call_id for one in to_rate(database, CallFilter(), ROBIN, choice, per_agent)]


def test_the_sample_is_so_many_of_each_agent_and_week_and_always_the_same(
    scorecards: Scorecards, database: Engine, past: Callable[..., None]
) -> None:
    for number in range(8):
        past(f"alex{number}"), past(f"priya{number}", agent="Priya Nair"), past(f"later{number}", day=7)
    past("waited", answered=False), past("nobody", agent="")
    sample = chosen(database, "sample", per_agent=2)
    assert sorted(call_id[:4] for call_id in sample) == ["alex", "alex", "late", "late", "priy", "priy"]
    assert chosen(database, "sample", per_agent=2) == sample
    assert set(sample) < set(chosen(database, "sample", per_agent=3))
    assert len(chosen(database, "all")) == 24


def test_the_pressing_calls_come_first(scorecards: Scorecards, database: Engine, past: Callable[..., None]) -> None:
    past("calm", sentiment=0.5, alerts=0, urgent_alerts=0, flags=0)
    past("sad", sentiment=-0.6, alerts=0, urgent_alerts=0, flags=0)
    past("flagged", sentiment=0.1, alerts=0, urgent_alerts=0, flags=1)
    past("warned", sentiment=0.1, alerts=2, urgent_alerts=0, flags=0)
    past("urgent", sentiment=0.1, alerts=1, urgent_alerts=1, flags=0)
    assert chosen(database, "sample", per_agent=9) == ["urgent", "warned", "flagged", "sad", "calm"]
    assert chosen(database, "alerts") == ["urgent", "warned"]
    assert chosen(database, "flagged") == ["flagged"]
    assert chosen(database, "negative") == ["sad"]
    assert chosen(database, "rated") == []


def test_rated_calls_are_marked_with_what_they_got(
    scorecards: Scorecards, database: Engine, past: Callable[..., None]
) -> None:
    past("c1"), past("c2"), past("c3")
    scorecards.save(FORM, "c1", JORDAN, sheet("no", "5"), final=True)
    scorecards.save(FORM, "c1", ROBIN, sheet("yes", "5"), final=True)
    scorecards.save(FORM, "c2", ROBIN, sheet("yes", ""), final=False)
    marks = {
        one.call_id: (one.mine, one.score, one.scorecards, one.auto_failed)
        for one in to_rate(database, CallFilter(), ROBIN, "all")
    }
    assert marks == {
        "c1": ("final", 50.0, 2, True),
        "c2": ("draft", None, 0, False),
        "c3": (None, None, 0, False),
    }
    assert chosen(database, "rated") == ["c1"]


def test_an_empty_database_has_nothing_to_rate_and_no_scores(database: Engine) -> None:
    assert to_rate(database, CallFilter(), ROBIN) == []
    assert scores_by(database, CallFilter(), "week") == []
