"""A live session out of an engine that only decodes finished sound.

While somebody speaks, the utterance so far is decoded again and again; when they stop, all of it once more. Partials
keep the words two decodes agreed on (`agreement`). The final is what the decode of the whole utterance says, also
where partials had agreed on something else: it heard more, and it is what is kept.
"""

import logging
import threading
from collections import deque

import numpy as np

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.clock import Clock
from core.errors import SpeechError
from core.languages import ANY_LANGUAGE
from core.speech.agreement import agree, beyond
from core.speech.base import Hypothesis, OnFailure, OnHypothesis, SpeechSession
from core.speech.stretches import Decode, Decoded, Sound, Stretch, Utterance, quietest
from core.speech.turns import Turns

log = logging.getLogger(__name__)
PARTIAL_EVERY_S = 0.3
"""New sound before an utterance is decoded again."""
FIRST_PARTIAL_S = 0.7
"""Sound before it is decoded at all: less, with the silence in front of it, gives guesses."""
LONGEST_S = 25.0
"""Most sound decoded at once; what goes on for longer is cut at its quietest moment."""
SHORTEST_S = 0.1
QUIETEST_PEAK = 16
"""Of 32,767. Less sound than this, or fainter, is nothing."""
AHEAD = 3
"""Stretches of a session that may wait to be decoded; then `push` waits."""


class Decoders:
    """The threads that decode for all sessions of an engine, and the lock all of these share."""

    def __init__(self, name: str, decode: Decode, clock: Clock, *, threads: int = 1, rolling: bool = True) -> None:
        """`rolling`: utterances are decoded while they grow. Threads start when there is work for them."""
        self.changed = threading.Condition()
        self.decode = decode
        self.clock = clock
        self.rolling = rolling
        self._name = name
        self._most_threads = threads
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._turns: Turns[SegmentedSession] = Turns()
        self._sessions: set[SegmentedSession] = set()
        self._closed = False

    def open(self, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str) -> "SegmentedSession":
        """Raises SpeechError when closed."""
        session = SegmentedSession(self, on_hypothesis, on_failure, language)
        with self.changed:
            if self._closed:
                raise SpeechError("speech recognition was shut down; restart Sidetone")
            self._sessions.add(session)
        return session

    def close(self) -> None:
        """Sessions still open fail; a decode under way is not waited for. May be called twice."""
        with self.changed:
            self._closed = True
            left = list(self._sessions)
            self.changed.notify_all()
        for session in left:
            session.fail(SpeechError("speech recognition was shut down; restart Sidetone"))

    def ask(self, session: "SegmentedSession") -> None:
        """See whether the session wants something decoded. Called with the lock held."""
        wanted = session.wanted()
        if self._closed or wanted is None or self._turns.served(session):
            return
        self._turns.wait(session, urgent=wanted)
        if len(self._turns) > self._idle and len(self._threads) < self._most_threads:
            name = f"{self._name}-{len(self._threads)}"
            self._threads.append(threading.Thread(target=self._run, name=name, daemon=True))
            self._threads[-1].start()
        self.changed.notify_all()

    def leave(self, session: "SegmentedSession") -> None:
        """Called with the lock held."""
        self._sessions.discard(session)
        self._turns.leave(session)

    def _run(self) -> None:
        """A thread of its own: until the engine is closed."""
        while True:
            with self.changed:
                self._idle += 1
                self.changed.wait_for(lambda: self._closed or len(self._turns))
                self._idle -= 1
                if self._closed:
                    return
                session = self._turns.next()
            if session is None:
                continue
            try:
                session.work()
            except SpeechError as error:
                session.fail(error)
            except Exception as error:
                log.exception("decoding failed")
                session.fail(SpeechError(f"speech recognition failed ({error}); it is started again", retryable=True))
            with self.changed:
                self._turns.done(session)
                self.ask(session)


class SegmentedSession(SpeechSession):
    """One party's ear (see `SpeechSession`). Callbacks run on the threads of its `Decoders`, one at a time."""

    def __init__(self, decoders: Decoders, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str) -> None:
        self._decoders = decoders
        self._changed = decoders.changed
        self._on_hypothesis = on_hypothesis
        self._on_failure = on_failure
        self._language = language or ANY_LANGUAGE
        self._spoken = ""
        self._growing: Utterance | None = None
        self._stretches: deque[Stretch] = deque()
        self._finals_owed = 0
        self._over = False

    def begin(self, utterance_id: str, start_s: float) -> None:
        with self._changed:
            self._growing = Utterance(utterance_id)

    def push(self, pcm: Pcm) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._over or self.live or len(self._stretches) < AHEAD)
            if self._over or self._growing is None:
                return
            self._growing.add(pcm)
            while self._growing.tail_samples > LONGEST_S * SPEECH_RATE_HZ:
                cut = quietest(self._growing.sound()[: round(LONGEST_S * SPEECH_RATE_HZ)])
                self._stretches.append(Stretch(self._growing, self._growing.take(cut), last=False))
            self._decoders.ask(self)

    def end(self) -> None:
        with self._changed:
            if self._over or self._growing is None:
                return
            self._stretches.append(Stretch(self._growing, self._growing.take(), last=True))
            self._growing = None
            self._finals_owed += 1
            self._decoders.ask(self)

    def drain(self, timeout_s: float) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._over or not self._finals_owed, timeout_s)
            return not self._finals_owed

    def close(self) -> None:
        """Returns at once; hypotheses still on their way are not delivered."""
        self._abandon()

    def fail(self, error: SpeechError) -> None:
        """Called from the decoding threads, and from the one that closes the engine."""
        if self._abandon():
            self._on_failure(error)

    def wanted(self) -> bool | None:
        """Whether there is something to decode, and whether it is urgent. Called with the lock held."""
        if self._over:
            return None
        if self._stretches:
            return True
        growing = self._growing
        if growing is None or not self._decoders.rolling or growing.tail_samples < FIRST_PARTIAL_S * SPEECH_RATE_HZ:
            return None
        return False if growing.fresh_samples >= PARTIAL_EVERY_S * SPEECH_RATE_HZ else None

    def work(self) -> None:
        """Decode what is most wanted and say what came of it. Called from a decoding thread."""
        with self._changed:
            stretch = self._stretches.popleft() if self._stretches else None
            growing = self._growing
            if stretch is None and growing is not None:
                growing.fresh_samples = 0
                pcm = growing.sound()
            self._changed.notify_all()
        if stretch is not None:
            self._settle(stretch)
        elif growing is not None:
            self._show(growing, pcm)

    def _show(self, utterance: Utterance, pcm: Pcm) -> None:
        decoded, decode_ms = self._decode(utterance, pcm, final=False)
        utterance.agreement = agree(utterance.agreement, decoded.text)
        self._say(utterance, utterance.agreement.text, decoded, decode_ms)

    def _settle(self, stretch: Stretch) -> None:
        utterance = stretch.utterance
        decoded, decode_ms = self._decode(utterance, stretch.pcm, final=True)
        self._spoken = decoded.language or self._spoken
        utterance.settled.append(decoded)
        if not stretch.last:
            utterance.agreement = beyond(utterance.agreement, decoded.text)
            self._say(utterance, utterance.agreement.text, decoded, decode_ms)
            return
        sure = [piece.confidence for piece in utterance.settled if piece.confidence is not None and piece.text]
        final = Hypothesis(
            utterance_id=utterance.utterance_id,
            text=utterance.text(""),
            final=True,
            confidence=sum(sure) / len(sure) if sure else None,
            decode_ms=decode_ms,
            language=decoded.language,
        )
        if self._over:
            return
        self._on_hypothesis(final)
        with self._changed:
            self._finals_owed -= 1
            self._changed.notify_all()

    def _decode(self, utterance: Utterance, pcm: Pcm, *, final: bool) -> tuple[Decoded, float]:
        """And the milliseconds it took."""
        if len(pcm) < SHORTEST_S * SPEECH_RATE_HZ or np.abs(pcm.astype(np.int32)).max() < QUIETEST_PEAK:
            return Decoded(text=""), 0.0
        sound = Sound(
            pcm=pcm,
            language=self._language,
            expected=self._spoken,
            final=final,
            say=lambda text: self._say(utterance, text),
        )
        began_s = self._decoders.clock.monotonic_s()
        decoded = self._decoders.decode(sound)
        return decoded, (self._decoders.clock.monotonic_s() - began_s) * 1000

    def _say(self, utterance: Utterance, latest: str, decoded: Decoded | None = None, decode_ms: float = 0.0) -> None:
        text = utterance.text(latest)
        if text == utterance.shown:
            return
        utterance.shown = text
        partial = Hypothesis(
            utterance_id=utterance.utterance_id,
            text=text,
            final=False,
            confidence=decoded.confidence if decoded else None,
            decode_ms=decode_ms,
            language=decoded.language if decoded else "",
        )
        if not self._over:
            self._on_hypothesis(partial)

    def _abandon(self) -> bool:
        """Nothing more will come; whoever waits goes on. False if that was so already."""
        with self._changed:
            if self._over:
                return False
            self._over = True
            self._stretches.clear()
            self._decoders.leave(self)
            self._changed.notify_all()
        return True
