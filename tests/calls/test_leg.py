"""A leg: sound in, events out."""

from collections.abc import Callable, Collection
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from core.assistant.written import written
from core.audio.endpointing import FRAME_SAMPLES, Endpointer
from core.audio.frames import SPEECH_RATE_HZ, AudioChunk, Pcm
from core.calls.events import (
    AudioDropped,
    EchoSuppressed,
    Event,
    Party,
    ProviderFailed,
    SpeechEnded,
    SpeechEngineChanged,
    SpeechStarted,
    TranscriptFinal,
    TranscriptPartial,
)
from core.calls.hearing import DEAF_S, RETRIES
from core.calls.leg import OVERDUE_S, Leg, Write
from core.errors import SpeechError
from core.languages import ANY_LANGUAGE
from core.speech.base import Capabilities, Hypothesis, OnFailure, OnHypothesis, SpeechSession, SpeechToText
from core.speech.deaf import Deaf
from core.speech.engines import Choose, only
from core.speech.scripted import ScriptedEngine, TimedText

TALK = np.full(SPEECH_RATE_HZ // 10, 3000, np.int16)
HUSH = np.zeros(SPEECH_RATE_HZ // 10, np.int16)


def make_leg(
    engine: SpeechToText | None = None,
    is_echo: Callable[[float, Pcm], bool] | None = None,
    choose: Choose | None = None,
    write: Write | None = None,
    *,
    live: bool = False,
    otherwise: SpeechToText | None = None,
) -> tuple[Leg, list[tuple[Event, float]]]:
    chosen = choose or only(engine or FragileEngine(failures=0))
    events: list[tuple[Event, float]] = []
    numbers = count(1)
    leg = Leg(
        "customer",
        chosen,
        Endpointer(is_speech=lambda frame: bool(frame.any())),
        lambda event, offset_s: events.append((event, offset_s)),
        lambda kind: f"{kind}_{next(numbers)}",
        is_echo,
        write=write or (lambda heard, language: heard),
        live=live,
        otherwise=otherwise,
    )
    return leg, events


def feed(leg: Leg, *blocks: Pcm) -> None:
    for pcm in blocks:
        leg.feed(AudioChunk(pcm, leg.position_s))


def of_type(events: list[tuple[Event, float]], kind: type[Event]) -> list[Event]:
    return [event for event, _ in events if isinstance(event, kind)]


def test_speech_becomes_partials_and_one_final_on_the_sample_clock() -> None:
    leg, events = make_leg(ScriptedEngine([TimedText(text="my bill is wrong", start_s=1.0, end_s=2.0)]))
    feed(leg, *[HUSH] * 10, *[TALK] * 10, *[HUSH] * 10)
    leg.finish()
    started, ended, final = (of_type(events, kind)[0] for kind in (SpeechStarted, SpeechEnded, TranscriptFinal))
    partials = of_type(events, TranscriptPartial)
    assert isinstance(started, SpeechStarted)
    assert isinstance(ended, SpeechEnded)
    assert isinstance(final, TranscriptFinal)
    assert 0.5 < started.start_s <= 1.0
    assert abs(ended.end_s - 2.0) < 0.05
    assert (final.text, final.end_s, final.utterance_id) == ("my bill is wrong", ended.end_s, started.utterance_id)
    assert len(partials) >= 2
    assert [offset_s for _, offset_s in events] == sorted(offset_s for _, offset_s in events)
    kinds = [type(event) for event, _ in events]
    assert kinds.index(TranscriptPartial) < kinds.index(TranscriptFinal)


def test_silence_says_nothing_and_shows_as_silence() -> None:
    leg, events = make_leg(ScriptedEngine([TimedText(text="never", start_s=0, end_s=9)]))
    feed(leg, *[HUSH] * 50)
    leg.finish()
    assert events == []
    assert leg.level.silent


def echo_of(seconds: tuple[float, float]) -> tuple[Callable[[float, Pcm], bool], list[float]]:
    """A detector that knows when the other party's voice is in this microphone, and what it was asked."""
    asked: list[float] = []

    def is_echo(start_s: float, pcm: Pcm) -> bool:
        asked.append(start_s + len(pcm) / SPEECH_RATE_HZ)
        return seconds[0] <= start_s + len(pcm) / SPEECH_RATE_HZ <= seconds[1]

    return is_echo, asked


SAID = [
    TimedText(text="how can I help you", start_s=1.0, end_s=2.0),
    TimedText(text="my bill is wrong", start_s=4.0, end_s=5.0),
]


def test_an_echo_shows_no_word_and_settles_to_nothing() -> None:
    is_echo, _ = echo_of((0.0, 3.0))
    leg, events = make_leg(ScriptedEngine(SAID), is_echo)
    feed(leg, *[HUSH] * 10, *[TALK] * 10, *[HUSH] * 20, *[TALK] * 10, *[HUSH] * 10)
    leg.finish()
    first, second = of_type(events, SpeechStarted)
    (suppressed,) = of_type(events, EchoSuppressed)
    finals = of_type(events, TranscriptFinal)
    assert suppressed == EchoSuppressed(party="customer", utterance_id=first.utterance_id)  # type: ignore[union-attr]
    assert [final.text for final in finals] == ["", "my bill is wrong"]  # type: ignore[union-attr]
    partials = {partial.utterance_id for partial in of_type(events, TranscriptPartial)}  # type: ignore[union-attr]
    assert partials == {second.utterance_id}  # type: ignore[union-attr]


def test_partials_held_back_too_early_do_not_cost_the_line() -> None:
    is_echo, asked = echo_of((0.0, 1.5))
    leg, events = make_leg(ScriptedEngine(SAID[:1]), is_echo)
    feed(leg, *[HUSH] * 10, *[TALK] * 10, *[HUSH] * 10)
    leg.finish()
    assert of_type(events, EchoSuppressed) == []
    assert [final.text for final in of_type(events, TranscriptFinal)] == ["how can I help you"]  # type: ignore[union-attr]
    # What is asked about in the end is the utterance up to its last word, without the silence behind it.
    assert abs(asked[-1] - 2.0) < 0.05


def test_an_utterance_cut_off_by_the_end_of_the_call_is_settled() -> None:
    leg, events = make_leg(ScriptedEngine([TimedText(text="wait I am", start_s=0.3, end_s=1)]))
    feed(leg, *[HUSH] * 3, *[TALK] * 7)
    leg.finish()
    assert [event.text for event in of_type(events, TranscriptFinal)] == ["wait I am"]  # type: ignore[union-attr]


class FragileSession(SpeechSession):
    """Breaks at the first utterance's end, as often as it is told; otherwise reports how much it heard."""

    def __init__(self, engine: "FragileEngine", on_hypothesis: OnHypothesis, on_failure: OnFailure) -> None:
        self.engine, self.on_hypothesis, self.on_failure = engine, on_hypothesis, on_failure
        self.utterance_id, self.samples = "", 0

    def begin(self, utterance_id: str, start_s: float) -> None:
        self.utterance_id, self.samples = utterance_id, 0

    def push(self, pcm: Pcm) -> None:
        self.samples += len(pcm)

    def end(self) -> None:
        if self.engine.failures:
            self.engine.failures.pop()()
            self.on_failure(SpeechError("the worker died", retryable=self.engine.retryable))
            return
        self.on_hypothesis(Hypothesis(utterance_id=self.utterance_id, text=f"{self.samples} samples", final=True))

    def drain(self, timeout_s: float) -> bool:
        return True

    def close(self) -> None:
        pass


class FragileEngine(SpeechToText):
    name = "fragile"
    capabilities = Capabilities(partials=False, local=True, languages=("en",))

    def __init__(self, failures: int, *, retryable: bool = True) -> None:
        self.failures: list[Callable[[], None]] = [lambda: None] * failures
        self.retryable = retryable

    def open(
        self, party: Party, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str = ANY_LANGUAGE
    ) -> FragileSession:
        return FragileSession(self, on_hypothesis, on_failure)


def test_a_session_that_breaks_is_replaced_and_hears_the_utterance_again() -> None:
    steady, expected = make_leg(FragileEngine(failures=0))
    feed(steady, *[HUSH] * 10, *[TALK] * 10, *[HUSH] * 10)
    steady.finish()
    leg, events = make_leg(FragileEngine(failures=1))
    feed(leg, *[HUSH] * 10, *[TALK] * 10, *[HUSH] * 10)
    leg.finish()
    problems = of_type(events, ProviderFailed)
    assert [problem.retryable for problem in problems] == [True]  # type: ignore[union-attr]
    finals = of_type(events, TranscriptFinal)
    assert [final.text for final in finals] == [final.text for final in of_type(expected, TranscriptFinal)]  # type: ignore[union-attr]


def test_an_engine_that_is_gone_for_good_is_said_once_and_lines_still_settle() -> None:
    leg, events = make_leg(FragileEngine(failures=1, retryable=False))
    feed(leg, *[HUSH] * 10, *[TALK] * 10, *[HUSH] * 10, *[TALK] * 10, *[HUSH] * 10)
    leg.finish()
    problems = of_type(events, ProviderFailed)
    assert [problem.retryable for problem in problems] == [False]  # type: ignore[union-attr]
    assert len(of_type(events, TranscriptFinal)) == len(of_type(events, SpeechStarted)) == 2


def test_an_engine_that_keeps_failing_is_left_for_the_next_which_hears_the_utterance_from_its_beginning() -> None:
    steady, expected = make_leg(FragileEngine(failures=0))
    talk = [*[HUSH] * 10, *[TALK] * 10, *[HUSH] * 10]
    feed(steady, *talk)
    steady.finish()
    fragile, other = FragileEngine(failures=9), FragileEngine(failures=0)
    other.name = "steady"

    def choose(failed: Collection[str]) -> SpeechToText:
        return other if "fragile" in failed else fragile

    leg, events = make_leg(choose=choose)
    feed(leg, *talk)
    while not of_type(events, SpeechEngineChanged):
        feed(leg, HUSH)
    leg.finish()
    assert [type(problem).__name__ for problem in of_type(events, ProviderFailed)] == ["ProviderFailed"] * (RETRIES + 1)
    finals = of_type(events, TranscriptFinal)
    assert [final.engine for final in finals] == ["steady"]  # type: ignore[union-attr]
    assert [final.text for final in finals] == [final.text for final in of_type(expected, TranscriptFinal)]  # type: ignore[union-attr]


def test_an_engine_that_cannot_be_opened_is_passed_over() -> None:
    class Shut(FragileEngine):
        name = "shut"

        def open(
            self, party: Party, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str = ANY_LANGUAGE
        ) -> FragileSession:
            raise SpeechError("no key")

    steady = FragileEngine(failures=0)
    leg, events = make_leg(choose=lambda failed: steady if "shut" in failed else Shut(failures=0))
    assert leg.engine_name == "fragile"
    feed(leg, *[HUSH] * 10, *[TALK] * 10, *[HUSH] * 10)
    leg.finish()
    assert len(of_type(events, TranscriptFinal)) == 1


def test_the_final_is_written_as_people_write_and_what_was_heard_is_kept() -> None:
    heard = [TimedText(text="order seven eight nine zero one", start_s=1.0, end_s=2.0)]
    leg, events = make_leg(ScriptedEngine(heard), write=written)
    feed(leg, *[HUSH] * 10, *[TALK] * 10, *[HUSH] * 10)
    leg.finish()
    (final,) = of_type(events, TranscriptFinal)
    assert isinstance(final, TranscriptFinal)
    assert (final.text, final.spoken) == ("order #78901", "order seven eight nine zero one")
    assert of_type(events, TranscriptPartial)[-1].text == "order seven eight nine zero one"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("heard", "text"),
    [
        ("My order number is 7 8 9 0 1.", "My order number is #78901."),
        ("It's order 78901, please.", "It's order #78901, please."),
        ("I paid 129 dollars and 99 cents.", "I paid $129.99."),
        ("It's s a r a h at example dot com.", "It's sarah@example.com."),
        ("I paid $129.99 for #78901 on March 15th, at 10:30.", "I paid $129.99 for #78901 on March 15th, at 10:30."),
        ("Call 415-555-0192, I have 78,901 points.", "Call 415-555-0192, I have 78,901 points."),
    ],
)
def test_what_an_engine_writes_is_finished_and_its_own_text_kept_where_that_differs(heard: str, text: str) -> None:
    engine = ScriptedEngine([TimedText(text=heard, start_s=1.0, end_s=2.0)])
    engine.capabilities = replace(engine.capabilities, writes=True)
    leg, events = make_leg(engine, write=written)
    feed(leg, *[HUSH] * 10, *[TALK] * 10, *[HUSH] * 10)
    leg.finish()
    (final,) = of_type(events, TranscriptFinal)
    assert isinstance(final, TranscriptFinal)
    assert (final.text, final.spoken) == (text, "" if heard == text else heard)


@pytest.mark.parametrize(
    ("said", "silence_s"),
    [("where is my order", 0.36), ("my bill is too high", 0.51), ("my number is seven eight", 0.81)],
)
@pytest.mark.parametrize("live", [True, False])
def test_how_long_a_silence_ends_an_utterance_depends_on_what_was_said(said: str, silence_s: float, live: bool) -> None:
    leg, events = make_leg(ScriptedEngine([TimedText(text=said, start_s=1.0, end_s=1.9)]), live=live)
    hush = np.zeros(FRAME_SAMPLES, np.int16)
    feed(leg, *[HUSH] * 10, *[TALK] * 10)
    while not of_type(events, SpeechEnded):
        feed(leg, hush)
    over_s = leg.position_s - 2.0
    assert over_s == pytest.approx(silence_s if live else 0.51, abs=0.07)
    feed(leg, *[HUSH] * 10, *[TALK] * 10, hush, *[hush] * 20)
    assert len(of_type(events, SpeechEnded)) == 2, "patience is per utterance"


def test_an_engine_that_nothing_can_take_the_place_of_is_tried_again_after_a_while() -> None:
    engine = FragileEngine(failures=1, retryable=False)
    leg, events = make_leg(engine)
    feed(leg, *[HUSH] * 10, *[TALK] * 10, *[HUSH] * 10)
    feed(leg, *[HUSH] * round(10 * DEAF_S))
    feed(leg, *[TALK] * 10, *[HUSH] * 10)
    leg.finish()
    assert [type(event).__name__ for event, _ in events if isinstance(event, ProviderFailed | SpeechEngineChanged)] == [
        "ProviderFailed",
        "SpeechEngineChanged",
    ]
    finals = of_type(events, TranscriptFinal)
    assert [bool(final.text) for final in finals] == [False, True]  # type: ignore[union-attr]


def test_an_engine_that_is_back_in_the_middle_of_an_utterance_hears_it_from_its_beginning() -> None:
    steady, expected = make_leg(FragileEngine(failures=0))
    feed(steady, *[HUSH] * 10, *[TALK] * 30, *[HUSH] * 10)
    steady.finish()
    leg, events = make_leg(FragileEngine(failures=1, retryable=False))
    feed(leg, *[HUSH] * 10, *[TALK] * 10, *[HUSH] * 10)
    failed_s = next(offset_s for event, offset_s in events if isinstance(event, ProviderFailed))
    while leg.position_s < failed_s + DEAF_S - 1.0:
        feed(leg, HUSH)
    feed(leg, *[TALK] * 30, *[HUSH] * 10)
    leg.finish()
    finals = of_type(events, TranscriptFinal)
    assert finals[-1].text == of_type(expected, TranscriptFinal)[0].text  # type: ignore[union-attr]


def test_a_call_that_stays_deaf_is_told_so_once() -> None:
    class Dead(FragileEngine):
        def open(
            self, party: Party, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str = ANY_LANGUAGE
        ) -> FragileSession:
            tried.append(self.name)
            raise SpeechError("no key")

    tried: list[str] = []
    leg, events = make_leg(Dead(failures=0), otherwise=Deaf())
    feed(leg, *[HUSH] * round(10 * (7 * DEAF_S + 1)))
    assert len(tried) == 4, "after 15, 45 and 105 seconds"
    assert len(of_type(events, ProviderFailed)) == 1
    leg.finish()


class SlowSession(FragileSession):
    """Settles an utterance when it is told to."""

    def end(self) -> None:
        self.engine.owed.append((self, self.utterance_id))

    def drain(self, timeout_s: float) -> bool:
        return not self.engine.owed


class SlowEngine(FragileEngine):
    def __init__(self) -> None:
        super().__init__(failures=0)
        self.owed: list[tuple[FragileSession, str]] = []

    def settle_all(self) -> None:
        while self.owed:
            session, utterance_id = self.owed.pop(0)
            session.on_hypothesis(Hypothesis(utterance_id=utterance_id, text="words", final=True))

    def open(
        self, party: Party, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str = ANY_LANGUAGE
    ) -> FragileSession:
        return SlowSession(self, on_hypothesis, on_failure)


def test_while_words_are_overdue_whole_utterances_are_left_out_and_that_is_said() -> None:
    engine = SlowEngine()
    leg, events = make_leg(engine, live=True)
    said = [*[TALK] * 20, *[HUSH] * 10]
    feed(leg, *[HUSH] * 10, *said)
    while leg.position_s < OVERDUE_S + 3.5:
        feed(leg, HUSH)
    assert len(engine.owed) == 1
    feed(leg, *[TALK] * 20)
    assert not of_type(events, AudioDropped), "not before it is known how long it lasts"
    feed(leg, *[HUSH] * 10)
    assert len(engine.owed) == 1
    assert [(event.duration_s, event.reason) for event in of_type(events, AudioDropped)] == [  # type: ignore[union-attr]
        (pytest.approx(2.3, abs=0.05), "words overdue")
    ]
    engine.settle_all()
    feed(leg, *said)
    assert len(engine.owed) == 1
    engine.settle_all()
    leg.finish()
    texts = [final.text for final in of_type(events, TranscriptFinal)]  # type: ignore[union-attr]
    assert texts == ["", "words", "words"]
    assert len(of_type(events, AudioDropped)) == 1


def test_a_recording_is_heard_whole_however_slow_the_engine_is() -> None:
    engine = SlowEngine()
    leg, events = make_leg(engine)
    while leg.position_s < OVERDUE_S + 10:
        feed(leg, *[TALK] * 20, *[HUSH] * 10)
    assert len(engine.owed) == len(of_type(events, SpeechEnded)) > 5
    engine.settle_all()
    assert not of_type(events, AudioDropped)


def test_what_is_still_owed_when_a_call_ends_is_said_to_be_missing() -> None:
    leg, events = make_leg(SlowEngine(), live=True)
    feed(leg, *[HUSH] * 10, *[TALK] * 20, *[HUSH] * 10)
    leg.finish()
    assert [round(event.duration_s, 1) for event in of_type(events, AudioDropped)] == [2.3]  # type: ignore[union-attr]
    assert len(of_type(events, TranscriptFinal)) == 1


@pytest.mark.parametrize(("live", "waits_s"), [(True, 10.0), (False, 120.0)])
def test_a_recording_waits_longer_for_words_than_a_call_does(live: bool, waits_s: float) -> None:
    asked_s: list[float] = []

    class Patient(SlowSession):
        def drain(self, timeout_s: float) -> bool:
            asked_s.append(timeout_s)
            return super().drain(timeout_s)

    engine = SlowEngine()
    engine.open = lambda party, heard, failed, language="": Patient(engine, heard, failed)  # type: ignore[method-assign]
    leg, _ = make_leg(engine, live=live)
    feed(leg, *[TALK] * 20, *[HUSH] * 10)
    leg.settle()
    assert asked_s == [waits_s]
