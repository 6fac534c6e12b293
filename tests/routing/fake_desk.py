"""A desk without sound, threads or database: the calls' logs, and an end that takes as long as the test says."""

from collections.abc import Callable
from typing import Any, Literal

from core.calls.call import Call, apply
from core.calls.events import (
    CallEnded,
    CallStarted,
    Channel,
    EndReason,
    Event,
    HoldEnded,
    PartyJoined,
    Recorded,
    WrapUpCompleted,
)
from core.clock import ManualClock
from core.errors import CallAlreadyEnded, UnknownCall

SARAH = {"account_number": "24680", "name": "Sarah Johnson", "tier": "silver"}
PAT = {"account_number": "11111", "name": "Pat Plum", "tier": "platinum"}


class FakeCustomers:
    def look_up(self, name: str, account_number: str) -> str | None:
        found = [
            key
            for key, one in {"sarah": SARAH, "pat": PAT}.items()
            if account_number == one["account_number"] or (not account_number and name == one["name"])
        ]
        return found[0] if len(found) == 1 else None

    def profile(self, customer_id: str) -> dict[str, Any]:
        return {"sarah": SARAH, "pat": PAT}.get(customer_id, {})


class FakeDesk:
    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._begun_s: dict[str, float] = {}
        self.calls: dict[str, Call] = {}
        self.log: dict[str, list[Event]] = {}
        self.ending: dict[str, EndReason] = {}
        self.recorded: list[str] = []

    def start(
        self,
        agent: str,
        source: Literal["customer", "scripted"],
        title: str = "",
        channel: Channel = "voice",
        engine: str = "",
        language: str = "auto",
    ) -> str:
        call_id = f"call_{len(self.calls):04d}"
        started = CallStarted(
            source=source, agent=agent, title=title, channel=channel, engine=engine, language=language
        )
        self.begin(call_id, started)
        if channel == "voice":
            self.append(call_id, PartyJoined(party="customer", engine="none"))
        return call_id

    def begin(self, call_id: str, started: CallStarted) -> None:
        self._begun_s[call_id] = self._clock.monotonic_s()
        self.calls[call_id], self.log[call_id] = Call(call_id), []
        self.append(call_id, started)

    def append(self, call_id: str, event: Event) -> None:
        call = self.call(call_id)
        if call.wrap_up is not None:
            raise CallAlreadyEnded(call_id)
        offset_s = self._clock.monotonic_s() - self._begun_s[call_id]
        self.calls[call_id] = apply(call, Recorded(call_id, call.seq + 1, offset_s, self._clock.now(), event))
        self.log[call_id].append(event)

    def call(self, call_id: str) -> Call:
        if call_id not in self.calls:
            raise UnknownCall(call_id)
        return self.calls[call_id]

    def live_calls(self) -> list[Call]:
        return [call for call in self.calls.values() if call.live]

    def resume(self, call_id: str, by: str) -> None:
        self.append(call_id, HoldEnded(by=by, held_s=0.0))

    def record(self, call_id: str) -> None:
        self.recorded.append(call_id)

    def end(self, call_id: str, reason: EndReason = "completed") -> None:
        self.ending.setdefault(call_id, reason)

    def settle(self) -> None:
        """Let the ends that were asked for happen."""
        for call_id, reason in self.ending.items():
            if self.calls[call_id].live:
                self.append(call_id, CallEnded(reason=reason))
        self.ending.clear()

    def wrap_up(self, call_id: str, disposition: str, resolved: bool | None, note: str, by: str) -> None:
        self.append(call_id, WrapUpCompleted(disposition=disposition, resolved=resolved, note=note, by=by))


def numbered() -> Callable[..., str]:
    """Ids and tokens a test can foresee."""
    made = 0

    def new(prefix: str = "visit") -> str:
        nonlocal made
        made += 1
        return f"{prefix}_{made}"

    return new
