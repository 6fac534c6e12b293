"""Several assistants asked one after the other, as if they were one."""

from collections.abc import Iterator, Sequence

from core.assistant.base import Assistant, Turn
from core.calls.events import Event


class Together:
    """Gives what each has to say, the first one's first."""

    def __init__(self, assistants: Sequence[Assistant]) -> None:
        self._assistants = assistants
        self.name = " and ".join(assistant.name for assistant in assistants)

    def respond(self, turn: Turn) -> Iterator[Event]:
        for assistant in self._assistants:
            yield from assistant.respond(turn)
