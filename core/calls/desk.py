"""Where calls are taken: every live call of the process, and what an agent can do in one."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol

from core.access import Viewer
from core.calls.acting import Acting, Actions
from core.calls.assist import AssistantWorker
from core.calls.bridge import Seat
from core.calls.call import CHAT, Call, Suggestion
from core.calls.events import (
    ActionRefused,
    ActionTaken,
    CallEnded,
    CallRated,
    CallStarted,
    Channel,
    CustomerIdentified,
    CustomerRecordChanged,
    EndReason,
    Event,
    HelpEnded,
    HelpRequested,
    HoldEnded,
    HoldStarted,
    MessageDelivered,
    MessageSent,
    MomentFlagged,
    Party,
    PartyJoined,
    PartyLeft,
    QuestionAsked,
    SuggestionDismissed,
    SuggestionPinned,
    SuggestionRated,
    SuggestionUsed,
    SummaryWritten,
    SupervisionMode,
    SupervisorJoined,
    SupervisorLeft,
    WrapUpCompleted,
)
from core.calls.live_call import LiveCall, MakeLine, Signals, held_s
from core.calls.log import EventLog
from core.calls.microphone import Microphone
from core.calls.talker import Offer, OnEnd, Talker
from core.clock import Clock
from core.errors import CallAlreadyEnded, CallError
from core.languages import ANY_LANGUAGE

CLOSE_TIMEOUT_S = 1.5
MESSAGE_MAX_CHARS = 2_000
COMMENT_MAX_CHARS = 1_000
MakeCaller = Callable[[str, Offer, OnEnd], Talker]
"""Makes who talks in the call of that id, given where the sound goes and whom to tell when it is over."""


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
        actions: Actions,
        recordings: Path,
        transcribe_on_hold: bool = False,
    ) -> None:
        self._log = event_log
        self._clock = clock
        self._customers = customers
        self._make_line = make_line
        self._make_worker = make_worker
        self._new_id = new_id
        self._recordings = recordings
        self._transcribe_on_hold = transcribe_on_hold
        self._acting = Acting(event_log, actions, new_id)
        self._lock = threading.Lock()
        self._live: dict[str, LiveCall] = {}

    def recover(self) -> list[str]:
        """Close what a stopped process left open, with everything it had; the ids of the interrupted calls."""
        interrupted = []
        for call_id in self._log.interrupted():
            self._acting.catch_up(call_id)
            if self._log.call(call_id).end_reason is None:
                self._log.append(call_id, CallEnded(reason="interrupted"))
                interrupted.append(call_id)
            self._log.append(call_id, WrapUpCompleted(disposition="not wrapped up"))
        self._log.sync()
        return interrupted

    def start(
        self,
        agent: str,
        source: Literal["microphone", "demo", "customer", "scripted"] = "microphone",
        title: str = "",
        channel: Channel = "voice",
        engine: str = "",
        language: str = ANY_LANGUAGE,
    ) -> str:
        """Begin a call and its assistant; its id. `agent` is empty while nobody has answered; an empty `engine` is as
        configured, and `language` is the customer's."""
        call_id = self._new_id("call")
        begun_s = self._clock.monotonic_s()

        def elapsed_s() -> float:
            return self._clock.monotonic_s() - begun_s

        self._log.open(call_id, elapsed_s)
        started = CallStarted(
            source=source, agent=agent, title=title, channel=channel, engine=engine, language=language
        )
        self._log.append(call_id, started)
        worker = self._make_worker(call_id)
        live = LiveCall(
            call_id,
            self._log,
            self._clock,
            self._make_line,
            worker,
            elapsed_s,
            lambda reason: self.end(call_id, reason),
            transcribe_on_hold=self._transcribe_on_hold,
        )
        with self._lock:
            self._live[call_id] = live
        worker.start()
        return call_id

    def play(self, path: Path, title: str, agent: str, engine: str = "", language: str = ANY_LANGUAGE) -> str:
        """Begin a call whose parties are the voices of a recording, in real time; its id."""
        call_id = self.start(agent, source="demo", title=title, engine=engine, language=language)
        self._call(call_id).play(path)
        return call_id

    def append(self, call_id: str, event: Event) -> None:
        """Log what happened to a call elsewhere, and let its parties hear each other accordingly."""
        self._log.append(call_id, event)
        live = self._live.get(call_id)
        if live is not None:
            live.arrange()

    def microphone(self, call_id: str, seat: Seat) -> Microphone:
        """The browser at a seat of the call. Raises UnknownCall, CallAlreadyEnded."""
        return self._call(call_id).microphone(seat)

    def caller(self, call_id: str, make: MakeCaller) -> None:
        """Let somebody talk by a script on the customer's side. Raises UnknownCall, CallAlreadyEnded."""
        self._call(call_id).caller(lambda offer, on_end: make(call_id, offer, on_end))

    def mute(self, call_id: str, party: Party, muted: bool) -> None:
        self._call(call_id).mute(party, muted)

    def hold(self, call_id: str, by: str) -> None:
        """Put the customer on hold. Raises CallError when nobody has answered yet."""
        call = self._call(call_id).now()
        if call.waiting:
            raise CallError("answer the call before you put the customer on hold")
        if not call.on_hold:
            self.append(call_id, HoldStarted(by=by))

    def resume(self, call_id: str, by: str) -> None:
        """Take the customer off hold."""
        live = self._call(call_id)
        call = live.now()
        if call.on_hold:
            self.append(call_id, HoldEnded(by=by, held_s=held_s(call, live.elapsed_s())))

    def send(self, call_id: str, sender: Party, text: str, suggestion_id: str | None = None) -> str:
        """Send a message to the other party; its id. Raises CallError for an empty or endless one."""
        written = text.strip()
        if not written:
            raise CallError("write a message first")
        if len(written) > MESSAGE_MAX_CHARS:
            raise CallError(f"a message may have {MESSAGE_MAX_CHARS} characters; send it in parts")
        self._call(call_id).typing(sender, stopped=True)
        sent = MessageSent(message_id=self._new_id("msg"), sender=sender, text=written, suggestion_id=suggestion_id)
        self._log.append(call_id, sent)
        if suggestion_id is not None:
            self.use(call_id, suggestion_id, written)
        return sent.message_id

    def delivered(self, call_id: str, message_id: str, reader: Party) -> None:
        """A message of the other party has reached the screen of `reader`."""
        message = self._log.call(call_id).utterances.get(message_id)
        theirs = message is not None and message.engine == CHAT and message.speaker != reader
        if message is not None and theirs and not message.delivered:
            self._log.append(call_id, MessageDelivered(message_id=message_id))

    def typing(self, call_id: str, party: Party) -> None:
        """A party has pressed a key; it counts as typing for a moment."""
        live = self._live.get(call_id)
        if live is not None:
            live.typing(party)

    def arrive(self, call_id: str, party: Party) -> None:
        """A party of a chat is there."""
        self._call(call_id)
        self._log.append(call_id, PartyJoined(party=party, engine=CHAT))

    def depart(self, call_id: str, party: Party) -> None:
        """A party of a chat is gone, perhaps to come back."""
        if self._log.call(call_id).live:
            self._log.append(call_id, PartyLeft(party=party))

    def request_help(self, call_id: str, reason: str) -> None:
        """The agent asks for a supervisor."""
        self._call(call_id)
        self._log.append(call_id, HelpRequested(reason=reason.strip()))

    def end_help(self, call_id: str, by: str) -> None:
        """The request is met, or taken back."""
        if self._log.call(call_id).help is not None:
            self._log.append(call_id, HelpEnded(by=by))

    def supervise(self, call_id: str, supervisor: str, mode: SupervisionMode, *, visible: bool = True) -> None:
        """Let a supervisor listen, whisper to the agent, or join; again, to change how."""
        joined = SupervisorJoined(supervisor=supervisor, mode=mode, visible=visible)
        if self._call(call_id).now().supervisors.get(supervisor) != joined:
            self.append(call_id, joined)

    def stop_supervising(self, call_id: str, supervisor: str) -> None:
        call = self._log.call(call_id)
        if call.live and supervisor in call.supervisors:
            self.append(call_id, SupervisorLeft(supervisor=supervisor))

    def record(self, call_id: str) -> None:
        """Begin to record both parties. Does nothing when that is so already."""
        self._call(call_id).record(self._recordings)

    def pause_recording(self, call_id: str, by: str, reason: str = "") -> None:
        """Write silence for a while, as for card data. Raises CallError when nothing is recorded."""
        live = self._call(call_id)
        if live.now().recording == "on":
            live.pause_recording(by, reason.strip())

    def resume_recording(self, call_id: str, by: str) -> None:
        live = self._call(call_id)
        if live.now().recording == "paused":
            live.resume_recording(by)

    def rate_call(self, call_id: str, score: int, comment: str = "") -> None:
        """The customer's answer to the survey; the first one counts. Raises CallError."""
        call = self._log.call(call_id)
        if not 1 <= score <= 5:
            raise CallError("choose one to five stars")
        if call.live:
            raise CallError("the call can be rated when it is over")
        if call.rating is None:
            self._log.append(call_id, CallRated(score=score, comment=comment.strip()[:COMMENT_MAX_CHARS]))

    def end(self, call_id: str, reason: EndReason = "completed") -> None:
        """Begin to end a call: what was said is settled and answered first. Does nothing if it is over."""
        live = self._live.get(call_id)
        if live is not None:
            live.end(reason, lambda: self._forget(call_id))

    def use(self, call_id: str, suggestion_id: str, text: str | None = None) -> None:
        """The agent uses a suggestion, in words of their own when `text` is given."""
        suggestion = self._suggestion(call_id, suggestion_id)
        own = text.strip() if text else None
        edited = own if own != suggestion.message.strip() else None
        self._settle(call_id, suggestion, SuggestionUsed(suggestion_id=suggestion_id, text=edited or None))

    def dismiss(self, call_id: str, suggestion_id: str, reason: str = "") -> None:
        dismissed = SuggestionDismissed(suggestion_id=suggestion_id, reason=reason.strip())
        self._settle(call_id, self._suggestion(call_id, suggestion_id), dismissed)

    def rate(self, call_id: str, suggestion_id: str, helpful: bool) -> None:
        """Thumbs up or down; the last one counts."""
        if self._suggestion(call_id, suggestion_id).helpful != helpful:
            self._log.append(call_id, SuggestionRated(suggestion_id=suggestion_id, helpful=helpful))

    def pin(self, call_id: str, suggestion_id: str, pinned: bool) -> None:
        if self._suggestion(call_id, suggestion_id).pinned != pinned:
            self._log.append(call_id, SuggestionPinned(suggestion_id=suggestion_id, pinned=pinned))

    def ask(self, call_id: str, text: str) -> str:
        """Ask the assistant about this call; the id of the question, which triggers the answer."""
        question = QuestionAsked(question_id=self._new_id("ask"), text=" ".join(text.split()))
        if not question.text:
            raise CallError("type a question first")
        if not self._log.call(call_id).live:
            raise CallAlreadyEnded("the call is over, so the assistant does not answer any more")
        self._log.append(call_id, question)
        return question.question_id

    def flag(self, call_id: str, note: str = "", at_s: float | None = None) -> str:
        """Mark a moment, now unless `at_s` says when (seconds from call start); its id."""
        moment_s = self.position(call_id)[1] if at_s is None else at_s
        flagged = MomentFlagged(moment_id=self._new_id("moment"), at_s=max(0.0, moment_s), note=note.strip())
        self._log.append(call_id, flagged)
        return flagged.moment_id

    def propose(self, call_id: str, action: str, arguments: Mapping[str, Any], proposed_by: str = "agent") -> str:
        """Put an action before the agent, with what it would change; its id. Raises CallError, ActionError."""
        return self._acting.propose(call_id, action, arguments, proposed_by)

    def accept_proposal(self, call_id: str, suggestion_id: str) -> str:
        """Take up the action a suggestion comes with, which still has to be confirmed; its id."""
        suggestion = self._suggestion(call_id, suggestion_id)
        if suggestion.action is None:
            raise CallError("this suggestion comes without an action; choose one yourself")
        wanted = suggestion.action
        action_id = self.propose(call_id, wanted.action, wanted.arguments, proposed_by=suggestion.assistant)
        self._settle(call_id, suggestion, SuggestionUsed(suggestion_id=suggestion_id))
        return action_id

    def confirm(self, call_id: str, action_id: str, viewer: Viewer) -> ActionTaken | ActionRefused:
        """Carry an action out on the word of `viewer`; again, the same answer and nothing more.

        Raises NotAllowed for strangers, CallError for what is unknown, undone or wrapped up.
        """
        outcome = self._acting.confirm(call_id, action_id, viewer)
        self._show_record(call_id)
        return outcome

    def decline(self, call_id: str, action_id: str, reason: str = "") -> None:
        """The agent decides against a proposed action."""
        self._acting.decline(call_id, action_id, reason.strip())

    def undo(self, call_id: str, action_id: str, viewer: Viewer) -> None:
        """Take an action back, as long as the call is not wrapped up. Raises NotAllowed, CallError, ActionError."""
        self._acting.undo(call_id, action_id, viewer)
        self._show_record(call_id)

    def _show_record(self, call_id: str) -> None:
        customer = self._log.call(call_id).customer
        if customer is None:
            return
        profile = self._customers.profile(customer.customer_id)
        if profile != customer.profile:
            self._log.append(call_id, CustomerRecordChanged(customer_id=customer.customer_id, profile=profile))

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

    def write_summary(self, call_id: str, summary: SummaryWritten) -> None:
        """The agent's version of what the call was about. Raises CallError while it is still going on."""
        if self._log.call(call_id).live:
            raise CallError("end the call before you write its summary")
        self._log.append(call_id, summary)

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

    def _suggestion(self, call_id: str, suggestion_id: str) -> Suggestion:
        suggestion = self._log.call(call_id).suggestions.get(suggestion_id)
        if suggestion is None:
            raise CallError(f"call {call_id} has no suggestion {suggestion_id}")
        return suggestion

    def _settle(self, call_id: str, suggestion: Suggestion, event: SuggestionUsed | SuggestionDismissed) -> None:
        if suggestion.state in ("writing", "shown"):
            self._log.append(call_id, event)

    def _call(self, call_id: str) -> LiveCall:
        live = self._live.get(call_id)
        if self._log.call(call_id).live and live is not None:
            return live
        raise CallAlreadyEnded(f"call {call_id} is over; start a new one")

    def _forget(self, call_id: str) -> None:
        with self._lock:
            self._live.pop(call_id, None)
