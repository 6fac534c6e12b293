"""What keeps an assistant from talking too much."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from core.assistant.restraint import CARDS_PER_MINUTE, REPEATED, may_speak, without_repeats
from core.calls.call import Call, Suggestion
from core.calls.events import Event, SuggestionCompleted, SuggestionDelta, SuggestionDiscarded, SuggestionStarted

ORDER = "Order #78901 shipped yesterday by FedEx, arrives on Monday."


def card(message: str, suggestion_id: str = "sug_1") -> list[Event]:
    words = message.split(" ")
    deltas = [SuggestionDelta(suggestion_id=suggestion_id, text=w if i == 0 else f" {w}") for i, w in enumerate(words)]
    started = SuggestionStarted(
        suggestion_id=suggestion_id, kind="suggestion", priority="tip", rule="r", assistant="a", triggered_by=[]
    )
    done = SuggestionCompleted(
        suggestion_id=suggestion_id, kind="suggestion", priority="tip", message=message, evidence=[], triggered_by=[]
    )
    return [started, *deltas, done]


def passed(events: list[Event], on_screen: list[str]) -> list[Event]:
    return list(without_repeats(iter(events), on_screen))


@given(messages=st.lists(st.text("abcdefg ", min_size=1, max_size=40), max_size=4))
def test_with_nothing_on_screen_everything_passes_as_it_came(messages: list[str]) -> None:
    events = [event for number, message in enumerate(messages) for event in card(message, f"sug_{number}")]
    assert passed(events, []) == events


def test_a_repeat_is_discarded_without_a_word_shown() -> None:
    events = passed(card("Order #78901 shipped yesterday by FedEx, arrives on Monday"), [ORDER])
    assert [type(event).__name__ for event in events] == ["SuggestionStarted", "SuggestionDiscarded"]
    assert isinstance(events[1], SuggestionDiscarded)
    assert events[1].reason == REPEATED


def test_what_begins_alike_and_goes_on_differently_is_shown_whole_and_in_order() -> None:
    other = card("Order #78901 can be returned until December.")
    assert passed(other, [ORDER]) == other


def test_another_number_is_another_message() -> None:
    other = card("No order 55556 on file: ask to repeat the number digit by digit.")
    assert passed(other, ["No order 55555 on file: ask to repeat the number digit by digit."]) == other


def test_an_unlike_card_is_not_held_back_at_all() -> None:
    source = iter(card("Customer upset: offer a supervisor."))
    seen = 0

    def counted() -> Iterator[Event]:
        nonlocal seen
        for event in source:
            seen += 1
            yield event

    stream = without_repeats(counted(), [ORDER])
    assert isinstance(next(stream), SuggestionStarted)
    assert isinstance(next(stream), SuggestionDelta)
    assert seen == 2


def shown(number: int, started_s: float, kind: str = "suggestion", state: str = "shown") -> Suggestion:
    return Suggestion(
        suggestion_id=f"sug_{number}",
        kind=kind,  # type: ignore[arg-type]
        priority="tip",
        rule="r",
        assistant="a",
        triggered_by=(),
        started_s=started_s,
        state=state,  # type: ignore[arg-type]
    )


def test_a_minute_has_room_for_so_many_cards_alerts_aside() -> None:
    cards = {str(n): shown(n, 50.0) for n in range(CARDS_PER_MINUTE)}
    assert not may_speak(Call("c", offset_s=60.0, suggestions=cards))
    assert may_speak(Call("c", offset_s=111.0, suggestions=cards))
    alerts = {str(n): shown(n, 50.0, kind="alert") for n in range(20)}
    assert may_speak(Call("c", offset_s=60.0, suggestions=alerts))
    taken_back = {str(n): shown(n, 50.0, state="discarded") for n in range(20)}
    assert may_speak(Call("c", offset_s=60.0, suggestions=taken_back))
