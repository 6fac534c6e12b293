"""The process PocketSphinx decodes in, and the messages it exchanges with its parent by pickle over stdin and stdout.

It serves several sessions, each with a decoder of its own, one message after the other. It ends when its stdin does,
so it never outlives its parent.
"""

import contextlib
import math
import os
import pickle
import re
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from pocketsphinx import Decoder

from core.audio.frames import SPEECH_RATE_HZ
from core.speech.features import CEPSTRA, FRAME_SHIFT_SAMPLES, Array, Band, FrontEnd, band_of, cepstra
from core.speech.models import Models
from core.speech.worker_messages import Audio, Begin, Close, End, Failed, Heard, Open, Pause, Reply, Request, Taken

Send = Callable[[Reply], None]

PARTIAL_BYTES = 6400
"""A partial is looked for after every 200 ms of sound."""
_MEAN_FRAMES = 68
_NOT_WORDS = re.compile(r"\(\d+\)$|^[<\[].*[>\]]$|^\+\+.*\+\+$")
_AT_ONCE = 3
"""Frames handed over together. PocketSphinx 5.1.1 loses its place in its ring buffer when it gets more than five."""
_LIFT = np.append(60.0, np.zeros(CEPSTRA - 1))
"""PocketSphinx takes a negative energy for a broken frame; very quiet sound has one. It goes with the mean."""
_USUAL_PHONES_PER_S = 11.3
_LEAST_PHONES = 18
"""Fewer do not tell how fast somebody speaks."""
_TOLERATED = 0.2
"""How far the pace may be off before an utterance is heard again."""
_FASTEST, _SLOWEST = 112, 232
_MEAN_OFF = 0.4
"""How far the mean may be off, in natural logarithms of energy, before an utterance is heard again."""
_CORRECTED_AT = (140, 280)
"""Frames of an utterance after which its mean is looked at."""
_CORRECTED_OFF = 0.5
"""How far it may be off then, likewise."""
_BYTES_PER_S = 2 * SPEECH_RATE_HZ
_HEARD_AGAIN_BYTES = 6 * _BYTES_PER_S
"""A longer utterance is not heard again: its final would come too late."""
_SILENCE_BYTES = 1 * _BYTES_PER_S
"""What was heard again in a pause stands for the whole when no more than that followed."""


def words(hypothesis: str) -> str:
    """What was said, without PocketSphinx's marks: `<sil> i'm sarah(2) [SPEECH]` is `i'm sarah`."""
    cleaned = (_NOT_WORDS.sub("", word) for word in hypothesis.split())
    return " ".join(word for word in cleaned if word)


def create_decoder(models: Models | None = None, band: Band = "wide") -> Decoder:
    """A decoder without the second search pass, and with a wider beam in the first one.

    Measured on call-center sentences and read speech, that pass changed the word error rate by a point at most and
    tripled the wait for the final words, for it starts only when the speech is over. Capping the active states bounds
    the slowest utterances and costs nothing. The wider beam takes a quarter of the errors for a third more work.
    """
    options: dict[str, str] = {}
    if models:
        options = {"lm": str(models.language), "dict": str(models.dictionary)}
        if band == "telephone":
            options |= {"mean": str(models.telephone_means), "var": str(models.telephone_variances)}
    return Decoder(loglevel="FATAL", fwdflat=False, maxhmmpf=10_000, beam=1e-60, pbeam=1e-60, **options)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a party comes across; kept from one utterance to the next."""

    band: Band = "wide"
    shift_samples: int = FRAME_SHIFT_SAMPLES
    """Between frames: more for slow speakers, so that the model hears the pace it was trained on."""


@dataclass(frozen=True, slots=True)
class Whole:
    """An utterance heard once more, from its beginning, in the right manner and with its own mean."""

    manner: Manner
    mean: Array
    text: str
    confidence: float | None


class Decoders:
    """The decoders of one set of models that nobody is using."""

    def __init__(self, models: Models | None) -> None:
        self.models = models
        self._spare: dict[Band, list[Decoder]] = {"wide": [], "telephone": []}

    @property
    def bands(self) -> tuple[Band, ...]:
        return ("wide", "telephone") if self.models else ("wide",)

    def take(self, band: Band) -> Decoder:
        spare = self._spare[band]
        return spare.pop() if spare else create_decoder(self.models, band)

    def give_back(self, band: Band, decoder: Decoder) -> None:
        self._spare[band].append(decoder)


class Ear:
    """One session: decoders and the utterance in progress.

    The model wants the mean cepstrum of an utterance subtracted from it, which nobody knows before it is over; the
    decoder's own guess fits few microphones. So the first utterance is held until 0.7 s of it give a mean (most of
    that is pre-roll, which comes at once), and each later one starts from the mean of the one before. Loudness makes
    no difference, so nothing is normalised.

    Likewise the band and the pace are known afterwards. So a first utterance, and one that was heard in the wrong
    manner, is heard once more; the next ones are heard rightly from the start. Measured, the right mean alone takes a
    quarter of the errors of a first utterance. That is done in the silence after it, while nobody knows yet whether it
    is over: the final need not wait for it.
    """

    def __init__(self, session_id: int, decoders: Decoders, send: Send) -> None:
        self._session_id = session_id
        self._decoders = decoders
        self._send = send
        self._front_end = FrontEnd()
        self._manner = Manner()
        self._decoder = decoders.take(self._manner.band)
        self._mean: Array | None = None
        """Of the utterance before."""
        self._used: Array | None = None
        """What is subtracted from this one."""
        self._look_at_mean = 0
        """Frames after which it is compared with what has come by then."""
        self._utterance_id = ""
        self._pcm = bytearray()
        self._logs: list[Array] = []
        self._begun = False
        self._looked_at = 0
        self._text = ""
        self._again: Whole | None = None
        self._paused_at: int | None = None
        """Bytes of sound when it was last looked whether it had to be heard again."""
        self._before_pause = ""
        self._spent_s = 0.0

    def begin(self, utterance_id: str) -> None:
        self._utterance_id = utterance_id
        self._pcm.clear()
        self._logs.clear()
        self._looked_at = 0
        self._text = ""
        self._again = None
        self._paused_at = None
        self._front_end.begin(self._manner.shift_samples)

    def take(self, pcm: bytes) -> None:
        started = time.perf_counter()
        self._pcm += pcm
        logs = self._front_end.push(np.frombuffer(pcm, np.int16))
        if len(logs):
            self._logs.append(logs)
            if self._begun:
                _decode(self._decoder, logs, self._manner.band)
                self._correct_mean()
            elif self._mean is not None or sum(map(len, self._logs)) >= _MEAN_FRAMES:
                self._start()
        self._spent_s += time.perf_counter() - started
        if self._begun and len(self._pcm) - self._looked_at >= PARTIAL_BYTES:
            self._looked_at = len(self._pcm)
            self._look()
        self._send(Taken(self._session_id, len(pcm)))

    def pause(self) -> None:
        """It may be over: hear it again now, should that be needed. The decoding goes on where it is all the same."""
        started = time.perf_counter()
        if self._logs and len(self._pcm) <= _HEARD_AGAIN_BYTES:
            if not self._begun:
                self._start()
            self._paused_at = len(self._pcm)
            self._again = self._heard_again(self._judged())
            self._before_pause = _words_so_far(self._decoder)
        self._spent_s += time.perf_counter() - started
        if self._again and self._again.text != self._text:
            self._text = self._again.text
            self._say(self._text, final=False)

    def end(self) -> None:
        started = time.perf_counter()
        text, confidence = "", None
        if self._logs:
            if not self._begun:
                self._start()
            self._finish()
            text, confidence = _result(self._decoder)
            judged_already = self._paused_at is not None and len(self._pcm) - self._paused_at <= _SILENCE_BYTES
            again = self._again
            if not judged_already:
                again = self._heard_again(self._judged()) if len(self._pcm) <= _HEARD_AGAIN_BYTES else None
            self._mean = np.concatenate(self._logs).mean(axis=0)
            if again:
                self._adopt(again.manner)
                self._mean, text, confidence = again.mean, again.text, again.confidence
            else:
                self._adopt(self._judged())
        self._spent_s += time.perf_counter() - started
        self._say(text, final=True, confidence=confidence)

    def drop(self) -> None:
        """Forget the utterance in progress."""
        if self._begun:
            self._finish()

    def close(self) -> None:
        """Leave the decoder to somebody else."""
        self.drop()
        self._decoders.give_back(self._manner.band, self._decoder)

    def _start(self) -> None:
        logs = np.concatenate(self._logs)
        if self._mean is None:
            self._adopt(Manner(self._band(logs, None), self._manner.shift_samples))
        self._used = logs.mean(axis=0) if self._mean is None else self._mean
        self._look_at_mean = _CORRECTED_AT[0]
        _start(self._decoder, self._used, self._manner.band)
        self._begun = True
        _decode(self._decoder, logs, self._manner.band)

    def _correct_mean(self) -> None:
        """Begin anew where the mean has turned out to be far off: words shown from now on are the better for it."""
        if not self._look_at_mean or sum(map(len, self._logs)) < self._look_at_mean:
            return
        self._look_at_mean = next((at for at in _CORRECTED_AT if at > self._look_at_mean), 0)
        logs = np.concatenate(self._logs)
        own = logs.mean(axis=0)
        if self._used is not None and float(np.abs(own - self._used).mean()) > _CORRECTED_OFF:
            self._decoder.end_utt()
            self._used = own
            _start(self._decoder, own, self._manner.band)
            _decode(self._decoder, logs, self._manner.band)

    def _finish(self) -> None:
        _finish(self._decoder, self._logs[-1], self._manner.band)
        self._begun = False

    def _heard_again(self, manner: Manner) -> Whole | None:
        """The utterance so far heard in that manner with its own mean; None where it was heard rightly."""
        if manner == self._manner and not (self._decoders.models is not None and self._sounds_unlike()):
            return None
        front_end = FrontEnd()
        front_end.begin(manner.shift_samples)
        logs = front_end.push(np.frombuffer(bytes(self._pcm), np.int16))
        mean = logs.mean(axis=0)
        decoder = self._decoders.take(manner.band)
        _start(decoder, mean, manner.band)
        _decode(decoder, logs, manner.band)
        _finish(decoder, logs, manner.band)
        text, confidence = _result(decoder)
        self._decoders.give_back(manner.band, decoder)
        return Whole(manner, mean, text, confidence)

    def _adopt(self, manner: Manner) -> None:
        if manner.band != self._manner.band:
            self._decoders.give_back(self._manner.band, self._decoder)
            self._decoder = self._decoders.take(manner.band)
        self._manner = manner

    def _band(self, logs: Array, before: Band | None) -> Band:
        band = band_of(logs, before)
        return band if band in self._decoders.bands else "wide"

    def _sounds_unlike(self) -> bool:
        """The utterance was heard without its mean, or with one far from its own: a louder voice, or less silence."""
        own = np.concatenate(self._logs).mean(axis=0)
        return self._mean is None or self._used is None or float(np.abs(own - self._used).mean()) > _MEAN_OFF

    def _judged(self) -> Manner:
        """The manner the utterance just decoded should have been heard in."""
        phones = frames = 0
        for segment in self._decoder.seg() or ():
            if words(segment.word):
                phones += len((self._decoder.lookup_word(segment.word) or "").split())
                frames += segment.end_frame - segment.start_frame + 1
        shift = self._manner.shift_samples
        if phones >= _LEAST_PHONES and self._decoders.models:
            pace = phones * SPEECH_RATE_HZ / (frames * FRAME_SHIFT_SAMPLES) / _USUAL_PHONES_PER_S
            if abs(math.log(pace)) > _TOLERATED:
                shift = min(_SLOWEST, max(_FASTEST, round(shift / pace / 4) * 4))
        return Manner(self._band(np.concatenate(self._logs), self._manner.band), shift)

    def _look(self) -> None:
        text = _words_so_far(self._decoder)
        if self._again and text.startswith(self._before_pause):
            # What was heard again stays on the screen, and what has come since follows it.
            text = self._again.text + text.removeprefix(self._before_pause)
        if text != self._text:
            self._text = text
            self._say(text, final=False)

    def _say(self, text: str, *, final: bool, confidence: float | None = None) -> None:
        self._send(Heard(self._session_id, self._utterance_id, text, final, confidence, self._spent_s * 1000))
        self._spent_s = 0.0


def _start(decoder: Decoder, mean: Array, band: Band) -> None:
    decoder.set_cmn(",".join(f"{value:.4f}" for value in cepstra(mean, band) + _LIFT))
    decoder.start_utt()


def _decode(decoder: Decoder, logs: Array, band: Band) -> None:
    frames = (cepstra(logs, band) + _LIFT).astype(np.float32)
    for at in range(0, len(frames), _AT_ONCE):
        decoder.process_cep(frames[at : at + _AT_ONCE].tobytes())


def _finish(decoder: Decoder, logs: Array, band: Band) -> None:
    # The differences of the last frames reach three frames ahead.
    _decode(decoder, np.repeat(logs[-1:], 3, axis=0), band)
    decoder.end_utt()


def _words_so_far(decoder: Decoder) -> str:
    hypothesis = decoder.hyp()
    return words(hypothesis.hypstr) if hypothesis else ""


def _result(decoder: Decoder) -> tuple[str, float | None]:
    """The words and the mean of their posterior probabilities."""
    spoken = [(words(segment.word), segment.prob) for segment in decoder.seg() or ()]
    spoken = [(word, min(1.0, probability)) for word, probability in spoken if word]
    if not spoken:
        return "", None
    return " ".join(word for word, _ in spoken), sum(probability for _, probability in spoken) / len(spoken)


class Worker:
    """The sessions of this process."""

    def __init__(self, send: Send, models: Models | None = None) -> None:
        self._send = send
        self._ears: dict[int, Ear] = {}
        self._decoders = Decoders(models)
        # One for the first session, and one for what is heard again.
        for decoder in [self._decoders.take("wide") for _ in range(2)]:
            self._decoders.give_back("wide", decoder)

    def handle(self, request: Request) -> None:
        try:
            match request:
                case Open(session_id):
                    self._ears[session_id] = Ear(session_id, self._decoders, self._send)
                case Close(session_id):
                    if ear := self._ears.pop(session_id, None):
                        ear.close()
                case Begin(session_id, utterance_id):
                    if ear := self._ears.get(session_id):
                        ear.begin(utterance_id)
                case Audio(session_id, pcm):
                    if ear := self._ears.get(session_id):
                        ear.take(pcm)
                case Pause(session_id):
                    if ear := self._ears.get(session_id):
                        ear.pause()
                case End(session_id):
                    if ear := self._ears.get(session_id):
                        ear.end()
        except (RuntimeError, ValueError) as error:
            self._ears.pop(request.session_id, None)
            self._send(Failed(request.session_id, str(error)))


def main() -> None:
    """Serve until stdin ends. The models to use come first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever a library prints must not end up among the replies.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def send(reply: Reply) -> None:
        pickle.dump(reply, replies)
        replies.flush()

    with contextlib.suppress(BrokenPipeError, EOFError):
        worker = Worker(send, pickle.load(sys.stdin.buffer))
        while True:
            worker.handle(pickle.load(sys.stdin.buffer))
