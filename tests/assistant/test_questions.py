"""What a customer asks, with and without punctuation, and when the agent has answered it."""

import pytest
from conversation import Conversation
from hypothesis import given
from hypothesis import strategies as st

from core.assistant.questions import answers, question_in


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("where is my order", "where is my order"),
        ("can i return it", "can i return it"),
        ("Great. Can I return it if it does not fit?", "Can I return it if it does not fit?"),
        ("Where is it now? When will it get here?", "Where is it now? When will it get here?"),
        ("The bill is $129.99. Why is it so high?", "Why is it so high?"),
        ("hi this is sarah i'm calling about my order where is it", "where is it"),
        ("okay and how much do i owe", "how much do i owe"),
        ("what's my balance", "what's my balance"),
        ("my internet is down can you help me", "can you help me"),
        ("You shipped it?", "You shipped it?"),
    ],
)
def test_questions(said: str, question: str) -> None:
    assert question_in(said) == question


@pytest.mark.parametrize(
    "said",
    [
        "I have a question. My bill this month is higher than usual.",
        "that is why my bill is high",
        "i know where it is",
        "i told you where it is",
        "what i want is a refund",
        "as soon as you can i would like it",
        "if i do i will call",
        "it was the one which is blue",
        "when i called yesterday they did nothing",
        "how are you",
        "my order has not arrived",
        "",
    ],
)
def test_no_questions(said: str) -> None:
    assert question_in(said) is None


@pytest.mark.parametrize(
    ("question", "reply", "answered"),
    [
        ("Where is it now? When will it get here?", "It was shipped yesterday. You will have it in three days.", True),
        ("can i return it", "yes you can", True),
        ("why is it so high", "because of a data overage", True),
        ("how much is it", "it is ninety nine dollars", True),
        ("what is the return policy", "the return policy gives you thirty days", True),
        ("is there a fee", "there is no fee", True),
        ("why is it so high", "Let me look at the charges on your account.", False),
        ("why is it so high", "I am very sorry about that. I understand how you feel.", False),
        ("why is my bill so high", "your bill is really high", False),
        ("where is my order", "let me check that", False),
        ("can i return it", "what is the order number", False),
    ],
)
def test_only_a_reply_of_the_wanted_kind_answers(question: str, reply: str, answered: bool) -> None:
    assert answers(question, reply) == answered


@given(said=st.text(), reply=st.text())
def test_no_text_breaks_it(said: str, reply: str) -> None:
    question = question_in(said)
    answers(question or said, reply)


def test_a_question_stays_open_until_the_agent_answers(conversation: Conversation) -> None:
    conversation.says("where is my order")
    conversation.says("let me look at that", "agent")
    assert conversation.call.questions["utt-1"].answered_by is None
    conversation.says("it was shipped yesterday", "agent")
    assert conversation.call.questions["utt-1"].answered_by == "utt-3"
    assert conversation.says("it will be there on thursday", "agent") == []


def test_what_is_said_much_later_is_no_answer(conversation: Conversation) -> None:
    conversation.says("can i return it")
    for _ in range(8):
        conversation.says("one moment please", "agent")
    conversation.says("yes of course", "agent")
    assert conversation.call.questions["utt-1"].answered_by is None


def test_the_agents_questions_are_not_the_customers(conversation: Conversation) -> None:
    conversation.says("what is the order number", "agent")
    assert conversation.call.questions == {}
