"""The assistant's place in a call: what was said is understood, then help is streamed into the log."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from core.assistant.base import Assistant, Trigger, Turn
from core.assistant.restraint import may_speak, without_repeats
from core.calls.call import Call, Utterance
from core.calls.events import (
    Event,
    MessageSent,
    Party,
    ProviderFailed,
    QuestionAsked,
    SuggestionCompleted,
    SuggestionDelta,
    SuggestionDiscarded,
    SuggestionStarted,
    SummaryDelta,
    SummaryWritten,
    TranscriptFinal,
)
from core.calls.follow import Follower
from core.calls.log import EventLog
from core.clock import Clock
from core.errors import CallAlreadyEnded, UnknownCall

log = logging.getLogger(__name__)
COALESCE_S = 0.1
"""Somebody else has just stopped speaking: when their words settle within this time, all is answered together."""
WORD_S = 0.03
"""Time between two words of a streamed suggestion."""
TICK_S = 2.0
"""How often a live call is looked at while nobody says anything."""


class Understands(Protocol):
    def understand(self, call: Call, utterance: Utterance) -> list[Event]: ...


class Summarises(Protocol):
    def summarise(self, call: Call) -> Iterator[Event]: ...


class Interprets(Protocol):
    """Sees to it that both parties' languages are understood. Waits for nothing."""

    def line(self, utterance_id: str) -> None:
        """An utterance is understood."""
        ...

    def card(self, suggestion_id: str) -> None:
        """A card is complete."""
        ...

    def finish(self) -> None:
        """The call is over."""
        ...


class Assistance:
    """Understands utterances and streams help for one call. Owned by one thread."""

    def __init__(
        self,
        call_id: str,
        event_log: EventLog,
        understanding: Understands,
        alerts: Assistant,
        assistant: Assistant,
        summarist: Summarises,
        interpreter: Interprets | None = None,
    ) -> None:
        self._call_id = call_id
        self._log = event_log
        self._understanding = understanding
        self._alerts = alerts
        self._assistant = assistant
        self._summarist = summarist
        self._interpreter = interpreter

    @property
    def awaiting_final(self) -> bool:
        """See `Call.awaiting_final`."""
        return self._log.call(self._call_id).awaiting_final

    def understand(self, utterance_id: str) -> Utterance | None:
        """Log what an utterance tells; None when it held no words."""
        call = self._log.call(self._call_id)
        utterance = call.utterances[utterance_id]
        if not utterance.text:
            return None
        for event in self._understanding.understand(call, utterance):
            self._append(event)
        if self._interpreter is not None:
            self._interpreter.line(utterance_id)
        return self._log.call(self._call_id).utterances[utterance_id]

    def respond(
        self,
        trigger: Trigger,
        utterances: Sequence[Utterance] = (),
        question: QuestionAsked | None = None,
        pause: Callable[[], None] = lambda: None,
        overtaken: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Stream alerts, then help. False when the conversation overtook the help and it should be asked for again."""
        self._stream(self._alerts, self._turn(trigger, utterances, question), pause)
        if trigger == "tick" or (trigger != "ask" and not may_speak(self._log.call(self._call_id))):
            return True
        return self._stream(self._assistant, self._turn(trigger, utterances, question, overtaken), pause)

    def conclude(self, pause: Callable[[], None] | None = None) -> None:
        """The call is over: log a last word on what was left open, and what the call was about.

        With a `pause` between two words the summary streams in.
        """
        self.respond("end")
        for event in self._summarist.summarise(self._log.call(self._call_id)):
            if pause is not None and isinstance(event, SummaryWritten):
                for word in f"{event.reason} {event.done} {event.outcome}".split():
                    pause()
                    self._append(SummaryDelta(text=f"{word} "))
            self._append(event)
        if self._interpreter is not None:
            self._interpreter.finish()

    def failed(self, error: Exception) -> None:
        """Discard drafts left half written and tell the agent."""
        for suggestion in self._log.call(self._call_id).suggestions.values():
            if suggestion.state == "writing":
                self._append(SuggestionDiscarded(suggestion_id=suggestion.suggestion_id, reason="failed"))
        message = f"The assistant missed a turn: {error}. It goes on with the next."
        self._append(ProviderFailed(provider=self._assistant.name, message=message, retryable=True))

    def _turn(
        self,
        trigger: Trigger,
        utterances: Sequence[Utterance],
        question: QuestionAsked | None,
        overtaken: Callable[[], bool] = lambda: False,
    ) -> Turn:
        return Turn(self._log.call_now(self._call_id), tuple(utterances), trigger, question, overtaken)

    def _stream(self, assistant: Assistant, turn: Turn, pause: Callable[[], None]) -> bool:
        on_screen = [card.message for card in turn.call.suggestions.values() if card.state == "shown"]
        draft: str | None = None
        showing = helped = False
        for event in without_repeats(iter(assistant.respond(turn)), on_screen):
            if not showing and turn.overtaken():
                if draft is not None:
                    self._append(SuggestionDiscarded(suggestion_id=draft, reason="overtaken by the conversation"))
                return False
            match event:
                case SuggestionStarted(suggestion_id=suggestion_id):
                    draft = suggestion_id
                case SuggestionDelta():
                    # The first word waits for nothing.
                    if showing:
                        pause()
                    showing = True
                case SuggestionCompleted() | SuggestionDiscarded():
                    draft, showing, helped = None, False, True
                case _:
                    pass
            self._append(event)
            if isinstance(event, SuggestionCompleted) and self._interpreter is not None:
                self._interpreter.card(event.suggestion_id)
        # An assistant that noticed by itself has stopped without a word.
        return helped or not turn.overtaken()

    def _append(self, event: Event) -> None:
        self._log.append(self._call_id, event)


class AssistantWorker:
    """Follows a live call and helps. Owns one thread, so that slow help never delays a transcript."""

    def __init__(
        self,
        call_id: str,
        event_log: EventLog,
        assistance: Assistance,
        clock: Clock,
        told: Callable[[str], bool] = lambda utterance_id: False,
    ) -> None:
        """`told` is asked of everything the agent says: whether it was said to Sidetone, and is dealt with."""
        self._assistance = assistance
        self._clock = clock
        self._told = told
        self._follower = Follower(event_log, call_id)
        self._stopping = threading.Event()
        self._ticked_s = clock.monotonic_s()
        self._settled: list[tuple[str, Party]] = []
        self._asked: list[QuestionAsked] = []
        self._unanswered: dict[Party, list[Utterance]] = {"customer": [], "agent": []}
        self._worker = threading.Thread(target=self._run, name=f"assistant-{call_id}", daemon=True)

    def start(self) -> None:
        self._worker.start()

    def stop(self, timeout_s: float) -> None:
        """Answer everything committed until now, then end. Not from the worker itself."""
        self._stopping.set()
        self._follower.wake()
        self._worker.join(timeout_s)
        self._follower.close()

    def _run(self) -> None:
        while self._look() or not self._stopping.is_set():
            waited_in_vain = not self._settled and not self._asked and not self._look(TICK_S)
            self._guarded(self._tick if waited_in_vain else self._help)

    def conclude(self) -> None:
        """See `Assistance.conclude`. Called once the worker was stopped, from the thread that ends the call."""
        never = threading.Event()

        def pause() -> None:
            self._clock.wait(never, WORD_S)

        self._guarded(lambda: self._assistance.conclude(pause))

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except (CallAlreadyEnded, UnknownCall):
            log.info("the call was wrapped up before the assistant was done with it")
        except Exception as error:
            log.exception("the assistant failed")
            self._unanswered = {"customer": [], "agent": []}
            self._assistance.failed(error)

    def _tick(self) -> None:
        now_s = self._clock.monotonic_s()
        if now_s - self._ticked_s >= TICK_S and not self._stopping.is_set():
            self._ticked_s = now_s
            self._assistance.respond("tick")

    def _help(self) -> None:
        self._understand()
        while self._asked:
            self._assistance.respond("ask", question=self._asked.pop(0), pause=self._pause)
        if any(self._unanswered.values()):
            if self._assistance.awaiting_final:
                self._clock.wait(self._stopping, COALESCE_S)
            self._look()
            self._understand()
        for speaker in ("customer", "agent"):
            if self._unanswered[speaker] and not self._answer(speaker):
                return

    def _understand(self) -> None:
        while self._settled:
            utterance = self._assistance.understand(self._settled.pop(0)[0])
            if utterance is not None:
                self._unanswered[utterance.speaker].append(utterance)

    def _answer(self, speaker: Party) -> bool:
        said = self._unanswered[speaker]
        if not self._assistance.respond(speaker, said, pause=self._pause, overtaken=self._overtaken):
            return False
        self._unanswered[speaker] = []
        return True

    def _was_told(self, utterance_id: str) -> bool:
        try:
            return self._told(utterance_id)
        except (CallAlreadyEnded, UnknownCall):
            log.info("the call was wrapped up before what the agent told Sidetone was done")
        except Exception as error:
            log.exception("a voice command failed")
            self._assistance.failed(error)
        return False

    def _pause(self) -> None:
        self._clock.wait(self._stopping, WORD_S)
        # What the agent tells Sidetone is done between two words, not after the last.
        self._look()

    def _overtaken(self) -> bool:
        self._look()
        return any(speaker == "customer" for _, speaker in self._settled)

    def _look(self, timeout_s: float = 0.0) -> bool:
        """Note what settled and was asked since the last look; True if any of it waits."""
        for recorded in self._follower.wait(timeout_s):
            match recorded.event:
                case TranscriptFinal(utterance_id=utterance_id, speaker=speaker, text=text) if text:
                    if speaker == "customer" or not self._was_told(utterance_id):
                        self._settled.append((utterance_id, speaker))
                case MessageSent(message_id=message_id, sender=sender):
                    self._settled.append((message_id, sender))
                case QuestionAsked() as question:
                    self._asked.append(question)
                case _:
                    pass
        return bool(self._settled or self._asked)
