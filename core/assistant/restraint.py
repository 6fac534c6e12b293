"""What keeps an assistant from talking too much: no repeats of what is on screen, and a limit per minute."""

from collections.abc import Iterator

from rapidfuzz import fuzz

from core.calls.call import Call
from core.calls.events import Event, SuggestionCompleted, SuggestionDelta, SuggestionDiscarded, SuggestionStarted

ALIKE = 90.0
"""Similarity in percent from which two messages say the same."""
CARDS_PER_MINUTE = 8
REPEATED = "says what is on screen already"


def may_speak(call: Call, limit: int = CARDS_PER_MINUTE) -> bool:
    """False when the last minute of the call brought as many cards as an agent can read."""
    recent = [
        card
        for card in call.suggestions.values()
        if card.state != "discarded" and card.kind != "alert" and call.offset_s - card.started_s < 60.0
    ]
    return len(recent) < limit


def without_repeats(events: Iterator[Event], on_screen: list[str]) -> Iterator[Event]:
    """Pass events on, but hold a suggestion's words back for as long as they could be those of a message on screen.

    One that turns out to be a repeat is discarded without a word shown; any other is delayed by nothing but the words
    it begins with alike.
    """
    held: list[Event] | None = None
    text = ""
    for event in events:
        match event:
            case SuggestionStarted():
                held, text = [], ""
                yield event
            case SuggestionDelta(text=more) if held is not None:
                text += more
                held.append(event)
                if not any(_begins_alike(text, message) for message in on_screen):
                    yield from held
                    held = None
            case SuggestionCompleted(suggestion_id=suggestion_id, message=message) if held is not None:
                if any(_alike(message, other) for other in on_screen):
                    yield SuggestionDiscarded(suggestion_id=suggestion_id, reason=REPEATED)
                else:
                    yield from held
                    yield event
                held = None
            case SuggestionDiscarded():
                held = None
                yield event
            case _:
                yield event


def _begins_alike(beginning: str, message: str) -> bool:
    return _alike(beginning, message[: len(beginning)])


def _alike(one: str, other: str) -> bool:
    """Messages that differ in a number say different things, however similar the rest."""
    return _digits(one) == _digits(other) and fuzz.ratio(one, other) >= ALIKE


def _digits(text: str) -> list[str]:
    return [character for character in text if character.isdigit()]
