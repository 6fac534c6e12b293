"""One party's sound in one call, turned into events: level, endpointing, speech engine, log."""

import logging
import threading
from collections.abc import Callable, Mapping

from core.audio.arousal import Baseline, mood_of
from core.audio.endpointing import Endpointer, SpeechBegan, SpeechContinued, SpeechEvent, SpeechOver, SpeechPaused
from core.audio.frames import AudioChunk, Pcm
from core.audio.levels import SILENCE, Level, LevelMeter
from core.audio.prosody import Prosody, ProsodyStream
from core.calls.events import (
    AudioDropped,
    EchoSuppressed,
    Party,
    SpeechEnded,
    SpeechStarted,
    TranscriptFinal,
    TranscriptPartial,
    VoiceMood,
)
from core.calls.hearing import Append, Hearing
from core.calls.spoken import IsEcho, Loudness, Spoken
from core.languages import ANY_LANGUAGE
from core.speech.base import Hypothesis, SpeechToText
from core.speech.completeness import Completeness, completeness
from core.speech.engines import Choose

log = logging.getLogger(__name__)
FINAL_TIMEOUT_S, RECORDED_TIMEOUT_S = 10.0, 120.0
"""How long a live call, and a recording, waits for words that are owed: for a recording nobody does, unless the engine
is stuck."""
OVERDUE_S = 10.0
"""In a live call the engine may owe an utterance's words for so long. What begins later than that is left out, whole:
otherwise all words would come later and later, on a computer that cannot keep up."""
Write = Callable[[str, str], str]
"""Gives words as people write them, from what an engine made of them and the language they are in."""
MOOD_OF: Party = "customer"
"""An agent's feelings are nobody's business here: reading them off employees at work is forbidden in places."""
PATIENCE: Mapping[Completeness, float] = {"complete": 0.7, "open": 1.0, "unfinished": 1.5}
"""The share of the usual silence that ends an utterance after such words."""


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
        live: bool = False,
        detect: Callable[[str], str] = lambda heard: "",
        otherwise: SpeechToText | None = None,
    ) -> None:
        """`detect` tells the language of words where the engine could have heard several and does not say. `otherwise`
        serves when no engine does as the call begins, which is an error without it.

        With `live`, somebody waits for the words: what the engine has heard so far decides how long a silence ends an
        utterance, and while it owes words for too long, utterances are left out. How soon an engine hears depends on
        the machine; a recording is the same however often it is run."""
        self.party = party
        self.level: Level = SILENCE
        self.position_s = 0.0
        """The sample clock: seconds from call start up to which sound has been fed."""
        self._choose = choose
        self._language = language
        self._write = write
        self._detect = detect
        self._live = live
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
        self._hearing = Hearing(party, choose, self._heard, append, language, otherwise, live=live)

    @property
    def engine_name(self) -> str:
        """The engine that transcribes at present."""
        return self._hearing.engine.name

    @property
    def awaiting_final(self) -> bool:
        """An utterance is over and its words are not settled yet."""
        with self._lock:
            return any(spoken.end_s is not None for spoken in self._unsettled.values())

    def feed(self, chunk: AudioChunk) -> None:
        """Take the next stretch of sound. A gap in `start_s` is sound that was lost."""
        self._mend()
        self.position_s = chunk.end_s
        for level in self._meter.push(chunk.pcm):
            self.level = level
        self._endpointer.patience = self._patience
        self._follow(self._endpointer.push(chunk))

    def settle(self) -> None:
        """Wait until every utterance that is over has its final."""
        timeout_s = FINAL_TIMEOUT_S if self._live else RECORDED_TIMEOUT_S
        self._hearing.drain(timeout_s)
        if self._hearing.broken:
            self._mend()
            self._hearing.drain(timeout_s)

    def finish(self) -> None:
        """No more sound will come: settle what was begun and give the engine's session back."""
        self._follow(self._endpointer.finish())
        self.settle()
        for _, spoken in self._not_settled():
            if self._live and not spoken.text:
                self._say_missing(spoken)
        self._give_up("the engine did not answer")
        self.level = SILENCE
        self._hearing.close()

    def _mend(self) -> None:
        """See to it that an engine hears, and settle what none will."""
        if not self._hearing.mend(self.position_s, self._not_settled):
            self._give_up("no engine")

    def _not_settled(self) -> list[tuple[str, Spoken]]:
        with self._lock:
            return [(key, spoken) for key, spoken in self._unsettled.items() if not spoken.left_out]

    @property
    def _overdue(self) -> bool:
        """The engine is too far behind to be given more."""
        ends_s = [spoken.end_s for _, spoken in self._not_settled() if spoken.end_s is not None]
        return self._live and self.position_s - min(ends_s, default=self.position_s) > OVERDUE_S

    def _follow(self, steps: list[SpeechEvent]) -> None:
        for step in steps:
            match step:
                case SpeechBegan(start_s=start_s, pcm=pcm):
                    self._begin(start_s, pcm)
                case SpeechContinued(pcm=pcm):
                    self._push(pcm)
                case SpeechPaused():
                    self._pause()
                case SpeechOver(end_s=end_s):
                    self._end(end_s)

    def _begin(self, start_s: float, pcm: Pcm) -> None:
        utterance_id = self._new_id("utt")
        voice = ProsodyStream() if self.party == MOOD_OF else None
        spoken = Spoken(start_s, self._loudness.gain_db, voice, left_out=self._overdue)
        with self._lock:
            self._unsettled[utterance_id] = spoken
        self._current = utterance_id
        self._patience = 1.0
        self._append(SpeechStarted(party=self.party, utterance_id=utterance_id, start_s=start_s), self.position_s)
        if not spoken.left_out:
            self._hearing.begin(utterance_id, start_s)
        self._push(pcm)

    def _push(self, pcm: Pcm) -> None:
        if self._current is None:
            return
        spoken = self._unsettled[self._current]
        heard = spoken.push(pcm)
        if not spoken.left_out:
            self._hearing.push(heard)

    def _pause(self) -> None:
        if self._current is not None and not self._unsettled[self._current].left_out:
            self._hearing.pause()

    def _end(self, end_s: float) -> None:
        if self._current is None:
            return
        utterance_id, self._current = self._current, None
        spoken = self._unsettled[utterance_id]
        spoken.over(end_s)
        self._loudness.heard(spoken)
        self._append(SpeechEnded(party=self.party, utterance_id=utterance_id, end_s=end_s), self.position_s)
        if spoken.left_out:
            self._leave_out(utterance_id, spoken)
        elif not self._hearing.end():
            self._give_up("no engine")

    def _leave_out(self, utterance_id: str, spoken: Spoken) -> None:
        with self._lock:
            del self._unsettled[utterance_id]
        self._say_missing(spoken)
        self._settle(utterance_id, spoken, None)

    def _say_missing(self, spoken: Spoken) -> None:
        lasted_s = round((spoken.end_s or self.position_s) - spoken.start_s, 3)
        self._append(AudioDropped(party=self.party, duration_s=lasted_s, reason="words overdue"), self.position_s)

    def _heard(self, hypothesis: Hypothesis) -> None:
        """Called from the engine's thread."""
        with self._lock:
            spoken = self._unsettled.get(hypothesis.utterance_id)
            if spoken is None:
                return
            spoken.text = hypothesis.text
            if hypothesis.final:
                del self._unsettled[hypothesis.utterance_id]
            elif self._live and hypothesis.utterance_id == self._current:
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
        said = completeness(hypothesis.text, punctuated=self._hearing.engine.capabilities.writes)
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
        # Also what an engine has written itself: it rarely knows an order's number from a quantity.
        text = self._write(heard, language or self._language)
        final = TranscriptFinal(
            utterance_id=utterance_id,
            speaker=self.party,
            text=text,
            start_s=spoken.start_s,
            end_s=self.position_s if spoken.end_s is None else spoken.end_s,
            confidence=confidence,
            engine=self.engine_name,
            spoken=heard if text != heard else "",
            language=language,
        )
        # Before the words, so that whoever acts on them knows how they were spoken.
        if final.text and spoken.prosody is not None:
            self._compare(utterance_id, spoken.prosody)
        self._append(final, self.position_s)

    def _language_of(self, heard: str) -> str:
        """An engine of one language makes words of it from whatever it hears, so that its words tell nothing."""
        can = self._hearing.engine.capabilities
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

    def _give_up(self, why: str) -> None:
        """Settle what no engine will settle any more with the words heard so far."""
        with self._lock:
            over = {key: spoken for key, spoken in self._unsettled.items() if spoken.end_s is not None}
            for utterance_id in over:
                del self._unsettled[utterance_id]
        for utterance_id, spoken in over.items():
            log.warning("utterance %s keeps its partial words: %s", utterance_id, why)
            self._settle(utterance_id, spoken, None)
