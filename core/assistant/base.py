"""What an assistant is to the rest of Sidetone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from core.calls.call import Call, Utterance
from core.calls.events import Event, QuestionAsked

NewId = Callable[[str], str]
"""Makes an id that starts with the given kind, such as `sug` or `tool`."""


Trigger = Literal["customer", "agent", "ask", "tick", "end"]
"""What an assistant is asked for: somebody's utterance settled, the agent asked something, time passed in silence, or
the call ended."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What happened since the assistant was last asked, in a call as it stands now."""

    call: Call
    utterances: tuple[Utterance, ...]
    """Final, already understood, of one speaker; several when they spoke on while the assistant was busy."""
    trigger: Trigger = "customer"
    question: QuestionAsked | None = None
    """What the agent asked, when that is the trigger."""
    overtaken: Callable[[], bool] = lambda: False
    """Worth asking while waiting for a first word: once true, the conversation has gone on and nothing is wanted."""


class Assistant(Protocol):
    """Gives help for a turn. Called from the call's assistant thread only."""

    @property
    def name(self) -> str: ...

    def respond(self, turn: Turn) -> Iterator[Event]:
        """Tool and suggestion events, made one by one as they are asked for.

        Whoever iterates may stop at any event; a suggestion left unfinished is theirs to discard.
        """
        ...
