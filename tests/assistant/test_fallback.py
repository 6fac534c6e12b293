import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count, pairwise

import pytest
from conversation import Conversation
from modelled import answered, cards, model, says, shown, started, turn_of

from core.assistant.base import Turn
from core.assistant.fallback import FIRST_REST_S, LOOK_S, OFFLINE, SLOW, SOFT_LIMIT_S, WithFallback
from core.assistant.scripted_llm import Reply
from core.assistant.tools import Tools
from core.calls.events import (
    Event,
    ProviderFailed,
    SuggestionCompleted,
    SuggestionDelta,
    SuggestionDiscarded,
    SuggestionStarted,
)
from core.clock import ManualClock, SystemClock
from core.customers.store import CustomerStore
from core.errors import AssistantError


class PatientClock(ManualClock):
    """Waits for news that is on its way; time passes once `nothing_comes`, and in back-offs."""

    def __init__(self) -> None:
        super().__init__()
        self.nothing_comes = threading.Event()

    def wait(self, stop: threading.Event, timeout_s: float) -> bool:
        while timeout_s <= LOOK_S and not self.nothing_comes.is_set():
            if stop.wait(0.001):
                return True
        return super().wait(stop, timeout_s)


class Scripted:
    """An assistant that does one thing per turn."""

    def __init__(self, name: str, *turns: Callable[[], Iterator[Event]]) -> None:
        self.name = name
        self.asked = 0
        self._turns = turns

    def respond(self, turn: Turn) -> Iterator[Event]:
        self.asked += 1
        yield from self._turns[min(self.asked, len(self._turns)) - 1]()


numbers = count(1)


def card(message: str, assistant: str) -> Iterator[Event]:
    suggestion_id = f"sug_{next(numbers)}"
    yield SuggestionStarted(
        suggestion_id=suggestion_id, kind="suggestion", priority="tip", rule="r", assistant=assistant, triggered_by=[]
    )
    yield SuggestionDelta(suggestion_id=suggestion_id, text=message)
    yield SuggestionCompleted(
        suggestion_id=suggestion_id, kind="suggestion", priority="tip", message=message, evidence=[], triggered_by=[]
    )


def helps() -> Iterator[Event]:
    return card("from the model", "model")


def fails(*, retryable: bool = True, retry_after_s: float | None = None) -> Callable[[], Iterator[Event]]:
    def turn() -> Iterator[Event]:
        raise AssistantError("the model cannot be reached", retryable=retryable, retry_after_s=retry_after_s)
        yield

    return turn


@pytest.fixture
def clock() -> PatientClock:
    return PatientClock()


def behind(clock: ManualClock, *turns: Callable[[], Iterator[Event]]) -> tuple[WithFallback, Scripted]:
    primary = Scripted("model", *turns)
    playbook = Scripted("playbook", lambda: card("from the playbook", "playbook"))
    return WithFallback(primary, playbook, clock, lambda kind: f"{kind}_{next(numbers)}"), primary


def talk(conversation: Conversation, assistant: WithFallback, text: str = "where is my order") -> list[Event]:
    conversation.says(text)
    return answered(assistant, conversation)


def problems(events: list[Event]) -> list[ProviderFailed]:
    return [event for event in events if isinstance(event, ProviderFailed)]


def test_a_model_that_helps_is_left_alone(conversation: Conversation, clock: PatientClock) -> None:
    assistant, _ = behind(clock, helps)
    assert [event.message for event in cards(talk(conversation, assistant))] == ["from the model"]


def test_a_slow_model_is_replaced_and_the_card_says_so(conversation: Conversation, clock: PatientClock) -> None:
    release = threading.Event()

    def stalls() -> Iterator[Event]:
        clock.nothing_comes.set()
        release.wait(10)
        yield from helps()

    assistant, _ = behind(clock, stalls)
    events = talk(conversation, assistant)
    release.set()
    assert started(events) == [f"playbook ({SLOW})"]
    assert clock.monotonic_s() == pytest.approx(SOFT_LIMIT_S)
    assert problems(events) == []


def test_a_model_that_falls_silent_loses_its_draft(conversation: Conversation, clock: PatientClock) -> None:
    release = threading.Event()

    def stalls() -> Iterator[Event]:
        begun = helps()
        yield next(begun)
        yield next(begun)
        clock.nothing_comes.set()
        release.wait(10)

    assistant, _ = behind(clock, stalls)
    events = talk(conversation, assistant)
    release.set()
    assert [event.reason for event in events if isinstance(event, SuggestionDiscarded)] == ["the model broke off"]
    assert started(events) == ["model", f"playbook ({SLOW})"]
    assert [suggestion.state for suggestion in conversation.call.suggestions.values()] == ["discarded", "shown"]


def test_a_failure_is_tried_again_within_the_limit(conversation: Conversation, clock: PatientClock) -> None:
    assistant, primary = behind(clock, fails(), fails(retry_after_s=2.0), helps)
    events = talk(conversation, assistant)
    assert [event.message for event in cards(events)] == ["from the model"]
    assert primary.asked == 3
    assert 2.0 < clock.monotonic_s() < SOFT_LIMIT_S
    assert problems(events) == []


@pytest.mark.parametrize("failure", [fails(retry_after_s=60.0), fails(retryable=False)])
def test_what_cannot_be_mended_in_time_is_not_tried_again(
    conversation: Conversation, clock: PatientClock, failure: Callable[[], Iterator[Event]]
) -> None:
    assistant, primary = behind(clock, failure)
    events = talk(conversation, assistant)
    assert started(events) == [f"playbook ({OFFLINE})"]
    assert (primary.asked, clock.monotonic_s()) == (1, 0.0)


def test_an_outage_is_one_line_and_its_end_one_offer(conversation: Conversation, clock: PatientClock) -> None:
    up = False
    assistant, primary = behind(clock, lambda: helps() if up else fails()())
    down = [talk(conversation, assistant, text) for text in ("where is my order", "can i return it", "and my bill")]
    assert [len(problems(events)) for events in down] == [1, 0, 0]
    assert [started(events) for events in down] == [[f"playbook ({OFFLINE})"]] * 3
    tried, waited_s = primary.asked, clock.monotonic_s()
    assert waited_s < SOFT_LIMIT_S
    up = True
    clock.advance(FIRST_REST_S)
    events = talk(conversation, assistant, "hello again")
    assert primary.asked == tried + 1
    back, offer = cards(events)
    assert back.message == "from the model"
    assert (offer.kind, offer.priority) == ("info", "tip")
    assert offer.message.startswith("Model is back: 3 customer lines were answered offline.")
    assert [evidence.text for evidence in offer.evidence] == ["where is my order", "can i return it", "and my bill"]
    assert len(cards(talk(conversation, assistant, "thanks"))) == 1


def test_each_call_hears_of_the_outage_once(
    conversation: Conversation, store: CustomerStore, clock: PatientClock
) -> None:
    assistant, _ = behind(clock, fails())
    assert len(problems(talk(conversation, assistant))) == 1
    other = turn_of(conversation)
    renamed = type(other.call)("call-2", utterances=other.call.utterances)
    assert len(problems(list(assistant.respond(Turn(renamed, other.utterances))))) == 1
    assert problems(list(assistant.respond(Turn(renamed, other.utterances)))) == []


def test_rests_grow_while_the_model_stays_away(conversation: Conversation, clock: PatientClock) -> None:
    assistant, primary = behind(clock, fails())
    tries = []
    for _ in range(200):
        before = primary.asked
        talk(conversation, assistant)
        if primary.asked > before:
            tries.append(clock.monotonic_s())
        clock.advance(1.0)
    gaps = [round(later - earlier) for earlier, later in pairwise(tries)]
    assert gaps == sorted(gaps)
    assert len(tries) < 10


def test_a_conversation_that_goes_on_ends_the_wait(conversation: Conversation, clock: PatientClock) -> None:
    release = threading.Event()

    def stalls() -> Iterator[Event]:
        clock.nothing_comes.set()
        release.wait(10)
        yield from helps()

    assistant, _ = behind(clock, stalls)
    conversation.says("where is my order")
    assert list(assistant.respond(replace(turn_of(conversation), overtaken=lambda: True))) == []
    release.set()
    assert clock.monotonic_s() < 1.0


def test_closing_early_stops_the_model(conversation: Conversation, clock: PatientClock) -> None:
    closed = threading.Event()
    go_on = threading.Event()

    def writes() -> Iterator[Event]:
        try:
            begun = helps()
            yield next(begun)
            go_on.wait(10)
            yield from begun
        finally:
            closed.set()

    assistant, _ = behind(clock, writes)
    conversation.says("where is my order")
    events = assistant.respond(turn_of(conversation))
    next(events)
    events.close()  # type: ignore[attr-defined]
    go_on.set()
    assert closed.wait(10)


def test_a_mistake_of_ours_is_not_taken_for_an_outage(conversation: Conversation, clock: PatientClock) -> None:
    def broken() -> Iterator[Event]:
        raise KeyError("bug")
        yield

    assistant, _ = behind(clock, broken)
    with pytest.raises(KeyError):
        talk(conversation, assistant)


def test_a_real_server_that_stalls_and_one_that_breaks_off(conversation: Conversation, store: CustomerStore) -> None:
    playbook = Scripted("playbook", lambda: card("from the playbook", "playbook"))
    clock = SystemClock()
    good = says("Order 78901 is on its way now.")
    with model(Tools(store), Reply(text=good, drop_after=12), Reply(text=good)) as (primary, server):
        assistant = WithFallback(primary, playbook, clock, lambda kind: f"{kind}_{next(numbers)}")
        events = talk(conversation, assistant, "where is order seven eight nine oh one")
        assert [event.message for event in cards(events)] == ["Order 78901 is on its way now."]
        assert len(server.requests) == 2
    with model(Tools(store), Reply(text=good, first_token_s=10.0), timeout_s=1.0) as (primary, _):
        assistant = WithFallback(primary, playbook, clock, lambda kind: f"{kind}_{next(numbers)}", soft_limit_s=0.3)
        events = talk(conversation, assistant)
    assert started(events) == [f"playbook ({SLOW})"]
    assert shown(events) == "from the playbook"
