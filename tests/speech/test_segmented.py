"""What makes a live engine of one that decodes finished sound: agreement, turns, and the session."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.clock import ManualClock
from core.errors import SpeechError
from core.speech.agreement import Agreement, agree, beyond
from core.speech.base import Hypothesis
from core.speech.segmented import LONGEST_S, Decoders, SegmentedSession
from core.speech.stretches import Decode, Decoded, Sound, quietest
from core.speech.turns import Turns

PATIENCE_S = 30.0
"""Far beyond what anything here takes; only a hang reaches it."""
TENTH = SPEECH_RATE_HZ // 10
WORDS = st.lists(st.sampled_from(["my", "bill", "is", "wrong", "order", "Order,"]), max_size=8).map(" ".join)


def after(*texts: str) -> Agreement:
    believed = Agreement()
    for text in texts:
        believed = agree(believed, text)
    return believed


def test_words_two_decodes_agree_on_are_committed() -> None:
    assert after("my bell").committed == ()
    assert after("my bell", "my bill is").committed == ("my",)
    assert after("my bell", "my bill is", "my bill is wrong").committed == ("my", "bill", "is")
    assert after("my bell", "my bill is", "my bill is wrong").text == "my bill is wrong"


def test_capitals_and_punctuation_make_no_difference_and_the_later_ones_count() -> None:
    assert after("I ordered.", "I ordered a mouse").committed == ("I", "ordered")


def test_a_later_decode_that_hears_the_beginning_otherwise_changes_nothing_of_it() -> None:
    agreed = after("my bill is", "my bill is")
    assert agree(agreed, "my pill is wrong").text == "my bill is wrong"
    assert agree(agreed, "oh my bill is wrong").text == "my bill is wrong"
    assert agree(agreed, "bill is wrong").text == "my bill is wrong"
    assert agree(agreed, "").text == "my bill is"


@given(st.lists(WORDS, max_size=8))
def test_what_is_committed_is_only_ever_added_to(decodes: list[str]) -> None:
    believed = Agreement()
    for text in decodes:
        later = agree(believed, text)
        assert later.committed[: len(believed.committed)] == believed.committed
        assert later.text.split() == [*later.committed, *later.open]
        believed = later


@given(st.lists(st.text("abcde", min_size=1, max_size=2), min_size=2, max_size=12))
def test_a_decoder_that_never_errs_has_all_but_its_newest_word_committed(words: list[str]) -> None:
    growing = [" ".join(words[:length]) for length in range(1, len(words) + 1)]
    assert after(*growing).committed == tuple(words[:-1])
    assert after(*growing).text == " ".join(words)


@given(WORDS, WORDS)
def test_what_was_settled_leaves_the_words_behind_it(settled: str, rest: str) -> None:
    whole = f"{settled} {rest}".strip()
    left = beyond(after(whole, whole), settled)
    assert left.text.split()[-1:] == rest.split()[-1:] or not rest
    assert beyond(after(whole), whole).text == ""


class Line:
    """Plays the turns of several who want to be served again and again."""

    def __init__(self) -> None:
        self.turns: Turns[str] = Turns()
        self.seen: dict[str, list[str]] = {}
        self.running: list[str] = []

    def wait(self, key: str, urgent: bool) -> None:
        if self.turns.served(key):
            return
        self.seen.setdefault(key, list(self.running))
        self.turns.wait(key, urgent=urgent)

    def serve(self) -> str | None:
        chosen = self.turns.next()
        if chosen is not None:
            del self.seen[chosen]
            self.running.append(chosen)
            for others in self.seen.values():
                others.append(chosen)
        return chosen

    def done(self) -> None:
        if self.running:
            self.turns.done(self.running.pop(0))


KEYS = st.sampled_from("abcde")
STEPS = st.one_of(st.tuples(KEYS, st.booleans()), st.sampled_from(["serve", "done"]))


@given(st.lists(STEPS, max_size=60))
def test_nobody_sees_another_served_twice_and_whoever_waits_is_served(steps: list[tuple[str, bool] | str]) -> None:
    line = Line()
    for step in steps:
        if isinstance(step, tuple):
            line.wait(*step)
        elif step == "serve":
            waiting = bool(line.seen)
            assert (line.serve() is not None) == waiting
        else:
            line.done()
        for others in line.seen.values():
            assert len(others) == len(set(others))


def test_urgent_work_goes_first_unless_that_one_was_served_just_now() -> None:
    turns: Turns[str] = Turns()
    turns.wait("partial", urgent=False)
    turns.wait("final", urgent=True)
    assert turns.next() == "final"
    turns.done("final")
    turns.wait("final", urgent=True)
    assert turns.next() == "partial"
    assert turns.next() == "final"
    assert turns.next() is None


def test_long_sound_is_cut_at_its_quietest_moment() -> None:
    pcm = np.full(25 * SPEECH_RATE_HZ, 3000, np.int16)
    pcm[22 * SPEECH_RATE_HZ : round(22.3 * SPEECH_RATE_HZ)] = 5
    assert 22.0 <= quietest(pcm) / SPEECH_RATE_HZ <= 22.3
    assert quietest(pcm[:100]) == 100


class Talk:
    """Sound whose samples number the words spoken in it: 0.3 s a word."""

    word = 3 * TENTH

    def __init__(self, first: int = 1) -> None:
        self.next = first

    def say(self, words: int) -> Pcm:
        spoken = np.repeat(np.arange(self.next, self.next + words, dtype=np.int16) + 100, self.word)
        self.next += words
        return spoken


def numbers(pcm: Pcm) -> str:
    """What is said in it. A word cut short is misheard."""
    found = [(value - 100, int(np.sum(pcm == value))) for value in dict.fromkeys(pcm.tolist())]
    return " ".join(f"w{word}" if length == Talk.word else f"x{word}" for word, length in found)


class Listener:
    def __init__(self) -> None:
        self.heard: list[Hypothesis] = []
        self.said: queue.Queue[Hypothesis] = queue.Queue()
        self.failures: queue.Queue[Exception] = queue.Queue()

    def __call__(self, hypothesis: Hypothesis) -> None:
        self.heard.append(hypothesis)
        self.said.put(hypothesis)

    def of(self, utterance_id: str) -> list[Hypothesis]:
        return [hypothesis for hypothesis in self.heard if hypothesis.utterance_id == utterance_id]

    @property
    def finals(self) -> dict[str, str]:
        finals = [hypothesis for hypothesis in self.heard if hypothesis.final]
        assert len(finals) == len({final.utterance_id for final in finals})
        return {final.utterance_id: final.text for final in finals}


class Gate:
    """A decoder that waits for leave, and notes what it was given."""

    def __init__(self, decode: Callable[[Sound], Decoded]) -> None:
        self.decode = decode
        self.started: queue.Queue[Sound] = queue.Queue()
        self.leave = threading.Semaphore(0)

    def __call__(self, sound: Sound) -> Decoded:
        self.started.put(sound)
        assert self.leave.acquire(timeout=PATIENCE_S)
        return self.decode(sound)


def understand(sound: Sound) -> Decoded:
    return Decoded(text=numbers(sound.pcm), confidence=0.8, language="en")


@contextmanager
def opened(
    decode: Decode, *, threads: int = 1, rolling: bool = True
) -> Iterator[tuple[Decoders, SegmentedSession, Listener]]:
    decoders = Decoders("test", decode, ManualClock(), threads=threads, rolling=rolling)
    listener = Listener()
    yield decoders, decoders.open(listener, listener.failures.put, "auto"), listener
    decoders.close()


def push(session: SegmentedSession, pcm: Pcm) -> None:
    for at in range(0, len(pcm), TENTH):
        session.push(pcm[at : at + TENTH])


def speak(session: SegmentedSession, utterance_id: str, pcm: Pcm) -> None:
    session.begin(utterance_id, 0.0)
    push(session, pcm)
    session.end()


def test_words_come_while_somebody_speaks_and_settle_in_one_final() -> None:
    gate, talk = Gate(understand), Talk()
    with opened(gate) as (_, session, listener):
        session.begin("one", 0.0)
        for _ in range(4):
            push(session, talk.say(3))
            gate.leave.release()
            assert listener.said.get(timeout=PATIENCE_S).utterance_id == "one"
        session.end()
        gate.leave.release(100)
        assert session.drain(PATIENCE_S)
        texts = [hypothesis.text for hypothesis in listener.heard]
        partials = len(texts) - 1
        assert partials >= 4
        assert [hypothesis.final for hypothesis in listener.heard] == [False] * partials + [True]
        assert all(len(before) < len(later) for before, later in pairwise(texts[:-1]))
        assert listener.finals == {"one": " ".join(f"w{word}" for word in range(1, 13))}
        assert (listener.heard[-1].confidence, listener.heard[-1].language) == (0.8, "en")


def test_a_decode_takes_all_the_sound_there_is_and_none_is_asked_for_without_new_sound() -> None:
    gate, talk = Gate(understand), Talk()
    with opened(gate) as (_, session, listener):
        session.begin("one", 0.0)
        push(session, talk.say(3))
        assert len(gate.started.get(timeout=PATIENCE_S).pcm) <= 3 * Talk.word
        push(session, talk.say(6))
        gate.leave.release(2)
        assert len(gate.started.get(timeout=PATIENCE_S).pcm) == 9 * Talk.word
        listener.said.get(timeout=PATIENCE_S)
        listener.said.get(timeout=PATIENCE_S)
        push(session, talk.say(1)[:TENTH])
        session.end()
        gate.leave.release()
        final = gate.started.get(timeout=PATIENCE_S)
        assert final.final
        assert session.drain(PATIENCE_S)
        assert gate.started.empty()


def test_the_final_is_what_the_whole_utterance_says_even_against_partials() -> None:
    def decode(sound: Sound) -> Decoded:
        return Decoded(text="the whole truth" if sound.final else "a first guess")

    with opened(decode) as (_, session, listener):
        session.begin("one", 0.0)
        push(session, Talk().say(4))
        listener.said.get(timeout=PATIENCE_S)
        session.end()
        assert session.drain(PATIENCE_S)
        assert listener.finals == {"one": "the whole truth"}


@pytest.mark.parametrize("pcm", [np.zeros(0, np.int16), np.full(100, 900, np.int16), np.zeros(32_000, np.int16)])
def test_too_little_sound_and_silence_are_nothing_and_no_engine_is_asked(pcm: Pcm) -> None:
    def decode(sound: Sound) -> Decoded:
        raise AssertionError("asked")

    with opened(decode, rolling=False) as (_, session, listener):
        speak(session, "one", pcm)
        assert session.drain(PATIENCE_S)
        assert [(h.text, h.final, h.confidence) for h in listener.heard] == [("", True, None)]


def test_many_utterances_pushed_as_fast_as_can_be_each_get_one_final_in_order() -> None:
    talk = Talk()
    with opened(understand) as (_, session, listener):
        for number in range(40):
            speak(session, f"u{number}", talk.say(3))
        assert session.drain(PATIENCE_S)
        assert list(listener.finals) == [f"u{number}" for number in range(40)]
        assert " ".join(listener.finals.values()) == " ".join(f"w{word}" for word in range(1, 121))


def test_a_very_long_utterance_is_decoded_in_bounded_stretches_and_nothing_of_it_is_lost() -> None:
    asked: list[int] = []

    def decode(sound: Sound) -> Decoded:
        asked.append(len(sound.pcm))
        return understand(sound)

    talk = Talk()
    said = talk.say(300)
    # Pauses to cut in: after every tenth word one is silence.
    said[np.isin(said, np.arange(110, 401, 10))] = 0
    with opened(decode) as (_, session, listener):
        session.begin("one", 0.0)
        push(session, said)
        session.end()
        assert session.drain(PATIENCE_S)
    assert max(asked) <= LONGEST_S * SPEECH_RATE_HZ
    words = [word for word in listener.finals["one"].split() if word.startswith("w")]
    assert words == [f"w{word}" for word in range(1, 301) if word % 10]


def test_no_sound_waits_behind_more_than_one_decode_of_another_session() -> None:
    gate = Gate(understand)
    with opened(gate) as (decoders, busy, heavy):
        light = Listener()
        other = decoders.open(light, light.failures.put, "auto")
        busy.begin("busy", 0.0)
        push(busy, Talk().say(3))
        assert not gate.started.get(timeout=PATIENCE_S).final
        busy.end()
        speak(busy, "busy too", Talk().say(3))
        other.begin("mine", 0.0)
        push(other, Talk(50).say(3))
        gate.leave.release()
        second = gate.started.get(timeout=PATIENCE_S)
        assert not second.final
        assert "w50" in numbers(second.pcm)
        gate.leave.release(100)
        other.end()
        assert busy.drain(PATIENCE_S)
        assert other.drain(PATIENCE_S)
        assert heavy.finals == {"busy": "w1 w2 w3", "busy too": "w1 w2 w3"}
        assert light.finals == {"mine": "w50 w51 w52"}


def test_sessions_of_an_engine_that_may_decode_at_the_same_time_do() -> None:
    meeting = threading.Barrier(3)

    def decode(sound: Sound) -> Decoded:
        meeting.wait(PATIENCE_S)
        return understand(sound)

    with opened(decode, threads=3, rolling=False) as (decoders, first, _):
        listeners = [Listener() for _ in range(2)]
        sessions = [first, *(decoders.open(listener, listener.failures.put, "auto") for listener in listeners)]
        for session in sessions:
            speak(session, "one", Talk().say(3))
        assert all(session.drain(PATIENCE_S) for session in sessions)


def test_a_live_call_is_never_kept_waiting() -> None:
    gate = Gate(understand)
    with opened(gate, rolling=False) as (_, session, listener):
        session.live = True
        for number in range(20):
            speak(session, f"u{number}", Talk().say(2))
        assert listener.heard == []
        for _ in range(20):
            gate.leave.release()
        assert session.drain(PATIENCE_S)


def test_pushing_waits_while_the_engine_is_far_behind_and_goes_on_when_it_fails() -> None:
    gate = Gate(understand)
    pushed = threading.Semaphore(0)
    with opened(gate, rolling=False) as (decoders, session, listener):

        def run() -> None:
            for number in range(20):
                speak(session, f"u{number}", Talk().say(2))
                pushed.release()

        pusher = threading.Thread(target=run)
        pusher.start()
        assert pushed.acquire(timeout=PATIENCE_S)
        gate.started.get(timeout=PATIENCE_S)
        decoders.close()
        gate.leave.release()
        pusher.join(PATIENCE_S)
        assert not pusher.is_alive()
        assert isinstance(listener.failures.get(timeout=PATIENCE_S), SpeechError)
        assert not session.drain(0)
        assert listener.heard == []


@pytest.mark.parametrize(
    ("error", "retryable"), [(SpeechError("set a key"), False), (RuntimeError("out of memory"), True)]
)
def test_a_decoder_that_fails_ends_its_session_and_no_other(error: Exception, retryable: bool) -> None:
    def decode(sound: Sound) -> Decoded:
        if sound.language == "fr":
            raise error
        return understand(sound)

    with opened(decode, rolling=False) as (decoders, session, listener):
        broken = Listener()
        french = decoders.open(broken, broken.failures.put, "fr")
        speak(french, "one", Talk().say(3))
        failure = broken.failures.get(timeout=PATIENCE_S)
        assert isinstance(failure, SpeechError)
        assert failure.retryable is retryable
        speak(french, "two", Talk().say(3))
        assert not french.drain(PATIENCE_S)
        assert broken.heard == []
        speak(session, "one", Talk().say(2))
        assert session.drain(PATIENCE_S)
        assert listener.finals == {"one": "w1 w2"}
        assert listener.failures.empty()


def test_a_closed_session_says_nothing_more_and_a_closed_engine_opens_none() -> None:
    gate = Gate(understand)
    with opened(gate, rolling=False) as (decoders, session, listener):
        speak(session, "one", Talk().say(2))
        gate.started.get(timeout=PATIENCE_S)
        session.close()
        session.close()
        gate.leave.release()
        decoders.close()
        decoders.close()
        assert listener.heard == []
        assert listener.failures.empty()
        with pytest.raises(SpeechError, match="restart"):
            decoders.open(listener, listener.failures.put, "en")


def test_what_was_spoken_last_is_told_to_the_decoder() -> None:
    expected: list[str] = []

    def decode(sound: Sound) -> Decoded:
        expected.append(sound.expected)
        return Decoded(text="hola", language="es")

    with opened(decode, rolling=False) as (_, session, _):
        speak(session, "one", Talk().say(2))
        speak(session, "two", Talk().say(2))
        assert session.drain(PATIENCE_S)
        assert expected == ["", "es"]


def test_text_that_streams_in_is_shown_as_partials() -> None:
    def decode(sound: Sound) -> Decoded:
        sound.say("my")
        sound.say("my bill")
        sound.say("my bill")
        return Decoded(text="my bill")

    with opened(decode, rolling=False) as (_, session, listener):
        speak(session, "one", Talk().say(2))
        assert session.drain(PATIENCE_S)
        assert [(h.text, h.final) for h in listener.heard] == [("my", False), ("my bill", False), ("my bill", True)]
