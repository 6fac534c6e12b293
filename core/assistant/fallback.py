"""A model with the playbook behind it: help comes within the limit, whatever the network and the model do.

While a model fails it is left alone for longer and longer, and the playbook answers at once. What the agent sees of
that is one line when it begins, and one card when it is over that offers to go over what the model missed.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

from core.assistant.base import Assistant, NewId, Turn
from core.calls.call import Utterance
from core.calls.events import (
    Event,
    Evidence,
    ProviderFailed,
    SuggestionCompleted,
    SuggestionDelta,
    SuggestionDiscarded,
    SuggestionStarted,
)
from core.clock import Clock
from core.errors import AssistantError

SOFT_LIMIT_S = 4.0
"""Longest until the first word, retries included, and between any two: later, help is no help."""
FIRST_BACKOFF_S = 0.25
FIRST_REST_S = 4.0
LONGEST_REST_S = 60.0
LOOK_S = 0.1
"""How often it is checked, while waiting, whether the conversation went on."""
SLOW = "model is slow"
OFFLINE = "model is offline"
CALLS_KEPT = 500
_OFFERED = 3
_LONGEST_QUOTE = 60


class WithFallback:
    """Gives the primary's help or, in its place and marked so, the playbook's. May serve several calls at once."""

    def __init__(
        self,
        primary: Assistant,
        playbook: Assistant,
        clock: Clock,
        new_id: NewId,
        *,
        soft_limit_s: float = SOFT_LIMIT_S,
    ) -> None:
        self._primary = primary
        self._playbook = playbook
        self._clock = clock
        self._new_id = new_id
        self._soft_limit_s = soft_limit_s
        self._lock = threading.Lock()
        self._missed: dict[str, dict[str, Evidence]] = {}
        """What customers said while the model was away, by call."""
        self._problem = AssistantError("the model cannot be reached")
        self._failures = 0
        """In a row, of any call."""
        self._rests_until_s = float("-inf")

    @property
    def name(self) -> str:
        return self._primary.name

    def respond(self, turn: Turn) -> Iterator[Event]:
        """Help for a turn; nothing more comes once the conversation overtook it before the first word."""
        if self._resting():
            yield from self._offline(turn, None)
            return
        deadline_s = self._clock.monotonic_s() + self._soft_limit_s
        for attempt in count():
            try:
                yield from self._ask(turn, deadline_s)
            except AssistantError as error:
                problem = error
            except _TooSlow:
                yield from self._in_place(turn, SLOW)
                return
            except _Overtaken:
                return
            else:
                yield from self._back(turn)
                return
            if turn.overtaken():
                return
            wait_s = problem.retry_after_s if problem.retry_after_s is not None else FIRST_BACKOFF_S * 2**attempt
            if not problem.retryable or self._clock.monotonic_s() + wait_s >= deadline_s:
                break
            self._clock.wait(threading.Event(), wait_s)
        yield from self._offline(turn, problem)

    def _ask(self, turn: Turn, deadline_s: float) -> Iterator[Event]:
        """The primary's events until it is done; a draft that breaks off is taken back.

        Raises AssistantError, _TooSlow or _Overtaken.
        """
        listening = _Listening(self._primary, turn, self._clock)
        draft: str | None = None
        words = False
        try:
            while (event := listening.next(deadline_s, turn.overtaken if not words else _never)) is not None:
                match event:
                    case SuggestionStarted(suggestion_id=suggestion_id):
                        draft = suggestion_id
                    case SuggestionDelta():
                        words = True
                    case SuggestionCompleted() | SuggestionDiscarded():
                        draft = None
                    case _:
                        pass
                yield event
                if words:
                    deadline_s = self._clock.monotonic_s() + self._soft_limit_s
        except (AssistantError, _TooSlow, _Overtaken):
            if draft is not None:
                yield SuggestionDiscarded(suggestion_id=draft, reason="the model broke off")
            raise
        finally:
            listening.cancel()

    def _in_place(self, turn: Turn, why: str) -> Iterator[Event]:
        for event in self._playbook.respond(turn):
            if isinstance(event, SuggestionStarted):
                yield replace(event, assistant=f"{event.assistant} ({why})")
            else:
                yield event

    def _offline(self, turn: Turn, problem: AssistantError | None) -> Iterator[Event]:
        with self._lock:
            begins = turn.call.call_id not in self._missed
            missed = self._missed.setdefault(turn.call.call_id, {})
            missed |= {line.utterance_id: _words(line) for line in turn.utterances if line.speaker == "customer"}
            while len(self._missed) > CALLS_KEPT:
                del self._missed[next(iter(self._missed))]
            if problem is not None:
                rest_s = min(FIRST_REST_S * 2**self._failures, LONGEST_REST_S) if problem.retryable else LONGEST_REST_S
                self._failures = min(self._failures + 1, 10)
                self._rests_until_s = self._clock.monotonic_s() + max(rest_s, problem.retry_after_s or 0.0)
                self._problem = problem
            known = self._problem
        if begins:
            message = f"{str(known)[:1].upper()}{str(known)[1:]}. The playbook helps until the model is back."
            yield ProviderFailed(provider=self.name, message=message, retryable=known.retryable)
        yield from self._in_place(turn, OFFLINE)

    def _back(self, turn: Turn) -> Iterator[Event]:
        """After a success: offer what was missed, once."""
        with self._lock:
            self._failures, self._rests_until_s = 0, float("-inf")
            missed = self._missed.pop(turn.call.call_id, {})
        if missed and turn.trigger != "end":
            yield from self._offer(list(missed.values()))

    def _offer(self, missed: list[Evidence]) -> Iterator[Event]:
        suggestion_id = self._new_id("sug")
        triggered_by = [words.ref for words in missed]
        quotes = ", ".join(f"“{words.text[:_LONGEST_QUOTE]}”" for words in missed[-_OFFERED:])
        number = f"{len(missed)} customer lines were" if len(missed) > 1 else "1 customer line was"
        message = f"Model is back: {number} answered offline. Ask for its view on {quotes}."
        yield SuggestionStarted(
            suggestion_id=suggestion_id,
            kind="info",
            priority="tip",
            rule="backlog",
            assistant=self.name,
            triggered_by=triggered_by,
        )
        yield SuggestionDelta(suggestion_id=suggestion_id, text=message)
        yield SuggestionCompleted(
            suggestion_id=suggestion_id,
            kind="info",
            priority="tip",
            message=message,
            evidence=missed,
            triggered_by=triggered_by,
        )

    def _resting(self) -> bool:
        with self._lock:
            return self._clock.monotonic_s() < self._rests_until_s


class _TooSlow(Exception):
    """Nothing came within the limit."""


class _Overtaken(Exception):
    """The conversation went on before the first word."""


class _Listening:
    """Iterates an assistant on a thread of its own, so that waiting for it can be given up at any time."""

    def __init__(self, assistant: Assistant, turn: Turn, clock: Clock) -> None:
        self._assistant = assistant
        self._turn = turn
        self._clock = clock
        self._came: deque[Event | BaseException | None] = deque()
        self._news = threading.Event()
        self._cancelled = threading.Event()
        threading.Thread(target=self._listen, name=f"model-{turn.call.call_id}", daemon=True).start()

    def next(self, deadline_s: float, overtaken: Callable[[], bool]) -> Event | None:
        """The next event; None at the end. Raises _TooSlow, _Overtaken, and whatever the assistant raised."""
        while not self._came:
            self._news.clear()
            if self._came:
                break
            left_s = deadline_s - self._clock.monotonic_s()
            if left_s <= 0:
                raise _TooSlow
            self._clock.wait(self._news, min(left_s, LOOK_S))
            if not self._came and overtaken():
                raise _Overtaken
        item = self._came.popleft()
        if isinstance(item, BaseException):
            raise item
        return item

    def cancel(self) -> None:
        """Let the assistant stop at its next event, at the latest when its own time limit ends the request."""
        self._cancelled.set()

    def _listen(self) -> None:
        events = iter(self._assistant.respond(self._turn))
        try:
            for event in events:
                if self._cancelled.is_set():
                    break
                self._put(event)
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self._put(error)
        else:
            self._put(None)
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()

    def _put(self, item: Event | BaseException | None) -> None:
        self._came.append(item)
        self._news.set()


def _words(line: Utterance) -> Evidence:
    return Evidence(kind="words", ref=line.utterance_id, text=line.text)


def _never() -> bool:
    return False
