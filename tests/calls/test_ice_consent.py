import asyncio
from functools import partial
from typing import Any

import pytest
from ice_pair import connected

from core.calls.ice_consent import EXPIRES_S, ask_for_consent, no_more_answers

LATE_S = 0.7
"""Longer than aioice waits for an answer."""
LATE_ANSWERS = 14
"""More than twice as many as aioice does without, because each question is asked twice until then."""
PATIENCE_S = 60.0


class Asked:
    """A browser that answers as told, each time after so many seconds of a clock of its own; then the test is over."""

    def __init__(self, answers: list[bool], takes_s: float) -> None:
        self._answers = answers
        self._takes_s = takes_s
        self.now_s = 0.0

    async def ask(self) -> bool:
        self.now_s += self._takes_s
        if not self._answers:
            raise TimeoutError
        return self._answers.pop(0)

    async def pause(self) -> None:
        self.now_s += 5.0

    def until_gone(self) -> float:
        asyncio.run(no_more_answers(self.ask, self.pause, lambda: self.now_s))
        return self.now_s


def test_answers_that_are_late_are_answers() -> None:
    with pytest.raises(TimeoutError):
        Asked([True] * 50, takes_s=9.0).until_gone()


def test_one_answer_in_half_a_minute_is_enough() -> None:
    with pytest.raises(TimeoutError):
        Asked([False, False, True] * 20, takes_s=4.0).until_gone()


def test_who_answers_no_more_is_gone_after_half_a_minute() -> None:
    gone_s = Asked([True] + [False] * 20, takes_s=7.5).until_gone()
    assert EXPIRES_S <= gone_s - 12.5 < EXPIRES_S + 12.5


def test_a_connection_outlives_answers_that_are_late() -> None:
    asyncio.run(_answered_late())


async def _answered_late() -> None:
    here, there = await connected()

    answers, answered = asyncio.Semaphore(0), there.request_received

    def answer(*request: Any) -> None:
        answered(*request)
        answers.release()

    there.request_received = partial(asyncio.get_running_loop().call_later, LATE_S, answer)  # type: ignore[method-assign]
    assert here._query_consent_task is not None
    here._query_consent_task.cancel()
    watch = asyncio.create_task(ask_for_consent(here, interval_s=0.01))
    async with asyncio.timeout(PATIENCE_S):
        for _ in range(LATE_ANSWERS):
            await answers.acquire()
    assert not watch.done()
    await here.send(b"still here")
    assert await there.recv() == b"still here"
    watch.cancel()
    await asyncio.gather(here.close(), there.close())
