"""What the call view draws and does, in a real browser, mounted as Streamlit mounts it."""

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from scenes import (
    PROFILE,
    begun,
    card,
    commands,
    done,
    final,
    identified,
    lines,
    order_spotted,
    partial,
    shown,
    shows,
    top_px,
)
from scripted import ScriptedCall

from core.calls.events import (
    AudioDropped,
    CallEnded,
    Candidate,
    CandidatesFound,
    EntitySpotted,
    PartyMuted,
    ProviderFailed,
    SuggestionDelta,
    SuggestionDiscarded,
    SuggestionDismissed,
    SuggestionUsed,
    TopicsSpotted,
)

pytestmark = pytest.mark.browser


def test_words_settle_in_the_line_they_began_in(view: Page, call: ScriptedCall) -> None:
    call.add(partial("u1", "where is"))
    expect(lines(view)).to_have_attribute("data-final", "false")
    expect(lines(view).locator(".text")).to_have_css("font-style", "italic")
    first = lines(view).element_handle()
    call.add(partial("u1", "where is my"), final("u1", "Where is my order?"))
    expect(lines(view)).to_have_attribute("data-final", "true")
    expect(lines(view)).to_have_attribute("data-speaker", "customer")
    expect(lines(view)).to_contain_text("Where is my order?")
    expect(lines(view).locator(".text")).to_have_css("font-style", "normal")
    assert first.evaluate("(line, now) => line === now", lines(view).element_handle())


def test_lines_are_ordered_by_when_they_were_begun(view: Page, call: ScriptedCall) -> None:
    call.add(final("u3", "third", 30.0), final("u1", "first", 3.0), final("u2", "second", 75.0 - 60, "agent"))
    shows(view, call)
    assert lines(view).evaluate_all("all => all.map(line => line.dataset.utterance)") == ["u1", "u2", "u3"]
    expect(lines(view).nth(2).locator("time")).to_have_text("00:30")


def test_a_line_without_words_goes(view: Page, call: ScriptedCall) -> None:
    call.add(partial("u1", "the"))
    expect(lines(view)).to_have_count(1)
    call.add(final("u1", ""))
    expect(lines(view)).to_have_count(0)
    expect(view.get_by_role("region", name="Transcript")).to_contain_text("Words appear here")


def test_finals_are_announced_and_partials_are_not(view: Page, call: ScriptedCall) -> None:
    announcements = view.locator("[aria-live=polite].announcements")
    call.add(partial("u1", "hello the"))
    expect(lines(view)).to_have_count(1)
    expect(announcements).to_be_empty()
    call.add(final("u1", "Hello there."))
    expect(announcements).to_have_text("Customer: Hello there.")


def test_topics_and_spotted_words_are_marked(view: Page, call: ScriptedCall) -> None:
    call.add(
        final("u1", "It is order Seven Eight."),
        order_spotted("78"),
        TopicsSpotted(utterance_id="u1", topics=["account_access"]),
    )
    expect(lines(view).locator("mark")).to_have_text("Seven Eight")
    expect(lines(view).locator(".tag:not([hidden])")).to_have_text("account access")


def test_a_suggestion_grows_word_by_word(view: Page, call: ScriptedCall) -> None:
    call.add(final("u1", "Where is my order?"), begun("s1"), SuggestionDelta(suggestion_id="s1", text="Your "))
    expect(card(view, "s1")).to_have_attribute("data-state", "writing")
    expect(card(view, "s1").locator(".message")).to_have_text("Your ")
    expect(card(view, "s1").get_by_role("button", name="Use")).to_be_hidden()
    call.add(SuggestionDelta(suggestion_id="s1", text="order"))
    expect(card(view, "s1").locator(".message")).to_have_text("Your order")
    call.add(done("s1", "Your order ships.", "urgent", "alert"))
    expect(card(view, "s1")).to_have_attribute("data-state", "shown")
    expect(card(view, "s1")).to_have_attribute("data-priority", "urgent")
    expect(card(view, "s1")).to_contain_text("URGENT")
    expect(card(view, "s1")).to_contain_text("Alert")
    expect(card(view, "s1")).to_contain_text("playbook")


def test_evidence_is_there_on_demand(view: Page, call: ScriptedCall) -> None:
    call.add(final("u1", "Where is my order?"), *shown("s1"))
    evidence = card(view, "s1").locator("dl")
    expect(evidence).to_be_hidden()
    card(view, "s1").get_by_text("Evidence (2)").click()
    expect(evidence).to_contain_text("“Where is my order?”")
    expect(evidence).to_contain_text("orders/78901")
    expect(evidence).to_contain_text("shipped by FedEx on Oct 19")


def test_use_and_dismiss_are_sent_and_the_event_settles_them(view: Page, call: ScriptedCall) -> None:
    call.add(*shown("s1", "First."), *shown("s2", "Second."))
    card(view, "s1").get_by_role("button", name="Use").click()
    expect(card(view, "s1")).to_have_attribute("data-pending", "")
    expect(card(view, "s1")).to_have_attribute("data-state", "shown")
    card(view, "s2").get_by_role("button", name="Dismiss").click()
    card(view, "s2").get_by_role("button", name="No reason").click()
    expect(card(view, "s2")).to_contain_text("dismissing…")
    assert [(sent["name"], sent["suggestion_id"]) for sent in commands(view)] == [("use", "s1"), ("dismiss", "s2")]

    call.add(SuggestionUsed(suggestion_id="s1"), SuggestionDismissed(suggestion_id="s2"))
    expect(card(view, "s1")).to_have_attribute("data-state", "used")
    expect(card(view, "s1")).not_to_have_attribute("data-pending", "")
    expect(view.locator(".earlier-cards [data-testid=suggestion-card]")).to_have_count(2)
    expect(card(view, "s2").get_by_role("button", name="Use")).to_be_hidden()


def test_discarded_drafts_vanish(view: Page, call: ScriptedCall) -> None:
    call.add(begun("s1"), SuggestionDelta(suggestion_id="s1", text="Your"))
    expect(card(view, "s1")).to_be_visible()
    call.add(SuggestionDiscarded(suggestion_id="s1", reason="overtaken"))
    expect(card(view, "s1")).to_have_count(0)


def test_keys_act_on_the_newest_card_or_the_focused_one(view: Page, call: ScriptedCall) -> None:
    call.add(*shown("s1"), *shown("s2"), *shown("s3"))
    expect(view.locator("[data-keys]")).to_have_attribute("data-suggestion", "s3")
    view.keyboard.press("u")
    expect(card(view, "s3")).to_have_attribute("data-pending", "")
    view.keyboard.press("j")
    view.keyboard.press("ArrowDown")
    expect(card(view, "s2")).to_be_focused()
    view.keyboard.press("ArrowDown")
    expect(card(view, "s1")).to_be_focused()
    view.keyboard.press("k")
    view.keyboard.press("D")
    expect(card(view, "s2").get_by_role("group", name="Why dismiss?")).to_be_visible()
    view.keyboard.press("d")
    assert [(sent["name"], sent["suggestion_id"]) for sent in commands(view)] == [("use", "s3"), ("dismiss", "s2")]


def test_keys_are_left_alone_while_typing(view: Page, call: ScriptedCall) -> None:
    call.add(*shown("s1"))
    shows(view, call)
    view.locator("#outside").fill("")
    view.locator("#outside").press_sequentially("duck")
    view.locator("body").press("Control+u")
    assert commands(view) == []
    expect(view.locator("#outside")).to_have_value("duck")


def test_a_card_being_read_stays_where_it_is(view: Page, call: ScriptedCall) -> None:
    call.add(*shown("s1", "Read me. " * 10), *shown("s2", "Above."))
    shows(view, call)
    card(view, "s1").locator(".message").hover()
    top = top_px(card(view, "s1"))
    call.add(*shown("s3", "Urgent news. " * 12, "urgent"), SuggestionDismissed(suggestion_id="s2"))
    shows(view, call)
    assert top_px(card(view, "s1")) == pytest.approx(top, abs=1)
    expect(view.get_by_role("button", name="URGENT above")).to_be_visible()
    view.mouse.move(5, 5)
    expect(card(view, "s3")).to_be_in_viewport(ratio=1)
    expect(view.get_by_role("button", name="URGENT above")).to_be_hidden()


def test_a_card_being_read_stays_when_one_above_it_goes(view: Page, call: ScriptedCall) -> None:
    call.add(*shown("s1", "Read me."), *shown("s2", "Above. " * 20))
    shows(view, call)
    card(view, "s1").locator(".message").hover()
    top = top_px(card(view, "s1"))
    call.add(SuggestionDiscarded(suggestion_id="s2", reason="overtaken"))
    shows(view, call)
    assert top_px(card(view, "s1")) == pytest.approx(top, abs=1)


def test_scrolled_up_does_not_jump(view: Page, call: ScriptedCall) -> None:
    call.add(*(final(f"u{i}", f"Line {i}", float(i)) for i in range(60)))
    shows(view, call)
    expect(lines(view).last).to_be_in_viewport()
    newest = view.get_by_role("button", name="Newest")
    expect(newest).to_be_hidden()

    lines(view).nth(20).scroll_into_view_if_needed()
    expect(newest).to_be_visible()
    top = top_px(lines(view).nth(20))
    call.add(final("u60", "Line 60", 60.0), partial("u61", "and", 61.0))
    shows(view, call)
    assert top_px(lines(view).nth(20)) == top

    newest.click()
    expect(lines(view).last).to_be_in_viewport()
    expect(newest).to_be_hidden()
    call.add(final("u62", "Line 62", 62.0))
    expect(lines(view).last).to_contain_text("Line 62")
    expect(lines(view).last).to_be_in_viewport()


def test_the_customer_is_shown_with_the_order_in_question(view: Page, call: ScriptedCall) -> None:
    panel = view.get_by_test_id("customer-panel")
    expect(panel).to_contain_text("Facts appear here when")
    call.add(final("u1", "It is seven eight."), identified(), order_spotted("78901"))
    expect(panel).to_have_attribute("data-customer-id", "cus_2")
    for text in (
        "Silver",
        "#20417",
        "order 78901",
        "$1,280.50",
        "2 × Desk lamp",
        "FedEx",
        "Oct 23, 2026",
        "Late parcel",
    ):
        expect(panel).to_contain_text(text)
    expect(panel.locator(".order").first).to_have_attribute("data-order", "78901")
    expect(panel.locator(".order").first).to_contain_text("In question")
    expect(panel.locator("[data-in-question]")).to_have_count(1)
    expect(view.get_by_role("heading", name="Sarah Johnson")).to_be_visible()


@pytest.mark.parametrize("profile", [{}, dict.fromkeys(PROFILE), {**PROFILE, "tier": None, "orders": [{}]}])
def test_a_sparse_record_is_drawn(view: Page, call: ScriptedCall, profile: dict[str, Any]) -> None:
    call.add(identified(profile))
    shows(view, call)
    panel = view.get_by_test_id("customer-panel")
    expect(panel).to_contain_text("Sarah Johnson")
    for text in ("undefined", "null", "NaN"):
        expect(panel).not_to_contain_text(text)


def test_candidates_are_offered_and_none_is_picked(view: Page, call: ScriptedCall) -> None:
    found = [
        Candidate(customer_id="cus_2", account_number="20417", name="Sarah Johnson", score=0.8),
        Candidate(customer_id="cus_3", account_number="20999", name="Sara Johnston", score=0.7),
    ]
    call.add(CandidatesFound(heard="sarah john send", candidates=found))
    choice = view.get_by_role("group", name="Who is calling?")
    expect(choice).to_contain_text("“sarah john send” fits 2 customers")
    expect(view.get_by_test_id("customer-panel")).to_have_attribute("data-customer-id", "")
    choice.get_by_role("button", name="Sara Johnston").click()
    expect(choice.get_by_role("button", name="Sara Johnston")).to_be_disabled()
    assert [(sent["name"], sent["customer_id"]) for sent in commands(view)] == [("choose_customer", "cus_3")]
    call.add(identified())
    expect(choice).to_have_count(0)


def test_levels_show_silence_as_silence(view: Page, call: ScriptedCall) -> None:
    meter = view.get_by_role("meter", name="Customer level")
    expect(meter).to_have_attribute("aria-valuenow", "-96")
    call.send({"type": "Levels", "data": {"customer": {"rms_dbfs": -31.2, "peak_dbfs": -20.1}}})
    expect(meter).to_have_attribute("aria-valuenow", "-31")
    assert meter.locator(".meter-fill").evaluate("fill => fill.style.transform") == "scaleX(0.48)"
    call.send({"type": "Levels", "data": {"customer": {"rms_dbfs": -96, "peak_dbfs": -96}}})
    expect(meter).to_have_attribute("aria-valuetext", "silent")
    assert meter.locator(".meter-fill").evaluate("fill => fill.style.transform") == "scaleX(0)"


def test_mute_and_end_wait_for_the_call(view: Page, call: ScriptedCall) -> None:
    view.get_by_role("button", name="Mute customer", exact=True).click()
    expect(view.get_by_text("Muting…")).to_be_disabled()
    call.add(PartyMuted(party="customer"))
    expect(view.get_by_role("button", name="Unmute customer")).to_be_enabled()
    expect(view.get_by_role("group", name="Customer line")).to_contain_text("muted")
    view.get_by_role("button", name="End call").click()
    expect(view.get_by_role("button", name="Ending…")).to_be_disabled()
    expect(view.get_by_test_id("call-status")).to_have_attribute("data-state", "live")
    call.add(CallEnded(reason="interrupted"))
    expect(view.get_by_test_id("call-status")).to_have_text("Ended · interrupted")
    assert [command["name"] for command in commands(view)] == ["mute", "end", "ended"]


def test_problems_say_what_to_do_and_can_be_put_away(view: Page, call: ScriptedCall) -> None:
    failed = {"state": "failed", "message": "Allow the microphone, then start again."}
    call.send({"type": "Connections", "data": {"customer": failed}})
    expect(view.get_by_role("alert")).to_contain_text("Allow the microphone")
    call.add(
        ProviderFailed(provider="playbook", message="Go on without suggestions."),
        AudioDropped(party="customer", duration_s=0.5, reason="queue full"),
    )
    expect(view.locator(".notice")).to_have_count(3)
    view.locator(".notice", has_text="Go on without").get_by_role("button").click()
    expect(view.locator(".notice")).to_have_count(2)
    call.send({"type": "Connections", "data": {"customer": {"state": "connected", "message": ""}}})
    expect(view.locator(".notice")).to_have_text(
        ["Note: 0.5 s of what the customer said is missing: this computer could not keep up.×"]
    )


def test_text_from_the_call_is_never_markup(view: Page, call: ScriptedCall) -> None:
    attack = '<img src=x onerror="window.attacked = true"><b>bold</b>'
    profile = {**PROFILE, "plan": attack, "notes": [{"date": attack, "text": attack}], "preferences": {attack: attack}}
    call.add(
        final("u1", attack),
        EntitySpotted(utterance_id="u1", kind="name", value=attack, spoken="<b>bold</b>"),
        TopicsSpotted(utterance_id="u1", topics=[attack]),
        *shown("s1", attack),
        CandidatesFound(
            heard=attack, candidates=[Candidate(customer_id="c", account_number=attack, name=attack, score=1)]
        ),
    )
    shows(view, call)
    call.add(identified(profile), ProviderFailed(provider=attack, message=attack))
    shows(view, call)
    expect(lines(view)).to_contain_text(attack)
    assert view.evaluate("shadow.querySelectorAll('img, b').length") == 0
    assert view.evaluate("window.attacked") is None


@pytest.mark.parametrize("width", [360, 768, 1024])
def test_narrow_windows_do_not_scroll_sideways(view: Page, call: ScriptedCall, width: int) -> None:
    call.add(final("u1", "antidisestablishmentarianism" * 6), *shown("s1", "x" * 200), identified())
    shows(view, call)
    view.set_viewport_size({"width": width, "height": 700})
    assert view.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert view.evaluate(
        "[...shadow.querySelectorAll('.scroller')].every(each => each.scrollWidth <= each.clientWidth)"
    )
    tops = [
        top_px(view.get_by_role("region", name=name, exact=True)) for name in ("Suggestions", "Transcript", "Customer")
    ]
    assert (tops == sorted(set(tops))) is (width < 900)


def test_everything_to_press_has_a_name_and_everything_to_scroll_takes_the_keyboard(
    view: Page, call: ScriptedCall
) -> None:
    call.add(final("u1", "Hello."), *shown("s1"), *shown("s2"), SuggestionUsed(suggestion_id="s1"), identified())
    shows(view, call)
    unnamed = view.evaluate(
        "[...shadow.querySelectorAll('button')].filter(b => !(b.ariaLabel ?? b.textContent).trim()).length"
    )
    assert unnamed == 0
    for name in ("Words spoken", "Customer record", "Suggested answers"):
        expect(view.get_by_role("region", name=name)).to_have_attribute("tabindex", "0")
    ids = view.evaluate("[...shadow.querySelectorAll('[id]')].length")
    assert ids == 0, "several views on a page would share ids"
    levels = view.evaluate("[...shadow.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))")
    assert all(after - before <= 1 for before, after in pairwise(levels))
