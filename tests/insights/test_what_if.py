"""Today's rules, or another assistant, over a stored call; and the call stays as it was."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from scenario_calls import run_call, services_hearing

from core.assistant.base import Turn
from core.bootstrap import Services
from core.calls.call import Suggestion
from core.calls.events import (
    Event,
    SuggestionCompleted,
    SuggestionDelta,
    SuggestionDismissed,
    SuggestionStarted,
    SuggestionUsed,
)
from core.config import ROOT
from core.insights.what_if import Helpers, Pair, WhatIf, side_by_side, todays_rules, what_if

SCENARIO = "john_doe_router"


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Iterator[Services]:
    built = services_hearing(SCENARIO, tmp_path_factory.mktemp("what_if"), seeded)
    yield built
    built.close()


@pytest.fixture(scope="module")
def call_id(services: Services) -> str:
    return run_call(services, SCENARIO)


def helpers(services: Services, **settings: Path) -> Helpers:
    chosen = replace(services.settings, **settings)
    return todays_rules(chosen, services.customers, services.tools, services.clock, services.new_id)


def messages(cards: tuple[Suggestion, ...]) -> list[tuple[str, str]]:
    return [(card.rule, card.message) for card in cards]


def test_the_same_rules_give_the_same_cards(services: Services, call_id: str) -> None:
    found = what_if(services.log.events(call_id), helpers(services))
    assert len(found.then) >= 2
    assert messages(found.now) == messages(found.then)
    assert {pair.verdict for pair in found.pairs} == {"same"}
    assert [card.started_s for card in found.now] == pytest.approx([card.started_s for card in found.then], abs=0.11)


def test_nothing_of_it_is_stored(services: Services, call_id: str) -> None:
    before = services.log.events(call_id)
    what_if(before, helpers(services))
    services.log.sync()
    assert services.log.events(call_id) == before


def test_another_rule_file_gives_other_cards(services: Services, call_id: str, tmp_path: Path) -> None:
    rules = (ROOT / "data" / "playbook.yaml").read_text(encoding="utf-8")
    cards = services.log.call(call_id).suggestions.values()
    dropped = next(card.rule for card in cards if card.assistant == "playbook" and card.state == "shown")
    kept = [block for block in rules.split("\n  - id: ") if not block.startswith(f"{dropped}\n")]
    assert len(kept) == len(rules.split("\n  - id: ")) - 1
    changed = tmp_path / "playbook.yaml"
    changed.write_text("\n  - id: ".join(kept), encoding="utf-8")
    found = what_if(services.log.events(call_id), helpers(services, playbook_path=changed))
    assert dropped not in {card.rule for card in found.now}
    assert {pair.verdict for pair in found.pairs if pair.then and pair.then.rule == dropped} == {"only then"}


class Parrot:
    """Another assistant: repeats what was said."""

    name = "parrot"

    def respond(self, turn: Turn) -> Iterator[Event]:
        for line in turn.utterances:
            card = f"parrot_{line.utterance_id}"
            cause = [line.utterance_id]
            yield SuggestionStarted(
                suggestion_id=card,
                kind="suggestion",
                priority="tip",
                rule="repeat",
                assistant=self.name,
                triggered_by=cause,
            )
            yield SuggestionDelta(suggestion_id=card, text=line.text)
            yield SuggestionCompleted(
                suggestion_id=card,
                kind="suggestion",
                priority="tip",
                message=line.text,
                evidence=[],
                triggered_by=cause,
            )


def test_another_assistant_takes_the_playbooks_place(services: Services, call_id: str) -> None:
    portions: list[float] = []
    other = todays_rules(
        services.settings, services.customers, services.tools, services.clock, services.new_id, Parrot()
    )
    found = what_if(services.log.events(call_id), other, portions.append)
    assert found.helpers == "parrot"
    repeated = [card.message for card in found.now if card.rule == "repeat"]
    said = [line.text for line in services.log.call(call_id).transcript]
    assert repeated[0] == said[0]
    assert set(repeated) <= set(said)
    assert portions == sorted(portions)
    assert portions[-1] == 1.0


def test_what_the_agent_did_with_a_card_counts_again(services: Services, call_id: str) -> None:
    events = services.log.events(call_id)
    shown = next(recorded for recorded in events if isinstance(recorded.event, SuggestionCompleted))
    assert isinstance(shown.event, SuggestionCompleted)
    at = events.index(shown) + 1
    suggestion_id = shown.event.suggestion_id
    for reaction in (
        SuggestionUsed(suggestion_id=suggestion_id),
        SuggestionDismissed(suggestion_id=suggestion_id, reason="wrong"),
    ):
        clicked = replace(events[-1], event=reaction, offset_s=events[at].offset_s + 0.2)
        later = [one for one in events[at:] if one.offset_s > clicked.offset_s]
        sooner = [one for one in events if one not in later]
        found = what_if([*sooner, clicked, *later], helpers(services))
        again = next(card for card in found.now if card.message == found.then[0].message)
        assert again.state == found.then[0].state == ("used" if isinstance(reaction, SuggestionUsed) else "dismissed")


def card(rule: str, message: str, started_s: float) -> Suggestion:
    return Suggestion(
        suggestion_id=f"{rule}-{started_s}",
        kind="suggestion",
        priority="tip",
        rule=rule,
        assistant="playbook",
        triggered_by=(),
        started_s=started_s,
        message=message,
        state="shown",
    )


def test_side_by_side() -> None:
    then = [card("greet", "Hello.", 1.0), card("order", "It shipped.", 5.0), card("offer", "10 % off?", 9.0)]
    now = [card("order", "It shipped on Monday.", 5.2), card("greet", "Hello.", 8.0), card("upsell", "More?", 3.0)]
    assert side_by_side(then, now) == [
        Pair(1.0, then[0], now[1]),
        Pair(3.0, None, now[2]),
        Pair(5.0, then[1], now[0]),
        Pair(9.0, then[2], None),
    ]
    verdicts = [pair.verdict for pair in WhatIf("x", tuple(then), tuple(now)).pairs]
    assert verdicts == ["same", "only now", "other words", "only then"]


def test_a_call_without_events_is_refused(services: Services) -> None:
    with pytest.raises(ValueError, match="without events"):
        what_if([], helpers(services))
