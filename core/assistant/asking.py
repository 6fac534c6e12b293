"""One question to a language model that is answered with one JSON object, within a time limit."""

from collections.abc import Sequence
from typing import Any

import jiter
from openai import APIError, OpenAI

from core.assistant.openai import problem_of
from core.clock import Clock
from core.errors import AssistantError


def asked_for_object(
    client: OpenAI, model: str, messages: Sequence[dict[str, Any]], clock: Clock, *, limit_s: float, longest: int
) -> dict[str, Any]:
    """The object in the answer; `longest` is the characters that are read of it. Raises AssistantError."""
    begun_s = clock.monotonic_s()
    request: dict[str, Any] = {"model": model, "messages": list(messages), "stream": True}
    text = ""
    try:
        with client.chat.completions.create(**request) as stream:
            for chunk in stream:
                if chunk.choices:
                    text += chunk.choices[0].delta.content or ""
                if clock.monotonic_s() - begun_s > limit_s or len(text) > longest:
                    raise AssistantError("the model took too long")
        parsed = jiter.from_json(text[text.index("{") : text.rindex("}") + 1].encode(errors="replace"))
    except APIError as error:
        raise problem_of(error) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise AssistantError("the model's answer could not be read") from error
    return parsed if isinstance(parsed, dict) else {}
