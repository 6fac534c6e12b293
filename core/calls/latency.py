"""How long each stage of a call took, read from its events."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.calls.events import (
    CustomerIdentified,
    Recorded,
    SpeechEnded,
    SuggestionDelta,
    SuggestionStarted,
    ToolReturned,
    TranscriptFinal,
    TranscriptPartial,
)


@dataclass(frozen=True, slots=True)
class StageTime:
    """One measured wait."""

    stage: str
    utterance_id: str
    duration_s: float


FIRST_WORD = "speech start → first partial"
FINAL = "end of speech → final"
CUSTOMER = "final → customer shown"
SUGGESTION = "end of speech → first suggestion word"
TOOL = "tool call"
STAGES = (FIRST_WORD, FINAL, CUSTOMER, SUGGESTION, TOOL)


def stage_times(events: Iterable[Recorded]) -> list[StageTime]:
    """Waits in the order in which they ended. Only live calls tell: a recording's clock stands still in between."""
    times: list[StageTime] = []
    ended_s: dict[str, float] = {}
    with_words: set[str] = set()
    last_final: tuple[str, float] | None = None
    triggers: dict[str, str] = {}
    for recorded in events:
        now_s = recorded.offset_s
        match recorded.event:
            case SpeechEnded(utterance_id=utterance_id, end_s=end_s):
                ended_s[utterance_id] = end_s
            case TranscriptPartial(utterance_id=utterance_id, start_s=start_s) if utterance_id not in with_words:
                with_words.add(utterance_id)
                times.append(StageTime(FIRST_WORD, utterance_id, now_s - start_s))
            case TranscriptFinal(utterance_id=utterance_id, end_s=end_s):
                last_final = (utterance_id, now_s)
                times.append(StageTime(FINAL, utterance_id, now_s - end_s))
            case CustomerIdentified() if last_final is not None:
                times.append(StageTime(CUSTOMER, last_final[0], now_s - last_final[1]))
            case SuggestionStarted(suggestion_id=suggestion_id, triggered_by=[*_, utterance_id]):
                triggers[suggestion_id] = utterance_id
            case SuggestionDelta(suggestion_id=suggestion_id) if suggestion_id in triggers:
                utterance_id = triggers.pop(suggestion_id)
                if utterance_id in ended_s:
                    times.append(StageTime(SUGGESTION, utterance_id, now_s - ended_s[utterance_id]))
            case ToolReturned(tool=tool, duration_ms=duration_ms):
                times.append(StageTime(TOOL, tool, duration_ms / 1000))
            case _:
                pass
    return times
