"""How the embedded engine hears: the utterance in progress of one session.

What takes long is done in steps, between which the worker does a step for somebody else.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace

import numpy as np
from pocketsphinx import Decoder

from core.audio.frames import Pcm
from core.speech.features import Array, FrontEnd
from core.speech.pocketsphinx_decoders import (
    QUICK,
    SMALL_STEP_FRAMES,
    USUAL,
    Decoders,
    Found,
    Steps,
    considered,
    decode,
    finish,
    given_up,
    hear_all,
    result,
    start,
    words_so_far,
)
from core.speech.pocketsphinx_learning import OwnDecoders
from core.speech.pocketsphinx_sound import BYTES_PER_S, Sound
from core.speech.pocketsphinx_voice import Manner, Voice, is_noisy
from core.speech.worker_messages import Heard, Reply, Taken

Send = Callable[[Reply], None]

_DONE = object()
_PARTIAL_BYTES = 4800
"""A partial comes at once when it says more than the last, and after so much sound otherwise: words that change while
somebody reads them do so no more often, and one that says the same means that nothing new was heard. Lines send about
100 ms at a time, so that it comes every 200 ms, and not after 300 where they sent a little less."""
_MEAN_FRAMES = 68
_MEAN_OFF = 0.4
"""How far the mean may be off, in natural logarithms of energy, before an utterance is heard again."""
_CORRECTED_AT = (140, 280)
"""Frames of an utterance after which its mean is looked at."""
_CORRECTED_OFF = 0.5
"""How far it may be off then, likewise."""
_HEARD_AGAIN_BYTES = 6 * BYTES_PER_S
"""A longer utterance is not heard again: its final would come too late."""
_KNOWN_HEARD_AGAIN_BYTES = 3 * BYTES_PER_S
"""Likewise, of somebody who has spoken before, but whose voice has not been learned: measured, longer ones gain nothing
from it."""
_AGAIN_S = 0.5
"""Nor is one that would take longer than that, while somebody waits, and one that does is given up: it begins 0.2 s
into the silence, and the final is to come within a second."""
_AGAIN, _SHORT_AGAIN = 1.05, 1.4
"""How long it takes, in terms of the time the first pass took, whatever the machine: measured, 0.9 to 1.2, and 1.2 to
1.6 where a short one is heard as an answer as well."""
_SILENCE_BYTES = 1 * BYTES_PER_S
"""What was heard again in a pause stands for the whole when no more than that followed."""
_SHORT_BYTES = round(1.7 * BYTES_PER_S)
"""An utterance no longer than that, the silence around it included, may be a short answer."""


@dataclass(frozen=True, slots=True)
class Whole:
    """An utterance from its beginning, in the right manner, and its words: heard once more where they had not been
    heard in it."""

    logs: Array
    found: Found


class Ear:
    """One session and its utterance in progress. It has a decoder only while there is one: they are large.

    The model wants the mean cepstrum of an utterance subtracted from it, which nobody knows before it is over; the
    decoder's own guess fits few microphones. So the first utterance is held until 0.7 s of it give a mean (most of
    that is pre-roll, which comes at once), and each later one starts from the mean of the one before. Loudness makes
    no difference, so nothing is normalised.

    Likewise the band, the warp and the pace are known afterwards. So a first utterance, and one that was heard in the
    wrong manner, is heard once more; the next ones are heard rightly from the start. Measured, the right mean alone
    takes a quarter of the errors of a first utterance. That is done in the silence after it, while nobody knows yet
    whether it is over, and when no sound waits: neither the final nor words said after it need wait for it.
    """

    def __init__(self, session_id: int, decoders: Decoders, send: Send, clock: Callable[[], float]) -> None:
        self._session_id = session_id
        self._decoders = decoders
        self._send = send
        self._clock = clock
        self._front_end = FrontEnd()
        self._voice = Voice(decoders)
        self._manner = Manner()
        self._own = OwnDecoders(decoders)
        self._in_progress = False
        self._decoder: Decoder | None = None
        """At work on the utterance, from when enough of it has come to begin."""
        self._mean: Array | None = None
        """Of the utterance before."""
        self._judged = self._manner
        """How the utterance should have been heard."""
        self._used: Array | None = None
        """What is subtracted from this one."""
        self._look_at_mean = 0
        """Frames after which it is compared with what has come by then."""
        self._utterance_id = ""
        self._sound = Sound(decoders, clock)
        self._logs: list[Array] = []
        self.first_pass_s = 0.0
        """Work on the utterance so far."""
        self._said_at = 0
        self._text = ""
        """Of the last partial."""
        self._again: Whole | None = None
        self._paused_at: int | None = None
        """Bytes of sound when it was last looked whether it had to be heard again."""
        self._before_pause = ""
        self._again_by_s = 0.0
        """When hearing it again is given up, where somebody waits."""
        self._catching_up: Generator[None, None, None] | None = None
        """Another decoder, on its way through the utterance with a better mean."""
        self._reconsidering: Generator[None, None, None] | None = None
        """Hearing it again; `end` does what is left of it, while there is time."""
        self.live = False
        """Somebody waits for the words."""
        self.hurried = False
        """Somebody waits and the worker has too much to do: nothing is heard twice in this utterance."""
        self.quick = False
        """The words of this utterance would be late: they are looked for with less care."""
        self.learning = True
        """There is time to learn the voice."""
        self.spent_s = 0.0
        """Decoding since the last hypothesis, up to the step in progress."""
        self.step_began_s = 0.0

    @property
    def manner(self) -> Manner:
        """How the utterance in progress is heard, or the next."""
        return self._manner

    @property
    def heard_s(self) -> float:
        """Sound of the utterance that has been decoded, or waits for its mean."""
        return self._sound.came_s

    @property
    def work_s(self) -> float:
        """On the utterance so far, but for what is heard twice."""
        return self.first_pass_s + self._sound.suppression_s

    @property
    def can_go_on(self) -> bool:
        """There is something to do while no sound waits."""
        if self._in_progress:
            return self._catching_up is not None or self._reconsidering is not None
        return self._own.can_learn

    def go_on(self) -> None:
        """A step of that."""
        if self._reconsidering:
            if next(self._reconsidering, _DONE) is _DONE:
                self._reconsidering = None
        elif self._catching_up:
            if next(self._catching_up, _DONE) is _DONE:
                self._catching_up = None
        elif not self._in_progress:
            self._own.learn()

    def begin(self, utterance_id: str) -> None:
        self._in_progress = True
        self._utterance_id = utterance_id
        self._sound.begin(bool(self._manner.noisy))
        self._logs.clear()
        self.first_pass_s = self.spent_s = 0.0
        self._said_at = 0
        self._text = ""
        self._again = None
        self._paused_at = None
        self._voice.begin()
        self._front_end.begin(self._manner.shift_samples, self._manner.warp)

    def take(self, pcm: bytes) -> Steps:
        yield from self._hear(self._sound.push(pcm))
        self._look()
        self._send(Taken(self._session_id, len(pcm)))

    def _hear(self, sound: Pcm) -> Steps:
        logs = self._front_end.push(sound)
        if len(logs):
            self._logs.append(logs)
            if self._decoder:
                yield from self._first_pass(self._decoder, logs)
                yield from self._correct_mean(self._decoder)
            elif self._mean is not None or sum(map(len, self._logs)) >= _MEAN_FRAMES:
                yield from self._start()

    def pause(self, came_s: float) -> Steps:
        """It may be over, as was told then: hear it again, should that be needed. Where somebody waits, sound that
        comes goes before."""
        if self.hurried or not self._logs:
            return
        self._again_by_s = came_s + _AGAIN_S
        decoder = self._decoder or (yield from self._start())
        self._paused_at = len(self._sound)
        given_up(self._reconsidering)
        self._reconsidering = self._reconsider(self._paused_at, words_so_far(decoder), decoder)
        if not self.live:
            yield from self._reconsidering
            self._reconsidering = None

    def end(self) -> Steps:
        found = Found("", None)
        if self._logs and not self._decoder:
            yield from self._start()
        yield from self._hear(self._sound.finish())
        if self._logs:
            decoder = self._decoder or (yield from self._start())
            fresh = self._paused_at is not None and len(self._sound) - self._paused_at <= _SILENCE_BYTES
            given_up(self._catching_up)
            self._catching_up = self._decoder = None
            yield from finish(decoder, self._logs[-1], self._manner.band)
            found = result(decoder)
            if not fresh:
                given_up(self._reconsidering)
                self._again_by_s = self._clock() + _AGAIN_S
                self._reconsidering = self._reconsider(len(self._sound), found.text, decoder)
            while self._reconsidering and not (self.live and self._clock() > self._again_by_s):
                self.go_on()
                yield
            self.let_go()
            # Where there was no time to judge, what is left of an earlier judgement must not say how this was heard.
            self._judged = replace(self._judged, noisy=self._manner.noisy)
            if not (self._again or self.hurried or self.quick):
                found = yield from considered(decoder, found, self._decoders.rescoring)
            whole = self._again or Whole(self._all_logs_in(self._judged), found)
            self._mean, found = whole.logs.mean(axis=0), whole.found
            if self.learning and not (self.hurried or self.quick):
                self._own.heard(self._judged, whole.logs, found, decoder)
            self._give_back(decoder)
            self._manner = self._judged
            self._listen_for_noise()
        self._in_progress = False
        self._say(found.text, final=True, confidence=found.confidence)
        while not self.live and self._own.can_learn:
            self._own.learn()
            yield

    def close(self) -> None:
        """Forget the utterance in progress, and the voice."""
        self.let_go()
        if self._decoder:
            self._decoder.end_utt()
            self._give_back(self._decoder)
            self._decoder = None
        self._sound.finish()
        self._own.close()

    def _give_back(self, decoder: Decoder) -> None:
        if not self._own.has(decoder):
            self._decoders.give_back(self._manner.band, decoder)

    def _reconsider(self, size: int, heard: str, decoder: Decoder) -> Generator[None, None, None]:
        """See whether so many bytes, taken for these words by that decoder, were heard rightly, and hear them again
        where not."""
        logs, sound = np.concatenate(self._logs), self._sound.heard(size)
        judged = yield from self._voice.judge(self._manner, logs, sound, decoder, hurried=self.hurried)
        again = (yield from self._heard_again(judged, size)) if self._in_time(judged, size) else None
        self._judged, self._again, self._before_pause = judged, again, heard
        if again:
            self._look(corrected=True)

    def let_go(self) -> None:
        """Give up what could wait, and the decoders it is done with."""
        given_up(self._catching_up)
        given_up(self._reconsidering)
        self._catching_up = self._reconsidering = None

    def _start(self) -> Generator[None, None, Decoder]:
        if self._mean is None:
            yield from self._begin_as_it_sounds()
        logs = np.concatenate(self._logs)
        self._used = logs.mean(axis=0) if self._mean is None else self._mean
        self._look_at_mean = _CORRECTED_AT[0]
        # A quick search is one more for each decoder to make, and where it is needed there is no time for that.
        own = None if self.quick else self._own.take(self._manner)
        self._decoder = decoder = own.usual if own else self._decoders.take(self._manner.band)
        start(decoder, self._used, self._manner.band, QUICK if self.quick else USUAL)
        yield from self._first_pass(decoder, logs)
        return decoder

    def _first_pass(self, decoder: Decoder, logs: Array) -> Steps:
        began_s = self._clock()
        for _ in decode(decoder, logs, self._manner.band):
            self.first_pass_s += self._clock() - began_s
            yield
            began_s = self._clock()
        self.first_pass_s += self._clock() - began_s

    def _begin_as_it_sounds(self) -> Steps:
        """Of a voice whose mean is not known, and behind what noise, where nothing was heard of it."""
        if self._manner.noisy is None:
            self._manner = replace(self._manner, noisy=is_noisy(self._sound.as_it_came, before=None))
            if self._manner.noisy:
                self._sound.take_noise_away()
                self._front_end = FrontEnd()
                self._logs = [self._logs_in(self._manner, self._front_end)]
                yield
        manner = yield from self._voice.first_impression(self._manner, np.concatenate(self._logs), self._sound.heard())
        if manner.warp != self._manner.warp:
            self._front_end = FrontEnd()
            self._logs = [self._logs_in(manner, self._front_end)]
        self._manner = manner

    def _listen_for_noise(self) -> None:
        """Whether the next utterance is heard with the noise taken away. Nothing of one way fits the other: how it
        begins is then waited for as with somebody who is heard for the first time."""
        noisy = is_noisy(self._sound.as_it_came, self._manner.noisy)
        if noisy != self._manner.noisy:
            self._manner = replace(self._manner, noisy=noisy)
            self._front_end = FrontEnd()
            self._mean = None

    def _correct_mean(self, decoder: Decoder) -> Steps:
        """Have it decoded anew where the mean has turned out to be far off: words shown from then on are the better
        for it. Where somebody waits, they go on being shown meanwhile."""
        if self.hurried or self._catching_up or not self._look_at_mean or self._own.has(decoder):
            return
        if sum(map(len, self._logs)) < self._look_at_mean:
            return
        self._look_at_mean = next((at for at in _CORRECTED_AT if at > self._look_at_mean), 0)
        logs = np.concatenate(self._logs)
        own = logs.mean(axis=0)
        if self._used is None or float(np.abs(own - self._used).mean()) <= _CORRECTED_OFF:
            return
        if self.live:
            self._catching_up = self._catch_up(decoder, own)
        else:
            decoder.end_utt()
            self._used = own
            start(decoder, own, self._manner.band)
            yield from decode(decoder, logs, self._manner.band)

    def _catch_up(self, slower: Decoder, mean: Array) -> Generator[None, None, None]:
        """Until a decoder with that mean has heard all that has come, and takes the place of the other.

        One at a time in a worker: each takes a decoder of its own, and they are large."""
        while self._decoders.catching_up:
            yield
        band = self._manner.band
        faster = self._decoders.take(band)
        self._decoders.catching_up = True
        try:
            start(faster, mean, band)
            heard = 0
            while heard < len(self._logs):
                logs = np.concatenate(self._logs[heard:])
                heard = len(self._logs)
                yield from decode(faster, logs, band, SMALL_STEP_FRAMES)
            self._used, self._decoder, faster = mean, faster, slower
        finally:
            self._decoders.catching_up = False
            faster.end_utt()
            self._decoders.give_back(band, faster)

    def _in_time(self, manner: Manner, size: int) -> bool:
        """So many bytes can be heard again in that manner before anybody waits for them for long."""
        gains = self._mean is None or self._own.take(manner) is not None
        if self.hurried or size > (_HEARD_AGAIN_BYTES if gains else _KNOWN_HEARD_AGAIN_BYTES):
            return False
        takes_s = self.first_pass_s * (_SHORT_AGAIN if size <= _SHORT_BYTES else _AGAIN)
        return not self.live or takes_s <= _AGAIN_S

    def _heard_again(self, manner: Manner, size: int) -> Generator[None, None, Whole | None]:
        """That much of the utterance heard in that manner with its own mean; None where it was heard rightly."""
        ours = self._decoders.models is not None
        short = ours and size <= _SHORT_BYTES
        own = self._own.take(manner)
        if manner == self._manner and not (own or short or (ours and self._sounds_unlike())):
            return None
        logs = self._logs_in(manner, FrontEnd(), size)
        mean = logs.mean(axis=0)
        if own and not short:
            return Whole(
                logs, (yield from hear_all(own.again, logs, mean, manner.band, self._decoders.rescoring, short=False))
            )
        while self._decoders.hearing_again:
            yield
        found = yield from self._decoders.heard_again(manner.band, logs, mean, short)
        # These do not know the voice; but whether it was a short answer they can tell.
        return Whole(logs, found) if found.answer or not own else None

    def _logs_in(self, manner: Manner, front_end: FrontEnd, size: int | None = None) -> Array:
        """The utterance so far, or so many bytes of it, in another manner; `front_end` then goes on from there."""
        front_end.begin(manner.shift_samples, manner.warp)
        return front_end.push(self._sound.heard(size))

    def _all_logs_in(self, manner: Manner) -> Array:
        same = manner.warp == self._manner.warp
        return np.concatenate(self._logs) if same else self._logs_in(manner, FrontEnd())

    def _sounds_unlike(self) -> bool:
        """The utterance was heard without its mean, or with one far from its own: a louder voice, or less silence."""
        own = np.concatenate(self._logs).mean(axis=0)
        return self._mean is None or self._used is None or float(np.abs(own - self._used).mean()) > _MEAN_OFF

    def _look(self, *, corrected: bool = False) -> None:
        """Show what has been heard, should it be time to."""
        if not self._decoder:
            return
        text = words_so_far(self._decoder)
        if self._again and text.startswith(self._before_pause):
            # What was heard again stays on the screen, and what has come since follows it.
            text = self._again.found.text + text.removeprefix(self._before_pause)
        more = text.startswith(f"{self._text} ") if self._text else bool(text)
        due = corrected or len(self._sound) - self._said_at >= _PARTIAL_BYTES
        if more or (due and (text or self._text)):
            self._text = text
            self._said_at = len(self._sound)
            self._say(text, final=False)

    def _say(self, text: str, *, final: bool, confidence: float | None = None) -> None:
        now_s = self._clock()
        decode_ms = (self.spent_s + now_s - self.step_began_s) * 1000
        self.spent_s, self.step_began_s = 0.0, now_s
        self._send(Heard(self._session_id, self._utterance_id, text, final, confidence, decode_ms))
