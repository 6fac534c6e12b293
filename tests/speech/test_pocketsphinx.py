"""The real engine, on the voice of a demo call."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.errors import SpeechError
from core.speech.base import Hypothesis, SpeechSession, SpeechToText
from core.speech.evaluation import word_error_rate
from core.speech.pocketsphinx import PocketSphinxEngine
from core.speech.pocketsphinx_decoders import words

PROJECT = Path(__file__).parents[2]
PATIENCE_S = 60.0
"""Far beyond what anything here takes; only a hang reaches it."""


@pytest.fixture(scope="module")
def engine() -> Iterator[PocketSphinxEngine]:
    engine = PocketSphinxEngine(workers=1)
    yield engine
    engine.close()


class Listener:
    """Collects what a session delivers."""

    def __init__(self) -> None:
        self.heard: list[Hypothesis] = []
        self.failures: queue.Queue[Exception] = queue.Queue()

    def open(self, engine: SpeechToText) -> SpeechSession:
        return engine.open("customer", self.heard.append, self.failures.put)

    @property
    def finals(self) -> list[Hypothesis]:
        return [hypothesis for hypothesis in self.heard if hypothesis.final]


def speak(session: SpeechSession, utterance_id: str, pcm: Pcm) -> None:
    session.begin(utterance_id, 0.0)
    for at in range(0, len(pcm), 480):
        session.push(pcm[at : at + 480])
    session.end()


def test_marks_are_no_words() -> None:
    assert words("<s> hello <sil> it's(2) sarah(3) [NOISE] ++UM++ johnson </s>") == "hello it's sarah johnson"


def test_words_come_while_the_person_speaks_and_then_one_final(
    engine: PocketSphinxEngine, spoken: tuple[Pcm, str]
) -> None:
    pcm, text = spoken
    listener = Listener()
    session = listener.open(engine)
    speak(session, "one", pcm)
    speak(session, "two", pcm)
    assert session.drain(PATIENCE_S)
    session.close()
    session.close()
    for utterance_id in ("one", "two"):
        own = [hypothesis for hypothesis in listener.heard if hypothesis.utterance_id == utterance_id]
        assert [hypothesis.final for hypothesis in own] == [False] * (len(own) - 1) + [True]
        partials = [hypothesis.text for hypothesis in own[:-1]]
        assert len(partials) >= 5
        assert own[-1].confidence is not None
        assert 0.5 < own[-1].confidence <= 1.0
        assert own[-1].decode_ms > 0
    assert word_error_rate((text, final.text) for final in listener.finals) < 0.2
    assert listener.failures.empty()


def test_sessions_side_by_side_do_not_mix(engine: PocketSphinxEngine, spoken: tuple[Pcm, str]) -> None:
    pcm, text = spoken
    speaking, silent = Listener(), Listener()
    one, other = speaking.open(engine), silent.open(engine)
    one.begin("a", 0.0)
    other.begin("b", 0.0)
    for at in range(0, len(pcm), 480):
        one.push(pcm[at : at + 480])
        other.push(np.zeros(480, np.int16))
    one.end()
    other.end()
    assert one.drain(PATIENCE_S)
    assert other.drain(PATIENCE_S)
    assert word_error_rate([(text, speaking.finals[0].text)]) < 0.2
    assert [final.text for final in silent.finals] == [""]
    one.close()
    other.close()


def test_a_used_decoder_hears_like_a_new_one(spoken: tuple[Pcm, str]) -> None:
    pcm, _ = spoken
    engine = PocketSphinxEngine(workers=1)
    texts: list[list[str]] = []
    for _ in range(2):
        listener = Listener()
        session = listener.open(engine)
        speak(session, "a", pcm)
        session.begin("left open", 0.0)
        session.push(pcm)
        assert session.drain(PATIENCE_S)
        session.close()
        texts.append([h.text for h in listener.heard if h.utterance_id == "a"])
    engine.close()
    assert texts[0] == texts[1]


@pytest.mark.parametrize("samples", [0, 1, 100, 4800])
def test_however_little_was_said_exactly_one_final_follows(engine: PocketSphinxEngine, samples: int) -> None:
    listener = Listener()
    session = listener.open(engine)
    session.begin("short", 0.0)
    session.push(np.zeros(samples, np.int16))
    session.end()
    assert session.drain(PATIENCE_S)
    assert [(h.utterance_id, h.text, h.final, h.confidence) for h in listener.heard] == [("short", "", True, None)]
    session.close()


def test_a_killed_worker_fails_its_sessions_and_the_next_one_gets_a_new_worker(spoken: tuple[Pcm, str]) -> None:
    pcm, text = spoken
    engine = PocketSphinxEngine(workers=1)
    engine.warm_up()
    listener = Listener()
    session = listener.open(engine)
    session.begin("lost", 0.0)
    (pid,) = engine.worker_pids
    os.kill(pid, signal.SIGKILL)
    failure = listener.failures.get(timeout=PATIENCE_S)
    assert isinstance(failure, SpeechError)
    assert failure.retryable
    speak(session, "nobody hears", np.tile(pcm, 4))
    assert not session.drain(PATIENCE_S)
    session.close()

    fresh = Listener()
    again = fresh.open(engine)
    assert engine.worker_pids != [pid]
    speak(again, "heard", pcm)
    assert again.drain(PATIENCE_S)
    assert word_error_rate([(text, fresh.finals[0].text)]) < 0.2
    engine.close()


def test_a_live_call_is_not_kept_waiting_by_a_worker_that_is_behind() -> None:
    engine = PocketSphinxEngine(workers=1)
    session = Listener().open(engine)
    session.live = True
    session.begin("a", 0.0)
    # A minute, faster than it can be decoded.
    for _ in range(60):
        session.push(np.zeros(SPEECH_RATE_HZ, np.int16))
    session.end()
    assert session.drain(PATIENCE_S)
    engine.close()


def test_a_live_call_is_not_kept_waiting_by_a_worker_that_takes_nothing(spoken: tuple[Pcm, str]) -> None:
    """As while it makes a decoder."""
    pcm, text = spoken
    engine = PocketSphinxEngine(workers=1)
    listener = Listener()
    session = listener.open(engine)
    session.live = True
    (pid,) = engine.worker_pids
    os.kill(pid, signal.SIGSTOP)
    speaker = threading.Thread(target=speak, args=(session, "a", np.append(pcm, np.zeros_like(pcm))), daemon=True)
    speaker.start()
    speaker.join(PATIENCE_S)
    assert not speaker.is_alive()
    os.kill(pid, signal.SIGCONT)
    assert session.drain(PATIENCE_S)
    assert word_error_rate([(text, listener.finals[0].text)]) < 0.2
    engine.close()


def test_pushing_waits_for_a_worker_that_is_far_behind_and_goes_on_when_it_dies(spoken: tuple[Pcm, str]) -> None:
    engine = PocketSphinxEngine(workers=1)
    listener = Listener()
    session = listener.open(engine)
    (pid,) = engine.worker_pids
    os.kill(pid, signal.SIGSTOP)
    pushed = threading.Semaphore(0)

    def push_all() -> None:
        session.begin("a", 0.0)
        for _ in range(100):
            session.push(np.zeros(1600, np.int16))
            pushed.release()

    pusher = threading.Thread(target=push_all)
    pusher.start()
    for _ in range(10):
        assert pushed.acquire(timeout=PATIENCE_S)
    os.kill(pid, signal.SIGKILL)
    pusher.join(PATIENCE_S)
    assert not pusher.is_alive()
    assert isinstance(listener.failures.get(timeout=PATIENCE_S), SpeechError)
    engine.close()


def test_a_closed_engine_has_no_processes_left_and_opens_nothing() -> None:
    engine = PocketSphinxEngine(workers=2)
    engine.warm_up()
    pids = engine.worker_pids
    assert len(pids) == 2
    engine.close()
    engine.close()
    assert engine.worker_pids == []
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    with pytest.raises(SpeechError, match="restart"):
        Listener().open(engine)


SCRIPT = """
from core.speech.pocketsphinx import PocketSphinxEngine
import sys
print("started once")
engine = PocketSphinxEngine(workers=1)
session = engine.open("customer", lambda h: None, lambda e: None)
session.begin("u", 0.0)
session.end()
assert session.drain(60)
print(engine.worker_pids[0], flush=True)
sys.stdin.read()
"""


def test_it_works_from_a_plain_script_and_workers_outlive_neither_ctrl_c_nor_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    for blow in (signal.SIGINT, signal.SIGKILL):
        parent = subprocess.Popen(
            [sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
            cwd=tmp_path,
            start_new_session=True,
            text=True,
        )
        assert parent.stdout is not None
        assert parent.stdout.readline() == "started once\n"
        assert int(parent.stdout.readline()) != parent.pid
        os.killpg(parent.pid, blow)
        # The worker holds the parent's stderr: reading it to its end waits for the worker to end, too.
        out, errors = parent.communicate(timeout=PATIENCE_S)
        assert out == ""
        assert "pocketsphinx_worker" not in errors
