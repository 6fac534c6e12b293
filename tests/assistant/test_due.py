from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.assistant.due import due_date

MONDAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("today", "2026-01-05"),
        ("tomorrow morning", "2026-01-06"),
        ("the day after tomorrow", "2026-01-07"),
        ("by friday", "2026-01-09"),
        ("by Friday.", "2026-01-09"),
        ("on monday", "2026-01-12"),
        ("next friday", "2026-01-16"),
        ("by the end of the week", "2026-01-09"),
        ("next week", "2026-01-16"),
        ("by the end of the month", "2026-01-31"),
        ("next month", "2026-02-28"),
        ("in two hours", "2026-01-05"),
        ("within twenty-four hours", "2026-01-06"),
        ("in 2 to 3 days", "2026-01-08"),
        ("within five business days", "2026-01-12"),
        ("in a couple of weeks", "2026-01-19"),
        ("in a month", "2026-02-05"),
        ("on the fifteenth", "2026-01-15"),
        ("by the twenty first", "2026-01-21"),
        ("by the 3rd of February", "2026-02-03"),
        ("on October fifth", "2026-10-05"),
        ("on Oct. 5", "2026-10-05"),
        ("on january third", "2027-01-03"),
    ],
)
def test_days_as_people_name_them(said: str, due: str) -> None:
    assert due_date(said, MONDAY) == date.fromisoformat(due)


@pytest.mark.parametrize(
    "said", ["soon", "in a few days", "for three days", "as soon as i can", "may i help you", "february thirtieth", ""]
)
def test_vague_words_name_no_day(said: str) -> None:
    assert due_date(said, MONDAY) is None


@given(today=st.dates(date(2000, 1, 1), date(2100, 1, 1)), count=st.integers(1, 60))
def test_days_are_counted_from_today_and_working_days_are_never_fewer(today: date, count: int) -> None:
    due = due_date(f"in {count} days", today)
    working = due_date(f"within {count} business days", today)
    assert due == today + timedelta(days=count)
    assert working is not None
    assert working >= due
    assert working.weekday() < 5


WORDS = ["by", "on", "the", "in", "next", "end", "of", "week", "month", "days", "five", "friday", "31", "february"]


@given(st.lists(st.sampled_from(WORDS)).map(" ".join) | st.text(), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_no_words_break_it_and_nothing_is_due_in_the_past(said: str, today: date) -> None:
    due = due_date(said, today)
    assert due is None or due >= today
