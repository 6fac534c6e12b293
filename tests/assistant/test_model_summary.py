import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from conversation import Conversation
from modelled import one_by_one

from core.assistant.model_summary import ModelSummarist
from core.assistant.openai import OpenAISettings, open_client
from core.assistant.scripted_llm import Reply, ScriptedLLM
from core.calls.events import ActionItem, Event, PromptSent, ProviderFailed, SummaryWritten
from core.clock import ManualClock

EXTRACTED = SummaryWritten(
    reason="Sarah Johnson called about order 78901.",
    done="Told that it arrives on Jan 8.",
    outcome="Open.",
    action_items=[ActionItem(text="send the label", owner="agent", due="2026-01-09")],
    topics=["order status"],
    sentiment="neutral throughout",
    written_by="playbook",
)
GOOD = {"reason": "Order 78901 is late.", "done": "Gave Jan 8 as the date.", "outcome": "Customer is content."}


@contextmanager
def summarist(*replies: Reply) -> Iterator[ModelSummarist]:
    with ScriptedLLM(one_by_one(*replies)) as server:
        settings = OpenAISettings(api_key="none", model="scripted", base_url=server.url, timeout_s=1.0)
        client = open_client(settings)
        yield ModelSummarist(client, settings, ManualClock(), lambda kind: f"{kind}_1", lambda _: EXTRACTED)
        client.close()


@pytest.fixture
def ended(conversation: Conversation) -> Conversation:
    conversation.says("hi this is sarah johnson where is order seven eight nine oh one")
    return conversation


def phrased(conversation: Conversation, *replies: Reply) -> list[Event]:
    with summarist(*replies) as model:
        return list(model.summarise(conversation.call))


def test_the_model_phrases_and_the_log_keeps_the_promises(ended: Conversation) -> None:
    prompt, summary = phrased(ended, Reply(text=f"```json\n{json.dumps(GOOD)}\n```"))
    assert isinstance(prompt, PromptSent)
    assert isinstance(summary, SummaryWritten)
    assert (summary.reason, summary.done, summary.outcome) == tuple(GOOD.values())
    assert (summary.action_items, summary.topics) == (EXTRACTED.action_items, EXTRACTED.topics)
    assert summary.written_by == "model"


def test_a_sentence_with_an_invented_amount_is_not_kept(ended: Conversation) -> None:
    invented = GOOD | {"outcome": "A credit of $5000 was promised by Mar 3."}
    [_, summary] = phrased(ended, Reply(text=json.dumps(invented)))
    assert isinstance(summary, SummaryWritten)
    assert (summary.done, summary.outcome) == (GOOD["done"], "Open.")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=500),
        Reply(text="no idea"),
        Reply(text=json.dumps(GOOD), drop_after=3),
        Reply(text=json.dumps(GOOD), stall_after=3),
        Reply(raw="data: {oops\n\n"),
    ],
)
def test_without_the_model_the_extracted_summary_stands(ended: Conversation, reply: Reply) -> None:
    events = phrased(ended, reply)
    assert isinstance(events[1], ProviderFailed)
    assert events[-1] == EXTRACTED
