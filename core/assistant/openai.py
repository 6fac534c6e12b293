"""The language-model assistant, over the OpenAI SDK's chat completions: any server that speaks them will do.

It reads and proposes. Nothing in reach of it writes; what it proposes, a person carries out or does not.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

import jiter
from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError, OpenAI, RateLimitError, Timeout
from openai.types.chat import ChatCompletionChunk

from core.assistant.answer import Answer, AnswerReader
from core.assistant.base import NewId, Turn
from core.assistant.calling import Asked, ToolCalls
from core.assistant.evidence import evidence_of, rows_in
from core.assistant.prompt import earlier_calls, messages, quoted
from core.assistant.scope import ScopedTools
from core.assistant.tools import TOOLS, Tools, schema
from core.assistant.truth import facts_of, unverified
from core.calls.call import Call
from core.calls.events import (
    Event,
    Evidence,
    PromptSent,
    ProposedAction,
    SuggestionCompleted,
    SuggestionDelta,
    SuggestionDiscarded,
    SuggestionStarted,
)
from core.clock import Clock
from core.errors import AssistantError

ACTIONS = ("discount", "waive_fee", "escalate", "callback", "refund", "ticket")
CONNECT_S = 2.0
MAX_CALLS = 6
"""Most tools one round may call."""
LONGEST_ANSWER = 6_000
"""Characters of one tool's answer the model gets to see."""
UNREADABLE = "the model's answer could not be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAISettings:
    """Where the model is. `base_url` None means OpenAI itself."""

    api_key: str
    model: str
    base_url: str | None = None
    timeout_s: float = 8.0
    """Longest silence of the server before a request counts as failed."""
    max_rounds: int = 3
    """Most rounds of tool calls before the model has to answer."""


def open_client(settings: OpenAISettings) -> OpenAI:
    """A client that never retries by itself: how long a try is worth while is not the SDK's to know."""
    timeout = Timeout(settings.timeout_s, connect=min(CONNECT_S, settings.timeout_s))
    return OpenAI(api_key=settings.api_key, base_url=settings.base_url, timeout=timeout, max_retries=0)


@dataclass
class _Draft:
    """A turn's answer while it comes about."""

    suggestion_id: str
    reader: AnswerReader = field(default_factory=AnswerReader)
    shown: bool = False
    refused: bool = False
    calls: dict[int, Asked] = field(default_factory=dict)
    """Tools asked for in this round, by their place."""
    results: list[Any] = field(default_factory=list)
    """What the tools returned in this turn."""


class OpenAIAssistant:
    """Asks a model, lets it read through tools, and shows its words as they come. Remembers nothing between turns."""

    name = "model"

    def __init__(
        self,
        client: OpenAI,
        settings: OpenAISettings,
        tools: Tools,
        clock: Clock,
        new_id: NewId,
        *,
        actions: Collection[str] = ACTIONS,
        earlier: Callable[[Call], Sequence[str]] = earlier_calls,
        agents_language: Callable[[str], str] = lambda agent: "en",
    ) -> None:
        self._client = client
        self._settings = settings
        self._tools = tools
        self._clock = clock
        self._new_id = new_id
        self._actions = actions
        self._earlier = earlier
        self._agents_language = agents_language
        self._executor = ThreadPoolExecutor(MAX_CALLS, thread_name_prefix="tool")

    def close(self) -> None:
        """Let go of the connection and the threads of the tools."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def respond(self, turn: Turn) -> Iterator[Event]:
        """Events of one answer. The suggestion starts with its first word, so that a thought without words leaves no
        trace on screen. Closing the iterator closes the connection. Raises AssistantError.
        """
        today = self._clock.now().date()
        language = self._agents_language(turn.call.agent)
        asked = messages(turn, today, self._actions, self._earlier(turn.call), language)
        scoped = ScopedTools(self._tools, turn.call)
        draft = _Draft(self._new_id("sug"))
        for rounds_left in range(self._settings.max_rounds, -1, -1):
            offered = TOOLS if rounds_left else ()
            yield PromptSent(
                prompt_id=self._new_id("prompt"),
                model=self._settings.model,
                messages=deepcopy(asked),
                tools=list(offered),
            )
            yield from self._read(draft, turn, asked, offered)
            # Words on screen are an answer; a model that goes on to ask for tools has to wait for the next turn.
            if draft.shown or not draft.calls or not rounds_left:
                break
            calls = [call for _, call in sorted(draft.calls.items())][:MAX_CALLS]
            running = ToolCalls(scoped.invoke, self._executor, self._clock, self._new_id)
            yield from running.run(calls)
            draft.results += running.answers.values()
            asked += _exchange(calls, running.answers)
            draft.calls, draft.reader = {}, AnswerReader()
        yield from self._finish(draft, turn)

    def _read(self, draft: _Draft, turn: Turn, asked: list[dict[str, Any]], offered: Sequence[str]) -> Iterator[Event]:
        """One request: words go on screen, calls for tools into the draft."""
        request: dict[str, Any] = {"model": self._settings.model, "messages": asked, "stream": True}
        if offered:
            request["tools"] = [schema(tool) for tool in offered]
        ended = False
        try:
            with self._client.chat.completions.create(**request) as stream:
                for chunk in stream:
                    words, last = _take(draft, chunk)
                    ended = ended or last
                    if words and not draft.shown:
                        draft.shown = True
                        yield self._started(draft, turn)
                    if words:
                        yield SuggestionDelta(suggestion_id=draft.suggestion_id, text=words)
        except APIError as error:
            raise problem_of(error) from error
        except (ValueError, TypeError, AttributeError) as error:
            raise AssistantError("the model's server sent something that is no chat completion") from error
        # Some servers never say why they stop; an answer that is whole needs no reason.
        if not ended and not draft.reader.complete:
            raise AssistantError("the connection to the model broke off")

    def _started(self, draft: _Draft, turn: Turn) -> SuggestionStarted:
        kind, priority = draft.reader.first_look()
        return SuggestionStarted(
            suggestion_id=draft.suggestion_id,
            kind=kind,
            priority=priority,
            rule="ask" if turn.trigger == "ask" else "model",
            assistant=self.name,
            triggered_by=_causes(turn),
        )

    def _finish(self, draft: _Draft, turn: Turn) -> Iterator[Event]:
        answer = None if draft.refused and not draft.shown else draft.reader.finish()
        if answer is None:
            if draft.refused or not (draft.reader.silent or draft.reader.empty):
                yield self._started(draft, turn)
                reason = "the model declined to answer" if draft.refused else UNREADABLE
                yield SuggestionDiscarded(suggestion_id=draft.suggestion_id, reason=reason)
            return
        if not draft.shown:
            yield self._started(draft, turn)
            yield SuggestionDelta(suggestion_id=draft.suggestion_id, text=answer.message)
        yield self._completed(draft, answer, turn)

    def _completed(self, draft: _Draft, answer: Answer, turn: Turn) -> SuggestionCompleted:
        call = turn.call
        read = [*draft.results, *([call.customer.profile] if call.customer else [])]
        rows = {row["ref"]: row for row in reversed(list(rows_in(read)))}
        spoken = [line.text for line in call.transcript] + [entity.value for entity in call.entities]
        action = _proposal(answer.action, call, self._actions)
        claimed = [answer.message] + ([_amounts(action.arguments)] if action else [])
        return SuggestionCompleted(
            suggestion_id=draft.suggestion_id,
            kind=answer.kind,
            priority=answer.priority,
            message=answer.message,
            evidence=[
                *(evidence_of(rows[ref]) for ref in dict.fromkeys(answer.refs) if ref in rows),
                *(Evidence(kind="words", ref=u.utterance_id, text=u.text) for u in turn.utterances),
            ],
            triggered_by=_causes(turn),
            confidence=answer.confidence,
            unverified=unverified(" | ".join(claimed), facts_of(read, spoken, self._clock.now().date())),
            action=action,
        )


def _take(draft: _Draft, chunk: ChatCompletionChunk) -> tuple[str, bool]:
    """The new words of a chunk, and whether the server says that it was the last one."""
    if not chunk.choices:
        return "", False
    choice = chunk.choices[0]
    delta = choice.delta
    draft.refused = draft.refused or bool(delta.refusal) or choice.finish_reason == "content_filter"
    for part in delta.tool_calls or ():
        before = draft.calls.get(part.index) or Asked(f"call_{part.index}", "", "")
        function = part.function
        draft.calls[part.index] = replace(
            before,
            id=part.id or before.id,
            tool=before.tool + ((function.name if function else None) or ""),
            arguments=before.arguments + ((function.arguments if function else None) or ""),
        )
    return draft.reader.feed(delta.content or ""), choice.finish_reason is not None


def _exchange(calls: Sequence[Asked], answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The calls and their answers as the model gets to see them."""
    written = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.tool, "arguments": json.dumps(_object(call.arguments))},
        }
        for call in calls
    ]
    told = [
        {"role": "tool", "tool_call_id": call.id, "content": quoted(answers[call.id])[:LONGEST_ANSWER]}
        for call in calls
    ]
    return [{"role": "assistant", "content": None, "tool_calls": written}, *told]


def _object(arguments: str) -> Any:
    """Servers refuse a history whose arguments are not JSON; what the model wrote instead is in the log."""
    try:
        return jiter.from_json(arguments.encode(errors="replace"), allow_inf_nan=False)
    except ValueError:
        return {}


def _causes(turn: Turn) -> list[str]:
    asked = [turn.question.question_id] if turn.question else []
    return asked + [utterance.utterance_id for utterance in turn.utterances]


def _proposal(action: ProposedAction | None, call: Call, actions: Collection[str]) -> ProposedAction | None:
    """The action, if there is such a one and somebody to do it for. Whom it is for is the call's to say."""
    if action is None or action.action not in actions or call.customer is None:
        return None
    return replace(action, arguments={k: v for k, v in action.arguments.items() if k != "customer_id"})


def _amounts(arguments: Mapping[str, Any]) -> str:
    return " | ".join(f"${str(value).lstrip('$')}" for name, value in arguments.items() if "amount" in name)


def problem_of(error: APIError) -> AssistantError:
    """What went wrong, in words for the agent."""
    if isinstance(error, RateLimitError):
        return AssistantError("the model's server is busy", retry_after_s=_seconds(error))
    if isinstance(error, APITimeoutError):
        return AssistantError("the model did not answer in time")
    if isinstance(error, APIConnectionError):
        return AssistantError("the model cannot be reached; check the network and OPENAI_BASE_URL")
    if isinstance(error, APIStatusError):
        if error.status_code in (401, 403):
            return AssistantError("the model's server refuses OPENAI_API_KEY; check it in .env", retryable=False)
        if error.status_code == 404:
            return AssistantError("the model's server has no such model; check OPENAI_MODEL in .env", retryable=False)
        message = f"the model's server answered {error.status_code}"
        return AssistantError(message, retryable=error.status_code >= 500, retry_after_s=_seconds(error))
    return AssistantError("the model's server broke off with an error")


def _seconds(error: APIStatusError) -> float | None:
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:
        return None
