"""The actions file: what a page is told of it, and what is said when it is wrong."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from core.config import ROOT
from core.customers.action_rules import TAKES, load_action_rules
from core.errors import ActionError, RulesError

FILE = ROOT / "data" / "actions.yaml"
RULES = load_action_rules(FILE)
TODAY = date(2026, 1, 5)


def test_a_page_is_told_all_it_needs_to_ask_for() -> None:
    specs = RULES.specs(TODAY)
    assert json.loads(json.dumps(specs)) == specs
    assert {spec["action"]: spec["label"] for spec in specs} == {
        "discount": "Apply 10 % discount",
        "waive_fee": "Waive fee",
        "escalate": "Escalate",
        "callback": "Schedule callback",
        "refund": "Issue refund",
        "ticket": "Open ticket",
    }
    fields = {spec["action"]: {field["name"]: field for field in spec["fields"]} for spec in specs}
    assert fields["callback"]["due"]["default"] == "2026-01-06"
    assert fields["escalate"]["priority"]["choices"] == ["normal", "high", "urgent"]
    assert fields["discount"]["percent"]["required"] is True


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (["actions", "gift"], {"label": "Gift", "fields": []}, "there is no action 'gift'"),
        (["actions", "ticket", "fields"], [], "the fields of ticket must be subject"),
        (["actions", "escalate", "fields", 1, "choices"], [], "has choices"),
        (["actions", "escalate", "fields", 1, "default"], "later", "must be one of"),
        (["actions", "callback", "fields", 0, "default"], "tomorrow", "must be a date"),
        (["actions", "discount", "limits", "agent", "percent"], 130, "less than or equal to 100"),
        (["actions", "discount", "limits", "intern"], {"percent": 5}, "limits"),
        (["actions", "discount", "limit"], {}, "Extra inputs"),
    ],
)
def test_a_wrong_file_is_one_line_that_names_it(tmp_path: Path, path: list[Any], value: Any, told: str) -> None:
    written = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    inner = written
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(yaml.safe_dump(written), encoding="utf-8")
    with pytest.raises(RulesError, match=told) as raised:
        load_action_rules(wrong)
    assert "wrong.yaml" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_none_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="cannot be read"):
        load_action_rules(tmp_path / "missing.yaml")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=400),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
NAMES = sorted({name for takes in TAKES.values() for name in takes})


@given(st.sampled_from(sorted(TAKES)), st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), ANYTHING))
def test_whatever_a_model_sends_is_read_or_refused(action: str, arguments: dict[str, Any]) -> None:
    try:
        outcome: dict[str, Any] | str = RULES.read(action, arguments, TODAY)
    except ActionError as error:
        outcome = str(error)
    if isinstance(outcome, str):
        assert "\n" not in outcome
    else:
        assert set(outcome) == set(TAKES[action])
