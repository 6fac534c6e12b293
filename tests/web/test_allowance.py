"""How much one socket may ask for."""

from hypothesis import given
from hypothesis import strategies as st

from core.web.allowance import Allowance


def test_so_many_at_once_then_so_many_a_second() -> None:
    allowance = Allowance(20.0, now_s=5.0)
    assert [allowance.take(5.0) for _ in range(21)] == [True] * 20 + [False]
    assert [allowance.take(5.25) for _ in range(6)] == [True] * 5 + [False]


@given(st.lists(st.floats(0, 2), max_size=200))
def test_over_any_time_never_more_than_the_rate_and_one_pause(pauses: list[float]) -> None:
    allowance, now_s, granted = Allowance(5.0, now_s=0.0), 0.0, 0
    for pause_s in pauses:
        now_s += pause_s
        granted += allowance.take(now_s)
    assert granted <= 5.0 + 5.0 * now_s + 1e-6
