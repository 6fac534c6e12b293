"""A hundred calls at once: does the machine keep up, or is sound lost?

One thread gives every call's microphone a frame of 20 ms every 20 ms, as the WebRTC loop would. Calls have all of the
rest: resampler, endpointing, log, understanding, assistant. Only receiving and decoding (see cpu) and a real speech
engine are left out.
"""

import logging
import threading
import time

import av

from core.bench.conditions import Options, temporary_services
from core.bench.measurement import Limit, Measurement, milliseconds
from core.bench.probe import Probe
from core.bench.talk import FRAME_S, browser_frames, customer_speech
from core.bootstrap import Services
from core.calls.microphone import Microphone
from core.errors import SidetoneError
from core.speech.scripted import ScriptedEngine

log = logging.getLogger(__name__)
CALLS = 100
RAMP_S = 25.0
"""Over this time the calls begin, so that they are at different points of the conversation when all are there."""
MEASURED_S = 20.0
SETTLE_S = 5.0


def measure(options: Options) -> list[Measurement]:
    """Sound lost, how late events come, and the CPU it takes."""
    with temporary_services(options.settings, ScriptedEngine([])) as services:
        scenario = services.scenarios()[0]
        timeline = [entry for entry in scenario.timeline() if entry.party == "customer"]
        frames = list(browser_frames(customer_speech(scenario.audio_path)))
    with temporary_services(options.settings, ScriptedEngine(timeline)) as services:
        options.progress(f"calls: {CALLS} at once, {RAMP_S + MEASURED_S:.0f} s")
        probe = Probe(services.log, services.clock)
        feeder = _Feeder(services, frames)
        feeder.start()
        time.sleep(RAMP_S)
        probe.start()
        begun_s, begun_cpu_s = time.perf_counter(), time.process_time()
        time.sleep(MEASURED_S)
        used_s = (time.process_time() - begun_cpu_s) / (time.perf_counter() - begun_s)
        waits_s = probe.stop()
        feeder.stop()
        time.sleep(SETTLE_S)
        calls = [services.desk.call(call_id) for call_id in feeder.call_ids]
    dropped_s = sum(leg.dropped_s for call in calls for leg in call.legs.values())
    events = sum(call.seq for call in calls)
    failures = sum(len(call.problems) for call in calls)
    note = (
        f"{CALLS} calls for {MEASURED_S:.0f} s, scripted engine, assistant on, {events} events, {failures} of them "
        f"failures; feeding alone took "
        f"{feeder.used_s / feeder.lasted_s:.2f} CPU-s per s and was at most {1000 * feeder.late_s:.0f} ms late"
    )
    return [
        Measurement(what="sound dropped", unit="s", values=(dropped_s,), limits=(Limit("max", 0.0),), note=note),
        Measurement(
            what=f"event appended → received, {CALLS} calls", unit="ms", values=milliseconds(waits_s), note=note
        ),
        Measurement(what=f"CPU, {CALLS} calls", unit="CPU-s per s", values=(used_s,), note=note),
    ]


class _Feeder:
    """Starts the calls over `RAMP_S` and keeps them all supplied. Owns one thread."""

    def __init__(self, services: Services, frames: list[av.AudioFrame]) -> None:
        self._services = services
        self._frames = frames
        self._stopping = threading.Event()
        self._failure: Exception | None = None
        self._worker = threading.Thread(target=self._run, name="feeder", daemon=True)
        self.call_ids: list[str] = []
        self.used_s = 0.0
        self.lasted_s = 0.0
        self.late_s = 0.0

    def start(self) -> None:
        self._worker.start()

    def stop(self) -> None:
        """Stop feeding and end the calls. Raises SidetoneError when the calls could not be fed."""
        self._stopping.set()
        self._worker.join()
        if self._failure is not None:
            raise SidetoneError(f"the calls could not be fed: {self._failure}") from self._failure
        for call_id in self.call_ids:
            self._services.desk.end(call_id)

    def _run(self) -> None:
        try:
            self._feed()
        except Exception as error:
            log.exception("feeding the calls failed")
            self._failure = error

    def _feed(self) -> None:
        clock = self._services.clock
        microphones: list[tuple[int, Microphone]] = []
        begun_s, begun_cpu_s = clock.monotonic_s(), time.thread_time()
        tick = 0
        while not clock.wait(self._stopping, begun_s + tick * FRAME_S - clock.monotonic_s()):
            self.late_s = max(self.late_s, clock.monotonic_s() - begun_s - tick * FRAME_S)
            while len(microphones) < min(CALLS, 1 + tick * FRAME_S / RAMP_S * CALLS):
                microphones.append((tick, self._new_call()))
            for first_tick, microphone in microphones:
                microphone.frame("bench", self._frames[(tick - first_tick) % len(self._frames)])
            tick += 1
        self.used_s, self.lasted_s = time.thread_time() - begun_cpu_s, clock.monotonic_s() - begun_s

    def _new_call(self) -> Microphone:
        call_id = self._services.desk.start("bench")
        self.call_ids.append(call_id)
        microphone = self._services.desk.microphone(call_id, "customer")
        microphone.offered("bench")
        return microphone
