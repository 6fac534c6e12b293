"""The process PocketSphinx decodes in, and the messages it exchanges with its parent by pickle over stdin and stdout.

It serves several sessions, each with a decoder of its own, one message after the other. It ends when its stdin does,
so it never outlives its parent.
"""

import contextlib
import os
import pickle
import re
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from pocketsphinx import Decoder

PARTIAL_BYTES = 6400
"""A partial is looked for after every 200 ms of sound."""
_MEAN_BYTES = 22_400
_MEAN_SEARCH = "mean"
_NOT_WORDS = re.compile(r"\(\d+\)$|^[<\[].*[>\]]$|^\+\+.*\+\+$")


@dataclass(frozen=True, slots=True)
class Open:
    session_id: int


@dataclass(frozen=True, slots=True)
class Begin:
    session_id: int
    utterance_id: str


@dataclass(frozen=True, slots=True)
class Audio:
    session_id: int
    pcm: bytes
    """Mono s16 in the machine's byte order, 16 kHz."""


@dataclass(frozen=True, slots=True)
class End:
    session_id: int


@dataclass(frozen=True, slots=True)
class Close:
    session_id: int


Request = Open | Begin | Audio | End | Close


@dataclass(frozen=True, slots=True)
class Heard:
    session_id: int
    utterance_id: str
    text: str
    final: bool
    confidence: float | None
    decode_ms: float


@dataclass(frozen=True, slots=True)
class Taken:
    """So many bytes of sound have been decoded."""

    session_id: int
    size: int


@dataclass(frozen=True, slots=True)
class Failed:
    session_id: int
    message: str


Reply = Heard | Taken | Failed
Send = Callable[[Reply], None]


def words(hypothesis: str) -> str:
    """What was said, without PocketSphinx's marks: `<sil> i'm sarah(2) [SPEECH]` is `i'm sarah`."""
    cleaned = (_NOT_WORDS.sub("", word) for word in hypothesis.split())
    return " ".join(word for word in cleaned if word)


def create_decoder() -> Decoder:
    """The stock en-us model, without the second search pass.

    Measured on call-center sentences and read speech, that pass changed the word error rate by a point at most and
    tripled the wait for the final words, for it starts only when the speech is over. Capping the active states bounds
    the slowest utterances and costs nothing.
    """
    decoder = Decoder(loglevel="FATAL", fwdflat=False, maxhmmpf=10_000)
    # A search that looks for nothing: it lets the decoder compute features without recognising.
    decoder.add_fsg(_MEAN_SEARCH, decoder.create_fsg(_MEAN_SEARCH, 0, 1, [(0, 1, 1.0, "oh")]))
    return decoder


class Ear:
    """One session: a decoder and the utterance in progress.

    The model wants the mean cepstrum of an utterance subtracted from it, which nobody knows before it is over; the
    decoder's own guess fits few microphones. So the first utterance is held until 0.7 s of it give a mean (most of
    that is pre-roll, which comes at once), and each later one starts from the mean of the one before. Measured, this
    takes the word error rate from 0.22 to 0.18; loudness makes no difference, so nothing is normalised.
    """

    def __init__(self, session_id: int, decoder: Decoder, send: Send) -> None:
        self.decoder = decoder
        # Forgets the noise it learned from whoever used it before.
        self.decoder.reinit_feat()
        self._session_id = session_id
        self._send = send
        self._mean: str | None = None
        self._utterance_id = ""
        self._pcm = bytearray()
        self._decoded = 0
        self._looked_at = 0
        self._text = ""
        self._spent_s = 0.0

    def begin(self, utterance_id: str) -> None:
        self._utterance_id = utterance_id
        self._pcm.clear()
        self._decoded = self._looked_at = 0
        self._text = ""

    def take(self, pcm: bytes) -> None:
        started = time.perf_counter()
        self._pcm += pcm
        if self._mean is not None or len(self._pcm) >= _MEAN_BYTES:
            self._decode()
        self._spent_s += time.perf_counter() - started
        if self._decoded - self._looked_at >= PARTIAL_BYTES:
            self._looked_at = self._decoded
            self._look()
        self._send(Taken(self._session_id, len(pcm)))

    def end(self) -> None:
        started = time.perf_counter()
        self._decode()
        text, confidence = "", None
        if self._decoded:
            self.decoder.end_utt()
            text, confidence = self._result()
        self._spent_s += time.perf_counter() - started
        self._say(text, final=True, confidence=confidence)
        if self._decoded:
            self._mean = self._cepstral_mean()
            self._decoded = 0

    def drop(self) -> None:
        """Forget the utterance in progress, so that the decoder can serve somebody else."""
        if self._decoded:
            self.decoder.end_utt()

    def _decode(self) -> None:
        if self._decoded == len(self._pcm):
            return
        if not self._decoded:
            self.decoder.set_cmn(self._mean or self._cepstral_mean())
            self.decoder.start_utt()
        self.decoder.process_raw(bytes(self._pcm[self._decoded :]))
        self._decoded = len(self._pcm)

    def _cepstral_mean(self) -> str:
        """Of the utterance's sound so far."""
        self.decoder.activate_search(_MEAN_SEARCH)
        self.decoder.start_utt()
        self.decoder.process_raw(bytes(self._pcm), no_search=True, full_utt=True)
        self.decoder.end_utt()
        self.decoder.activate_search()
        return str(self.decoder.get_cmn())

    def _look(self) -> None:
        hypothesis = self.decoder.hyp()
        text = words(hypothesis.hypstr) if hypothesis else ""
        if text != self._text:
            self._text = text
            self._say(text, final=False)

    def _result(self) -> tuple[str, float | None]:
        """The words and the mean of their posterior probabilities."""
        spoken = [(words(segment.word), segment.prob) for segment in self.decoder.seg() or ()]
        spoken = [(word, min(1.0, probability)) for word, probability in spoken if word]
        if not spoken:
            return "", None
        return " ".join(word for word, _ in spoken), sum(probability for _, probability in spoken) / len(spoken)

    def _say(self, text: str, *, final: bool, confidence: float | None = None) -> None:
        self._send(Heard(self._session_id, self._utterance_id, text, final, confidence, self._spent_s * 1000))
        self._spent_s = 0.0


class Worker:
    """The sessions of this process and its spare decoders."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._ears: dict[int, Ear] = {}
        self._spare = [create_decoder()]

    def handle(self, request: Request) -> None:
        try:
            match request:
                case Open(session_id):
                    decoder = self._spare.pop() if self._spare else create_decoder()
                    self._ears[session_id] = Ear(session_id, decoder, self._send)
                case Close(session_id):
                    if ear := self._ears.pop(session_id, None):
                        ear.drop()
                        self._spare.append(ear.decoder)
                case Begin(session_id, utterance_id):
                    if ear := self._ears.get(session_id):
                        ear.begin(utterance_id)
                case Audio(session_id, pcm):
                    if ear := self._ears.get(session_id):
                        ear.take(pcm)
                case End(session_id):
                    if ear := self._ears.get(session_id):
                        ear.end()
        except (RuntimeError, ValueError) as error:
            self._ears.pop(request.session_id, None)
            self._send(Failed(request.session_id, str(error)))


def main() -> None:
    """Serve until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever a library prints must not end up among the replies.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def send(reply: Reply) -> None:
        pickle.dump(reply, replies)
        replies.flush()

    with contextlib.suppress(BrokenPipeError, EOFError):
        worker = Worker(send)
        while True:
            worker.handle(pickle.load(sys.stdin.buffer))
