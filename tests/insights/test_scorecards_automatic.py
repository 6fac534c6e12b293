"""Automatic answers: each rule on small calls told line by line, with where in the call it rests on."""

from datetime import UTC, datetime
from typing import Any

import pytest
from histories import histories
from hypothesis import given, settings

from core.calls.events import (
    ActionProposed,
    ActionTaken,
    CallAnswered,
    CallEnded,
    CallQueued,
    CallStarted,
    ChecklistItemMet,
    Event,
    HoldEnded,
    HoldStarted,
    MessageSent,
    Party,
    Recorded,
    TranscriptFinal,
)
from core.config import Settings
from core.insights.scorecards.automatic import Proposal, propose
from core.insights.scorecards.form import Form, load_form

SCORECARD = Settings().scorecard_path

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HELLO = {"rule": "said_early", "phrases": ["how can i help", "thank* for calling"], "within_s": 10}
BYE = {"rule": "said_late", "phrases": ["goodbye"], "last_s": 20}
NEVER = {"rule": "never_said", "phrases": ["i guarantee"], "unless": ["can not guarantee"]}
VERIFIED = {"rule": "verified_first", "phrases": ["your balance is"]}
HOLD = {"rule": "hold_announced", "phrases": ["on hold"], "within_s": 10}
SILENCE = {"rule": "no_silence", "over_s": 10}
CUTS = {"rule": "few_interruptions", "at_most": 1}


def line(speaker: Party, text: str, start_s: float, end_s: float | None = None) -> tuple[float, Event]:
    end_s = start_s + 2 if end_s is None else end_s
    said = TranscriptFinal(
        utterance_id=f"u{start_s:g}",
        speaker=speaker,
        text=text,
        start_s=start_s,
        end_s=end_s,
        confidence=None,
        engine="scripted",
    )
    return end_s, said


def told(*happened: tuple[float, Event], channel: str = "voice") -> list[Recorded]:
    started = CallStarted(source="customer", agent="Alex Morgan", channel=channel)  # type: ignore[arg-type]
    events = [(0.0, started), *sorted(happened, key=lambda one: one[0])]
    return [Recorded("c", seq, offset_s, AT, event) for seq, (offset_s, event) in enumerate(events, start=1)]


def ended(at_s: float, reason: str = "completed") -> tuple[float, Event]:
    return at_s, CallEnded(reason=reason)  # type: ignore[arg-type]


def answer(rule: dict[str, Any], events: list[Recorded]) -> Proposal:
    question = {"id": "q", "ask": "Good?", "automatic": rule}
    form = Form.model_validate({"sections": [{"title": "One", "questions": [question]}]})
    return propose(form, events)["q"]


def test_a_greeting_counts_from_the_answer_not_from_the_queue() -> None:
    waited = [(0.0, CallQueued()), (60.0, CallAnswered(agent="Alex Morgan", waited_s=60))]
    greeted = answer(HELLO, told(*waited, line("agent", "Hello, how can I help?", 65), ended(90)))
    assert (greeted.value, greeted.why) == ("yes", "Said 5 s after the answer.")
    assert [(moment.at_s, moment.utterance_id) for moment in greeted.moments] == [(65, "u65")]
    late = answer(HELLO, told(*waited, line("agent", "Yes?", 62), line("agent", "How can I help?", 71), ended(90)))
    assert (late.value, late.moments[0].at_s) == ("no", 62)


def test_in_a_chat_the_greeting_is_in_the_first_message() -> None:
    late = (30.0, MessageSent(message_id="m1", sender="agent", text="How can I help?"))
    more = (40.0, MessageSent(message_id="m2", sender="agent", text="Yes."))
    assert answer(HELLO, told(late, more, channel="chat")).value == "yes"
    early = (2.0, MessageSent(message_id="m0", sender="agent", text="Yes?"))
    assert answer(HELLO, told(early, late, channel="chat")).why == "Not said in the first message."


def test_what_the_agent_before_said_is_not_the_present_agents_greeting() -> None:
    events = told(
        line("agent", "Thanks for calling!", 1),
        (30.0, CallQueued()),
        (40.0, CallAnswered(agent="Priya Nair", waited_s=10)),
        line("agent", "Priya here.", 42),
        ended(60),
    )
    assert answer(HELLO, events).value == "no"


def test_the_closing_has_to_be_in_the_end() -> None:
    hello = line("agent", "Hello.", 1)
    assert answer(BYE, told(hello, line("agent", "Goodbye!", 50), ended(60))).value == "yes"
    assert answer(BYE, told(hello, line("agent", "Goodbye!", 20), ended(60))).value == "no"
    assert answer(BYE, told(hello, ended(60, "disconnected"))).value == "na"


def test_every_forbidden_sentence_is_shown_and_denials_are_none() -> None:
    events = told(
        line("agent", "I guarantee that.", 5),
        line("customer", "I guarantee I will leave.", 10),
        line("agent", "I can't guarantee it. I mean, I guarantee nothing.", 15),
        line("agent", "Okay, I GUARANTEE it!", 20),
        ended(30),
    )
    found = answer(NEVER, events)
    assert (found.value, [moment.at_s for moment in found.moments]) == ("no", [5, 20])
    assert answer(NEVER, told(line("agent", "I think so.", 5), ended(30))).value == "yes"


def test_a_checklist_item_shows_the_words_that_met_it() -> None:
    rule = {"rule": "checklist", "item": "recording"}
    spoken = line("agent", "This call is recorded.", 5)
    met = (7.0, ChecklistItemMet(item="recording", utterance_id="u5"))
    assert answer(rule, told(spoken, met, ended(30))).moments[0].text == "This call is recorded."
    assert answer(rule, told(spoken, ended(30))).value == "no"
    written = (1.0, MessageSent(message_id="m", sender="agent", text="Hello"))
    assert answer({**rule, "voice_only": True}, told(written, channel="chat")).value == "na"
    assert answer({**rule, "voice_only": True}, told(spoken, ended(30))).value == "no"


VERIFY = (9.0, ChecklistItemMet(item="verification", utterance_id="u5"))
ASKED = line("agent", "May I have your name?", 5)


def test_account_data_comes_after_the_verification() -> None:
    balance = line("agent", "Your balance is ten dollars.", 20)
    early = line("agent", "Your balance is ten dollars.", 2)
    assert answer(VERIFIED, told(ASKED, VERIFY, balance, ended(30))).value == "yes"
    told_before = answer(VERIFIED, told(early, ASKED, VERIFY, ended(30)))
    assert (told_before.value, [moment.at_s for moment in told_before.moments]) == ("no", [2, 5])
    assert answer(VERIFIED, told(balance, ended(30))).value == "no"
    assert answer(VERIFIED, told(ASKED, VERIFY, ended(30))).value == "na"


def test_an_action_without_verification_is_as_bad_as_words() -> None:
    proposed = ActionProposed(
        action_id="a", action="issue_credit", customer_id="1", arguments={}, preview="Credit", proposed_by="agent"
    )
    taken = ActionTaken(action_id="a", effect="Credited $5", taken_by="Alex Morgan")
    found = answer(VERIFIED, told(line("agent", "Done.", 3), (6.0, proposed), (7.0, taken), ended(30)))
    assert (found.value, found.moments[0].text) == ("no", "Credited $5")


def test_each_hold_is_announced() -> None:
    first, second = (10.0, HoldStarted(by="a")), (40.0, HoldStarted(by="a"))
    over, over_again = (20.0, HoldEnded(by="a", held_s=10)), (50.0, HoldEnded(by="a", held_s=20))
    announced = line("agent", "I'll put you on hold.", 5)
    assert answer(HOLD, told(announced, first, over, ended(60))).value == "yes"
    silent = answer(HOLD, told(announced, first, over, second, over_again, ended(60)))
    assert (silent.value, [moment.at_s for moment in silent.moments]) == ("no", [40])
    assert answer(HOLD, told(announced, ended(60))).value == "na"


def test_silence_is_measured_between_words_and_not_on_hold() -> None:
    hello, more = line("agent", "Hello.", 1, 3), line("customer", "Well.", 20, 22)
    silent = answer(SILENCE, told(hello, more, ended(25)))
    assert (silent.value, [(moment.at_s, moment.text) for moment in silent.moments]) == (
        "no",
        [(3, "17 s of silence")],
    )
    held = (4.0, HoldStarted(by="a")), (18.0, HoldEnded(by="a", held_s=14))
    assert answer(SILENCE, told(hello, *held, more, ended(25))).value == "yes"
    assert answer(SILENCE, told(hello, ended(25))).value == "no", "silence before the end counts"
    written = (1.0, MessageSent(message_id="m", sender="agent", text="Hello"))
    assert answer(SILENCE, told(written, ended(60), channel="chat")).value == "na"


def test_an_interruption_is_speaking_into_the_middle() -> None:
    talk = [line("customer", "So I was", 10, 20), line("customer", "and then", 30, 40)]
    cut, nearly = line("agent", "Yes", 15), line("agent", "Right", 39.9)
    assert answer(CUTS, told(*talk, cut, nearly, ended(50))).value == "yes"
    found = answer(CUTS, told(*talk, cut, line("agent", "Wait", 35), ended(50)))
    assert (found.value, [moment.at_s for moment in found.moments]) == ("no", [15, 35])


def test_nothing_is_proposed_where_no_agent_spoke() -> None:
    assert propose(load_form(SCORECARD), []) == {}
    assert propose(load_form(SCORECARD), told(line("customer", "Hello?", 1), ended(9, "abandoned"))) == {}


@settings(max_examples=50)
@given(history=histories())
def test_any_history_gets_answers_with_moments_in_it(history: list[Event]) -> None:
    events = [Recorded("c", seq, seq * 0.5, AT, event) for seq, event in enumerate(history, start=1)]
    form = load_form(SCORECARD)
    for question_id, proposal in propose(form, events).items():
        question = form.question(question_id)
        assert question is not None
        assert proposal.value in question.choices
        assert proposal.why
    assert propose(form, events) == propose(form, events)


@pytest.mark.parametrize("rule", [HELLO, BYE, NEVER, VERIFIED, HOLD, SILENCE, CUTS])
def test_a_chat_is_answered_too(rule: dict[str, Any]) -> None:
    written = (1.0, MessageSent(message_id="m", sender="agent", text="Thanks for calling, how can I help? Goodbye"))
    assert answer(rule, told(written, ended(5), channel="chat")).value in ("yes", "na")
