"""The files a supervisor edits: what stands there holds, and what is wrong is said in one line."""

from pathlib import Path

import pytest

from core.config import ROOT
from core.errors import RulesError
from core.routing.roster import Agent, including, load_roster
from core.routing.rules import RoutingRules, check_roster, load_routing_rules

RULES = ROOT / "data" / "routing.yaml"
AGENTS = ROOT / "data" / "agents.yaml"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_files_fit_each_other() -> None:
    roster, rules = load_roster(AGENTS), load_routing_rules(RULES)
    check_roster(rules, roster)
    assert [one.role for one in roster].count("agent") == 8
    assert [one.role for one in roster].count("supervisor") == 2
    assert sum("es" in one.languages for one in roster if one.role == "agent") == 2
    assert {skill for one in roster for skill in one.skills} == set(rules.topics)
    assert rules.recording.mode == "ask"
    assert rules.recording.notice


@pytest.mark.parametrize(
    ("reason", "topic"),
    [
        ("Why was I charged twice on my bill?", "billing"),
        ("my package arrived broken, order 78901", "orders"),
        ("The internet is slow and the router shows an error", "technical"),
        ("I'm cancelling and switching to another provider", "retention"),
        ("new address", "account"),
        ("No reconozco un cobro en mi factura", "billing"),
        ("hello", ""),
        ("", ""),
    ],
)
def test_a_reason_becomes_a_topic(reason: str, topic: str) -> None:
    assert load_routing_rules(RULES).topic_of(reason) == topic


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    assert load_routing_rules(written(tmp_path, "# nothing yet\n")) == RoutingRules()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("overflow: 3", "overflow"),
        ("ring: {timeout_s: 0}", "ring.timeout_s"),
        ("desks: {chats: many}", "desks.chats"),
        ("recording: {mode: ask}", "recording: Value error, a notice is needed"),
        ("ring: [", "is not YAML"),
        ("- a list", "file.yaml"),
    ],
)
def test_a_wrong_rule_is_named_in_one_line(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(RulesError) as caught:
        load_routing_rules(written(tmp_path, text))
    assert named in str(caught.value)
    assert "file.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("agents: [{name: Ann, rank: boss}]", "agents.0.rank"),
        ("agents: [{name: Ann}, {name: Ann}]", "Ann is there twice"),
        ("agents: []", "agents"),
        ("agents: [{name: Ann, languages: []}]", "agents.0.languages"),
        ("agents: {", "is not YAML"),
    ],
)
def test_a_wrong_roster_is_named_in_one_line(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(RulesError) as caught:
        load_roster(written(tmp_path, text))
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match=r"nowhere\.yaml cannot be read"):
        load_roster(tmp_path / "nowhere.yaml")


def test_a_skill_or_language_nobody_asks_for_is_an_error() -> None:
    rules = RoutingRules(topics={"billing": ["bill"]})
    with pytest.raises(RulesError, match="Ann has the skill 'bills'; use one of billing"):
        check_roster(rules, [Agent(name="Ann", skills=["bills"])])
    with pytest.raises(RulesError, match="Ann speaks 'fr'"):
        check_roster(rules, [Agent(name="Ann", languages=["fr"])])


def test_the_configured_agent_always_has_a_desk() -> None:
    roster = [Agent(name="Ann")]
    assert including(roster, "Ann") == roster
    assert [one.name for one in including(roster, "Bob")] == ["Ann", "Bob"]
