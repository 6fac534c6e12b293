"""One party's sound in one call, turned into events: level, endpointing, speech engine, log."""

import logging
import math
import threading
from collections.abc import Callable, Mapping

from core.audio.arousal import Baseline, mood_of
from core.audio.endpointing import Endpointer, SpeechBegan, SpeechContinued, SpeechEvent, SpeechOver, SpeechPaused
from core.audio.frames import AudioChunk, Pcm
from core.audio.levels import SILENCE, Level, LevelMeter
from core.audio.prosody import Prosody, ProsodyStream
from core.calls.events import (
    EchoSuppressed,
    Event,
    Party,
    ProviderFailed,
    SpeechEnded,
    SpeechEngineChanged,
    SpeechStarted,
    TranscriptFinal,
    TranscriptPartial,
    VoiceMood,
)
from core.calls.spoken import IsEcho, Loudness, Spoken
from core.errors import SpeechError
from core.languages import ANY_LANGUAGE
from core.speech.base import Hypothesis, SpeechSession, SpeechToText
from core.speech.completeness import Completeness, completeness
from core.speech.engines import Choose

log = logging.getLogger(__name__)
FINAL_TIMEOUT_S = 10.0
NO_ENGINE = "speech"
"""What stands as the provider when there is none: the same for both parties, of whom one may tell it."""
Append = Callable[[Event, float], object]
"""Called with an event and its offset in seconds; safe from any thread."""
Write = Callable[[str, str], str]
"""Gives words as people write them, from words as they are spoken and the language they are in."""
MOOD_OF: Party = "customer"
"""An agent's feelings are nobody's business here: reading them off employees at work is forbidden in places."""
PATIENCE: Mapping[Completeness, float] = {"complete": 0.7, "open": 1.0, "unfinished": 1.6}
"""The share of the usual silence that ends an utterance after such words."""
RETRIES = 2
RETRIES_OVER_S = 60.0
"""An engine that fails more often than that in so much sound is left for another."""
DEAF_S, LONGEST_DEAF_S = 15.0, 60.0
"""When no engine is left, one is tried again after so much sound, then after twice as much, up to that."""


class Leg:
    """Feed it sound, it appends events. Owned by one thread; the engine's callbacks come from another."""

    def __init__(
        self,
        party: Party,
        choose: Choose,
        endpointer: Endpointer,
        append: Append,
        new_id: Callable[[str], str],
        is_echo: IsEcho | None = None,
        language: str = ANY_LANGUAGE,
        write: Write = lambda heard, language: heard,
        *,
        adaptive: bool = False,
        detect: Callable[[str], str] = lambda heard: "",
        otherwise: SpeechToText | None = None,
    ) -> None:
        """`detect` tells the language of words where the engine could have heard several and does not say. `otherwise`
        serves when no engine does as the call begins, which is an error without it.

        With `adaptive`, what the engine has heard so far decides how long a silence ends an utterance. How soon an
        engine hears it depends on the machine, so a recording run twice need not be cut alike."""
        self.party = party
        self.level: Level = SILENCE
        self.position_s = 0.0
        """The sample clock: seconds from call start up to which sound has been fed."""
        self._choose = choose
        self._language = language
        self._write = write
        self._detect = detect
        self._adaptive = adaptive
        self._patience = 1.0
        self._endpointer = endpointer
        self._append = append
        self._new_id = new_id
        self._is_echo = is_echo
        self._usual = Baseline()
        self._loudness = Loudness()
        self._meter = LevelMeter()
        self._lock = threading.Lock()
        self._unsettled: dict[str, Spoken] = {}
        self._current: str | None = None
        self._broken: Exception | None = None
        self._failures: list[tuple[str, float]] = []
        """Names of engines and when they failed."""
        self._given_up: set[str] = set()
        self._deaf_s = 0.0
        self._deaf_until_s = math.inf
        self._session: SpeechSession | None = None
        try:
            self._engine = choose(())
            self._session = self._open()
        except SpeechError as none_serves:
            if otherwise is None:
                raise
            self._engine = otherwise
            self._session = self._open()
            message = f"This call goes on without a transcript: {none_serves}."
            self._append(ProviderFailed(provider=NO_ENGINE, message=message), self.position_s)

    @property
    def engine_name(self) -> str:
        """The engine that transcribes at present."""
        return self._engine.name

    @property
    def awaiting_final(self) -> bool:
        """An utterance is over and its words are not settled yet."""
        with self._lock:
            return any(spoken.end_s is not None for spoken in self._unsettled.values())

    def feed(self, chunk: AudioChunk) -> None:
        """Take the next stretch of sound. A gap in `start_s` is sound that was lost."""
        if self._broken is not None:
            self._reopen()
        elif self._session is None and chunk.start_s >= self._deaf_until_s:
            self._listen_again()
        self.position_s = chunk.end_s
        for level in self._meter.push(chunk.pcm):
            self.level = level
        self._endpointer.patience = self._patience
        self._follow(self._endpointer.push(chunk))

    def settle(self) -> None:
        """Wait until every utterance that is over has its final."""
        if self._session is not None:
            self._session.drain(FINAL_TIMEOUT_S)
        if self._broken is not None:
            self._reopen()
            if self._session is not None:
                self._session.drain(FINAL_TIMEOUT_S)

    def finish(self) -> None:
        """No more sound will come: settle what was begun and give the engine's session back."""
        self._follow(self._endpointer.finish())
        self.settle()
        self._give_up("the engine did not answer")
        self.level = SILENCE
        if self._session is not None:
            self._session.close()
            self._session = None

    def _follow(self, steps: list[SpeechEvent]) -> None:
        for step in steps:
            match step:
                case SpeechBegan(start_s=start_s, pcm=pcm):
                    self._begin(start_s, pcm)
                case SpeechContinued(pcm=pcm):
                    self._push(pcm)
                case SpeechPaused():
                    if self._session is not None:
                        self._session.pause()
                case SpeechOver(end_s=end_s):
                    self._end(end_s)

    def _begin(self, start_s: float, pcm: Pcm) -> None:
        utterance_id = self._new_id("utt")
        with self._lock:
            voice = ProsodyStream() if self.party == MOOD_OF else None
            self._unsettled[utterance_id] = Spoken(start_s, self._loudness.gain_db, voice)
        self._current = utterance_id
        self._patience = 1.0
        self._append(SpeechStarted(party=self.party, utterance_id=utterance_id, start_s=start_s), self.position_s)
        if self._session is not None:
            self._session.begin(utterance_id, start_s)
        self._push(pcm)

    def _push(self, pcm: Pcm) -> None:
        if self._current is None:
            return
        louder = self._unsettled[self._current].push(pcm)
        if self._session is not None:
            self._session.push(louder)

    def _end(self, end_s: float) -> None:
        if self._current is None:
            return
        utterance_id, self._current = self._current, None
        spoken = self._unsettled[utterance_id]
        spoken.over(end_s)
        self._loudness.heard(spoken)
        self._append(SpeechEnded(party=self.party, utterance_id=utterance_id, end_s=end_s), self.position_s)
        if self._session is not None:
            self._session.end()
        else:
            self._give_up("no engine")

    def _heard(self, hypothesis: Hypothesis) -> None:
        """Called from the engine's thread."""
        with self._lock:
            spoken = self._unsettled.get(hypothesis.utterance_id)
            if spoken is None:
                return
            spoken.text = hypothesis.text
            if hypothesis.final:
                del self._unsettled[hypothesis.utterance_id]
            elif self._adaptive and hypothesis.utterance_id == self._current:
                self._patience = self._patience_after(hypothesis)
        if hypothesis.final:
            self._settle(hypothesis.utterance_id, spoken, hypothesis.confidence, hypothesis.language)
        elif hypothesis.text and self._is_speech_so_far(spoken):
            partial = TranscriptPartial(
                utterance_id=hypothesis.utterance_id,
                speaker=self.party,
                text=hypothesis.text,
                start_s=spoken.start_s,
            )
            self._append(partial, self.position_s)

    def _patience_after(self, hypothesis: Hypothesis) -> float:
        said = completeness(hypothesis.text, punctuated=self._engine.capabilities.writes)
        return PATIENCE["complete" if hypothesis.complete and said == "open" else said]

    def _is_speech_so_far(self, spoken: Spoken) -> bool:
        now_s = self.position_s
        return not (spoken.echoes_so_far(self._is_echo, now_s) or spoken.tonal_so_far(now_s))

    def _settle(self, utterance_id: str, spoken: Spoken, confidence: float | None, language: str = "") -> None:
        echoed = bool(spoken.text) and spoken.echoed(self._is_echo)
        if echoed:
            self._append(EchoSuppressed(party=self.party, utterance_id=utterance_id), self.position_s)
        # An engine makes words of whatever it is given.
        heard = "" if echoed or (spoken.text and spoken.tonal) else spoken.text
        language = (language or self._language_of(heard)) if heard else ""
        text = heard if self._engine.capabilities.writes else self._write(heard, language or self._language)
        final = TranscriptFinal(
            utterance_id=utterance_id,
            speaker=self.party,
            text=text,
            start_s=spoken.start_s,
            end_s=self.position_s if spoken.end_s is None else spoken.end_s,
            confidence=confidence,
            engine=self._engine.name,
            spoken=heard if text != heard else "",
            language=language,
        )
        # Before the words, so that whoever acts on them knows how they were spoken.
        if final.text and spoken.prosody is not None:
            self._compare(utterance_id, spoken.prosody)
        self._append(final, self.position_s)

    def _language_of(self, heard: str) -> str:
        """An engine of one language makes words of it from whatever it hears, so that its words tell nothing."""
        can = self._engine.capabilities
        if self._language != ANY_LANGUAGE:
            return self._language if can.speaks(self._language) else ""
        if len(can.languages) < 2 and "*" not in can.languages:
            return ""
        found = self._detect(heard)
        return found if can.speaks(found) else ""

    def _compare(self, utterance_id: str, prosody: Prosody) -> None:
        """Say how this was spoken beside what went before, of which it is part from now on."""
        mood = mood_of(prosody, self._usual)
        self._usual = self._usual.after(prosody, raised=mood is not None and mood.raised)
        if mood is not None:
            voice = VoiceMood(
                party=self.party,
                utterance_id=utterance_id,
                arousal=mood.arousal,
                raised=mood.raised,
                reasons=list(mood.reasons),
            )
            self._append(voice, self.position_s)

    def _failed(self, error: Exception) -> None:
        """Called from the engine's thread; the leg's own thread deals with it at the next chunk."""
        self._broken = error

    def _open(self) -> SpeechSession:
        """A session with the engine chosen, or with the next. Raises SpeechError when none serves."""
        while True:
            try:
                return self._engine.open(self.party, self._heard, self._failed, self._language)
            except SpeechError as error:
                log.warning("%s cannot serve the %s's leg: %s", self._engine.name, self.party, error)
                self._given_up.add(self._engine.name)
                self._engine = self._choose(self._given_up)

    def _reopen(self) -> None:
        """Put a new session in the place of a broken one and let it hear again what was not settled."""
        error, self._broken = self._broken, None
        broken = self._engine.name
        log.warning("%s failed on the %s's leg: %s", broken, self.party, error)
        if self._session is not None:
            self._session.close()
            self._session = None
        self._failures.append((broken, self.position_s))
        recent = [at_s for name, at_s in self._failures if name == broken and self.position_s - at_s <= RETRIES_OVER_S]
        outcome = "it was started again"
        try:
            if not getattr(error, "retryable", False) or len(recent) > RETRIES:
                self._given_up.add(broken)
                self._engine = self._choose(self._given_up)
            self._session = self._open()
            if self._engine.name != broken:
                outcome = f"{self._engine.name} goes on in its place"
        except SpeechError as none_left:
            self._deaf_s = min(2 * self._deaf_s, LONGEST_DEAF_S) if self._deaf_s else DEAF_S
            self._deaf_until_s = self.position_s + self._deaf_s
            outcome = f"words are missing until it is tried again in {self._deaf_s:.0f} s ({none_left})"
        self._append(
            ProviderFailed(
                provider=broken,
                message=f"Speech recognition by {broken} failed for the {self.party} ({error}): {outcome}.",
                retryable=self._session is not None,
            ),
            self.position_s,
        )
        if self._session is None:
            self._give_up("no engine")
            return
        if self._engine.name != broken:
            changed = SpeechEngineChanged(party=self.party, engine=self._engine.name, reason=str(error))
            self._append(changed, self.position_s)
        self._hear_again(self._session)

    def _listen_again(self) -> None:
        """No engine was left: the last may serve again by now. What was said meanwhile stays lost."""
        self._deaf_until_s = math.inf
        self._given_up.clear()
        self._failures.clear()
        try:
            self._session = self._open()
        except SpeechError as error:
            self._broken = error
            return
        changed = SpeechEngineChanged(party=self.party, engine=self._engine.name, reason="it is tried again")
        self._append(changed, self.position_s)

    def _hear_again(self, session: SpeechSession) -> None:
        with self._lock:
            again = list(self._unsettled.items())
        for utterance_id, spoken in again:
            session.begin(utterance_id, spoken.start_s)
            for pcm in spoken.again():
                session.push(pcm)
            if spoken.end_s is not None:
                session.end()

    def _give_up(self, why: str) -> None:
        """Settle what no engine will settle any more with the words heard so far."""
        with self._lock:
            over = {key: spoken for key, spoken in self._unsettled.items() if spoken.end_s is not None}
            for utterance_id in over:
                del self._unsettled[utterance_id]
        for utterance_id, spoken in over.items():
            log.warning("utterance %s keeps its partial words: %s", utterance_id, why)
            self._settle(utterance_id, spoken, None)
