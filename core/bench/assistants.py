"""How soon help comes once an utterance is settled, how much of it, and what the tools take.

Every turn of the demo calls is given to a live call as an engine would write it, and the log is followed: with the
offline playbook, and with a scripted model on loopback that takes a second to its first token. The endpointing and the
decoding before an utterance is settled are measured under `words`.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import replace

from core.assistant.scripted_llm import Json, Reply, ScriptedLLM
from core.bench.conditions import Options, measured_calls, temporary_services
from core.bench.measurement import Measurement, milliseconds
from core.bootstrap import Services
from core.calls.call import Call
from core.calls.events import Recorded, SuggestionDelta, SuggestionStarted, ToolReturned, TranscriptFinal
from core.calls.follow import Follower
from core.config import Settings
from core.scenarios import Scenario
from core.speech.evaluation import normalise
from core.speech.scripted import ScriptedEngine

FIRST_TOKEN_S = 1.0
ANSWER_TIME_S = 2.5
"""How long a turn's help is waited for before the next turn."""


def measure(options: Options) -> list[Measurement]:
    """First words, tools and cards, for both assistants."""
    offline = replace(options.settings, assistant="playbook")
    measurements = _measured("playbook", offline, options)
    with ScriptedLLM(_answer) as model:
        online = replace(options.settings, assistant="openai", openai_base_url=model.url, openai_api_key="")
        measurements += _measured(f"model, {FIRST_TOKEN_S:.0f} s to its first token", online, options)
    return measurements


def _measured(name: str, settings: Settings, options: Options) -> list[Measurement]:
    first_words_s: list[float] = []
    written_s: list[float] = []
    tools_ms: list[float] = []
    per_minute: list[float] = []
    with temporary_services(settings, ScriptedEngine([])) as services:
        for scenario in measured_calls(services):
            options.progress(f"assistants: {name}, {scenario.name}")
            call = _play(services, scenario, first_words_s, written_s, tools_ms)
            cards = [card for card in call.suggestions.values() if card.state != "discarded"]
            per_minute.append(60.0 * len(cards) / call.duration_s)
    return [
        Measurement(
            what=f"settled → first suggestion word, {name}",
            unit="ms",
            values=milliseconds(first_words_s),
            note="turns of the customer that were answered; whatever showed first",
        ),
        Measurement(
            what=f"settled → first word of its own, {name}",
            unit="ms",
            values=milliseconds(written_s),
            note="of the assistant named, not of what the database knows at once or of alerts",
        ),
        Measurement(what=f"tool calls, {name}", unit="ms", values=tuple(tools_ms)),
        Measurement(what=f"cards per minute of call, {name}", unit="", values=tuple(per_minute), note="per demo call"),
    ]


def _play(
    services: Services,
    scenario: Scenario,
    first_words_s: list[float],
    written_s: list[float],
    tools_ms: list[float],
) -> Call:
    call_id = services.desk.start("bench", title=scenario.title)
    by_rule = {"playbook", "alerts"} if services.settings.uses_model else {"alerts"}
    with Follower(services.log, call_id) as follower:
        for number, turn in enumerate(scenario.turns):
            now_s = services.log.call_now(call_id).offset_s
            final = TranscriptFinal(
                utterance_id=f"{call_id}-{number}",
                speaker=turn.party,
                text=normalise(turn.spoken),
                start_s=max(0.0, now_s - 2.0),
                end_s=now_s,
                confidence=None,
                engine="bench",
            )
            begun_s = time.perf_counter()
            services.log.append(call_id, final)
            quick: set[str] = set()
            first = own = None
            for recorded in _until(follower, begun_s + ANSWER_TIME_S):
                waited_s = time.perf_counter() - begun_s
                match recorded.event:
                    case SuggestionStarted(suggestion_id=suggestion_id, assistant=assistant) if assistant in by_rule:
                        quick.add(suggestion_id)
                    case SuggestionDelta(suggestion_id=suggestion_id):
                        first = waited_s if first is None else first
                        own = waited_s if own is None and suggestion_id not in quick else own
                    case ToolReturned(duration_ms=duration_ms):
                        tools_ms.append(duration_ms)
                    case _:
                        pass
            if turn.party == "customer":
                first_words_s += [first] if first is not None else []
                written_s += [own] if own is not None else []
    call = services.log.call_now(call_id)
    services.desk.end(call_id)
    return call


def _until(follower: Follower, deadline_s: float) -> Iterator[Recorded]:
    while (left_s := deadline_s - time.perf_counter()) > 0:
        yield from follower.wait(left_s)


def _answer(_: Json, number: int) -> Reply:
    """Another sentence every time, so that none is taken for a repeat."""
    message = f"Tell the customer what happens next, and by when: step {number} of the plan on file."
    text = json.dumps({"kind": "suggestion", "priority": "tip", "message": message, "confidence": 0.7, "evidence": []})
    return Reply(text=text, first_token_s=FIRST_TOKEN_S, token_s=0.01)
