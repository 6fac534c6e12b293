import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.assistant.answer import LONGEST_PLAIN, Answer, AnswerReader
from core.calls.events import ProposedAction

GOOD = {
    "kind": "alert",
    "priority": "warning",
    "message": "Order #78901 arrives on Oct 15.",
    "confidence": 0.8,
    "evidence": [{"ref": "orders/78901", "text": "eta"}],
    "action": {"action": "refund", "arguments": {"amount": "30.99"}},
}


def read(*pieces: str) -> tuple[Answer | None, list[str]]:
    """The answer, and what was on screen after each piece."""
    reader = AnswerReader()
    shown, screens = "", []
    for piece in pieces:
        shown += reader.feed(piece)
        screens.append(shown)
    return reader.finish(), screens


def test_a_good_answer_is_read_completely() -> None:
    answer, screens = read(json.dumps(GOOD))
    assert answer == Answer(
        message="Order #78901 arrives on Oct 15.",
        kind="alert",
        priority="warning",
        confidence=0.8,
        refs=("orders/78901",),
        action=ProposedAction(action="refund", arguments={"amount": "30.99"}),
    )
    assert screens == [answer.message]


def test_words_appear_whole_and_one_after_the_other() -> None:
    _, screens = read(*json.dumps(GOOD))
    grown = [after for before, after in pairwise(["", *screens]) if after != before]
    said = GOOD["message"].split()
    assert grown == [" ".join(said[:count]) for count in range(1, len(said) + 1)]


def test_kind_and_priority_are_known_with_the_first_word() -> None:
    reader = AnswerReader()
    reader.feed('{"kind": "alert", "priority": "urgent", "message": "Offer a ')
    assert reader.first_look() == ("alert", "urgent")


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
answers = st.fixed_dictionaries(
    {"kind": st.sampled_from(["suggestion", "alert", "info"]), "priority": st.sampled_from(["urgent", "tip"])},
    optional={},
).flatmap(
    lambda head: st.builds(
        lambda message, rest: head | {"message": message} | rest,
        words,
        st.fixed_dictionaries(
            {},
            optional={
                "confidence": st.floats(0, 1),
                "evidence": st.lists(st.fixed_dictionaries({"ref": words, "text": words}), max_size=2),
                "action": st.fixed_dictionaries({"action": words, "arguments": st.dictionaries(words, words)}),
            },
        ),
    )
)
wrappings = st.sampled_from(
    [("", ""), ("```json\n", "\n```"), ("Here you are: ", " Anything else?"), ("Use {braces}. ", "}{"), ("\n\n", "\n")]
)


def cut(text: str, at: list[int]) -> list[str]:
    places = sorted({0, len(text), *(place % (len(text) + 1) for place in at)})
    return [text[start:end] for start, end in pairwise(places)]


@given(answers, wrappings, st.booleans(), st.lists(st.integers(0, 2_000), max_size=30))
def test_however_it_is_cut_the_answer_is_the_same_and_only_grows(
    written: dict[str, Any], wrapping: tuple[str, str], escaped: bool, at: list[int]
) -> None:
    text = wrapping[0] + json.dumps(written, ensure_ascii=escaped) + wrapping[1]
    whole, _ = read(text)
    answer, screens = read(*cut(text, at))
    assert answer == whole
    message = " ".join(written["message"].translate(dict.fromkeys([*range(32), 127], " ")).split())
    assert (answer.message if answer else "") == message
    assert all(message.startswith(screen) for screen in screens)
    if answer:
        assert (answer.kind, answer.priority) == (written["kind"], written["priority"])
        assert answer.confidence == written.get("confidence")


@given(st.lists(st.one_of(st.text(), st.text('{}[]":,\\`abc 1'), st.sampled_from(list(json.dumps(GOOD)))), max_size=60))
def test_garbage_never_breaks_it_and_what_was_shown_stays(pieces: list[str]) -> None:
    answer, screens = read(*pieces)
    assert all(after.startswith(before) for before, after in pairwise(screens))
    if screens and screens[-1]:
        assert answer is not None
        assert answer.message == screens[-1]
    json.dumps(answer.message if answer else "").encode()


@given(st.integers(0, len(json.dumps(GOOD))))
def test_a_truncated_answer_shows_no_half_words(length: int) -> None:
    answer, _ = read(json.dumps(GOOD)[:length])
    said = answer.message.split() if answer else []
    assert said == GOOD["message"].split()[: len(said)]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("Offer a supervisor call back.", "Offer a supervisor call back."),
        ('{"kind": "alert", "message": "Offer help now", "priority": oops', "Offer help"),
        ('{"suggestion": {"kind": "alert", "message": "Offer help"}}', "Offer help"),
        ('{"a": 1} {"message": "Second object counts"}', "Second object counts"),
        ('{"message": "Line one\nline two"}', "Line one line two"),
    ],
)
def test_what_can_be_read_is_read(written: str, message: str) -> None:
    answer, _ = read(*written)
    assert answer is not None
    assert answer.message == message


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "ok",
        "{",
        '{"kind": "alert"',
        '{"message": 3}',
        "<html><body>Bad gateway</body></html>",
        "0x3f 9a b2 77 1",
    ],
)
def test_what_cannot_be_read_is_not_shown(written: str) -> None:
    assert read(written)[0] is None


def test_an_empty_message_means_there_is_nothing_to_say() -> None:
    reader = AnswerReader()
    assert reader.feed('{"kind": "info", "message": ""}') == ""
    assert reader.finish() is None
    assert reader.silent


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": "order", "priority": 7},
        {"confidence": "high"},
        {"confidence": 7},
        {"confidence": True},
        {"evidence": "orders/78901"},
        {"action": "refund"},
        {"action": {"action": "refund", "arguments": {"nested": {"a": 1}}}},
        {"action": {"action": "refund", "arguments": {"text": "x" * 1_000}}},
        {"action": {"action": ["refund"]}},
    ],
)
def test_a_wrong_field_is_dropped_and_the_message_stays(broken: dict[str, Any]) -> None:
    answer, _ = read(json.dumps({"message": "Offer help now", **broken}))
    assert answer == Answer("Offer help now")


def test_endless_text_is_cut() -> None:
    answer, _ = read("word " * 10_000)
    assert answer is not None
    assert len(answer.message) <= LONGEST_PLAIN + 2
