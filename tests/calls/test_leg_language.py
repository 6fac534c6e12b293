"""Which language a leg says its words are in, and what becomes of a call that no engine can transcribe."""

from collections.abc import Collection
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from waiting import wait_for

from core.assistant.written import written
from core.audio.endpointing import Endpointer
from core.audio.frames import SPEECH_RATE_HZ, AudioChunk, frame_of
from core.bootstrap import Services
from core.calls.events import (
    CallEnded,
    Event,
    PartyJoined,
    ProviderFailed,
    SpeechEnded,
    SpeechStarted,
    TranscriptFinal,
)
from core.calls.hearing import SPEECH
from core.calls.leg import Leg
from core.calls.talker import Offer, OnEnd, Talker
from core.clock import Clock
from core.errors import SpeechError
from core.languages import ANY_LANGUAGE, language_of
from core.routing.arrivals import CallRequest
from core.speech.base import SpeechToText
from core.speech.deaf import Deaf
from core.speech.engines import Choose, only
from core.speech.scripted import ScriptedEngine, TimedText

TALK = np.full(SPEECH_RATE_HZ // 10, 3000, np.int16)
HUSH = np.zeros(SPEECH_RATE_HZ // 10, np.int16)
SPANISH = "quiero devolver mi pedido"


def settled(choose: Choose, language: str, otherwise: SpeechToText | None) -> list[Event]:
    events: list[Event] = []
    numbers = count(1)
    leg = Leg(
        "customer",
        choose,
        Endpointer(is_speech=lambda frame: bool(frame.any())),
        lambda event, _: events.append(event),
        lambda kind: f"{kind}_{next(numbers)}",
        language=language,
        write=written,
        detect=language_of,
        otherwise=otherwise,
    )
    for pcm in [*[HUSH] * 10, *[TALK] * 10, *[HUSH] * 10]:
        leg.feed(AudioChunk(pcm, leg.position_s))
    leg.finish()
    return events


def language_heard(text: str, languages: tuple[str, ...], language: str = ANY_LANGUAGE) -> str:
    """Of one utterance, with an engine that knows these languages, in a call said to be in `language`."""
    engine = ScriptedEngine([TimedText(text=text, start_s=1.0, end_s=2.0)])
    engine.capabilities = replace(engine.capabilities, languages=languages)
    events = settled(only(engine), language, None)
    [final] = [event for event in events if isinstance(event, TranscriptFinal)]
    assert final.text
    return final.language


def test_the_words_tell_where_the_engine_knows_several_languages_and_does_not_say() -> None:
    assert language_heard(SPANISH, ("*",)) == "es"
    assert language_heard(SPANISH, ("en", "es")) == "es"
    assert language_heard(SPANISH, ("en", "fr")) == ""
    assert language_heard("sí", ("*",)) == ""


def test_an_engine_of_one_language_proves_nothing() -> None:
    assert language_heard(SPANISH, ("en",)) == ""
    assert language_heard(SPANISH, ("en",), "es") == ""


def test_a_language_that_was_said_beforehand_stands() -> None:
    assert language_heard("sí", ("*",), "es") == "es"


def none(failed: Collection[str]) -> SpeechToText:
    raise SpeechError("no speech engine is ready for Spanish; see Settings for what each needs")


def test_a_leg_without_an_engine_goes_on_without_words() -> None:
    events = settled(none, "es", Deaf())
    [problem] = [event for event in events if isinstance(event, ProviderFailed)]
    assert problem.message == (
        "This call goes on without a transcript: no speech engine is ready for Spanish; "
        "see Settings for what each needs."
    )
    kinds = [type(event) for event in events]
    assert kinds == [ProviderFailed, SpeechStarted, SpeechEnded, TranscriptFinal]
    assert events[-1].text == ""  # type: ignore[union-attr]


def test_elsewhere_a_leg_without_an_engine_is_an_error() -> None:
    with pytest.raises(SpeechError, match="Spanish"):
        settled(none, "es", None)


def test_an_engine_asked_for_by_name_has_to_know_the_language(services: Services) -> None:
    assert services.speech.chooser("pocketsphinx", "en")(()).name == "pocketsphinx"
    with pytest.raises(SpeechError, match="pocketsphinx does not know Spanish"):
        services.speech.chooser("pocketsphinx", "es")(())


class Tone(Talker):
    """A second of sound, then the call is over."""

    def __init__(self, clock: Clock, offer: Offer, on_end: OnEnd) -> None:
        super().__init__("tone", clock, on_end)
        self._offer = offer

    def _talk(self) -> None:
        for _ in range(50):
            self._offer(frame_of(np.full(SPEECH_RATE_HZ // 50, 3000, np.int16)))


@pytest.fixture
def offline(services: Services) -> Services:
    """The same services with nothing but the embedded engine, which knows English only."""
    services.speech.configured = ANY_LANGUAGE
    return services


def test_a_call_in_a_language_no_engine_knows_says_so_once_and_goes_on(offline: Services) -> None:
    agent = "Lucia Fernandez"
    offline.switchboard.set_availability(agent, "available")
    visit = offline.switchboard.call_in(CallRequest(language="es", source="scripted", title="Una factura"))
    offline.switchboard.accept(visit.call_id, agent)
    place = offline.desk.microphone(visit.call_id, "agent")
    place.offered("browser")
    place.frame("browser", frame_of(HUSH[: SPEECH_RATE_HZ // 50]))
    offline.desk.caller(visit.call_id, lambda _, offer, on_end: Tone(offline.clock, offer, on_end))
    wait_for(offline, visit.call_id, CallEnded)
    call = offline.desk.call(visit.call_id)
    assert call.language == "es"
    assert call.end_reason == "completed"
    assert [problem.provider for problem in call.problems] == [SPEECH]
    assert "Spanish" in call.problems[0].message
    joined = [one.event for one in offline.log.events(visit.call_id) if isinstance(one.event, PartyJoined)]
    assert {one.party: one.engine for one in joined} == {"customer": "none", "agent": "none"}
