"""What counts as a promise, and what only sounds like one."""

from datetime import date

import pytest
from conversation import Conversation
from hypothesis import given
from hypothesis import strategies as st

from core.assistant.commitments import commitments
from core.calls.events import CommitmentMade, Party

MONDAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("party", "said", "text", "due"),
    [
        ("agent", "I'll send you a refund by Friday.", "I'll send you a refund by Friday", date(2026, 1, 9)),
        ("agent", "i will call you back tomorrow", "i will call you back tomorrow", date(2026, 1, 6)),
        ("agent", "okay we'll waive that", "we'll waive that", None),
        ("agent", "i’ll let you know tomorrow", "i'll let you know tomorrow", date(2026, 1, 6)),
        ("agent", "we will look into it by friday", "we will look into it by friday", date(2026, 1, 9)),
        ("agent", "you will get a refund in two weeks", "you will get a refund in two weeks", date(2026, 1, 19)),
        ("agent", "I'm going to go ahead and refund the fee", "I'm going to go ahead and refund the fee", None),
        ("customer", "i'll pay it on monday", "i'll pay it on monday", date(2026, 1, 12)),
        (
            "agent",
            "Yes, you can. I will send you the return policy by email.",
            "I will send you the return policy by email",
            None,
        ),
        (
            "agent",
            "i'll get back to you within two business days is there anything else",
            "i'll get back to you within two business days",
            date(2026, 1, 7),
        ),
    ],
)
def test_a_promise_and_its_day(party: Party, said: str, text: str, due: date | None) -> None:
    (promise,) = commitments(said, party, MONDAY)
    assert (promise.text, promise.due) == (text, due)


def test_two_promises_in_one_breath() -> None:
    found = commitments("we are going to escalate this and i'll call you in twenty four hours", "agent", MONDAY)
    assert [(one.text, one.due) for one in found] == [
        ("we are going to escalate this", None),
        ("i'll call you in twenty four hours", date(2026, 1, 6)),
    ]


@pytest.mark.parametrize(
    ("party", "said"),
    [
        ("agent", "i won't send anything by friday"),
        ("agent", "i will not refund that"),
        ("agent", "i'll never send that"),
        ("agent", "if you send it back i'll refund you by friday"),
        ("agent", "will i call you tomorrow"),
        ("agent", "do you think we will call tomorrow"),
        ("agent", "I'll call you tomorrow?"),
        ("agent", "i'll check that for you"),
        ("agent", "I will see what I can do."),
        ("agent", "i'll be with you in a moment"),
        ("agent", "i'll put you on hold"),
        ("agent", "It was shipped yesterday. You will have it in three days."),
        ("customer", "you said you will call me back tomorrow"),
        ("customer", "i don't think i will pay that"),
        ("customer", "i'm going to cancel my account"),
        ("customer", "you will refund me"),
    ],
)
def test_no_promise(party: Party, said: str) -> None:
    assert commitments(said, party, MONDAY) == []


def test_without_a_today_a_promise_has_no_day() -> None:
    (promise,) = commitments("i'll call you tomorrow", "agent", None)
    assert promise.due is None


WORDS = ["i'll", "we", "will", "send", "you", "not", "if", "refund", "by", "friday", "and", ".", "?"]


@given(st.text() | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_whatever_is_said_a_promise_is_some_of_its_words(said: str) -> None:
    for promise in commitments(said, "agent", MONDAY):
        assert promise.text in " ".join(said.replace("’", "'").split())


def test_both_parties_promises_are_kept_with_the_call(conversation: Conversation) -> None:
    conversation.says("i'll pay it on friday")
    (event,) = conversation.says("thank you we'll send you a receipt tomorrow", "agent")
    assert isinstance(event, CommitmentMade)
    assert [(c.party, c.utterance_id, c.due) for c in conversation.call.commitments] == [
        ("customer", "utt-1", "2026-01-09"),
        ("agent", "utt-2", "2026-01-06"),
    ]
    assert len({c.commitment_id for c in conversation.call.commitments}) == 2
