"""How long understanding an utterance takes: entities, topics, sentiment, and who is calling."""

import time

from core.bench.conditions import Options, temporary_services
from core.bench.measurement import Limit, Measurement, milliseconds
from core.bootstrap import Services
from core.calls.events import CallStarted, TranscriptFinal
from core.scenarios import Scenario
from core.speech.evaluation import normalise
from core.speech.scripted import ScriptedEngine

ROUNDS = 5


def measure(options: Options) -> list[Measurement]:
    """Every turn of the demo calls as an engine would write it, each in its place in its call."""
    with temporary_services(options.settings, ScriptedEngine([])) as services:
        times_s = [
            elapsed_s
            for number in range(ROUNDS)
            for scenario in services.scenarios()
            for elapsed_s in _understand(services, scenario, f"{scenario.name}-{number}")
        ]
    return [
        Measurement(
            what="spotting and recognition per utterance",
            unit="ms",
            values=milliseconds(times_s),
            limits=(Limit("p95", 50),),
            note=f"all turns of the demo calls, {ROUNDS} times, against the seeded customers",
        )
    ]


def _understand(services: Services, scenario: Scenario, call_id: str) -> list[float]:
    times_s = []
    now_s = 0.0
    services.log.open(call_id, lambda: now_s)
    services.log.append(call_id, CallStarted(source="demo", agent="bench", title=scenario.title))
    for number, turn in enumerate(scenario.turns):
        utterance_id = f"{call_id}-{number}"
        start_s, now_s = now_s, now_s + 2.0
        final = TranscriptFinal(
            utterance_id=utterance_id,
            speaker=turn.party,
            text=normalise(turn.spoken),
            start_s=start_s,
            end_s=now_s,
            confidence=None,
            engine="bench",
        )
        services.log.append(call_id, final)
        call = services.log.call(call_id)
        begun_s = time.perf_counter()
        events = services.understanding.understand(call, call.utterances[utterance_id])
        times_s.append(time.perf_counter() - begun_s)
        for event in events:
            services.log.append(call_id, event)
    return times_s
