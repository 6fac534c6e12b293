"""Ten calls at once for ten minutes with the embedded engine: is sound lost, and do words come in time?"""

import time
from datetime import timedelta

from core.bench.conditions import Options, temporary_services
from core.bench.feeder import Feeder
from core.bench.measurement import Limit, Measurement, milliseconds
from core.bench.talk import browser_frames, customer_speech
from core.bootstrap import engines_for, known_to
from core.calls.events import Recorded, TranscriptFinal
from core.errors import SpeechError
from core.speech.pocketsphinx import PocketSphinxEngine

CALLS = 10
RAMP_S = 30.0
LASTS_S = 600.0
WARM_UP_S = 5.0
BUILD_S = 300.0
SETTLE_S = 10.0


def measure(options: Options) -> list[Measurement]:
    """Sound lost, and the wait from the end of speech to its final words, over the whole time."""
    engine = engines_for(options.settings).engine("pocketsphinx")
    with temporary_services(options.settings, engine) as services:
        engine.learn(known_to(services.customers))
        if isinstance(engine, PocketSphinxEngine) and not engine.learned(BUILD_S):
            raise SpeechError("the models of the domain were not built; run it again and read what is printed above")
        engine.warm_up()
        time.sleep(WARM_UP_S)
        frames = list(browser_frames(customer_speech(services.scenarios()[0].audio_path)))
        options.progress(f"soak: {CALLS} calls at once, {LASTS_S / 60:.0f} min")
        begun_s, begun_cpu_s = time.perf_counter(), time.process_time()
        feeder = Feeder(services, frames, CALLS, RAMP_S)
        feeder.start()
        time.sleep(RAMP_S + LASTS_S)
        used_s = (time.process_time() - begun_cpu_s) / (time.perf_counter() - begun_s)
        feeder.stop()
        time.sleep(SETTLE_S)
        calls = [services.desk.call(call_id) for call_id in feeder.call_ids]
        waits_s = [wait for call_id in feeder.call_ids for wait in waits_for_finals_s(services.log.events(call_id))]
    dropped_s = sum(leg.dropped_s for call in calls for leg in call.legs.values())
    failures = sum(len(call.problems) for call in calls)
    note = (
        f"{CALLS} calls that speak without a pause for {LASTS_S / 60:.0f} min, {len(waits_s)} utterances, {failures} "
        f"failures; the process itself used {used_s:.2f} CPU-s per s, the engine's {options.settings.stt_workers} "
        "workers not counted"
    )
    return [
        Measurement(what="soak: sound dropped", unit="s", values=(dropped_s,), limits=(Limit("max", 0.0),), note=note),
        Measurement(
            what="soak: end of speech → final",
            unit="ms",
            values=milliseconds(waits_s),
            limits=(Limit("p95", 1000),),
            note=note,
        ),
    ]


def waits_for_finals_s(events: list[Recorded]) -> list[float]:
    """From where speech ended in the sound until its final stood in the log, by the wall clock."""
    begun = events[0].at - timedelta(seconds=events[0].offset_s)
    return [
        (recorded.at - begun).total_seconds() - recorded.event.end_s
        for recorded in events
        if isinstance(recorded.event, TranscriptFinal) and recorded.event.text
    ]
