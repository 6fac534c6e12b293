"""A live call between a customer who writes Spanish and an agent who reads English: real SDK, a model on loopback."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from waiting import wait_for

from core.assistant.scripted_llm import Reply, ScriptedLLM
from core.bootstrap import Services, build
from core.calls.events import (
    CallEnded,
    ProviderFailed,
    SuggestionTranslated,
    TranslationWritten,
)
from core.config import Settings
from core.errors import SpeechError
from core.insights.call_files import text_of
from core.languages import ANY_LANGUAGE
from core.routing.arrivals import CallRequest
from core.speech.scripted import ScriptedEngine

AGENT = "Alex Morgan"
CARD = json.dumps({"kind": "suggestion", "priority": "tip", "message": "Ask for the order number.", "evidence": []})
IN_ENGLISH = "Hello, I want to return my order please"
IN_SPANISH = "¿Me puede dar el número de su pedido?"


def says(body: dict[str, Any], _: int) -> Reply:
    """Cards, or a translation of every text."""
    system, user = (message["content"] for message in body["messages"][:2])
    if not system.startswith("Translate"):
        return Reply(text=CARD)
    numbers = re.findall(r"^(\d+): ", user, re.MULTILINE)
    return Reply(text=json.dumps(dict.fromkeys(numbers, IN_SPANISH if "into Spanish" in system else IN_ENGLISH)))


@pytest.fixture
def helped(tmp_path: Path, seeded: Path) -> Iterator[Services]:
    copyfile(seeded, tmp_path / "two.duckdb")
    with ScriptedLLM(says) as model:
        settings = Settings(database_url=f"duckdb:///{tmp_path / 'two.duckdb'}", openai_base_url=model.url)
        services = build(settings, speech=ScriptedEngine([]))
        yield services
        services.close()


def chat(services: Services) -> str:
    services.switchboard.set_availability(AGENT, "available")
    visit = services.switchboard.call_in(CallRequest(channel="chat", language="en"))
    services.switchboard.accept(visit.call_id, AGENT)
    services.desk.send(visit.call_id, "customer", "Hola, quiero devolver mi pedido por favor")
    return visit.call_id


def test_lines_are_translated_and_replies_offered_in_the_customers_language(helped: Services) -> None:
    call_id = chat(helped)
    line = wait_for(helped, call_id, TranslationWritten).event
    reply = wait_for(helped, call_id, SuggestionTranslated).event
    assert isinstance(line, TranslationWritten)
    assert isinstance(reply, SuggestionTranslated)
    assert (line.language, line.text) == ("en", IN_ENGLISH)
    assert (reply.language, reply.text) == ("es", IN_SPANISH)
    helped.desk.send(call_id, "agent", reply.text, reply.suggestion_id)
    call = helped.desk.call(call_id)
    assert call.customers_language == "es"
    assert call.suggestions[reply.suggestion_id].used_text == IN_SPANISH
    assert IN_ENGLISH in text_of(call)
    helped.desk.end(call_id)
    wait_for(helped, call_id, CallEnded)


def test_without_a_model_the_agent_is_told_what_is_missing(services: Services) -> None:
    call_id = chat(services)
    services.desk.send(call_id, "customer", "No entiendo por qué es más alta")
    problem = wait_for(services, call_id, ProviderFailed).event
    assert isinstance(problem, ProviderFailed)
    assert problem.message == ("The customer speaks Spanish: translation needs a language model (set OPENAI_API_KEY).")
    services.desk.end(call_id)
    wait_for(services, call_id, CallEnded)
    assert len(services.desk.call(call_id).problems) == 1


def test_a_call_is_begun_with_the_engine_and_language_it_was_asked_for_with(services: Services) -> None:
    call_id = services.desk.start("Alex", engine="pocketsphinx", language="fr")
    call = services.desk.call(call_id)
    assert (call.engine, call.language) == ("pocketsphinx", "fr")
    visit = services.switchboard.call_in(CallRequest(language="es", engine="scripted"))
    queued = services.desk.call(visit.call_id)
    assert (queued.engine, queued.language) == ("scripted", "es")
    assert services.recorded_call("scripted", "de").call_id


def test_a_recording_in_a_language_no_engine_knows_is_refused_before_anything_is_stored(services: Services) -> None:
    services.speech.configured = ANY_LANGUAGE
    with pytest.raises(SpeechError, match="Spanish"):
        services.recorded_call(language="es")
