"""Running the tools a model asked for: side by side, each within a time limit, everything that goes wrong as data."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass
from typing import Any

import jiter

from core.assistant.base import NewId
from core.calls.events import Event, ToolCalled, ToolReturned
from core.clock import Clock
from core.customers.views import View
from core.errors import SidetoneError

log = logging.getLogger(__name__)
LIMIT_S = 2.0
"""Longest a tool may take: longer, and its answer comes too late for the conversation."""
LONGEST_ARGUMENTS = 2_000
Invoke = Callable[[str, Mapping[str, Any]], View]


@dataclass(frozen=True, slots=True)
class Asked:
    """A call as the model wrote it; the arguments may be anything."""

    id: str
    tool: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Running:
    tool_call_id: str
    asked: Asked
    answer: Future[tuple[View, float]]


class ToolCalls:
    """Answers one round of calls. `answers` is complete once `run` is exhausted."""

    def __init__(
        self, invoke: Invoke, executor: Executor, clock: Clock, new_id: NewId, limit_s: float = LIMIT_S
    ) -> None:
        self._invoke = invoke
        self._executor = executor
        self._clock = clock
        self._new_id = new_id
        self._limit_s = limit_s
        self.answers: dict[str, View] = {}
        """By the id the model gave the call."""

    def run(self, calls: Sequence[Asked]) -> Iterator[Event]:
        running = []
        for asked in calls:
            tool_call_id = self._new_id("tool")
            arguments = _parsed(asked.arguments)
            shown = arguments if isinstance(arguments, dict) else {"written": asked.arguments[:LONGEST_ARGUMENTS]}
            yield ToolCalled(tool_call_id=tool_call_id, tool=asked.tool, arguments=shown)
            running.append(Running(tool_call_id, asked, self._executor.submit(self._timed, asked.tool, arguments)))
        wait([one.answer for one in running], self._limit_s)
        for one in running:
            answer, duration_ms = self._outcome(one)
            self.answers[one.asked.id] = answer
            error = answer.get("error")
            yield ToolReturned(
                tool_call_id=one.tool_call_id,
                tool=one.asked.tool,
                result=None if error else answer,
                duration_ms=duration_ms,
                error=error,
            )

    def _timed(self, tool: str, arguments: Any) -> tuple[View, float]:
        begun_s = self._clock.monotonic_s()
        answer = self._answer(tool, arguments)
        return answer, round((self._clock.monotonic_s() - begun_s) * 1000, 3)

    def _answer(self, tool: str, arguments: Any) -> View:
        if not isinstance(arguments, dict):
            return {"error": f"{tool}: the arguments are not a JSON object"}
        try:
            return self._invoke(tool, arguments)
        except SidetoneError as error:
            return {"error": str(error)}
        except Exception:
            log.exception("the tool %s failed", tool)
            return {"error": f"{tool} failed; go on without it"}

    def _outcome(self, running: Running) -> tuple[View, float]:
        if running.answer.done():
            return running.answer.result()
        running.answer.cancel()
        too_late = {"error": f"{running.asked.tool} took longer than {self._limit_s:g} s; go on without it"}
        return too_late, self._limit_s * 1000


def _parsed(written: str) -> Any:
    """The arguments as written; anything but a JSON object is None."""
    try:
        parsed = jiter.from_json(
            (written[: LONGEST_ARGUMENTS + 1] or "{}").encode(errors="replace"), allow_inf_nan=False
        )
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None
