"""Where calls are taken: every live call of the process, and what an agent can do in one."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Protocol

from core.calls.assist import AssistantWorker
from core.calls.call import Call
from core.calls.events import (
    CallEnded,
    CallStarted,
    CustomerIdentified,
    EndReason,
    Party,
    SuggestionDismissed,
    SuggestionUsed,
    WrapUpCompleted,
)
from core.calls.live_call import LiveCall, MakeLine, Signals
from core.calls.log import EventLog
from core.calls.microphone import Microphone
from core.clock import Clock
from core.errors import CallAlreadyEnded, CallError

CLOSE_TIMEOUT_S = 1.5


class Profiles(Protocol):
    """What the desk needs to know of customers."""

    def profile(self, customer_id: str) -> dict[str, Any]:
        """Empty for an unknown id."""
        ...


class Desk:
    """All live calls. One per process; safe to use from any thread."""

    def __init__(
        self,
        event_log: EventLog,
        clock: Clock,
        customers: Profiles,
        make_line: MakeLine,
        make_worker: Callable[[str], AssistantWorker],
        new_id: Callable[[str], str],
    ) -> None:
        self._log = event_log
        self._clock = clock
        self._customers = customers
        self._make_line = make_line
        self._make_worker = make_worker
        self._new_id = new_id
        self._lock = threading.Lock()
        self._live: dict[str, LiveCall] = {}

    def recover(self) -> list[str]:
        """Close what a stopped process left open, with everything it had; the ids of the interrupted calls."""
        interrupted = []
        for call_id in self._log.interrupted():
            if self._log.call(call_id).end_reason is None:
                self._log.append(call_id, CallEnded(reason="interrupted"))
                interrupted.append(call_id)
            self._log.append(call_id, WrapUpCompleted(disposition="not wrapped up"))
        self._log.sync()
        return interrupted

    def start(self, agent: str, source: Literal["microphone", "demo"] = "microphone", title: str = "") -> str:
        """Begin a call and its assistant; its id."""
        call_id = self._new_id("call")
        begun_s = self._clock.monotonic_s()

        def elapsed_s() -> float:
            return self._clock.monotonic_s() - begun_s

        self._log.open(call_id, elapsed_s)
        self._log.append(call_id, CallStarted(source=source, agent=agent, title=title))
        worker = self._make_worker(call_id)
        live = LiveCall(
            call_id,
            self._log,
            self._clock,
            self._make_line,
            worker,
            elapsed_s,
            lambda reason: self.end(call_id, reason),
        )
        with self._lock:
            self._live[call_id] = live
        worker.start()
        return call_id

    def play(self, path: Path, title: str, agent: str) -> str:
        """Begin a call whose parties are the voices of a recording, in real time; its id."""
        call_id = self.start(agent, source="demo", title=title)
        self._call(call_id).play(path)
        return call_id

    def microphone(self, call_id: str, party: Party) -> Microphone:
        """The browser microphone of a party. Raises UnknownCall, CallAlreadyEnded."""
        return self._call(call_id).microphone(party)

    def mute(self, call_id: str, party: Party, muted: bool) -> None:
        self._call(call_id).mute(party, muted)

    def end(self, call_id: str, reason: EndReason = "completed") -> None:
        """Begin to end a call: what was said is settled and answered first. Does nothing if it is over."""
        live = self._live.get(call_id)
        if live is not None:
            live.end(reason, lambda: self._forget(call_id))

    def use(self, call_id: str, suggestion_id: str) -> None:
        self._settle_suggestion(call_id, SuggestionUsed(suggestion_id=suggestion_id))

    def dismiss(self, call_id: str, suggestion_id: str) -> None:
        self._settle_suggestion(call_id, SuggestionDismissed(suggestion_id=suggestion_id))

    def choose_customer(self, call_id: str, customer_id: str) -> None:
        """The agent says who the caller is."""
        profile = self._customers.profile(customer_id)
        if not profile:
            raise CallError(f"there is no customer {customer_id}; reload the page")
        chosen = CustomerIdentified(
            customer_id=customer_id,
            account_number=profile["account_number"],
            name=profile["name"],
            matched_on=["chosen by agent"],
            profile=profile,
        )
        self._log.append(call_id, chosen)

    def wrap_up(self, call_id: str, disposition: str, resolved: bool | None, note: str, by: str) -> None:
        """Close a call's log for good. Raises CallError while it is still going on."""
        if self._log.call(call_id).live:
            raise CallError("end the call before you wrap it up")
        self._log.append(call_id, WrapUpCompleted(disposition=disposition, resolved=resolved, note=note, by=by))

    def call(self, call_id: str) -> Call:
        """Raises UnknownCall."""
        return self._log.call(call_id)

    def live_calls(self) -> list[Call]:
        return self._log.live_calls()

    def signals(self, call_id: str) -> Signals:
        live = self._live.get(call_id)
        return live.signals() if live is not None else {}

    def position(self, call_id: str) -> tuple[bool, float]:
        """Whether the call is live, and how many seconds it has lasted."""
        call = self._log.call(call_id)
        live = self._live.get(call_id)
        return (True, live.elapsed_s()) if call.live and live is not None else (False, call.duration_s)

    def close(self) -> None:
        """End every call as interrupted, as far as that goes within a moment."""
        with self._lock:
            lives = list(self._live.values())
        for live in lives:
            self.end(live.call_id, "interrupted")
        for live in lives:
            live.join(CLOSE_TIMEOUT_S)

    def _settle_suggestion(self, call_id: str, event: SuggestionUsed | SuggestionDismissed) -> None:
        suggestion = self._log.call(call_id).suggestions.get(event.suggestion_id)
        if suggestion is None:
            raise CallError(f"call {call_id} has no suggestion {event.suggestion_id}")
        if suggestion.state in ("writing", "shown"):
            self._log.append(call_id, event)

    def _call(self, call_id: str) -> LiveCall:
        live = self._live.get(call_id)
        if live is not None:
            return live
        self._log.call(call_id)
        raise CallAlreadyEnded(f"call {call_id} is over; start a new one")

    def _forget(self, call_id: str) -> None:
        with self._lock:
            self._live.pop(call_id, None)
