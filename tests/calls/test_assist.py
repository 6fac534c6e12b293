"""The assistant's place in a call: what it is asked, and what becomes of its drafts."""

import threading
from collections.abc import Callable, Iterator

import pytest
from waiting import wait_for_event

from core.assistant.base import Turn
from core.bootstrap import Services
from core.calls.assist import COALESCE_S, WORD_S, Assistance, AssistantWorker
from core.calls.call import Call, Utterance
from core.calls.events import (
    CallEnded,
    CallStarted,
    Event,
    ProviderFailed,
    QuestionAsked,
    SpeechEnded,
    SpeechStarted,
    SuggestionCompleted,
    SuggestionDelta,
    SuggestionDiscarded,
    SuggestionStarted,
    SummaryWritten,
    TopicsSpotted,
    TranscriptFinal,
    WrapUpCompleted,
)
from core.calls.log import EventLog
from core.clock import ManualClock

CALL_ID = "call_1"


class Quiet:
    """Understands nothing but that something was said."""

    def understand(self, call: Call, utterance: Utterance) -> list[Event]:
        return [TopicsSpotted(utterance_id=utterance.utterance_id, topics=["billing"])]


class Talker:
    """Answers every turn with as many words as told, and remembers what it was asked."""

    name = "talker"

    def __init__(self, words: int = 5, before_word: Callable[[int], None] = lambda _: None) -> None:
        self.words = words
        self.before_word = before_word
        self.turns: list[list[str]] = []
        self.triggers: list[str] = []

    def respond(self, turn: Turn) -> Iterator[Event]:
        self.triggers.append(turn.trigger)
        self.turns.append([utterance.text for utterance in turn.utterances])
        suggestion_id = f"sug_{len(self.turns)}"
        yield SuggestionStarted(
            suggestion_id=suggestion_id,
            kind="suggestion",
            priority="tip",
            rule="talk",
            assistant=self.name,
            triggered_by=[],
        )
        for number in range(self.words):
            self.before_word(number)
            yield SuggestionDelta(suggestion_id=suggestion_id, text=f" {number}")
        yield SuggestionCompleted(
            suggestion_id=suggestion_id,
            kind="suggestion",
            priority="tip",
            message=f"Answer {len(self.turns)}",
            evidence=[],
            triggered_by=[],
        )


class Silent:
    """An assistant and a summarist with nothing to say."""

    name = "silent"

    def respond(self, turn: Turn) -> Iterator[Event]:
        yield from ()

    def summarise(self, call: Call) -> Iterator[Event]:
        yield from ()


@pytest.fixture
def call(event_log: EventLog, clock: ManualClock) -> str:
    event_log.open(CALL_ID, clock.monotonic_s)
    event_log.append(CALL_ID, CallStarted(source="demo", agent="Alex"))
    return CALL_ID


def say(event_log: EventLog, text: str, number: int, speaker: str = "customer") -> str:
    utterance_id = f"utt_{number}"
    final = TranscriptFinal(
        utterance_id=utterance_id,
        speaker=speaker,  # type: ignore[arg-type]
        text=text,
        start_s=float(number),
        end_s=number + 0.9,
        confidence=None,
        engine="none",
    )
    event_log.append(CALL_ID, final)
    return utterance_id


def kinds(event_log: EventLog) -> list[str]:
    event_log.sync()
    return [type(recorded.event).__name__ for recorded in event_log.events(CALL_ID)]


def assistance(event_log: EventLog, assistant: object) -> Assistance:
    return Assistance(CALL_ID, event_log, Quiet(), Silent(), assistant, Silent())  # type: ignore[arg-type]


def test_understanding_is_logged_and_silence_is_not_understood(event_log: EventLog, call: str) -> None:
    helper = assistance(event_log, Talker())
    understood = helper.understand(say(event_log, "my bill", 1))
    assert understood is not None
    assert understood.topics == ("billing",)
    assert helper.understand(say(event_log, "", 2)) is None


@pytest.mark.parametrize("words_before", range(6))
def test_a_draft_is_taken_back_only_while_none_of_it_is_on_screen(
    event_log: EventLog, call: str, words_before: int
) -> None:
    talker = Talker(words=5)
    helper = assistance(event_log, talker)
    utterance = helper.understand(say(event_log, "my bill", 1))
    assert utterance is not None

    def overtaken() -> bool:
        logged = kinds(event_log)
        return "SuggestionStarted" in logged and logged.count("SuggestionDelta") >= words_before

    finished = helper.respond("customer", [utterance], overtaken=overtaken)
    logged = kinds(event_log)
    assert finished == (words_before > 0)
    assert ("SuggestionDiscarded" in logged) != finished
    assert ("SuggestionCompleted" in logged) == finished
    assert logged.count("SuggestionDelta") == (5 if finished else words_before)


def test_what_is_said_meanwhile_is_answered_together_with_what_was_taken_back(
    event_log: EventLog, call: str, clock: ManualClock
) -> None:
    writing, go_on = threading.Event(), threading.Event()

    def hold(word: int) -> None:
        if word == 0 and not go_on.is_set():
            writing.set()
            assert go_on.wait(30)

    talker = Talker(before_word=hold)
    worker = AssistantWorker(CALL_ID, event_log, assistance(event_log, talker), clock)
    worker.start()
    say(event_log, "my bill", 1)
    assert writing.wait(30)
    say(event_log, "is too high", 2)
    say(event_log, "one moment please", 3, speaker="agent")
    say(event_log, "this month", 4)
    event_log.sync()
    go_on.set()
    wait_for_event(event_log, CALL_ID, SuggestionCompleted)
    worker.stop(30)
    assert talker.turns == [["my bill"], ["my bill", "is too high", "this month"], ["one moment please"]]
    call_now = event_log.call(CALL_ID)
    assert [card.state for card in call_now.suggestions.values()] == ["discarded", "shown", "shown"]
    assert call_now.suggestions["sug_1"].reason == "overtaken by the conversation"
    discarded = [e.event for e in event_log.events(CALL_ID) if isinstance(e.event, SuggestionDiscarded)]
    assert len(discarded) == 1


def test_a_burst_is_answered_once(event_log: EventLog, call: str, clock: ManualClock) -> None:
    talker = Talker()
    for number, text in enumerate(["hello", "my bill", "is wrong"], start=1):
        say(event_log, text, number)
    event_log.sync()
    worker = AssistantWorker(CALL_ID, event_log, assistance(event_log, talker), clock)
    worker.start()
    worker.stop(30)
    assert talker.turns == [["hello", "my bill", "is wrong"]]


class Waits(ManualClock):
    """Remembers who waited how long. Meanwhile, the first time, something happens."""

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self._meanwhile = meanwhile
        self.waited_s: list[float] = []

    def wait(self, stop: threading.Event, timeout_s: float) -> bool:
        self.waited_s.append(timeout_s)
        if len(self.waited_s) == 1:
            self._meanwhile()
        return super().wait(stop, timeout_s)


def test_the_words_of_somebody_else_who_has_just_stopped_are_waited_for(event_log: EventLog, call: str) -> None:
    def say_the_rest() -> None:
        say(event_log, "is too high", 2)
        event_log.sync()

    talker, clock = Talker(words=1), Waits(say_the_rest)
    event_log.append(CALL_ID, SpeechStarted(party="customer", utterance_id="utt_2", start_s=2.0))
    event_log.append(CALL_ID, SpeechEnded(party="customer", utterance_id="utt_2", end_s=2.9))
    say(event_log, "my bill", 1)
    event_log.sync()
    worker = AssistantWorker(CALL_ID, event_log, assistance(event_log, talker), clock)
    worker.start()
    wait_for_event(event_log, CALL_ID, SuggestionCompleted)
    worker.stop(30)
    assert talker.turns == [["my bill", "is too high"]]
    assert clock.waited_s == [COALESCE_S]


def test_when_nobody_else_has_just_stopped_the_first_word_waits_for_nothing(event_log: EventLog, call: str) -> None:
    clock = Waits()
    event_log.append(CALL_ID, SpeechStarted(party="customer", utterance_id="utt_1", start_s=1.0))
    event_log.append(CALL_ID, SpeechEnded(party="customer", utterance_id="utt_1", end_s=1.9))
    say(event_log, "my bill", 1)
    event_log.sync()
    worker = AssistantWorker(CALL_ID, event_log, assistance(event_log, Talker(words=3)), clock)
    worker.start()
    wait_for_event(event_log, CALL_ID, SuggestionCompleted)
    worker.stop(30)
    assert clock.waited_s == [WORD_S, WORD_S]


def test_a_failing_assistant_is_said_its_draft_goes_and_the_next_turn_is_answered(
    event_log: EventLog, call: str, clock: ManualClock
) -> None:
    broken = [True]

    def fail_once(word: int) -> None:
        if word == 1 and broken:
            broken.pop()
            raise ConnectionError("the line is cut")

    talker = Talker(before_word=fail_once)
    worker = AssistantWorker(CALL_ID, event_log, assistance(event_log, talker), clock)
    worker.start()
    say(event_log, "my bill", 1)
    problem = wait_for_event(event_log, CALL_ID, ProviderFailed).event
    assert isinstance(problem, ProviderFailed)
    assert "the line is cut" in problem.message
    say(event_log, "hello", 2)
    wait_for_event(event_log, CALL_ID, SuggestionCompleted)
    worker.stop(30)
    assert [card.state for card in event_log.call(CALL_ID).suggestions.values()] == ["discarded", "shown"]


def test_the_agents_words_and_questions_are_turns_of_their_own(
    event_log: EventLog, call: str, clock: ManualClock
) -> None:
    talker = Talker()
    say(event_log, "how can i help", 1, speaker="agent")
    say(event_log, "my bill", 2)
    event_log.append(CALL_ID, QuestionAsked(question_id="q_1", text="what does the plan cost"))
    event_log.sync()
    worker = AssistantWorker(CALL_ID, event_log, assistance(event_log, talker), clock)
    worker.start()
    worker.stop(30)
    assert talker.turns == [[], ["my bill"], ["how can i help"]]
    assert talker.triggers == ["ask", "customer", "agent"]


class Writer:
    """A summarist."""

    def summarise(self, call: Call) -> Iterator[Event]:
        yield SummaryWritten(
            reason="Asked about the bill.",
            done="Explained it.",
            outcome="Content.",
            action_items=[],
            topics=[],
            sentiment="neutral",
            written_by="writer",
        )


def test_the_summary_streams_in_and_the_whole_takes_its_place(event_log: EventLog, call: str) -> None:
    drafts: list[str] = []
    helper = Assistance(CALL_ID, event_log, Quiet(), Silent(), Silent(), Writer())  # type: ignore[arg-type]
    helper.conclude(pause=lambda: drafts.append(event_log.call(CALL_ID).summary_draft))
    assert drafts[:3] == ["", "Asked ", "Asked about "]
    assert len(drafts) == len(["Asked", "about", "the", "bill.", "Explained", "it.", "Content."])
    done = event_log.call(CALL_ID)
    assert done.summary is not None
    assert (done.summary.done, done.summary_draft) == ("Explained it.", "")


def test_a_call_wrapped_up_meanwhile_needs_no_summary_and_nothing_failed(
    event_log: EventLog, call: str, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    helper = Assistance(CALL_ID, event_log, Quiet(), Silent(), Silent(), Writer())  # type: ignore[arg-type]
    worker = AssistantWorker(CALL_ID, event_log, helper, clock)
    event_log.append(CALL_ID, CallEnded(reason="completed"))
    event_log.append(CALL_ID, WrapUpCompleted(disposition="Resolved"))
    worker.conclude()
    event_log.sync()
    worker.conclude()
    assert event_log.call(CALL_ID).summary is None
    assert caplog.records == []


def test_panel_before_help(services: Services) -> None:
    """The customer's record never waits for suggestions."""
    call_id = services.desk.start("Alex")
    final = TranscriptFinal(
        utterance_id="utt_panel",
        speaker="customer",
        text="order seven eight nine zero one please, sarah johnson",
        start_s=0.0,
        end_s=1.0,
        confidence=None,
        engine="none",
    )
    services.log.append(call_id, final)
    wait_for_event(services.log, call_id, SuggestionCompleted)
    order = [type(recorded.event).__name__ for recorded in services.log.events(call_id)]
    assert order.index("CustomerIdentified") < order.index("ToolCalled") < order.index("SuggestionDelta")
