"""A live call helped by a language model: real SDK, real HTTP streaming, a scripted model on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import wait_for

from core.assistant.scripted_llm import Reply, ScriptedLLM
from core.bootstrap import Services, build
from core.calls.events import CallEnded, PromptSent, SuggestionCompleted, SummaryWritten, TranscriptFinal
from core.config import Settings
from core.speech.scripted import ScriptedEngine

SAYS = "Offer Sarah to text her when the parcel is out for delivery."
ANSWER = f'{{"kind": "suggestion", "priority": "tip", "message": "{SAYS}", "confidence": 0.8, "evidence": []}}'


@pytest.fixture
def model() -> Iterator[ScriptedLLM]:
    with ScriptedLLM(lambda body, n: Reply(text=ANSWER)) as server:
        yield server


@pytest.fixture
def helped(tmp_path: Path, model: ScriptedLLM) -> Iterator[Services]:
    settings = Settings(database_url=f"duckdb:///{tmp_path / 'model.duckdb'}", openai_base_url=model.url)
    services = build(settings, speech=ScriptedEngine([]))
    yield services
    services.close()


def say(services: Services, call_id: str, text: str) -> None:
    final = TranscriptFinal(
        utterance_id=f"{call_id}-1",
        speaker="customer",
        text=text,
        start_s=0.0,
        end_s=1.0,
        confidence=None,
        engine="scripted",
    )
    services.log.append(call_id, final)


def test_what_the_database_knows_comes_first_and_the_model_adds_to_it(helped: Services) -> None:
    call_id = helped.desk.start("Alex")
    say(helped, call_id, "this is sarah johnson where is my order seven eight nine zero one")
    wait_for(helped, call_id, PromptSent)
    helped.desk.end(call_id)
    wait_for(helped, call_id, CallEnded)
    cards = [card for card in helped.desk.call(call_id).suggestions.values() if card.state == "shown"]
    assert [card.assistant for card in cards[:2]] == ["playbook", "playbook"]
    assert "Order #78901 shipped" in cards[0].message
    assert any((card.assistant, card.message, card.confidence) == ("model", SAYS, 0.8) for card in cards)
    types = [type(recorded.event).__name__ for recorded in helped.log.events(call_id)]
    assert types.index("SuggestionCompleted") < types.index("PromptSent")


def test_the_agents_question_is_answered_by_the_model(helped: Services) -> None:
    call_id = helped.desk.start("Alex")
    question_id = helped.desk.ask(call_id, "What can I offer?")
    answered = wait_for(helped, call_id, SuggestionCompleted).event
    assert isinstance(answered, SuggestionCompleted)
    assert (answered.message, answered.triggered_by) == (SAYS, [question_id])


def test_a_call_with_a_model_ends_with_a_summary(helped: Services) -> None:
    call_id = helped.desk.start("Alex")
    say(helped, call_id, "this is sarah johnson where is my order seven eight nine zero one")
    helped.desk.end(call_id)
    summary = wait_for(helped, call_id, SummaryWritten).event
    assert isinstance(summary, SummaryWritten)
    assert "78901" in summary.reason
