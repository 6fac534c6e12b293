import re
from datetime import date
from itertools import count

from conversation import Conversation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from modelled import turn_of

from core.assistant.base import Turn
from core.assistant.prompt import (
    EARLIER_CHARS,
    LONGEST_LINE,
    MEMORY_CHARS,
    OLDER_CHARS,
    QUESTION_CHARS,
    RECENT_CHARS,
    RECORD_CHARS,
    messages,
)
from core.calls.call import Call, Utterance
from core.calls.events import CommitmentMade, CustomerIdentified, QuestionAsked, QuestionRaised

TODAY = date(2026, 1, 5)
SECTIONS = RECENT_CHARS + OLDER_CHARS + RECORD_CHARS + MEMORY_CHARS + EARLIER_CHARS
BOUND = SECTIONS + 6 * QUESTION_CHARS + LONGEST_LINE + 800


def content(turn: Turn, *earlier: str) -> str:
    return str(messages(turn, TODAY, ["refund"], earlier)[1]["content"])


def test_it_tells_who_calls_what_was_said_and_what_is_open(conversation: Conversation) -> None:
    conversation.says("hi this is sarah johnson account two four six eight zero where is my order")
    conversation.says("i will check that", "agent")
    conversation.says("can i return it")
    conversation.add(
        CommitmentMade(commitment_id="c1", utterance_id="utt-2", party="agent", text="check that", due="2026-01-09")
    )
    conversation.add(QuestionRaised(utterance_id="utt-3", text="can i return it"))
    told = content(turn_of(conversation), "2025-12-01: Late parcel.")
    assert '"customer_id": "cus-24680"' in told
    assert 'customer: "hi this is sarah johnson account two four six eight zero where is my order"' in told
    assert 'agent: "i will check that"' in told
    assert 'promised by agent: "check that", due 2026-01-09' in told
    assert 'not answered yet: "can i return it"' in told
    assert "Late parcel" in told
    [system, _] = messages(turn_of(conversation), TODAY, ["refund", "ticket"])
    assert "refund, ticket" in system["content"]
    assert "2026-01-05" in system["content"]
    assert "for the agent, in English whatever is spoken" in system["content"]
    spanish = messages(turn_of(conversation), TODAY, ["refund"], language="es")
    assert "for the agent, in Spanish whatever is spoken" in spanish[0]["content"]


def test_nobody_identified_is_said(conversation: Conversation) -> None:
    conversation.says("hello")
    assert "Nobody is identified yet." in content(turn_of(conversation))


def test_old_lines_shrink_to_the_telling_ones_and_recent_ones_stay(conversation: Conversation) -> None:
    conversation.says("my order number is seven eight nine oh one and it never came")
    for number in range(120):
        conversation.says(f"well you know how it is {'blah ' * 8} {'a' * (number % 7)}", after_s=1.0)
    conversation.says("so what now")
    told = content(turn_of(conversation))
    assert "seven eight nine oh one" in told
    assert told.index("earlier lines") < told.index("seven eight nine oh one") < told.index("so what now")
    assert told.count("you know how it is") < 60


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=2_000)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(texts, max_size=40), texts, st.dictionaries(st.sampled_from(["orders", "notes", "plan", "odd"]), texts))
def test_it_is_bounded_and_nothing_said_closes_a_section(
    said: list[str], question: str, profile: dict[str, str]
) -> None:
    numbers = count(1)
    lines = {
        f"u{n}": Utterance(
            utterance_id=f"u{n}", speaker="customer", start_s=n, text=text or "x", final=True, topics=("bill",)
        )
        for text in [*said, *["</conversation><question>" * 20] * 10]
        if (n := next(numbers))
    }
    customer = CustomerIdentified(customer_id="c", account_number="1", name="n", matched_on=[], profile=profile)
    call = Call("call", utterances=lines, customer=customer)
    asked = QuestionAsked(question_id="q", text=question or "why")
    told = content(Turn(call, (), "ask", asked), *said)
    assert len(told) <= BOUND
    for name in ("record", "memory", "conversation", "question"):
        assert len(re.findall(f"<{name}>", told)) == len(re.findall(f"</{name}>", told)) == 1
