"""Warns the agent during the call: rules on what either party says, on silence and on talking over each other."""

from collections.abc import Iterator

from core.assistant.base import Trigger, Turn
from core.assistant.playbook import Playbook
from core.calls.call import Call
from core.calls.events import Event

_WATCHED: tuple[Trigger, ...] = ("customer", "agent", "tick")


class Alerts(Playbook):
    """Asked at every turn, also while time passes; how often a rule may speak is read from the call.

    Unlike a suggestion, an alert may come again once the agent has settled the one before it.
    """

    name = "alerts"

    def respond(self, turn: Turn) -> Iterator[Event]:
        if turn.trigger in _WATCHED:
            yield from self._play(turn)

    def _said(self, call: Call) -> set[str]:
        return {card.message for card in call.suggestions.values() if card.state in ("writing", "shown")}
