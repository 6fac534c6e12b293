"""The browser's fold of a call and Python's are the same."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
from histories import histories
from hypothesis import HealthCheck, given, settings
from playwright.sync_api import Browser, Page
from scripted import STARTED_AT, ScriptedServer

from core.calls.call import Call, fold
from core.calls.events import (
    Event,
    Recorded,
    to_wire,
)

pytestmark = pytest.mark.browser


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories())
def test_the_browser_folds_as_python_does(folding: Page, history: list[Event]) -> None:
    recorded = [Recorded("c", i, i * 0.25, STARTED_AT, event) for i, event in enumerate(history, start=1)]
    wires = json.dumps([to_wire(each) for each in recorded])
    expected = fold(recorded, Call("c"))
    for how in ("foldAtOnce", "foldOneByOne"):
        drawn = json.loads(folding.evaluate(f"wires => {how}(JSON.parse(wires))", wires))
        transcript = drawn.pop("transcript")
        assert drawn.pop("customers_language") == expected.customers_language
        assert drawn == as_json(expected)
        assert transcript == [utterance.utterance_id for utterance in expected.transcript]


@pytest.fixture(scope="module")
def folding(chromium: Browser, server: ScriptedServer) -> Iterator[Page]:
    """A page with nothing but the fold."""
    page = chromium.new_page()
    page.goto(server.url)
    page.evaluate(
        """async () => {
          const { apply, customersLanguage, fold, newCall, transcript } = await import("/ui/call_view/call.js");
          const plain = (_, value) => (value instanceof Map ? Object.fromEntries(value) : value);
          const project = call =>
            JSON.stringify({
              ...call,
              transcript: transcript(call).map(each => each.utterance_id),
              customers_language: customersLanguage(call),
            }, plain);
          window.foldAtOnce = wires => project(fold(newCall("c"), wires));
          window.foldOneByOne = wires => project(wires.reduce(apply, newCall("c")));
        }"""
    )
    yield page
    page.close()


def as_json(call: Call) -> dict[str, Any]:
    """The call as it would look on a wire."""
    on_wire: dict[str, Any] = json.loads(json.dumps(asdict(call), default=lambda moment: moment.isoformat()))
    return on_wire
