"""How the call view follows a call: connections that break, script runs that come again, several views."""

import pytest
from playwright.sync_api import Page, expect
from scenes import STARTED, begun, card, commands, final, lines, mount, open_page, partial, shown, shows
from scripted import ScriptedCall, ScriptedServer

from core.calls.events import (
    CallEnded,
    SuggestionDelta,
    SuggestionUsed,
    WrapUpCompleted,
)

pytestmark = pytest.mark.browser


def test_a_dropped_connection_resumes_after_the_last_event(view: Page, call: ScriptedCall) -> None:
    call.add(final("u1", "Before.", 1.0))
    shows(view, call)
    status = view.get_by_test_id("connection-status")
    expect(status).to_have_text("Connected")
    seen = len(call.wires)
    call.drop()
    expect(status).to_have_text("Reconnecting…")
    call.add(final("u2", "Meanwhile.", 2.0), *shown("s1", "One "))
    shows(view, call)
    expect(status).to_have_text("Connected")
    assert call.afters == [0, seen]
    expect(lines(view)).to_have_count(2)
    expect(card(view, "s1").locator(".message")).to_have_text("One ")


def test_repeated_events_are_ignored_and_a_gap_is_fetched_again(view: Page, call: ScriptedCall) -> None:
    call.add(begun("s1"), SuggestionDelta(suggestion_id="s1", text="once"))
    shows(view, call)
    call.send(call.wires[-1])
    call.wires.append({**call.wires[-1], "seq": len(call.wires) + 1, "data": {"suggestion_id": "s1", "text": " more"}})
    call.add(SuggestionDelta(suggestion_id="s1", text=" each"))
    shows(view, call)
    expect(card(view, "s1").locator(".message")).to_have_text("once more each")
    assert call.afters == [0, 4]


def test_a_finished_call_is_not_asked_for_again(view: Page, call: ScriptedCall) -> None:
    call.add(CallEnded(reason="completed"), offset_s=65.0)
    status = view.get_by_test_id("call-status")
    expect(status).to_have_attribute("data-state", "ended")
    call.add(WrapUpCompleted(disposition="resolved"))
    expect(status).to_have_text("Ended · resolved")
    call.drop(1000)
    expect(view.get_by_test_id("connection-status")).to_have_text("Complete")
    expect(view.locator(".duration")).to_have_text("01:05")
    expect(view.get_by_role("button", name="End call")).to_be_hidden()
    assert call.afters == [0]
    assert [command["name"] for command in commands(view)] == ["ended"]


def test_a_refused_call_says_why_and_is_not_asked_for_again(
    page: Page, server: ScriptedServer, call: ScriptedCall
) -> None:
    call.refusal = "No call has this id: open one from the list of calls."
    open_page(page, server)
    mount(page, call)
    expect(page.get_by_role("alert")).to_contain_text("open one from the list of calls")
    expect(page.get_by_test_id("connection-status")).to_have_text("Not available")
    assert call.afters == [0]


def test_invoking_again_neither_reconnects_nor_redraws(view: Page, call: ScriptedCall) -> None:
    call.add(final("u1", "Stay.", 1.0))
    shows(view, call)
    line = lines(view).element_handle()
    # A rerun, then a theme change overtaken by another: the clean-up of the overtaken invocation comes last.
    view.evaluate(
        """id => {
          window.cleanUp = invoke(shadow, id);
          const overtaken = invoke(shadow, id);
          window.cleanUp = invoke(shadow, id);
          overtaken();
        }""",
        call.call_id,
    )
    call.add(final("u2", "Still here.", 2.0))
    shows(view, call)
    expect(view.get_by_test_id("call-view")).to_have_count(1)
    assert call.afters == [0]
    assert line.evaluate("(line, now) => line === now", lines(view).first.element_handle())


def test_the_clean_up_closes_and_another_call_replaces(view: Page, call: ScriptedCall, server: ScriptedServer) -> None:
    other = server.call("another-call")
    other.add(*STARTED, final("u9", "Other call.", 1.0))
    view.evaluate("id => { window.cleanUp = invoke(shadow, id) }", other.call_id)
    expect(lines(view)).to_have_count(1)
    expect(lines(view)).to_contain_text("00:01CustomerOther call.")
    view.evaluate("shadow.host.remove(), cleanUp()")
    expect(view.get_by_test_id("call-view")).to_have_count(0)
    mount(view, call)
    shows(view, call)
    assert call.afters == [0, 0]


def test_two_views_share_nothing(view: Page, call: ScriptedCall, server: ScriptedServer) -> None:
    other = server.call("beside")
    other.add(*STARTED, *shown("s2"))
    mount(view, other)
    shows(view, other, place=1)
    call.add(*shown("s1"))
    shows(view, call)
    card(view, "s2").focus()
    view.keyboard.press("u")
    assert [(sent["name"], sent["suggestion_id"]) for sent in commands(view)] == [("use", "s2")]
    expect(card(view, "s1")).not_to_have_attribute("data-pending", "")


def test_a_click_is_sent_again_with_the_next_until_the_call_confirms_it(view: Page, call: ScriptedCall) -> None:
    call.add(*shown("s1"), *shown("s2"))
    card(view, "s1").get_by_role("button", name="Use").click()
    card(view, "s2").get_by_role("button", name="Use").click()
    call.add(SuggestionUsed(suggestion_id="s1"), SuggestionUsed(suggestion_id="s2"))
    shows(view, call)
    view.get_by_role("button", name="Mute customer").click()
    sent = [[command["name"] for command in value] for _, value in view.evaluate("window.commands")]
    assert sent == [["use"], ["use", "use"], ["mute"]]
    assert len({command["id"] for command in commands(view)}) == 3


def test_a_backlog_is_drawn_in_one_go(page: Page, server: ScriptedServer, call: ScriptedCall) -> None:
    call.add(*STARTED)
    for i in range(400):
        call.add(partial(f"u{i}", "so"), partial(f"u{i}", "so it"), final(f"u{i}", f"So it is {i}.", float(i)))
        if i % 10 == 0:
            call.add(*shown(f"s{i}"))
    open_page(page, server)
    page.evaluate(
        """id => {
          window.shadow = place();
          window.drawn = new Set();
          invoke(shadow, id);
          const view = shadow.querySelector("[data-testid=call-view]");
          new MutationObserver(() => drawn.add(view.dataset.seq)).observe(view, { attributeFilter: ["data-seq"] });
        }""",
        call.call_id,
    )
    shows(page, call)
    expect(lines(page)).to_have_count(400)
    assert page.evaluate("[...drawn]") == ["0", str(len(call.wires))]
