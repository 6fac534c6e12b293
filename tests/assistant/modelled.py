"""The model assistant against a scripted server, in a call made of sentences."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from conversation import Conversation

from core.assistant.base import Assistant, Turn
from core.assistant.openai import OpenAIAssistant, OpenAISettings, open_client
from core.assistant.scripted_llm import Reply, Script, ScriptedLLM
from core.assistant.tools import Tools
from core.calls.events import Event, SuggestionCompleted, SuggestionDelta, SuggestionStarted
from core.clock import Clock, ManualClock


def says(message: str, **others: Any) -> str:
    """A good answer as a model writes it."""
    return json.dumps({"kind": "suggestion", "priority": "tip", "message": message, **others})


def one_by_one(*replies: Reply) -> Script:
    """The replies in this order, the last one again and again."""
    return lambda _, before: replies[min(before, len(replies) - 1)]


@contextmanager
def model(
    tools: Tools, *replies: Reply, timeout_s: float = 10.0, clock: Clock | None = None, max_rounds: int = 3
) -> Iterator[tuple[OpenAIAssistant, ScriptedLLM]]:
    """An assistant whose model gives these replies."""
    numbers = count(1)
    with ScriptedLLM(one_by_one(*replies)) as server:
        settings = OpenAISettings(
            api_key="none", model="scripted", base_url=server.url, timeout_s=timeout_s, max_rounds=max_rounds
        )
        client = open_client(settings)
        assistant = OpenAIAssistant(
            client, settings, tools, clock or ManualClock(), lambda kind: f"{kind}_{next(numbers)}"
        )
        yield assistant, server
        assistant.close()


def turn_of(conversation: Conversation) -> Turn:
    """What the last sentence asks for."""
    return Turn(conversation.call, (conversation.call.transcript[-1],))


def answered(assistant: Assistant, conversation: Conversation) -> list[Event]:
    """Let the assistant answer the last sentence, into the call."""
    events = list(assistant.respond(turn_of(conversation)))
    for event in events:
        conversation.add(event)
    return events


def cards(events: list[Event]) -> list[SuggestionCompleted]:
    return [event for event in events if isinstance(event, SuggestionCompleted)]


def shown(events: list[Event]) -> str:
    """All words that were streamed."""
    return "".join(event.text for event in events if isinstance(event, SuggestionDelta))


def started(events: list[Event]) -> list[str]:
    return [event.assistant for event in events if isinstance(event, SuggestionStarted)]
