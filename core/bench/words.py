"""How soon the agent sees what is said: the demo calls in real time, followed as the page follows them.

When a word was said is known only from the sound. So the engine is wrapped in one that keeps each utterance's sound,
and after the call the words the agent was finally shown are aligned to it (PocketSphinx's forced alignment, the
end frame of each word's segment). A word counts as shown when the first partial or final arrives that has it in its
place among the words of the utterance. The sample clock of the sound and the clock of arrivals have one origin, the
start of the call.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count

import numpy as np
from pocketsphinx import Decoder

from core.audio.frames import Pcm
from core.bench.conditions import Options, measured_calls, temporary_services
from core.bench.measurement import Limit, Measurement, milliseconds
from core.bench.partials import CHANGE_NOTE, GAP_NOTE, LONGEST_GAP_MS, Words, arrivals_s, changes_s, gaps_s, seen_s
from core.bootstrap import Services, engines_for
from core.calls.events import (
    CallEnded,
    CustomerIdentified,
    Event,
    Party,
    SuggestionDelta,
    SuggestionStarted,
    TranscriptFinal,
    TranscriptPartial,
)
from core.calls.follow import Follower
from core.errors import SpeechError
from core.languages import ANY_LANGUAGE
from core.scenarios import Scenario
from core.speech.base import OnFailure, OnHypothesis, Readiness, SpeechSession, SpeechToText
from core.speech.evaluation import normalise
from core.speech.pocketsphinx_decoders import create_decoder

WARM_UP_S = 5.0
"""Between the start of the process and the first call, as a person has until the page is there."""
LONGEST_CALL_S = 180.0
FRAME_S = 0.01
"""PocketSphinx's frames."""


def measure(options: Options) -> list[Measurement]:
    """Words, finals, suggestions and the customer panel, in milliseconds, up to the arrival at a follower."""
    engine = KeepsSound(engines_for(options.settings).chooser()(()))
    waits = Waits()
    with temporary_services(options.settings, engine) as services:
        services.speech.warm_up()
        time.sleep(WARM_UP_S)
        scenarios = measured_calls(services)
        for group in [scenarios] if options.together else [[scenario] for scenario in scenarios]:
            options.progress("words: playing " + " and ".join(f"“{scenario.title}”" for scenario in group))
            for played in _play(services, group):
                played.add_to(waits, engine.sounds)
    together = ", both demo calls at once" if options.together else ""
    note = f"{engine.name}{together}; until committed and received in the process, for the way to the screen see page"
    if waits.not_aligned:
        note += f"; {waits.not_aligned} utterances left out, their words could not be aligned to the sound"
    spoken = "last word spoken"
    return [
        Measurement(
            what="word spoken → shown",
            unit="ms",
            values=milliseconds(waits.words_s),
            limits=(Limit("p50", 500), Limit("p95", 900)),
            note=note,
        ),
        Measurement(
            what="word spoken → something shown for it",
            unit="ms",
            values=milliseconds(waits.covered_s),
            note="the same, also counting words that were corrected later",
        ),
        Measurement(
            what="gap between partials while a party speaks",
            unit="ms",
            values=milliseconds(waits.gaps_s),
            limits=(Limit("p95", LONGEST_GAP_MS),),
            note=GAP_NOTE,
        ),
        Measurement(
            what="gap between changes of what is shown",
            unit="ms",
            values=milliseconds(waits.changes_s),
            note=CHANGE_NOTE,
        ),
        Measurement(
            what=f"{spoken} → final",
            unit="ms",
            values=milliseconds(waits.finals_s),
            limits=(Limit("p95", 1000),),
            note=note,
        ),
        Measurement(
            what=f"{spoken} → first suggestion word",
            unit="ms",
            values=milliseconds(waits.suggestions_s),
            limits=(Limit("p95", 1500),),
            note=note,
        ),
        Measurement(
            what="final → customer identified",
            unit="ms",
            values=milliseconds(waits.customers_s),
            limits=(Limit("max", 300),),
            note=note,
        ),
    ]


@dataclass(slots=True)
class Sound:
    """What the engine was given of one utterance."""

    start_s: float
    pieces: list[Pcm] = field(default_factory=list)


class KeepsSound:
    """A speech engine that hands everything to another and keeps the sound of each utterance, or of every so many."""

    def __init__(self, engine: SpeechToText, every: int = 1) -> None:
        self._engine = engine
        self._every = every
        self._numbers = count()
        self.name = engine.name
        self.capabilities = engine.capabilities
        self.warm_up = engine.warm_up
        self.learn = engine.learn
        self.close = engine.close
        self.sounds: dict[str, Sound] = {}

    @property
    def readiness(self) -> Readiness:
        return self._engine.readiness

    def open(
        self, party: Party, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str = ANY_LANGUAGE
    ) -> SpeechSession:
        return _KeepingSession(self._engine.open(party, on_hypothesis, on_failure, language), self._keep)

    def _keep(self, utterance_id: str, start_s: float) -> Sound:
        """Called from the legs' threads."""
        sound = Sound(start_s)
        if next(self._numbers) % self._every == 0:
            self.sounds[utterance_id] = sound
        return sound


class _KeepingSession:
    def __init__(self, session: SpeechSession, keep: Callable[[str, float], Sound]) -> None:
        self._session = session
        self._keep = keep
        self._pieces: list[Pcm] = []
        self.pause = session.pause
        self.end = session.end
        self.drain = session.drain
        self.close = session.close

    @property
    def live(self) -> bool:
        return self._session.live

    @live.setter
    def live(self, live: bool) -> None:
        self._session.live = live

    def begin(self, utterance_id: str, start_s: float) -> None:
        self._pieces = self._keep(utterance_id, start_s).pieces
        self._session.begin(utterance_id, start_s)

    def push(self, pcm: Pcm) -> None:
        self._pieces.append(pcm)
        self._session.push(pcm)


@dataclass(slots=True)
class Waits:
    """Seconds people waited."""

    words_s: list[float] = field(default_factory=list)
    covered_s: list[float] = field(default_factory=list)
    gaps_s: list[float] = field(default_factory=list)
    changes_s: list[float] = field(default_factory=list)
    finals_s: list[float] = field(default_factory=list)
    suggestions_s: list[float] = field(default_factory=list)
    customers_s: list[float] = field(default_factory=list)
    not_aligned: int = 0


@dataclass(frozen=True, slots=True)
class Played:
    """A call's events, each with its arrival in seconds from the start of the call."""

    arrivals: list[tuple[float, Event]]

    def add_to(self, waits: Waits, sounds: dict[str, Sound]) -> None:
        decoder = create_decoder()
        lines: dict[str, list[tuple[float, Words]]] = {}
        spoken_s: dict[str, float] = {}
        triggers: dict[str, str] = {}
        final_s: float | None = None
        for arrived_s, event in self.arrivals:
            match event:
                case TranscriptPartial(utterance_id=utterance_id, text=text):
                    lines.setdefault(utterance_id, []).append((arrived_s, normalise(text).split()))
                case TranscriptFinal(utterance_id=utterance_id, text=text, spoken=spoken) if text:
                    final_s = arrived_s
                    if utterance_id not in sounds:
                        continue
                    words = normalise(spoken or text).split()
                    ends_s = word_ends_s(decoder, words, sounds[utterance_id])
                    if ends_s is None:
                        waits.not_aligned += 1
                        continue
                    spoken_s[utterance_id] = ends_s[-1]
                    waits.finals_s.append(arrived_s - ends_s[-1])
                    partials = lines.get(utterance_id, [])
                    waits.gaps_s += gaps_s(ends_s, arrivals_s(partials))
                    waits.changes_s += gaps_s(ends_s, changes_s(partials))
                    shown = [*partials, (arrived_s, words)]
                    waits.words_s += seen_after_s(words, ends_s, shown)
                    waits.covered_s += covered_after_s(ends_s, shown)
                case CustomerIdentified() if final_s is not None:
                    waits.customers_s.append(arrived_s - final_s)
                case SuggestionStarted(suggestion_id=suggestion_id, triggered_by=[*_, utterance_id]):
                    triggers[suggestion_id] = utterance_id
                case SuggestionDelta(suggestion_id=suggestion_id) if suggestion_id in triggers:
                    utterance_id = triggers.pop(suggestion_id)
                    if utterance_id in spoken_s:
                        waits.suggestions_s.append(arrived_s - spoken_s[utterance_id])
                case _:
                    pass


def seen_after_s(words: Words, ends_s: list[float], lines: list[tuple[float, Words]]) -> Iterator[float]:
    """For each final word of an utterance, the seconds from its end until a line first had it (see `seen_s`).

    `lines` are the partials and the final with their arrivals.
    """
    seen = seen_s(words, lines)
    return (seen[place] - end_s for place, end_s in enumerate(ends_s))


def covered_after_s(ends_s: list[float], lines: list[tuple[float, Words]]) -> Iterator[float]:
    """The same until a line first reached as far as the word, whatever it took the words for."""
    for place, end_s in enumerate(ends_s):
        yield next(arrived_s for arrived_s, line in lines if len(line) > place) - end_s


def word_ends_s(decoder: Decoder, words: Words, sound: Sound) -> list[float] | None:
    """When each word has been said, in seconds from the start of the call; None where it cannot be told."""
    pcm = np.concatenate(sound.pieces)
    try:
        decoder.set_align_text(" ".join(words))
        decoder.start_utt()
        decoder.process_raw(pcm.tobytes(), full_utt=True)
        decoder.end_utt()
    except RuntimeError:
        # A word that is not in the dictionary.
        return None
    spoken = [segment for segment in decoder.seg() or () if not segment.word.startswith(("<", "["))]
    if len(spoken) != len(words):
        return None
    return [sound.start_s + (segment.end_frame + 1) * FRAME_S for segment in spoken]


def _play(services: Services, scenarios: list[Scenario]) -> list[Played]:
    """Play calls at once and follow each until it ends."""
    all_played = [Played([]) for _ in scenarios]
    followers = []
    for scenario, played in zip(scenarios, all_played, strict=True):
        call_id = services.desk.play(scenario.audio_path, scenario.title, "bench")
        begun_s = services.clock.monotonic_s() - services.desk.position(call_id)[1]
        follow = partial(_follow, services, call_id, begun_s, played)
        followers.append(threading.Thread(target=follow, name=f"follow-{scenario.name}", daemon=True))
        followers[-1].start()
    for follower in followers:
        follower.join(LONGEST_CALL_S)
        if follower.is_alive():
            raise SpeechError(f"a demo call did not end within {LONGEST_CALL_S:.0f} s")
    return all_played


def _follow(services: Services, call_id: str, begun_s: float, played: Played) -> None:
    with Follower(services.log, call_id) as follower:
        while True:
            events = follower.wait(1)
            arrived_s = services.clock.monotonic_s() - begun_s
            for recorded in events:
                played.arrivals.append((arrived_s, recorded.event))
                if isinstance(recorded.event, CallEnded):
                    return
