"""The assistant's place in a call: what was said is understood, then help is streamed into the log."""

import logging
import threading
from collections.abc import Callable, Sequence

from core.assistant.base import Assistant, Turn
from core.assistant.understanding import Understanding
from core.calls.call import Utterance
from core.calls.events import (
    Event,
    ProviderFailed,
    SuggestionCompleted,
    SuggestionDelta,
    SuggestionDiscarded,
    SuggestionStarted,
    TranscriptFinal,
)
from core.calls.follow import Follower
from core.calls.log import EventLog
from core.clock import Clock

log = logging.getLogger(__name__)
COALESCE_S = 0.15
"""Utterances that settle within this time of each other are answered together."""
WORD_S = 0.03
"""Time between two words of a streamed suggestion."""
UNREAD_WORDS = 3
"""A draft with fewer words on screen than this may be taken back."""


class Assistance:
    """Understands utterances and streams help for one call. Owned by one thread."""

    def __init__(self, call_id: str, event_log: EventLog, understanding: Understanding, assistant: Assistant) -> None:
        self._call_id = call_id
        self._log = event_log
        self._understanding = understanding
        self._assistant = assistant

    def understand(self, utterance_id: str) -> Utterance | None:
        """Log what an utterance tells; None when it held no words."""
        call = self._log.call(self._call_id)
        utterance = call.utterances[utterance_id]
        if not utterance.text:
            return None
        for event in self._understanding.understand(call, utterance):
            self._append(event)
        return self._log.call(self._call_id).utterances[utterance_id]

    def respond(
        self,
        utterances: Sequence[Utterance],
        pause: Callable[[], None] = lambda: None,
        overtaken: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Stream the assistant's help. False when the conversation overtook it and it should be asked again."""
        turn = Turn(call=self._log.call(self._call_id), utterances=tuple(utterances))
        draft: str | None = None
        words = 0
        for event in self._assistant.respond(turn):
            if draft is not None and words < UNREAD_WORDS and overtaken():
                self._append(SuggestionDiscarded(suggestion_id=draft, reason="overtaken by the conversation"))
                return False
            match event:
                case SuggestionStarted(suggestion_id=suggestion_id):
                    draft, words = suggestion_id, 0
                case SuggestionDelta():
                    words += 1
                    pause()
                case SuggestionCompleted():
                    draft = None
                case _:
                    pass
            self._append(event)
        return True

    def failed(self, error: Exception) -> None:
        """Discard drafts left half written and tell the agent."""
        for suggestion in self._log.call(self._call_id).suggestions.values():
            if suggestion.state == "writing":
                self._append(SuggestionDiscarded(suggestion_id=suggestion.suggestion_id, reason="failed"))
        message = f"The assistant missed a turn: {error}. It goes on with the next."
        self._append(ProviderFailed(provider=self._assistant.name, message=message, retryable=True))

    def _append(self, event: Event) -> None:
        self._log.append(self._call_id, event)


class AssistantWorker:
    """Follows a live call and helps. Owns one thread, so that slow help never delays a transcript."""

    def __init__(self, call_id: str, event_log: EventLog, assistance: Assistance, clock: Clock) -> None:
        self._assistance = assistance
        self._clock = clock
        self._follower = Follower(event_log, call_id)
        self._stopping = threading.Event()
        self._news: list[TranscriptFinal] = []
        self._unanswered: list[Utterance] = []
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
            if not self._news:
                self._look(timeout_s=None)
            try:
                self._understand()
                if self._unanswered:
                    self._clock.wait(self._stopping, COALESCE_S)
                    self._look()
                    self._understand()
                    self._respond()
            except Exception as error:
                log.exception("the assistant failed")
                self._unanswered = []
                self._assistance.failed(error)

    def _understand(self) -> None:
        while self._news:
            utterance = self._assistance.understand(self._news.pop(0).utterance_id)
            if utterance is not None and utterance.speaker == "customer":
                self._unanswered.append(utterance)

    def _respond(self) -> None:
        if self._assistance.respond(self._unanswered, pause=self._pause, overtaken=self._overtaken):
            self._unanswered = []

    def _pause(self) -> None:
        self._clock.wait(self._stopping, WORD_S)

    def _overtaken(self) -> bool:
        self._look()
        return any(final.speaker == "customer" and final.text for final in self._news)

    def _look(self, timeout_s: float | None = 0.0) -> bool:
        """Note utterances that settled since the last look; True if any wait to be understood."""
        for recorded in self._follower.wait(timeout_s):
            if isinstance(recorded.event, TranscriptFinal):
                self._news.append(recorded.event)
        return bool(self._news)
