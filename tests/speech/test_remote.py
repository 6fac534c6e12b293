"""A session over connections that are lost, in memory: what was said comes out once, whatever happens to them."""

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speech import deepgram_server, realtime_server
from speech.listener import PATIENCE_S, Listener, MovedClock, pieces
from speech.word_tones import say

from core.audio.endpointing import Endpointer
from core.audio.frames import SPEECH_RATE_HZ, AudioChunk, Pcm
from core.calls.events import Event, ProviderFailed, SpeechEngineChanged, TranscriptFinal
from core.calls.leg import Leg
from core.errors import SpeechError
from core.speech.base import Hypothesis, SpeechToText
from core.speech.deepgram import DeepgramEngine
from core.speech.dialogue import Connection, Dialogue, Message
from core.speech.engines import Engines
from core.speech.network import Network
from core.speech.openai_realtime import RealtimeTranscription
from core.speech.outbox import LARGEST, Begin, End, Outbox, Sound
from core.speech.persistence import CONNECT_S, GIVE_UP_S, Persistence
from core.speech.registry import EngineSettings
from core.speech.remote import AHEAD_S, RemoteSession
from core.speech.remote_errors import Service

SERVICE = Service(name="Ear", key_setting="EAR_KEY", url_setting="EAR_URL", model_setting="EAR_MODEL", key="secret")


class Line:
    """A connection to one who repeats the numbers heard; it is lost after so many messages, whichever way they go."""

    def __init__(self, lasts: int | None) -> None:
        self._left = lasts
        self._answers: asyncio.Queue[str] = asyncio.Queue()
        self._heard: list[str] = []

    async def send(self, message: Message, /) -> None:
        self._use()
        kind, _, rest = str(message).partition(" ")
        if kind == "begin":
            self._heard = [rest]
        elif kind == "sound":
            self._heard += rest.split()
            self._answers.put_nowait(" ".join(["partial", *self._heard]))
        elif kind == "end":
            self._answers.put_nowait(" ".join(["final", *self._heard]))

    async def recv(self) -> Message:
        answer = await self._answers.get()
        self._use()
        return answer

    async def close(self) -> None:
        self._left = 0

    def _use(self) -> None:
        if self._left is not None:
            if self._left == 0:
                raise ConnectionResetError("cut")
            self._left -= 1


class Repeating:
    """The dialogue with such a one (see `Dialogue`)."""

    keep_alive_s: float | None = None
    longest_s: float | None = None
    patience_s: float | None = None

    def __init__(self) -> None:
        self._asked = 0

    @property
    def owes(self) -> bool:
        return self._asked > 0

    def hello(self) -> list[Message]:
        return []

    def begin(self, utterance_id: str) -> list[Message]:
        return [f"begin {utterance_id}"]

    def sound(self, pcm: Pcm) -> list[Message]:
        return [f"sound {' '.join(map(str, pcm))}"]

    def end(self) -> list[Message]:
        self._asked += 1
        return ["end"]

    def keep_alive(self) -> list[Message]:
        return []

    def goodbye(self) -> list[Message]:
        return ["bye"]

    def settle(self) -> list[Hypothesis]:
        return []

    def read(self, message: Message) -> list[Hypothesis]:
        kind, utterance_id, *heard = str(message).split()
        self._asked -= kind == "final"
        return [Hypothesis(utterance_id=utterance_id, text=" ".join(heard), final=kind == "final")]


class Ear:
    """Connections that last as long as said, one after the other (see `Remote`)."""

    def __init__(self, *lasts: int) -> None:
        self._lasts: Iterator[int] = iter(lasts)
        self.explain = SERVICE.explain

    async def connect(self) -> Connection:
        return Line(next(self._lasts, None))

    def dialogue(self) -> Dialogue:
        return Repeating()


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    network = Network("remote", MovedClock())
    yield network
    network.close()


def open_session(network: Network, ear: Ear, listener: Listener) -> RemoteSession:
    return RemoteSession(network, ear, listener.hear, listener.fail, jitter=lambda: 0.0)


@settings(max_examples=60)
@given(
    utterances=st.lists(st.lists(st.integers(1, 99), max_size=6), max_size=5),
    lasts=st.lists(st.integers(0, 12), max_size=8),
)
def test_whatever_is_lost_every_utterance_has_one_final_with_all_that_was_said(
    network: Network, utterances: list[list[int]], lasts: list[int]
) -> None:
    listener = Listener()
    session = open_session(network, Ear(*lasts), listener)
    for number, spoken in enumerate(utterances):
        session.begin(f"u{number}", 0.0)
        for loud in spoken:
            session.push(np.array([loud], np.int16))
        session.end()
    assert session.drain(PATIENCE_S)
    session.close()
    assert not listener.failures
    assert listener.finals == [(f"u{n}", " ".join(map(str, spoken))) for n, spoken in enumerate(utterances)]
    for number in range(len(utterances)):
        own = [heard for heard in listener.heard if heard.utterance_id == f"u{number}"]
        assert [heard.final for heard in own] == [False] * (len(own) - 1) + [True]
        shown = [len(heard.text.split()) for heard in own[:-1]]
        assert shown == sorted(set(shown))


def test_what_is_said_without_a_connection_is_heard_later(network: Network) -> None:
    listener = Listener()
    session = open_session(network, Ear(0, 0, 0), listener)
    session.begin("u", 0.0)
    session.push(np.array([7], np.int16))
    session.end()
    assert session.drain(PATIENCE_S)
    assert listener.finals == [("u", "7")]
    session.close()


def test_an_error_nobody_foresaw_fails_the_session_and_is_not_kept_quiet(
    network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    listener = Listener()

    class Broken(Ear):
        async def connect(self) -> Connection:
            raise KeyError("no such thing")

    session = open_session(network, Broken(), listener)
    failure = listener.failure()
    assert isinstance(failure, SpeechError)
    assert failure.retryable
    assert "no such thing" in caplog.text
    assert not session.drain(0.0)


class Unreachable(Ear):
    async def connect(self) -> Connection:
        await asyncio.Event().wait()
        raise AssertionError


def test_a_live_call_is_never_kept_waiting() -> None:
    network = MovedClock().network()
    session = open_session(network, Unreachable(), Listener())
    session.live = True
    session.begin("u", 0.0)
    for _ in range(3 * round(AHEAD_S)):
        session.push(np.zeros(SPEECH_RATE_HZ, np.int16))
    session.close()
    network.close()


def test_pushing_waits_while_too_much_is_unsettled_and_goes_on_when_it_fails() -> None:
    clock = MovedClock()
    network = clock.network()
    listener = Listener()
    session = open_session(network, Unreachable(), listener)
    session.begin("u", 0.0)
    for _ in range(round(AHEAD_S)):
        session.push(np.zeros(SPEECH_RATE_HZ, np.int16))
    listener.let(lambda: session.push(np.zeros(SPEECH_RATE_HZ, np.int16)))
    assert not listener.done(0.05)
    listener.wait_while_time_passes(clock, lambda it: bool(it.failures))
    assert listener.done(PATIENCE_S)
    assert "does not answer" in str(listener.failures[0])
    network.close()


def test_an_outbox_gives_everything_in_order_and_again_after_rewinding() -> None:
    outbox = Outbox()
    outbox.push(np.ones(5, np.int16))
    outbox.begin("a")
    for _ in range(3):
        outbox.push(np.ones(LARGEST // 2, np.int16))
    outbox.end()
    outbox.begin("b")
    outbox.push(np.ones(10, np.int16))

    def taken() -> list[str | int]:
        steps: list[str | int] = []
        while step := outbox.next():
            match step:
                case Begin(utterance_id=utterance_id):
                    steps.append(utterance_id)
                case Sound(pcm=pcm):
                    steps.append(len(pcm))
                case End():
                    steps.append("end")
        return steps

    expected = ["a", LARGEST, LARGEST // 2, "end", "b", 10]
    assert outbox.behind_s == pytest.approx((LARGEST * 1.5 + 10) / SPEECH_RATE_HZ)
    assert taken() == expected
    assert outbox.behind_s == pytest.approx(LARGEST * 1.5 / SPEECH_RATE_HZ)
    outbox.rewind()
    assert taken() == expected
    final = Hypothesis(utterance_id="a", text="x", final=True)
    assert outbox.news(final) == final
    assert outbox.news(final) is None
    assert not outbox.idle
    too_soon = outbox.news(Hypothesis(utterance_id="b", text="y", final=True))
    assert too_soon is not None
    assert not too_soon.final


def test_persistence_ends_with_its_bound_and_begins_anew_after_success() -> None:
    lost, useless = SpeechError("lost", retryable=True), SpeechError("wrong key")
    persistence = Persistence()
    assert persistence.connect_s(100.0) == CONNECT_S
    assert persistence.failed(lost, 100.0, 100.0, 1.0) < persistence.failed(lost, 101.0, 101.0, 1.0)
    assert persistence.connect_s(100.0 + GIVE_UP_S - 1) == 1.0
    persistence.succeeded()
    waits = [persistence.failed(lost, 200.0, 200.0, 1.0) for _ in range(6)]
    assert waits == [0.25, 0.5, 1.0, 2.0, 2.0, 2.0]
    assert persistence.failed(lost, 207.5, 207.5, 1.0) == 0.5
    with pytest.raises(SpeechError, match="lost") as given_up:
        persistence.failed(SpeechError("too late", retryable=True), 208.0, 208.0, 1.0)
    assert not given_up.value.retryable
    with pytest.raises(SpeechError, match="wrong key"):
        Persistence().failed(useless, 0.0, 0.0, 1.0)


@pytest.mark.parametrize("detail", ["secret", "a\nb", "x" * 500, f"{'x' * 155}secret"])
def test_messages_are_one_short_line_without_the_key(detail: str) -> None:
    for error in (SERVICE.lost(detail), SERVICE.unreachable(detail), SERVICE.unacceptable(detail)):
        assert "secret" not in str(error)
        assert "\n" not in str(error)
        assert len(str(error)) < 300


class Both(Engines):
    """Deepgram first, OpenAI's live transcription after it, and nothing else."""

    def __init__(self, deepgram: SpeechToText, openai: SpeechToText, clock: MovedClock) -> None:
        super().__init__(EngineSettings(), clock)
        self._both = {"deepgram": deepgram, "openai": openai}

    def engine(self, name: str) -> SpeechToText:
        return self._both.get(name) or DeepgramEngine(api_key="", url="", model="")


def test_a_leg_whose_engine_fails_in_mid_utterance_gets_all_its_words_from_the_next() -> None:
    clock = MovedClock()
    gone = deepgram_server.Trouble(drop_after_s=0.9)
    broke = deepgram_server.Trouble(status=402)
    with deepgram_server.DeepgramServer(gone, broke) as first, realtime_server.RealtimeServer() as second:
        deepgram = DeepgramEngine(
            api_key=deepgram_server.KEY, url=first.url, model="nova-3", clock=clock, jitter=lambda: 0.0
        )
        openai = RealtimeTranscription(
            api_key=realtime_server.KEY, base_url=second.url, model="gpt-live-transcribe", clock=clock
        )
        events: list[Event] = []
        leg = Leg(
            "customer",
            Both(deepgram, openai, clock).chooser(),
            Endpointer(is_speech=lambda frame: bool(frame.any())),
            lambda event, offset_s: events.append(event),
            lambda kind: f"{kind}_1",
        )
        assert leg.engine_name == "deepgram"
        sound = pieces(say("i need help with my bill please", silence_s=1.0))
        for pcm in sound[:12]:
            leg.feed(AudioChunk(pcm, leg.position_s))
        first.wait_for(lambda it: it.tried == 2)
        for pcm in sound[12:]:
            leg.feed(AudioChunk(pcm, leg.position_s))
        leg.finish()
        deepgram.close()
        openai.close()
    assert [event for event in events if isinstance(event, ProviderFailed)]
    (changed,) = [event for event in events if isinstance(event, SpeechEngineChanged)]
    assert changed.engine == "openai"
    assert "no credit" in changed.reason
    (final,) = [event for event in events if isinstance(event, TranscriptFinal)]
    assert (final.text, final.engine) == ("i need help with my bill please", "openai")
