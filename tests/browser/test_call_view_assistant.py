"""What the agent can do with the assistant's help: the controls of the cards, questions, actions, and what is kept."""

import pytest
from playwright.sync_api import Page, expect
from scenes import DESK, begun, card, clicked, commands, final, furnish, identified, lines, shown, shows, top_px
from scripted import ScriptedCall

from core.calls.events import (
    ActionProposed,
    ActionRefused,
    ActionTaken,
    ActionUndone,
    CallEnded,
    ChecklistItemMet,
    CommitmentMade,
    MomentFlagged,
    PromptSent,
    ProposedAction,
    QuestionAnswered,
    QuestionAsked,
    QuestionRaised,
    SentimentScored,
    SuggestionCompleted,
    SuggestionDelta,
    SuggestionDismissed,
    SuggestionPinned,
    SuggestionRated,
    SuggestionStarted,
    SuggestionUsed,
    TopicsSpotted,
    VoiceMood,
    WrapUpCompleted,
)

pytestmark = pytest.mark.browser

PROPOSED = ActionProposed(
    action_id="act_1",
    action="discount",
    customer_id="cus_2",
    arguments={"percent": "10"},
    preview="A credit of $24.90 on order #78901.",
    proposed_by="agent",
    needs_supervisor=True,
)


def test_a_suggestion_is_edited_then_used(view: Page, call: ScriptedCall) -> None:
    call.add(*shown("s1", "Your order ships."))
    shows(view, call)
    view.keyboard.press("e")
    field = card(view, "s1").get_by_label("Edit before use")
    expect(field).to_be_focused()
    expect(field).to_have_value("Your order ships.")
    expect(card(view, "s1").locator(".message")).to_be_hidden()
    field.fill("Your lamp ships.")
    call.add(final("u1", "Hurry up"))
    shows(view, call)
    expect(field).to_have_value("Your lamp ships.")
    field.press("Control+Enter")
    assert clicked(view) == [{"name": "use", "suggestion_id": "s1", "text": "Your lamp ships."}]
    call.add(SuggestionUsed(suggestion_id="s1", text="Your lamp ships."))
    expect(card(view, "s1")).to_contain_text("Used, edited")
    expect(card(view, "s1").locator(".message")).to_have_text("Your lamp ships.")


def test_editing_can_be_given_up(view: Page, call: ScriptedCall) -> None:
    call.add(*shown("s1", "Your order ships."))
    card(view, "s1").get_by_role("button", name="Edit").click()
    view.keyboard.press("Escape")
    expect(card(view, "s1").locator(".message")).to_have_text("Your order ships.")
    expect(card(view, "s1")).to_be_focused()
    card(view, "s1").get_by_role("button", name="Edit").click()
    card(view, "s1").get_by_role("button", name="Use edited").click()
    assert clicked(view) == [{"name": "use", "suggestion_id": "s1"}]


def test_a_suggestion_is_dismissed_with_a_reason(view: Page, call: ScriptedCall) -> None:
    call.add(*shown("s1"), *shown("s2"))
    shows(view, call)
    card(view, "s1").get_by_role("button", name="Dismiss").click()
    call.add(*shown("s3"))
    shows(view, call)
    view.keyboard.press("2")
    assert clicked(view) == [{"name": "dismiss", "suggestion_id": "s1", "reason": "not now"}]
    call.add(SuggestionDismissed(suggestion_id="s1", reason="not now"))
    expect(card(view, "s1")).to_contain_text("Dismissed: not now")
    card(view, "s2").get_by_role("button", name="Dismiss").click()
    view.keyboard.press("Escape")
    expect(card(view, "s2").get_by_role("group", name="Why dismiss?")).to_be_hidden()
    view.keyboard.press("1")
    assert len(commands(view)) == 1
    card(view, "s3").get_by_role("button", name="Dismiss").click()
    card(view, "s3").get_by_role("button", name="known already").click()
    assert clicked(view)[1] == {"name": "dismiss", "suggestion_id": "s3", "reason": "known already"}


def test_thumbs(view: Page, call: ScriptedCall) -> None:
    call.add(*shown("s1"))
    up = card(view, "s1").get_by_role("button", name="Helpful", exact=True)
    up.click()
    expect(up).to_be_disabled()
    assert clicked(view) == [{"name": "rate", "suggestion_id": "s1", "helpful": True}]
    call.add(SuggestionRated(suggestion_id="s1", helpful=True))
    expect(up).to_have_attribute("aria-pressed", "true")
    card(view, "s1").get_by_role("button", name="Not helpful").click()
    call.add(SuggestionRated(suggestion_id="s1", helpful=False))
    expect(up).to_have_attribute("aria-pressed", "false")
    assert clicked(view)[1:] == [{"name": "rate", "suggestion_id": "s1", "helpful": False}]


def test_pinned_cards_stay_on_top(view: Page, call: ScriptedCall) -> None:
    call.add(*shown("s1"))
    shows(view, call)
    view.keyboard.press("p")
    assert clicked(view) == [{"name": "pin", "suggestion_id": "s1", "pinned": True}]
    call.add(SuggestionPinned(suggestion_id="s1", pinned=True), *shown("s2"), *shown("s3"))
    shows(view, call)
    expect(card(view, "s1")).to_contain_text("Pinned")
    assert top_px(card(view, "s1")) < top_px(card(view, "s3")) < top_px(card(view, "s2"))
    call.add(SuggestionUsed(suggestion_id="s1"))
    shows(view, call)
    expect(view.locator(".earlier-cards [data-suggestion=s1]")).to_have_count(0)
    card(view, "s1").get_by_role("button", name="Unpin").click()
    assert clicked(view)[1:] == [{"name": "pin", "suggestion_id": "s1", "pinned": False}]
    call.add(SuggestionPinned(suggestion_id="s1", pinned=False))
    expect(view.locator(".earlier-cards [data-suggestion=s1]")).to_have_count(1)


def completed(suggestion_id: str, message: str, triggered_by: str = "u1", **more: object) -> SuggestionCompleted:
    return SuggestionCompleted(
        suggestion_id=suggestion_id,
        kind="suggestion",
        priority="tip",
        message=message,
        evidence=[],
        triggered_by=[triggered_by],
        **more,  # type: ignore[arg-type]
    )


def test_a_card_says_how_sure_it_is_and_what_no_row_holds(view: Page, call: ScriptedCall) -> None:
    call.add(begun("s1"), completed("s1", "You get $12.00 back.", confidence=0.824, unverified=["$12.00", "Oct 3"]))
    expect(card(view, "s1")).to_contain_text("Unverified: $12.00, Oct 3")
    expect(card(view, "s1")).to_contain_text("82 % sure")
    expect(view.locator(".announcements")).to_contain_text("Unverified: $12.00, Oct 3")
    call.add(*shown("s2"))
    shows(view, call)
    expect(card(view, "s2")).not_to_contain_text("sure")
    expect(card(view, "s2").locator(".unverified")).to_be_hidden()


def test_a_proposed_action_is_reviewed_not_performed(view: Page, call: ScriptedCall) -> None:
    furnish(view, call, DESK)
    action = ProposedAction(action="discount", arguments={"percent": 10})
    call.add(identified(), begun("s1"), completed("s1", "Offer a discount.", action=action))
    card(view, "s1").get_by_role("button", name="Review: Apply 10 % discount").click()
    assert clicked(view) == [{"name": "accept", "suggestion_id": "s1"}]
    call.add(PROPOSED)
    expect(card(view, "s1").get_by_role("button", name="In review: Apply 10 % discount")).to_be_disabled()
    expect(view.get_by_test_id("action-card")).to_be_focused()
    expect(view.get_by_test_id("action-card")).to_contain_text("To confirm")


def test_cards_are_filtered_by_kind(view: Page, call: ScriptedCall) -> None:
    call.add(*shown("s1"), begun("s2", "urgent", "alert"))
    shows(view, call)
    kinds = view.get_by_role("group", name="Show")
    kinds.get_by_role("button", name="Alerts 1").click()
    expect(card(view, "s2")).to_be_visible()
    expect(card(view, "s1")).to_have_count(0)
    kinds.get_by_role("button", name="Info").click()
    expect(view.get_by_role("region", name="Suggested answers")).to_contain_text("None of this kind.")
    kinds.get_by_role("button", name="All").click()
    expect(kinds.get_by_role("button", name="All")).to_have_attribute("aria-pressed", "true")
    expect(card(view, "s1")).to_be_visible()


def test_a_question_is_asked_and_its_answer_streams(view: Page, call: ScriptedCall) -> None:
    view.keyboard.press("/")
    field = view.get_by_role("textbox", name="Ask about this call or customer")
    expect(field).to_be_focused()
    field.press_sequentially("Can she return it?")
    field.press("Enter")
    expect(field).to_have_value("")
    assert clicked(view) == [{"name": "ask", "text": "Can she return it?"}]
    waiting = view.locator(".waiting li")
    expect(waiting).to_have_text("“Can she return it?”: asking…")
    call.add(QuestionAsked(question_id="q1", text="Can she return it?"))
    expect(waiting).to_have_text("“Can she return it?”: looking for an answer…")
    answer = SuggestionStarted(
        suggestion_id="s1", kind="info", priority="tip", rule="ask", assistant="gpt-test", triggered_by=["q1"]
    )
    call.add(answer, SuggestionDelta(suggestion_id="s1", text="Yes, within"))
    expect(card(view, "s1")).to_contain_text("You asked: Can she return it?")
    expect(card(view, "s1").locator(".message")).to_have_text("Yes, within")
    expect(waiting).to_have_count(0)
    call.add(CallEnded(reason="completed"))
    expect(field).to_be_hidden()


def test_an_action_is_filled_in_previewed_confirmed_and_undone(view: Page, call: ScriptedCall) -> None:
    furnish(view, call, DESK)
    panel = view.get_by_role("region", name="Quick actions")
    expect(panel.get_by_role("button", name="Schedule callback")).to_be_disabled()
    expect(panel).to_contain_text("once the customer is known")
    call.add(identified())
    panel.get_by_role("button", name="Schedule callback").click()
    form = panel.get_by_role("form", name="Schedule callback")
    expect(form.get_by_label("On", exact=True)).to_have_value("2026-10-21")
    expect(form.get_by_role("combobox", name="Hour")).to_have_value("afternoon")
    form.get_by_role("button", name="Preview").click()
    assert commands(view) == [], "a required field is empty"
    form.get_by_label("About").fill("the delivery")
    form.get_by_role("button", name="Preview").click()
    arguments = {"due": "2026-10-21", "about": "the delivery", "hour": "afternoon"}
    assert clicked(view) == [{"name": "propose", "action": "callback", "arguments": arguments}]
    expect(form).to_have_count(0)

    call.add(PROPOSED)
    action = view.get_by_test_id("action-card")
    expect(action).to_be_focused()
    for text in ("Apply 10 % discount", "A credit of $24.90 on order #78901.", "Needs a supervisor"):
        expect(action).to_contain_text(text)
    expect(action.get_by_role("button", name="Undo")).to_be_hidden()
    action.get_by_role("button", name="Confirm").dblclick()
    expect(action).to_contain_text("confirming…")
    call.add(ActionTaken(action_id="act_1", effect="Credited $24.90.", taken_by="demo agent"))
    expect(action).to_have_attribute("data-state", "taken")
    expect(action).to_contain_text("Credited $24.90.")
    call.add(CallEnded(reason="completed"))
    action.get_by_role("button", name="Undo").click()
    expect(action).to_contain_text("undoing…")
    call.add(ActionUndone(action_id="act_1", undone_by="demo agent"))
    expect(action).to_have_attribute("data-state", "undone")
    names = [sent["name"] for sent in commands(view)]
    assert names == ["propose", "confirm", "ended", "undo"]


def test_declined_and_refused_actions_say_so(view: Page, call: ScriptedCall) -> None:
    furnish(view, call, DESK)
    call.add(identified(), PROPOSED)
    action = view.get_by_test_id("action-card")
    action.get_by_role("button", name="Decline").click()
    assert clicked(view) == [{"name": "decline", "action_id": "act_1"}]
    call.add(ActionRefused(action_id="act_1", reason="above 10 % needs a supervisor"))
    expect(action).to_contain_text("Not done")
    expect(action).to_contain_text("above 10 % needs a supervisor")
    expect(action.get_by_role("button", name="Confirm")).to_be_hidden()


def test_what_was_done_cannot_be_undone_after_wrap_up(view: Page, call: ScriptedCall) -> None:
    taken = ActionTaken(action_id="act_1", effect="Credited.", taken_by="demo agent")
    call.add(PROPOSED, taken, CallEnded(reason="completed"), WrapUpCompleted(disposition="Resolved"))
    shows(view, call)
    expect(view.get_by_test_id("action-card")).to_contain_text("Credited.")
    expect(view.get_by_role("button", name="Undo")).to_be_hidden()


def test_memory_keeps_what_matters(view: Page, call: ScriptedCall) -> None:
    furnish(view, call, DESK)
    memory = view.get_by_test_id("memory")
    expect(memory).to_contain_text("checklist 0 of 2")
    expect(memory.locator("[data-item=recording]")).to_have_attribute("data-state", "to do")
    due = CommitmentMade(
        commitment_id="c1", utterance_id="u2", party="agent", text="I’ll refund it by Friday", due="2026-10-23"
    )
    call.add(
        final("u1", "Where is it?", 3.0),
        TopicsSpotted(utterance_id="u1", topics=["order_status"]),
        SentimentScored(utterance_id="u1", score=-0.6),
        final("u3", "Thank you so much.", 75.0),
        SentimentScored(utterance_id="u3", score=0.7),
        QuestionRaised(utterance_id="u1", text="Where is it?"),
        due,
        ChecklistItemMet(item="greeting", utterance_id="u2"),
    )
    for text in ("checklist 1 of 2", "I’ll refund it by Friday", "due Oct 23, 2026", "Where is it?", "order status"):
        expect(memory).to_contain_text(text)
    expect(memory.get_by_role("img", name="The customer’s mood, from negative to positive")).to_be_visible()
    louder = ["louder by 8 dB", "higher by 3 semitones"]
    call.add(
        VoiceMood(party="customer", utterance_id="u1", arousal=0.6, raised=True, reasons=louder),
        VoiceMood(party="customer", utterance_id="u3", arousal=0.0, raised=False, reasons=[]),
    )
    expect(memory.get_by_test_id("voice-mood")).to_contain_text("Voice: as before")
    expect(memory).to_contain_text("Raised at 00:03: louder by 8 dB and higher by 3 semitones than before.")
    marks = lines(view).get_by_test_id("raised-voice")
    expect(marks.filter(visible=True)).to_have_text(
        "▲ raised voice: louder by 8 dB and higher by 3 semitones than before"
    )
    expect(memory.locator("[data-item=greeting]")).to_contain_text("met")
    promised = memory.get_by_role("region", name="Promised").locator(".row").element_handle()
    call.add(QuestionAnswered(utterance_id="u1", answered_by="u2"), CallEnded(reason="completed"))
    expect(memory.get_by_role("region", name="Not answered yet")).to_be_hidden()
    expect(memory.locator("[data-item=recording]")).to_contain_text("missed")
    assert promised.evaluate("row => row.isConnected"), "what did not change is not drawn anew"


def test_the_transcript_is_searched(view: Page, call: ScriptedCall) -> None:
    call.add(final("u1", "My order, my order!", 1.0), final("u2", "Which Order?", 2.0, "agent"))
    shows(view, call)
    view.keyboard.press("f")
    field = view.get_by_label("Search the transcript")
    expect(field).to_be_focused()
    field.press_sequentially("order")
    hits = view.locator(".search .hits")
    expect(lines(view).locator("mark.hit")).to_have_text(["order", "order", "Order"])
    expect(hits).to_have_text("1 of 3")
    field.press("Enter")
    field.press("Enter")
    expect(hits).to_have_text("3 of 3")
    expect(lines(view).nth(1).locator("mark.current")).to_have_text("Order")
    field.press("Shift+Enter")
    expect(hits).to_have_text("2 of 3")
    call.add(final("u3", "The order of the lamp.", 3.0))
    expect(hits).to_have_text("2 of 4")
    field.fill("nothing like it")
    expect(hits).to_have_text("No hits")
    field.press("Escape")
    expect(view.locator("mark.hit")).to_have_count(0)
    expect(lines(view).first).to_contain_text("My order, my order!")
    expect(hits).to_have_text("")


def test_a_moment_is_flagged_with_a_note(view: Page, call: ScriptedCall) -> None:
    call.add(final("u1", "First.", 1.0), final("u2", "Last.", 90.0), offset_s=60.0)
    shows(view, call)
    view.keyboard.press("m")
    note = view.get_by_label("Why this moment matters")
    expect(note).to_be_focused()
    note.fill("Loses patience")
    note.press("Enter")
    expect(note).to_be_hidden()
    (sent,) = clicked(view)
    assert (sent["name"], sent["note"]) == ("flag", "Loses patience")
    assert sent["at_s"] >= 60
    call.add(MomentFlagged(moment_id="m1", at_s=60.5, note="Loses patience"))
    expect(view.get_by_test_id("moment")).to_contain_text("01:00")
    expect(view.get_by_test_id("moment")).to_contain_text("Loses patience")
    assert top_px(lines(view).first) < top_px(view.get_by_test_id("moment")) < top_px(lines(view).nth(1))
    view.get_by_role("button", name="Flag").click()
    note.press("Escape")
    expect(note).to_be_hidden()
    assert len(commands(view)) == 1


def test_what_the_model_was_sent_can_be_looked_at(view: Page, call: ScriptedCall) -> None:
    drawer = view.get_by_test_id("prompts")
    drawer.locator("summary").first.click()
    expect(drawer).to_contain_text("Nothing so far")
    attack = "<img src=x onerror='window.attacked = true'>"
    call.add(
        *(
            PromptSent(
                prompt_id=f"p{i}",
                model="gpt-test",
                messages=[
                    {"role": "system", "content": f"Rules {i}"},
                    {"role": "user", "content": attack},
                    {"role": "assistant", "content": None, "tool_calls": [{"name": "get_order_status"}]},
                ],
                tools=["get_order_status"],
            )
            for i in range(7)
        )
    )
    expect(drawer.locator("summary").first).to_have_text("What the model was sent (last 5)")
    latest = drawer.locator("[data-prompt=p6]")
    for text in ("Latest: gpt-test, 3 messages", "Tools: get_order_status", "Rules 6", attack, '"tool_calls"'):
        expect(latest).to_contain_text(text)
    expect(drawer.locator("[data-prompt=p3] pre").first).to_be_hidden()
    assert view.evaluate("window.attacked") is None


def test_templates_are_picked_changed_and_copied(view: Page, call: ScriptedCall) -> None:
    view.context.grant_permissions(["clipboard-read", "clipboard-write"])
    drawer = view.get_by_test_id("templates")
    expect(drawer).to_be_hidden()
    furnish(view, call, DESK)
    expect(drawer).to_be_visible()
    view.keyboard.press("t")
    expect(drawer.get_by_label("Template", exact=True)).to_be_focused()
    text = drawer.get_by_label("Text of the template")
    expect(text).to_have_value("Your order is on its way.")
    drawer.get_by_label("Template", exact=True).select_option("Apology")
    expect(text).to_have_value("Sorry.")
    text.fill("Sorry, Sarah.")
    furnish(view, call, {**DESK, "templates": [*DESK["templates"], {"name": "Third", "text": "3"}]})
    expect(drawer.locator("option")).to_have_count(3)
    expect(text).to_have_value("Sorry, Sarah.")
    drawer.get_by_role("button", name="Copy").click()
    expect(drawer.get_by_role("status")).to_have_text("Copied")
    assert view.evaluate("navigator.clipboard.readText()") == "Sorry, Sarah."


def test_all_keys_are_told(view: Page, call: ScriptedCall) -> None:
    call.add(*shown("s1"))
    shows(view, call)
    view.keyboard.press("?")
    help_ = view.get_by_role("dialog", name="Keys")
    expect(help_).to_be_visible()
    view.keyboard.press("u")
    assert commands(view) == [], "keys rest while they are read about"
    view.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    view.get_by_role("button", name="Keys").click()
    told = help_.locator("kbd").all_inner_texts()
    assert {"U", "E", "D", "P", "/", "F", "M", "A", "T", "?"} <= set(told)
    help_.get_by_role("button", name="Close").click()
    expect(help_).to_be_hidden()


def test_the_page_says_who_helps(view: Page, call: ScriptedCall) -> None:
    name = view.get_by_test_id("assistant-name")
    expect(name).to_have_text("")
    furnish(view, call, DESK)
    expect(name).to_have_text("Help: gpt-test")


def test_after_call_time_runs_until_the_call_is_wrapped_up(view: Page, call: ScriptedCall) -> None:
    after_call = view.get_by_test_id("after-call-time")
    expect(after_call).to_have_text("")
    call.add(CallEnded(reason="completed"))
    expect(after_call).to_contain_text("After-call")
    call.add(WrapUpCompleted(disposition="Resolved"))
    expect(after_call).to_have_text("")


@pytest.mark.parametrize("width", [360, 768])
def test_everything_fits_a_narrow_window(view: Page, call: ScriptedCall, width: int) -> None:
    furnish(view, call, DESK)
    call.add(
        identified(),
        begun("s1"),
        completed("s1", "x" * 200, unverified=["y" * 80], confidence=0.5),
        PROPOSED,
        QuestionAsked(question_id="q", text="z" * 90),
        CommitmentMade(commitment_id="c1", utterance_id="u2", party="agent", text="w" * 90, due="2026-10-23"),
        MomentFlagged(moment_id="m1", at_s=1, note="v" * 90),
    )
    shows(view, call)
    view.set_viewport_size({"width": width, "height": 700})
    card(view, "s1").get_by_role("button", name="Dismiss").click()
    view.get_by_role("button", name="Schedule callback").click()
    view.get_by_role("button", name="Flag").click()
    assert view.evaluate("document.documentElement.scrollWidth <= innerWidth")
    wide = "[...shadow.querySelectorAll('.pane, .card, .scroller')].filter(each => each.scrollWidth > each.clientWidth)"
    assert view.evaluate(f"{wide}.map(each => each.className)") == []
