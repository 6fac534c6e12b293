"""A call made of sentences: understanding, alerts and the playbook run on it as they do live, without sound."""

from collections.abc import Callable, Iterator
from itertools import count

from core.assistant.alert_rules import AlertBook
from core.assistant.alerts import Alerts
from core.assistant.base import Assistant, Trigger, Turn
from core.assistant.playbook import Playbook
from core.assistant.rules import Rulebook
from core.assistant.tools import Tools
from core.assistant.understanding import Understanding
from core.assistant.vocabulary import Vocabulary
from core.calls.call import Call, Utterance, apply
from core.calls.events import (
    CallStarted,
    Event,
    Evidence,
    Party,
    Recorded,
    SuggestionCompleted,
    SuggestionStarted,
    TranscriptFinal,
)
from core.clock import ManualClock
from core.customers.store import CustomerStore


class Conversation:
    """Drives one call on the demo world of 5 January 2026."""

    def __init__(
        self,
        store: CustomerStore,
        vocabulary: Vocabulary,
        rulebook: Rulebook,
        tools: Tools | None = None,
        alerts: AlertBook | None = None,
        write: Callable[[str], str] = lambda text: text,
    ) -> None:
        self.clock = ManualClock()
        self.call = Call("call-1")
        self.events: list[Event] = []
        self._write = write
        self._understanding = Understanding(store, vocabulary, alerts.checklist if alerts else ())
        numbers = count(1)

        def new_id(kind: str) -> str:
            return f"{kind}-{next(numbers)}"

        tools = tools or Tools(store)
        self._playbook = Playbook(rulebook, tools, self.clock, new_id)
        self._alerts = Alerts(alerts.rulebook, tools, self.clock, new_id) if alerts else None
        self.add(CallStarted(source="recording", agent="Alex Morgan"))

    def add(self, event: Event) -> None:
        self.events.append(event)
        recorded = Recorded(self.call.call_id, len(self.events), self.clock.monotonic_s(), self.clock.now(), event)
        self.call = apply(self.call, recorded)

    def says(self, text: str, speaker: Party = "customer", *, after_s: float = 5.0) -> list[Event]:
        """Add a sentence and what is understood from it."""
        self.clock.advance(after_s)
        end_s = self.clock.monotonic_s()
        utterance_id = f"utt-{len(self.call.utterances) + 1}"
        self.add(
            TranscriptFinal(
                utterance_id=utterance_id,
                speaker=speaker,
                text=self._write(text),
                start_s=end_s - 2.0,
                end_s=end_s,
                confidence=None,
                engine="scripted",
            )
        )
        understood = self._understanding.understand(self.call, self.call.utterances[utterance_id])
        for event in understood:
            self.add(event)
        return understood

    def helps(self, *, sentences: int = 1) -> list[SuggestionCompleted]:
        """Let alerts and playbook answer the last sentences, as they do live; the cards they finished."""
        said = tuple(self.call.transcript[-sentences:])
        trigger = said[-1].speaker if said else "customer"
        return [*self.warns(trigger, said), *self._finished(self._playbook, Turn(self.call, said))]

    def warns(self, trigger: Trigger, said: tuple[Utterance, ...] = ()) -> list[SuggestionCompleted]:
        """Let the alerts alone look."""
        return self._finished(self._alerts, Turn(self.call, said, trigger)) if self._alerts else []

    def _finished(self, assistant: Assistant, turn: Turn) -> list[SuggestionCompleted]:
        cards = []
        for event in assistant.respond(turn):
            self.add(event)
            if isinstance(event, SuggestionCompleted):
                cards.append(event)
        return cards

    def hears(self, text: str, *, after_s: float = 5.0) -> list[str]:
        """A customer's sentence, and the messages it brings."""
        self.says(text, after_s=after_s)
        return [card.message for card in self.helps()]

    def rules(self) -> list[str]:
        return [event.rule for event in self.events if isinstance(event, SuggestionStarted)]

    def start(self, text: str) -> Iterator[Event]:
        """What the assistant yields for a sentence, not added to the call."""
        self.says(text)
        return self._playbook.respond(Turn(self.call, (self.call.transcript[-1],)))


def refs(evidence: list[Evidence]) -> list[str]:
    return [one.ref for one in evidence]
