"""Ten calls at once for ten minutes with the embedded engine: is sound lost, and do words come in time?

Both parties of every call are fed a demo conversation, over and over, each call at another place of it. After that,
for a shorter time, the worst there is: every customer talks without any pause.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.bench import usage
from core.bench.conditions import Options, temporary_services
from core.bench.feeder import Feeder, Spoken
from core.bench.measurement import Limit, Measurement, milliseconds
from core.bench.partials import GAP_NOTE, LONGEST_GAP_MS
from core.bench.talk import browser_frames, speech_of
from core.bench.words import KeepsSound, Played, Waits
from core.bootstrap import Services, engines_for, known_to
from core.calls.events import AudioDropped, ProviderFailed, TranscriptFinal
from core.calls.follow import Follower
from core.errors import SpeechError
from core.scenarios import Scenario
from core.speech.pocketsphinx import PocketSphinxEngine

CALLS = 10
CONVERSATIONS = 5
"""Different ones; two calls each."""
LASTS_S = 600.0
WORST_LASTS_S = 120.0
RAMP_S = 30.0
WARM_UP_S = 5.0
BUILD_S = 300.0
SETTLE_S = 15.0
_LOOK_S = 0.2
PROGRESS_S = 60.0
ALIGNED = 10
"""Of every so many utterances one is aligned to its sound, to know when its words were spoken: it takes long."""
LONGEST_FINAL_MS = 1000.0


def measure(options: Options) -> list[Measurement]:
    """Sound lost, waits for words and finals, and CPU, over the whole time."""
    engine = engines_for(options.settings).engine(PocketSphinxEngine.name)
    keeps = KeepsSound(engine, every=ALIGNED)
    with temporary_services(options.settings, keeps) as services:
        engine.learn(known_to(services.customers))
        if isinstance(engine, PocketSphinxEngine) and not engine.learned(BUILD_S):
            raise SpeechError("the models of the domain were not built; run it again and read what is printed above")
        engine.warm_up()
        time.sleep(WARM_UP_S)
        scenarios = [one for one in services.scenarios() if one.caller.language == "en"][:CONVERSATIONS]
        parts = (("soak", LASTS_S, conversation), ("soak without pauses", WORST_LASTS_S, monologue))
        rows: list[Measurement] = []
        for name, lasts_s, speech in parts:
            options.progress(f"{name}: {CALLS} calls at once, {lasts_s / 60:.0f} min")
            spoken = [speech(scenario) for scenario in scenarios]
            calls = [spoken[number % len(spoken)] for number in range(CALLS)]
            soaked = soak(services, calls, lasts_s, options.progress)
            rows += soaked.rows(name, keeps, options.settings.stt_workers)
            keeps.sounds.clear()
    return rows


def conversation(scenario: Scenario) -> Spoken:
    """Both parties, as they were recorded."""
    return {party: list(browser_frames(speech_of(scenario.audio_path, party))) for party in ("customer", "agent")}


def monologue(scenario: Scenario) -> Spoken:
    """What the customer says, one turn directly after the other."""
    pcm = speech_of(scenario.audio_path, "customer")
    return {"customer": list(browser_frames(np.concatenate(list(_turns(scenario, pcm)))))}


def _turns(scenario: Scenario, pcm: Pcm) -> Iterator[Pcm]:
    for turn in scenario.timeline():
        if turn.party == "customer":
            yield pcm[round(turn.start_s * SPEECH_RATE_HZ) : round(turn.end_s * SPEECH_RATE_HZ)]


@dataclass(frozen=True, slots=True)
class Wait:
    """For a final, or the sound dropped at a time."""

    seconds: float
    call: int
    party: str
    at_s: float

    def __str__(self) -> str:
        minutes, seconds = divmod(round(self.at_s), 60)
        return f"{self.seconds:.1f} s, call {self.call}, {self.party}, at {minutes}:{seconds:02d}"


@dataclass(slots=True)
class Soaked:
    """What came of it: each call's events as they arrived, and the CPU used per second."""

    played: list[Played] = field(default_factory=list)
    lasted_s: float = 0.0
    process: float = 0.0
    workers: float = 0.0
    late_s: float = 0.0

    def finals(self) -> list[Wait]:
        """From the end of speech in the sound to the arrival of its final words."""
        return [
            Wait(arrived_s - event.end_s, number, event.speaker, event.end_s)
            for number, played in enumerate(self.played, start=1)
            for arrived_s, event in played.arrivals
            if isinstance(event, TranscriptFinal) and event.text
        ]

    def dropped(self) -> list[Wait]:
        return [
            Wait(event.duration_s, number, event.party, arrived_s)
            for number, played in enumerate(self.played, start=1)
            for arrived_s, event in played.arrivals
            if isinstance(event, AudioDropped)
        ]

    def so_far(self) -> str:
        finals = self.finals()
        longest_s = max((one.seconds for one in finals), default=0.0)
        dropped_s = sum(one.seconds for one in self.dropped())
        return f"{len(finals)} finals, waited for {longest_s:.1f} s at most; {dropped_s:.1f} s dropped"

    def rows(self, name: str, keeps: KeepsSound, workers: int) -> list[Measurement]:
        waits = Waits()
        for played in self.played:
            played.add_to(waits, keeps.sounds)
        finals, dropped = self.finals(), self.dropped()
        failures = sum(isinstance(event, ProviderFailed) for one in self.played for _, event in one.arrivals)
        note = (
            f"{name}: {len(self.played)} calls, {self.lasted_s / 60:.1f} min after all had begun, {len(finals)} "
            f"utterances, {failures} failures; sound was given at most {1000 * self.late_s:.0f} ms late"
        )
        aligned = f"of every {ALIGNED}th utterance, received in the process; {waits.not_aligned} could not be aligned"
        used = {"this process": self.process, f"the engine's {workers} workers": self.workers}
        return [
            Measurement(
                what=f"{name}: sound dropped",
                unit="s",
                values=(sum(one.seconds for one in dropped),),
                limits=(Limit("max", 0.0),),
                note=f"{note}{where(dropped, 0.0)}",
            ),
            Measurement(
                what=f"{name}: end of speech → final",
                unit="ms",
                values=milliseconds(one.seconds for one in finals),
                limits=(Limit("p95", LONGEST_FINAL_MS),),
                note=f"{note}{where(finals, LONGEST_FINAL_MS / 1000)}",
            ),
            Measurement(
                what=f"{name}: word spoken → shown",
                unit="ms",
                values=milliseconds(waits.words_s),
                limits=(Limit("p50", 500), Limit("p95", 900)),
                note=aligned,
            ),
            Measurement(
                what=f"{name}: gap between partials while a party speaks",
                unit="ms",
                values=milliseconds(waits.gaps_s),
                limits=(Limit("p95", LONGEST_GAP_MS),),
                note=GAP_NOTE,
            ),
            *(Measurement(what=f"{name}: CPU, {who}", unit="CPU-s per s", values=(cpu,)) for who, cpu in used.items()),
        ]


def where(waits: Sequence[Wait], most_s: float) -> str:
    """Which were longer than that, as an addition to a note; empty when none was."""
    over = [wait for wait in waits if wait.seconds > most_s]
    if not over:
        return ""
    calls = ", ".join(str(number) for number in sorted({wait.call for wait in over}))
    worst = max(over, key=lambda wait: wait.seconds)
    return f"; {len(over)} of {len(waits)} over {most_s:g} s, in calls {calls}; the longest {worst}"


def soak(
    services: Services,
    calls: Sequence[Spoken],
    lasts_s: float,
    progress: Callable[[str], None] = lambda _: None,
    ramp_s: float = RAMP_S,
) -> Soaked:
    """Have all the calls for so long after all have begun. Raises SidetoneError when they could not be fed."""
    soaked = Soaked()
    clock, stopping = services.clock, threading.Event()
    followers: list[threading.Thread] = []

    def follow(call_id: str) -> None:
        soaked.played.append(Played([]))
        arguments = (services, call_id, soaked.played[-1], stopping)
        followers.append(threading.Thread(target=_follow, args=arguments, name=f"follow-{call_id}", daemon=True))
        followers[-1].start()

    feeder = Feeder(services, calls, ramp_s, began=follow)
    feeder.start()
    try:
        clock.wait(stopping, ramp_s)
        begun_s, begun_cpu_s, begun_workers_s = clock.monotonic_s(), time.process_time(), _workers_s()
        while (left_s := begun_s + lasts_s - clock.monotonic_s()) > 0:
            clock.wait(stopping, min(PROGRESS_S, left_s))
            progress(f"{(clock.monotonic_s() - begun_s) / 60:.0f} min: {soaked.so_far()}")
        soaked.lasted_s = clock.monotonic_s() - begun_s
        soaked.process = (time.process_time() - begun_cpu_s) / soaked.lasted_s
        soaked.workers = (_workers_s() - begun_workers_s) / soaked.lasted_s
        feeder.stop()
        until_s = clock.monotonic_s() + SETTLE_S
        while services.log.live_calls() and clock.monotonic_s() < until_s:
            clock.wait(stopping, _LOOK_S)
    finally:
        stopping.set()
        for follower in followers:
            follower.join()
    soaked.late_s = feeder.late_s
    return soaked


def _workers_s() -> float:
    """CPU time of what this process has started."""
    return usage.cpu_s() - time.process_time()


def _follow(services: Services, call_id: str, played: Played, stopping: threading.Event) -> None:
    """A thread of its own: notes what comes, with its arrival on the call's clock, as a page would get it."""
    begun_s = services.clock.monotonic_s() - services.log.call_now(call_id).offset_s
    with Follower(services.log, call_id) as follower:
        last = False
        while not last:
            last = stopping.is_set()
            events = follower.wait(_LOOK_S)
            arrived_s = services.clock.monotonic_s() - begun_s
            played.arrivals.extend((arrived_s, recorded.event) for recorded in events)
