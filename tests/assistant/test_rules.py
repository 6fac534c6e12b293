from collections.abc import Callable
from pathlib import Path

import pytest

from core.assistant.rules import Rulebook, load_rules, said
from core.assistant.vocabulary import Vocabulary
from core.errors import RulesError

RULE = """
max_cards: 2
rules:
  - id: first
    kind: suggestion
    priority: tip
    when: {topics: [billing]}
    say: "Hello."
"""


Load = Callable[[str], Rulebook]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def write_and_load(text: str) -> Rulebook:
        path = tmp_path / "rules.yaml"
        path.write_text(text)
        return load_rules(path)

    return write_and_load


def test_urgent_rules_come_first(rulebook: Rulebook) -> None:
    order = [("urgent", "warning", "tip").index(rule.priority) for rule in rulebook.rules]
    assert order == sorted(order)


def test_every_topic_a_rule_waits_for_can_come_up(rulebook: Rulebook, vocabulary: Vocabulary) -> None:
    waited_for = {topic for rule in rulebook.rules for when in rule.when for topic in when.topics or ()}
    assert waited_for == set(vocabulary.topic_names)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("kind: suggestion", "kind: advice", "rule 'first': kind"),
        ("priority: tip", "priority: high", "rule 'first': priority"),
        ("when: {topics: [billing]}", "when: {topic: [billing]}", "rule 'first': when"),
        ('say: "Hello."', 'says: "Hello."', "rule 'first': say"),
        ('say: "Hello."', 'say: "{{ weather }}"', "rule 'first': .*names weather; it may use"),
        ('say: "Hello."', 'say: "{{ customer.name"', "rule 'first'"),
        ('say: "Hello."', 'say: "{{ today | shout }}"', "rule 'first': .*shout"),
        ('say: "Hello."', 'say: "Hi"\n    only_if: "1 +"', "rule 'first'"),
        ('say: "Hello."', 'say: "Hi"\n    tools: {a: {tool: fly, with: {}}}', "rule 'first': there is no tool 'fly'"),
        ('say: "Hello."', 'say: "Hi"\n    tools: {a: {tool: check_policy, with: {x: y}}}', "takes policy_type, not x"),
        ("max_cards: 2", "max_cards: 0", "max_cards"),
        ("rules:", "rules: [", "is not YAML"),
        ("- id: first", "- name: first", "rule number 1"),
    ],
)
def test_a_wrong_rule_is_named_with_what_to_fix(load: Load, old: str, new: str, says: str) -> None:
    with pytest.raises(RulesError, match=says) as caught:
        load(RULE.replace(old, new))
    assert "rules.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_rules_of_one_name_are_refused(load: Load) -> None:
    with pytest.raises(RulesError, match="'first' is there twice"):
        load(RULE + RULE[RULE.index("  - id") :])


def test_an_empty_or_missing_file_is_refused(load: Load, tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="rules"):
        load("")
    with pytest.raises(RulesError, match="nowhere"):
        load_rules(tmp_path / "nowhere.yaml")


def test_rule_text_cannot_reach_into_the_program(load: Load) -> None:
    book = load(RULE.replace("Hello.", "{{ today.__class__.__mro__ }}"))
    with pytest.raises(Exception, match="unsafe"):
        book.rules[0].say.render(today="2026-01-05")


@pytest.mark.parametrize(
    ("phrase", "text", "holds"),
    [
        ("my card", "this is my card", True),
        ("my card", "this is my cardigan", False),
        ("refund*", "it was refunded", True),
        ("will ... refund", "i will give you a refund", True),
        ("will ... refund", "i will not ever give you any refund", False),
        ("can't", "i can not", True),
        ("i'll ... call", "i'll call", True),
    ],
)
def test_phrases_are_whole_words_with_endings_and_gaps(phrase: str, text: str, holds: bool) -> None:
    assert said(phrase, text) == holds
