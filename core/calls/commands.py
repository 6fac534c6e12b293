"""What an agent's page may ask for: one function per command, found by its name.

A command is `{"id", "name", …fields}` as the browser sends it; the fields are the function's parameters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from pydantic import ConfigDict, SkipValidation, ValidationError, validate_call

from core.access import Viewer, require
from core.calls.desk import Desk
from core.calls.events import Json, Party, VoiceCommandsSwitched
from core.errors import CallError

REPORTS = frozenset({"identified", "ended", "colleagues"})
"""No clicks: the page tells that a call got somewhere, or wants fresh data, which any script run brings."""


class Transfers(Protocol):
    """Who finds another agent for a call."""

    def transfer(self, call_id: str, by: str, to: str = "", note: str = "") -> None:
        """To an agent, or back to the queue when `to` is empty."""
        ...


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a command was given, and by whom."""

    desk: Desk
    transfers: Transfers
    viewer: Viewer
    call_id: str


_At = Annotated[_Place, SkipValidation]


def obey(desk: Desk, transfers: Transfers, viewer: Viewer, call_id: str, command: Mapping[str, Json]) -> None:
    """Carry out a click of the agent. Raises SidetoneError, NotAllowed for strangers."""
    require(viewer, "take calls")
    name = str(command.get("name", ""))
    if name in REPORTS:
        return
    strange = f"this page asks for something Sidetone does not know ({name}); reload it"
    if name not in COMMANDS:
        raise CallError(strange)
    fields = {field: value for field, value in command.items() if field not in ("id", "name")}
    try:
        COMMANDS[name](_Place(desk, transfers, viewer, call_id), **fields)
    except ValidationError as error:
        raise CallError(strange) from error


def _use(at: _At, *, suggestion_id: str, text: str | None = None) -> None:
    at.desk.use(at.call_id, suggestion_id, text)


def _dismiss(at: _At, *, suggestion_id: str, reason: str = "") -> None:
    at.desk.dismiss(at.call_id, suggestion_id, reason)


def _rate(at: _At, *, suggestion_id: str, helpful: bool) -> None:
    at.desk.rate(at.call_id, suggestion_id, helpful)


def _pin(at: _At, *, suggestion_id: str, pinned: bool) -> None:
    at.desk.pin(at.call_id, suggestion_id, pinned)


def _ask(at: _At, *, text: str) -> None:
    at.desk.ask(at.call_id, text)


def _flag(at: _At, *, at_s: float, note: str) -> None:
    at.desk.flag(at.call_id, note, at_s)


def _propose(at: _At, *, action: str, arguments: dict[str, Any]) -> None:
    at.desk.propose(at.call_id, action, arguments)


def _accept(at: _At, *, suggestion_id: str) -> None:
    at.desk.accept_proposal(at.call_id, suggestion_id)


def _confirm(at: _At, *, action_id: str) -> None:
    at.desk.confirm(at.call_id, action_id, at.viewer)


def _decline(at: _At, *, action_id: str) -> None:
    at.desk.decline(at.call_id, action_id)


def _undo(at: _At, *, action_id: str) -> None:
    at.desk.undo(at.call_id, action_id, at.viewer)


def _choose_customer(at: _At, *, customer_id: str) -> None:
    at.desk.choose_customer(at.call_id, customer_id)


def _mute(at: _At, *, party: Party) -> None:
    at.desk.mute(at.call_id, party, True)


def _unmute(at: _At, *, party: Party) -> None:
    at.desk.mute(at.call_id, party, False)


def _hold(at: _At) -> None:
    at.desk.hold(at.call_id, at.viewer.name)


def _resume(at: _At) -> None:
    at.desk.resume(at.call_id, at.viewer.name)


def _transfer(at: _At, *, to: str = "", note: str = "") -> None:
    at.transfers.transfer(at.call_id, at.viewer.name, to=to, note=note.strip())


def _send(at: _At, *, text: str, suggestion_id: str | None = None) -> None:
    at.desk.send(at.call_id, "agent", text, suggestion_id)


def _request_help(at: _At, *, reason: str = "") -> None:
    at.desk.request_help(at.call_id, reason)


def _end_help(at: _At) -> None:
    at.desk.end_help(at.call_id, at.viewer.name)


def _pause_recording(at: _At, *, reason: str = "") -> None:
    at.desk.pause_recording(at.call_id, at.viewer.name, reason)


def _resume_recording(at: _At) -> None:
    at.desk.resume_recording(at.call_id, at.viewer.name)


def _voice_commands(at: _At, *, on: bool) -> None:
    call = at.desk.call(at.call_id)
    if call.live and call.voice_commands != on:
        at.desk.append(at.call_id, VoiceCommandsSwitched(on=on, by=at.viewer.name))


def _end(at: _At) -> None:
    at.desk.end(at.call_id)


_checked = validate_call(config=ConfigDict(strict=True, arbitrary_types_allowed=True))
COMMANDS: Mapping[str, Callable[..., None]] = {
    command.__name__.removeprefix("_"): _checked(command)
    for command in (
        _use,
        _dismiss,
        _rate,
        _pin,
        _ask,
        _flag,
        _propose,
        _accept,
        _confirm,
        _decline,
        _undo,
        _choose_customer,
        _mute,
        _unmute,
        _hold,
        _resume,
        _transfer,
        _send,
        _request_help,
        _end_help,
        _pause_recording,
        _resume_recording,
        _voice_commands,
        _end,
    )
}
