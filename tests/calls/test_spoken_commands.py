"""What an agent says to Sidetone is done as if it were clicked, and answered in words."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from waiting import wait_for_event

from core.access import Viewer
from core.bootstrap import Services
from core.calls.assist import AssistantWorker
from core.calls.call import Call, apply
from core.calls.commands import obey
from core.calls.events import (
    CallAnswered,
    CallQueued,
    CallStarted,
    CustomerIdentified,
    EntitySpotted,
    Event,
    HelpRequested,
    HoldStarted,
    Json,
    Party,
    Recorded,
    RecordingPaused,
    RecordingStarted,
    SuggestionCompleted,
    SuggestionPinned,
    SuggestionStarted,
    TranscriptFinal,
    VoiceCommandGiven,
    VoiceCommandsSwitched,
)
from core.calls.log import EventLog
from core.calls.voice_commands import VoiceCommands
from core.clock import ManualClock
from core.errors import CallError

ALEX = Viewer("Alex Morgan", "agent")
PROFILE = {"orders": [{"order_id": "78901"}], "tickets": [], "charges": [{"amount": "1.00"}]}
ON = VoiceCommandsSwitched(on=True, by=ALEX.name)


class Folded:
    """A log of one call that is nowhere but here."""

    def __init__(self, *events: Event) -> None:
        self.now = Call("c")
        for event in events:
            self.append("c", event)

    def append(self, call_id: str, event: Event) -> None:
        self.now = apply(self.now, Recorded(call_id, self.now.seq + 1, 50.0, datetime(2026, 1, 5, tzinfo=UTC), event))

    def call(self, call_id: str) -> Call:
        return self.now


class Desk:
    """An answered call, what was clicked in it, and somebody who talks."""

    def __init__(self) -> None:
        self.log = Folded(
            CallStarted(source="customer", agent=""), CallQueued(), CallAnswered(agent=ALEX.name, waited_s=1.0), ON
        )
        self.clicks: list[Mapping[str, Json]] = []
        self.refusing: Exception | None = None
        self.listening = VoiceCommands("c", self.log, self.obey)  # type: ignore[arg-type]

    def obey(self, viewer: Viewer, call_id: str, click: Mapping[str, Json]) -> None:
        assert viewer.role == "agent"
        if self.refusing:
            raise self.refusing
        self.clicks.append(click)

    def add(self, *events: Event) -> None:
        for event in events:
            self.log.append("c", event)

    def says(
        self, text: str, start_s: float = 100.0, speaker: Party = "agent", spoken: str = ""
    ) -> VoiceCommandGiven | None:
        """What came of it; None when it was taken for no command."""
        line = final(text, start_s, speaker, spoken)
        self.add(line)
        taken = self.listening.take(line.utterance_id)
        assert taken == self.log.now.to_sidetone(line.utterance_id)
        assert taken != (line.utterance_id in {said.utterance_id for said in self.log.now.transcript})
        return self.log.now.commands.get(line.utterance_id)

    def done(self, text: str, start_s: float = 100.0, spoken: str = "") -> VoiceCommandGiven:
        given = self.says(text, start_s, spoken=spoken)
        assert given is not None
        assert given.done
        return given

    def refused(self, text: str, start_s: float = 100.0) -> str:
        before = list(self.clicks)
        given = self.says(text, start_s)
        assert given is not None
        assert not given.done
        assert self.clicks == before
        return given.message


def final(text: str, start_s: float, speaker: Party = "agent", spoken: str = "") -> TranscriptFinal:
    return TranscriptFinal(
        utterance_id=f"utt_{start_s}_{speaker}",
        speaker=speaker,
        text=text,
        start_s=start_s,
        end_s=start_s + 1.0,
        confidence=None,
        engine="none",
        spoken=spoken,
    )


def shown(suggestion_id: str, message: str) -> list[Event]:
    about = {"suggestion_id": suggestion_id, "kind": "info", "priority": "tip", "triggered_by": []}
    return [
        SuggestionStarted(**about, rule="r", assistant="playbook"),  # type: ignore[arg-type]
        SuggestionCompleted(**about, message=message, evidence=[]),  # type: ignore[arg-type]
    ]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_moment_is_flagged_where_the_command_began(desk: Desk) -> None:
    given = desk.done("Sidetone, flag this, wants a refund", 133.0)
    assert given.message == "Flagged at 02:13: wants a refund."
    assert desk.clicks == [{"name": "flag", "at_s": 133.0, "note": "wants a refund"}]


def test_the_newest_suggestion_that_was_seen_is_meant(desk: Desk) -> None:
    assert desk.refused("sidetone use that") == "There is no suggestion on screen to use."
    desk.add(*shown("s1", "It ships."), *shown("s2", "It is free."))
    assert desk.done("sidetone use that", 101.0).message == "Used: It is free."
    given = desk.done("sidetone pin that", 102.0)
    assert (given.message, given.subject) == ("Pinned: It is free.", "suggestions/s2")
    assert desk.refused("sidetone unpin that", 103.0)
    desk.add(SuggestionPinned(suggestion_id="s1", pinned=True))
    desk.done("sidetone unpin that", 104.0)
    assert desk.clicks == [
        {"name": "use", "suggestion_id": "s2"},
        {"name": "pin", "suggestion_id": "s2", "pinned": True},
        {"name": "pin", "suggestion_id": "s1", "pinned": False},
    ]


def test_a_card_that_came_while_the_agent_spoke_is_not_meant(desk: Desk) -> None:
    desk.add(*shown("s1", "It ships."))
    assert desk.refused("sidetone use that", desk.log.now.suggestions["s1"].started_s - 0.5)


@pytest.mark.parametrize(
    ("said", "so_far", "click"),
    [
        ("hold", [], {"name": "hold"}),
        ("resume", [HoldStarted(by="Alex")], {"name": "resume"}),
        ("get help above my limit", [], {"name": "request_help", "reason": "above my limit"}),
        ("no more help", [HelpRequested(reason="")], {"name": "end_help"}),
        ("ask what it costs", [], {"name": "ask", "text": "what it costs"}),
        ("pause the recording", [RecordingStarted(file="f")], {"name": "pause_recording"}),
        ("resume recording", [RecordingStarted(file="f"), RecordingPaused(by="A")], {"name": "resume_recording"}),
    ],
)
def test_what_is_said_goes_the_way_of_the_buttons(
    desk: Desk, said: str, so_far: list[Event], click: dict[str, Json]
) -> None:
    desk.add(*so_far)
    assert desk.done(f"sidetone {said}").message
    assert desk.clicks == [click]


@pytest.mark.parametrize(
    "said", ["resume", "no more help", "pause the recording", "resume the recording", "open order"]
)
def test_what_makes_no_sense_now_is_refused_in_words(desk: Desk, said: str) -> None:
    assert desk.refused(f"sidetone {said}")


def test_an_order_on_file_is_opened(desk: Desk) -> None:
    assert desk.refused("sidetone open order seven eight nine zero one").startswith("Nobody is identified")
    desk.add(identified())
    given = desk.done("Sidetone, open order #78901.", 101.0, spoken="sidetone open order seven eight nine zero one")
    assert given.subject == "orders/78901"
    assert desk.refused("sidetone open order seven eight", 102.0) == "Sarah has no order #78 on file."
    desk.add(
        final("my order", 90.0, "customer"),
        EntitySpotted(
            utterance_id="utt_90.0_customer", kind="order", value="78901", spoken="", resolved="orders/78901"
        ),
    )
    assert desk.done("sidetone open the order", 103.0).subject == "orders/78901"


def test_parts_of_the_record_are_opened_when_there_is_something_in_them(desk: Desk) -> None:
    desk.add(identified())
    assert desk.done("sidetone open the charges", 100.0).subject == "record/charges"
    assert desk.done("sidetone show contact details", 101.0).subject == "record/contact"
    assert desk.refused("sidetone open the tickets", 102.0) == "Sarah has no tickets on file."
    assert desk.refused("sidetone open earlier calls", 103.0) == "Sarah has no earlier calls on file."


def identified() -> CustomerIdentified:
    return CustomerIdentified(customer_id="c", account_number="1", name="Sarah", matched_on=[], profile=PROFILE)


def test_the_wake_word_alone_waits_for_the_command(desk: Desk) -> None:
    assert desk.done("Sidetone.", 100.0).message == "Listening: say the command."
    desk.done("flag this", 103.0)
    assert desk.says("flag this", 105.0) is None, "the command was given already"
    desk.done("Sidetone.", 110.0)
    assert desk.says("flag this", 120.0) is None, "that was too long ago"


def test_what_is_not_understood_is_said_so_and_stays_in_the_talk(desk: Desk) -> None:
    assert desk.refused("Sidetone, make coffee") == "Not understood: “make coffee”. Say “sidetone help” for the list."


def test_only_the_agent_is_obeyed_and_only_where_it_is_switched_on(desk: Desk) -> None:
    assert not Call("c").voice_commands
    assert desk.says("sidetone flag this", 100.0, "customer") is None
    desk.add(CallAnswered(agent="Priya Nair", waited_s=1.0))
    assert desk.says("sidetone flag this", 101.0) is None, "another agent has not switched it on"
    desk.add(ON)
    assert desk.says("sidetone flag this", 102.0) is not None


def test_a_refusal_of_the_desk_is_the_answer(desk: Desk) -> None:
    desk.refusing = CallError("answer the call first")
    given = desk.says("sidetone hold")
    assert given is not None
    assert (given.done, given.message) == (False, "Not done: answer the call first.")


class Understood:
    """Remembers what it was given to understand, and helps with nothing."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def understand(self, utterance_id: str) -> None:
        self.heard.append(utterance_id)

    def respond(self, trigger: str, *rest: object, **more: object) -> bool:
        return True


def test_at_a_real_desk_commands_are_done(services: Services) -> None:
    call_id = services.desk.start("", source="customer")
    for event in (CallQueued(), CallAnswered(agent=ALEX.name, waited_s=1.0), *shown("s1", "It ships.")):
        services.log.append(call_id, event)
    obey(services.desk, services.switchboard, ALEX, call_id, {"name": "voice_commands", "on": True})
    said = ["flag this", "ask what it costs", "pin that", "use that", "get help", "no more help", "hold", "resume"]
    for number, each in enumerate(said, start=1):
        services.log.append(call_id, final(f"sidetone {each}", 100.0 + number))
        wait_for_event(services.log, call_id, VoiceCommandGiven, number)
    call = services.desk.call(call_id)
    assert [(given.command, given.done) for given in call.commands.values() if not given.done] == []
    assert (len(call.moments), len(call.asked), call.on_hold, call.help) == (1, 1, False, None)
    assert (call.suggestions["s1"].state, call.suggestions["s1"].pinned) == ("used", True)


def test_only_talk_is_understood(event_log: EventLog, clock: ManualClock) -> None:
    event_log.open("c", lambda: 0.0)
    for event in (CallStarted(source="demo", agent=ALEX.name), CallAnswered(agent=ALEX.name, waited_s=1.0), ON):
        event_log.append("c", event)
    said = [final("sidetone flag this", 100.0), final("one moment please", 120.0)]
    said += [final("sidetone flag this", 121.0, "customer")]
    for line in said:
        event_log.append("c", line)
    event_log.sync()
    assistance = Understood()
    told = VoiceCommands("c", event_log, lambda viewer, call_id, command: None).take
    worker = AssistantWorker("c", event_log, assistance, clock, told)  # type: ignore[arg-type]
    worker.start()
    wait_for_event(event_log, "c", VoiceCommandGiven)
    worker.stop(10.0)
    assert assistance.heard == [line.utterance_id for line in said[1:]]
