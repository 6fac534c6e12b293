"""A hundred calls at once: does the machine keep up, or is sound lost?

One thread gives every call's microphone a frame of 20 ms every 20 ms, as the WebRTC loop would. Calls have all of the
rest: resampler, endpointing, log, understanding, assistant. Only receiving and decoding (see cpu) and a real speech
engine are left out.
"""

import time

from core.bench.conditions import Options, temporary_services
from core.bench.feeder import Feeder
from core.bench.measurement import Limit, Measurement, milliseconds
from core.bench.probe import Probe
from core.bench.talk import browser_frames, customer_speech
from core.speech.scripted import ScriptedEngine

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
        feeder = Feeder(services, [{"customer": frames}] * CALLS, RAMP_S)
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
