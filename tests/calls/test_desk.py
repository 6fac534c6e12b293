"""Taking calls: what an agent can do, and what a restart finds."""

from pathlib import Path
from typing import Any

import pytest
from waiting import wait_for

from core.bootstrap import Services, build
from core.calls.events import (
    CallEnded,
    CandidatesFound,
    PartyMuted,
    SuggestionCompleted,
    SuggestionStarted,
    TranscriptFinal,
    WrapUpCompleted,
)
from core.calls.line import Line
from core.config import Settings
from core.errors import CallAlreadyEnded, CallError, UnknownCall
from core.speech.scripted import ScriptedEngine


def say(services: Services, call_id: str, text: str, number: int = 1) -> None:
    final = TranscriptFinal(
        utterance_id=f"{call_id}-{number}",
        speaker="customer",
        text=text,
        start_s=float(number),
        end_s=number + 1.0,
        confidence=None,
        engine="scripted",
    )
    services.log.append(call_id, final)


def suggest(services: Services, call_id: str) -> str:
    common = {"suggestion_id": f"{call_id}-s", "kind": "info", "priority": "tip"}
    services.log.append(call_id, SuggestionStarted(**common, rule="r", assistant="playbook", triggered_by=[]))  # type: ignore[arg-type]
    services.log.append(call_id, SuggestionCompleted(**common, message="Hello.", evidence=[], triggered_by=[]))  # type: ignore[arg-type]
    return common["suggestion_id"]


def test_what_the_customer_says_brings_the_record_and_help(services: Services) -> None:
    call_id = services.desk.start("Alex")
    say(services, call_id, "hi my name is sarah johnson i am calling about order seven eight nine zero one")
    wait_for(services, call_id, SuggestionCompleted)
    call = services.desk.call(call_id)
    assert call.customer is not None
    assert call.customer.name == "Sarah Johnson"
    assert any("78901" in card.message for card in call.suggestions.values())


def test_ending_answers_what_was_said_first(services: Services) -> None:
    call_id = services.desk.start("Alex")
    say(services, call_id, "hi my name is sarah johnson i am calling about order seven eight nine zero one")
    services.desk.end(call_id)
    services.desk.end(call_id)
    ended = wait_for(services, call_id, CallEnded)
    call = services.desk.call(call_id)
    assert call.customer is not None
    assert call.end_reason == "completed"
    services.log.sync()
    afterwards = {type(recorded.event) for recorded in services.log.events(call_id, after=ended.seq)}
    assert not {TranscriptFinal, SuggestionStarted, SuggestionCompleted} & afterwards
    assert all(card.state != "writing" for card in call.suggestions.values())
    with pytest.raises(CallAlreadyEnded):
        services.desk.microphone(call_id, "customer")


def test_cards_are_used_and_dismissed_once(services: Services) -> None:
    call_id = services.desk.start("Alex")
    card = suggest(services, call_id)
    services.desk.use(call_id, card)
    services.desk.dismiss(call_id, card)
    assert services.desk.call(call_id).suggestions[card].state == "used"
    with pytest.raises(CallError):
        services.desk.use(call_id, "sug_none")


def test_the_agent_chooses_among_candidates(services: Services) -> None:
    call_id = services.desk.start("Alex")
    sarah = services.customers.by_account("12345")
    assert sarah is not None
    services.log.append(call_id, CandidatesFound(heard="john", candidates=[]))
    services.desk.choose_customer(call_id, sarah.customer_id)
    chosen = services.desk.call(call_id).customer
    assert chosen is not None
    assert (chosen.name, chosen.matched_on) == ("John Doe", ["chosen by agent"])
    with pytest.raises(CallError):
        services.desk.choose_customer(call_id, "cust_nobody")


def test_muting_is_logged_once_and_undone(services: Services) -> None:
    call_id = services.desk.start("Alex")
    services.desk.mute(call_id, "customer", True)
    services.desk.mute(call_id, "customer", True)
    services.desk.mute(call_id, "customer", False)
    services.log.sync()
    kinds = [type(recorded.event).__name__ for recorded in services.log.events(call_id)]
    assert kinds == ["CallStarted", "PartyMuted", "PartyUnmuted"]


def test_a_call_is_wrapped_up_only_after_it_ended(services: Services) -> None:
    call_id = services.desk.start("Alex")
    with pytest.raises(CallError, match="end the call"):
        services.desk.wrap_up(call_id, "Resolved", True, "", by="Alex")
    services.desk.end(call_id)
    wait_for(services, call_id, CallEnded)
    services.desk.wrap_up(call_id, "Resolved", True, "refund sent", by="Alex")
    wrapped = wait_for(services, call_id, WrapUpCompleted).event
    assert isinstance(wrapped, WrapUpCompleted)
    assert (wrapped.disposition, wrapped.resolved, wrapped.note, wrapped.by) == (
        "Resolved",
        True,
        "refund sent",
        "Alex",
    )


def test_calls_nobody_knows_are_refused(services: Services) -> None:
    with pytest.raises(UnknownCall):
        services.desk.mute("call_nobody", "customer", True)


def test_a_restart_closes_what_was_left_open_with_everything_it_had(tmp_path: Path) -> None:
    settings = Settings(database_url=f"duckdb:///{tmp_path / 'crash.duckdb'}")
    crashed = build(settings, speech=ScriptedEngine([]))
    call_id = crashed.desk.start("Alex")
    crashed.desk.mute(call_id, "customer", True)
    crashed.log.sync()
    crashed.log.close()
    crashed.database.dispose()

    again = build(settings, speech=ScriptedEngine([]))
    assert again.desk.recover() == [call_id]
    call = again.desk.call(call_id)
    assert call.end_reason == "interrupted"
    assert call.wrap_up is not None
    assert [recorded.seq for recorded in again.log.events(call_id)] == [1, 2, 3, 4]
    assert isinstance(again.log.events(call_id)[1].event, PartyMuted)
    assert again.desk.recover() == []
    again.close()


def test_a_line_that_opens_while_its_call_ends_is_refused_and_the_call_is_over(services: Services) -> None:
    call_id = services.desk.start("Alex Morgan")
    live = services.desk._live[call_id]
    make_line = live._make_line

    def made_too_late(*asked: Any) -> Line:
        services.desk.end(call_id)
        return make_line(*asked)

    live._make_line = made_too_late
    with pytest.raises(CallAlreadyEnded):
        live._open_line("customer")
    live.join(10.0)
    assert not services.log.call(call_id).live
