"""Carrying out what an agent says to Sidetone: the same clicks, under the same rules, with an answer in words."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from core.access import Viewer
from core.assistant.voice_commands import VoiceCommand, voice_command
from core.calls.call import CHAT, Call, Suggestion, Utterance
from core.calls.events import Json, VoiceCommandGiven
from core.calls.log import EventLog
from core.errors import SidetoneError

log = logging.getLogger(__name__)
WAKE_LASTS_S = 5.0
"""How long after the wake word alone the command may begin."""
Obey = Callable[[Viewer, str, Mapping[str, Json]], None]
"""Carries out a click in the call of that id. Raises SidetoneError."""


@dataclass(frozen=True, slots=True)
class _Answer:
    message: str
    click: dict[str, Json] = field(default_factory=dict)
    """What is to be clicked; empty when nothing is."""
    subject: str = ""
    refused: bool = False


class VoiceCommands:
    """Listens for commands in what the agent of one call says, where they are switched on. Owned by one thread."""

    def __init__(self, call_id: str, event_log: EventLog, obey: Obey) -> None:
        self._call_id = call_id
        self._log = event_log
        self._obey = obey

    def take(self, utterance_id: str) -> bool:
        """Carry out the command in a final utterance; True when it was one, and nothing the customer was told."""
        call = self._log.call(self._call_id)
        utterance = call.utterances[utterance_id]
        if not call.voice_commands or utterance.speaker != "agent" or utterance.engine == CHAT:
            return False
        command = voice_command(utterance.spoken or utterance.text, awake=_woken(call, utterance))
        if command is None:
            return False
        answer = self._carried_out(call, _answer(call, utterance, command))
        given = VoiceCommandGiven(
            utterance_id=utterance_id,
            command=command.name,
            message=answer.message,
            done=not answer.refused,
            subject=answer.subject,
        )
        self._log.append(self._call_id, given)
        return self._log.call(self._call_id).to_sidetone(utterance_id)

    def _carried_out(self, call: Call, answer: _Answer) -> _Answer:
        if answer.refused or not answer.click:
            return answer
        try:
            # The rights of any agent, whoever took the call: a voice proves nothing about who speaks.
            self._obey(Viewer(call.agent, "agent"), self._call_id, answer.click)
        except SidetoneError as error:
            log.info("a voice command was refused: %s", error)
            return _Answer(f"Not done: {error}.", refused=True)
        return answer


def _woken(call: Call, utterance: Utterance) -> bool:
    """Whether the wake word was the last thing the agent said, on its own and just before."""
    earlier = [one for one in call.utterances.values() if one.speaker == "agent" and one.start_s < utterance.start_s]
    last = max((one for one in earlier if one.text), key=lambda one: one.start_s, default=None)
    if last is None or utterance.start_s - (last.end_s or last.start_s) > WAKE_LASTS_S:
        return False
    given = call.commands.get(last.utterance_id)
    return given is not None and given.command == "wake"


def _answer(call: Call, utterance: Utterance, command: VoiceCommand) -> _Answer:
    """What is to be clicked for a command, and what the agent is told when that worked."""
    said = command.argument
    match command.name:
        case "flag":
            note = f": {said}" if said else ""
            click = {"name": "flag", "at_s": utterance.start_s, "note": said}
            return _Answer(f"Flagged at {_clock(utterance.start_s)}{note}.", click)
        case "use" | "dismiss" | "pin" | "unpin" as what:
            return _with_suggestion(what, _newest(call, utterance, pinned=what == "unpin"))
        case "open":
            return _opened(call, said)
        case "ask":
            return _Answer(f"Asked: {said}", {"name": "ask", "text": said})
        case "hold":
            return _Answer("The customer is on hold.", {"name": "hold"})
        case "resume" if not call.on_hold:
            return _Answer("The customer is not on hold.", refused=True)
        case "resume":
            return _Answer("The customer is off hold.", {"name": "resume"})
        case "request_help":
            return _Answer("A supervisor was asked for.", {"name": "request_help", "reason": said})
        case "end_help" if call.help is None:
            return _Answer("No supervisor was asked for.", refused=True)
        case "end_help":
            return _Answer("The request for help was taken back.", {"name": "end_help"})
        case "pause_recording" if call.recording != "on":
            return _Answer("Nothing is being recorded at the moment.", refused=True)
        case "pause_recording":
            return _Answer("The recording is paused.", {"name": "pause_recording"})
        case "resume_recording" if call.recording != "paused":
            return _Answer("The recording is not paused.", refused=True)
        case "resume_recording":
            return _Answer("The recording goes on.", {"name": "resume_recording"})
        case "list":
            return _Answer("These are the commands.")
        case "wake":
            return _Answer("Listening: say the command.")
        case "unknown":
            return _Answer(f"Not understood: “{said}”. Say “sidetone help” for the list.", refused=True)


def _with_suggestion(what: str, suggestion: Suggestion | None) -> _Answer:
    if suggestion is None:
        return _Answer(f"There is no suggestion on screen to {what}.", refused=True)
    done = {"use": "Used", "dismiss": "Dismissed", "pin": "Pinned", "unpin": "Unpinned"}[what]
    click: dict[str, Json] = {"name": what, "suggestion_id": suggestion.suggestion_id}
    if what in ("pin", "unpin"):
        click |= {"name": "pin", "pinned": what == "pin"}
    return _Answer(f"{done}: {suggestion.message}", click, f"suggestions/{suggestion.suggestion_id}")


def _newest(call: Call, utterance: Utterance, *, pinned: bool) -> Suggestion | None:
    """The newest card that was on screen when the agent began to speak."""
    seen = [one for one in call.suggestions.values() if one.started_s <= utterance.start_s]
    kept = [one for one in seen if one.pinned] if pinned else [one for one in seen if one.state == "shown"]
    return kept[-1] if kept else None


def _opened(call: Call, what: str) -> _Answer:
    if call.customer is None:
        return _Answer("Nobody is identified yet, so there is no record to open.", refused=True)
    profile = call.customer.profile
    if what == "order":
        what = next((one.value for one in reversed(call.entities) if one.kind == "order" and one.resolved), "")
        if not what:
            return _Answer("No order was named yet; say its number.", refused=True)
    if what.isdecimal():
        if any(str(order.get("order_id")) == what for order in profile.get("orders", ())):
            return _Answer(f"Here is order #{what}.", subject=f"orders/{what}")
        return _Answer(f"{call.customer.name} has no order #{what} on file.", refused=True)
    if what != "contact" and not profile.get(what.replace(" ", "_")):
        return _Answer(f"{call.customer.name} has no {what} on file.", refused=True)
    return _Answer(f"Here: {what}.", subject=f"record/{what}")


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"
