"""Two parties in one call: what the desk, the switchboard, the voices and the recording make of it together."""

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from waiting import wait_for

from core.audio.files import Recording
from core.bootstrap import Services
from core.calls.events import (
    CallEnded,
    CustomerIdentified,
    HoldEnded,
    MessageDelivered,
    RecordingStopped,
    SuggestionCompleted,
    SupervisorLeft,
)
from core.calls.live_call import TYPING_S
from core.calls.microphone import Microphone
from core.errors import CallAlreadyEnded, CallError
from core.routing.arrivals import CallRequest

AGENT = "Alex Morgan"
RATE_HZ = 48_000


def tone(hz: float, number: int) -> av.AudioFrame:
    """The `number`th 20 ms of a tone, as a browser sends it."""
    times = (np.arange(960) + 960 * number) / RATE_HZ
    mono = (8_000 * np.sin(2 * np.pi * hz * times)).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(np.repeat(mono, 2)[np.newaxis, :], format="s16", layout="stereo")
    frame.sample_rate = RATE_HZ
    return frame


def listen(place: Microphone) -> NDArray[np.int16]:
    """The next 20 ms that the browser there plays."""
    return place.sound("browser").to_ndarray()[0]


def answered(services: Services, **request: object) -> str:
    services.switchboard.set_availability(AGENT, "available")
    visit = services.switchboard.call_in(CallRequest(**request))  # type: ignore[arg-type]
    services.switchboard.accept(visit.call_id, AGENT)
    return visit.call_id


def test_a_chat_gets_the_same_help_as_speech(services: Services) -> None:
    call_id = answered(services, channel="chat")
    services.desk.send(call_id, "customer", "Hi, this is Sarah Johnson. Where is my order #78901?")
    wait_for(services, call_id, SuggestionCompleted)
    call = services.desk.call(call_id)
    assert call.customer is not None
    assert call.customer.name == "Sarah Johnson"
    assert any("78901" in card.message for card in call.suggestions.values())


def test_a_card_put_into_the_box_counts_as_used_in_the_words_that_were_sent(services: Services) -> None:
    call_id = answered(services, channel="chat")
    services.desk.send(call_id, "customer", "Hi, this is Sarah Johnson. Where is my order #78901?")
    card = wait_for(services, call_id, SuggestionCompleted).event
    assert isinstance(card, SuggestionCompleted)
    message_id = services.desk.send(call_id, "agent", "It comes on Monday.", card.suggestion_id)
    call = services.desk.call(call_id)
    assert call.suggestions[card.suggestion_id].used_text == "It comes on Monday."
    assert not call.utterances[message_id].delivered
    for reader in ("agent", "customer", "customer"):
        services.desk.delivered(call_id, message_id, reader)
        assert services.desk.call(call_id).utterances[message_id].delivered == (reader == "customer")
    services.log.sync()
    marks = [one for one in services.log.events(call_id) if isinstance(one.event, MessageDelivered)]
    assert len(marks) == 1


def test_messages_have_words_and_an_end(services: Services) -> None:
    call_id = answered(services, channel="chat")
    for text in ("  ", "x" * 2_001):
        with pytest.raises(CallError):
            services.desk.send(call_id, "customer", text)
    services.desk.end(call_id)
    wait_for(services, call_id, CallEnded)
    with pytest.raises(CallAlreadyEnded):
        services.desk.send(call_id, "customer", "one thing more")


def test_what_was_said_on_the_form_is_shown_before_anybody_answers(services: Services) -> None:
    visit = services.switchboard.call_in(CallRequest(name="Sarah Johnson", reason="broken order"))
    identified = wait_for(services, visit.call_id, CustomerIdentified).event
    assert isinstance(identified, CustomerIdentified)
    assert identified.matched_on == ["name given, not verified"]
    assert services.desk.call(visit.call_id).waiting


def test_typing_shows_for_a_moment_and_not_once_it_is_sent(services: Services) -> None:
    call_id = answered(services, channel="chat")
    services.desk.typing(call_id, "customer")
    assert services.desk.signals(call_id)["Typing"] == {"customer": True}
    services.desk.send(call_id, "customer", "hello")
    assert services.desk.signals(call_id)["Typing"] == {"customer": False}
    assert TYPING_S < 10


def test_parties_hear_each_other_but_not_on_hold(services: Services) -> None:
    call_id = answered(services)
    customer, agent = (services.desk.microphone(call_id, seat) for seat in ("customer", "agent"))
    for place in (customer, agent):
        place.offered("browser")
        listen(place)

    def agent_hears() -> float:
        """How loud the customer's 440 Hz are to the agent."""
        heard = []
        for number in range(20):
            customer.frame("browser", tone(440, number))
            heard.append(listen(agent).astype(float))
        spectrum = np.abs(np.fft.rfft(np.concatenate(heard)[-9_600:])) / 4_800
        return float(spectrum[88])

    assert agent_hears() > 1_000
    services.desk.hold(call_id, AGENT)
    assert agent_hears() < 10
    services.desk.resume(call_id, AGENT)
    assert agent_hears() > 1_000
    services.desk.mute(call_id, "customer", True)
    assert agent_hears() < 10


def test_hold_adds_up_and_is_over_when_the_call_is(services: Services) -> None:
    call_id = answered(services)
    services.desk.hold(call_id, AGENT)
    services.desk.hold(call_id, AGENT)
    services.desk.end(call_id)
    wait_for(services, call_id, CallEnded)
    call = services.desk.call(call_id)
    assert not call.on_hold
    services.log.sync()
    ends = [one.event for one in services.log.events(call_id) if isinstance(one.event, HoldEnded)]
    assert [end.held_s == call.held_s for end in ends] == [True]


def test_nobody_can_be_put_on_hold_before_the_answer(services: Services) -> None:
    visit = services.switchboard.call_in(CallRequest())
    with pytest.raises(CallError):
        services.desk.hold(visit.call_id, AGENT)


def test_a_recorded_call_leaves_a_file_of_both_parties(services: Services) -> None:
    call_id = answered(services, notice="We record.", consent=True)
    assert services.desk.call(call_id).recording == "on"
    customer = services.desk.microphone(call_id, "customer")
    customer.offered("browser")
    for number in range(100):
        customer.frame("browser", tone(440, number))
    services.desk.pause_recording(call_id, AGENT, "card number")
    assert services.desk.call(call_id).recording == "paused"
    services.desk.end(call_id)
    wait_for(services, call_id, RecordingStopped)
    path = services.settings.recordings_path / f"{call_id}.opus"
    with Recording.open(path) as recording:
        assert recording.parties == ("customer", "agent")


def test_without_consent_nothing_is_recorded(services: Services) -> None:
    call_id = answered(services, notice="We record.", consent=False)
    assert services.desk.call(call_id).recording == "off"
    assert not services.settings.recordings_path.exists()


def test_a_supervisor_whispers_to_the_agent_alone_and_leaves_with_the_browser(services: Services) -> None:
    call_id = answered(services)
    services.desk.supervise(call_id, "Robin Castillo", "whisper")
    seats = ("customer", "agent", "supervisor:Robin Castillo")
    customer, agent, supervisor = (services.desk.microphone(call_id, seat) for seat in seats)
    for place in (customer, agent, supervisor):
        place.offered("browser")
        listen(place)
    for number in range(10):
        supervisor.frame("browser", tone(600, number))
        heard = [np.abs(listen(place)).max() for place in (customer, agent)]
    assert heard[0] == 0
    assert heard[1] > 1_000
    supervisor.ended("browser")
    wait_for(services, call_id, SupervisorLeft)
    assert services.desk.call(call_id).supervisors == {}


def test_the_survey_is_answered_once_even_after_the_wrap_up(services: Services) -> None:
    call_id = answered(services)
    with pytest.raises(CallError):
        services.desk.rate_call(call_id, 5)
    services.desk.end(call_id)
    wait_for(services, call_id, CallEnded)
    services.desk.wrap_up(call_id, "Resolved", True, "", AGENT)
    services.log.sync()
    services.desk.rate_call(call_id, 4, "friendly")
    services.desk.rate_call(call_id, 1)
    services.log.sync()
    rating = services.desk.call(call_id).rating
    assert rating is not None
    assert (rating.score, rating.comment) == (4, "friendly")
    with pytest.raises(CallError):
        services.desk.flag(call_id)
