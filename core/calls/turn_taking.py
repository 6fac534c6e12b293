"""When a scripted caller speaks: decided from what happens in the call, without clocks, threads or sound.

Times are seconds *on the line*: they stand still while the caller waits, or is on hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from core.calls.events import (
    CallAnswered,
    CallQueued,
    CallStarted,
    EchoSuppressed,
    Event,
    HoldEnded,
    HoldStarted,
    MessageSent,
    PartyLeft,
    SpeechEnded,
    SpeechStarted,
    TranscriptFinal,
)
from core.speech.deaf import Deaf
from core.speech.scripted import TimedText

CallerMode = Literal["waits", "clock"]
"""`waits`: each turn waits for the agent's; `clock`: turns are said when the script says, whatever the agent does."""
REPLY_S = 0.7
"""Silence after the agent's words before the caller answers."""
GOODBYE_S = 1.5
"""Silence after the agent's last words before the caller hangs up."""
PATIENCE_S = 12.0
"""How long the caller waits for the agent's turn before going on without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerTurn:
    """What the caller says in one go."""

    start_s: float
    """When the script says it."""
    duration_s: float
    pause_s: float
    """Silence before it in the script."""
    replies: bool
    """The agent speaks before it in the script."""


def caller_turns(script: Sequence[TimedText]) -> tuple[CallerTurn, ...]:
    """The customer's turns of a script of both parties."""
    turns = []
    before_s = 0.0
    replies = False
    for entry in script:
        if entry.party == "customer":
            length_s = entry.end_s - entry.start_s
            pause_s = max(0.0, entry.start_s - before_s)
            turns.append(CallerTurn(start_s=entry.start_s, duration_s=length_s, pause_s=pause_s, replies=replies))
        before_s = entry.end_s
        replies = entry.party == "agent"
    return tuple(turns)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTaking:
    """Where a scripted caller is in the script. Values: every method that changes something gives a new one."""

    turns: tuple[CallerTurn, ...]
    mode: CallerMode = "waits"
    patience_s: float = PATIENCE_S
    script_s: float = 0.0
    """Length of the whole script; by the clock, the caller hangs up then."""
    answered: bool = False
    on_hold: bool = False
    begun: int = 0
    """Turns the caller has begun."""
    since_s: float = 0.0
    """When the caller's latest turn ends, or the present agent answered."""
    agent_speaking: frozenset[str] = frozenset()
    """The agent's utterances that have not ended."""
    agent_said_s: Mapping[str, float] = field(default_factory=dict)
    """The agent's utterances and messages since `since_s`, and when each ended."""

    @property
    def connected(self) -> bool:
        """An agent can hear the caller."""
        return self.answered and not self.on_hold

    def hear(self, event: Event, at_s: float) -> "TurnTaking":
        """What follows from something that happened in the call."""
        match event:
            case CallStarted(agent=agent):
                return replace(self, answered=bool(agent))
            case CallAnswered():
                answered = replace(self, answered=True, on_hold=False, agent_speaking=frozenset(), agent_said_s={})
                return replace(answered, since_s=max(self.since_s, at_s))
            case CallQueued():
                return replace(self, answered=False)
            case HoldStarted():
                return replace(self, on_hold=True)
            case HoldEnded():
                return replace(self, on_hold=False)
            case SpeechStarted(party="agent", utterance_id=utterance_id):
                return replace(self, agent_speaking=self.agent_speaking | {utterance_id})
            case SpeechEnded(party="agent", utterance_id=utterance_id):
                return self._silent(utterance_id)._said(utterance_id, at_s)
            case MessageSent(sender="agent", message_id=message_id):
                return self._said(message_id, at_s)
            case TranscriptFinal(engine=Deaf.name):
                # Where nothing is transcribed, no words do not mean that nothing was said.
                return self
            case TranscriptFinal(speaker="agent", utterance_id=utterance_id, text=""):
                return self._silent(utterance_id)._unsaid(utterance_id)
            case EchoSuppressed(party="agent", utterance_id=utterance_id):
                return self._silent(utterance_id)._unsaid(utterance_id)
            case PartyLeft(party="agent"):
                return replace(self, agent_speaking=frozenset())
            case _:
                return self

    def due(self, now_s: float) -> int | None:
        """The turn to begin now, by its place among the caller's turns."""
        if not self.connected or self.begun == len(self.turns) or now_s < self.since_s:
            return None
        turn = self.turns[self.begun]
        if self.mode == "clock":
            return self.begun if now_s >= turn.start_s else None
        patience_s, reply_s = (self.patience_s, REPLY_S) if turn.replies else (turn.pause_s, 0.0)
        return self.begun if self._may_go_on(now_s, reply_s, patience_s) else None

    def begin(self, now_s: float) -> "TurnTaking":
        """The turn that was due is being said."""
        end_s = now_s + self.turns[self.begun].duration_s
        return replace(self, begun=self.begun + 1, since_s=end_s, agent_said_s={})

    def over(self, now_s: float) -> bool:
        """Everything was said: the caller hangs up."""
        if not self.connected or self.begun < len(self.turns) or now_s < self.since_s:
            return False
        if self.mode == "clock":
            return now_s >= self.script_s
        return self._may_go_on(now_s, GOODBYE_S, self.patience_s)

    def _may_go_on(self, now_s: float, reply_s: float, patience_s: float) -> bool:
        if self.agent_speaking:
            return False
        if self.agent_said_s and reply_s:
            return now_s >= max(self.agent_said_s.values()) + reply_s
        return now_s >= self.since_s + patience_s

    def _silent(self, utterance_id: str) -> "TurnTaking":
        return replace(self, agent_speaking=self.agent_speaking - {utterance_id})

    def _said(self, utterance_id: str, at_s: float) -> "TurnTaking":
        # What ends while the caller still speaks is "mm-hm", not a turn.
        return replace(self, agent_said_s={**self.agent_said_s, utterance_id: at_s}) if at_s >= self.since_s else self

    def _unsaid(self, utterance_id: str) -> "TurnTaking":
        said = {known: at_s for known, at_s in self.agent_said_s.items() if known != utterance_id}
        return replace(self, agent_said_s=said)
