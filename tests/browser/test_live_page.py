"""The live page as a person uses it: real app, real Chromium, real WebRTC, a fake microphone that speaks."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Playwright, expect
from running import Running, at_rest
from voices import accepts, at_the_desk, both_sides, calls_in, person, wave_file

from core.audio.frames import SPEECH_RATE_HZ
from core.config import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.real_time]

SCENARIO = ROOT / "data" / "scenarios" / "sarah_johnson.opus"
CALL_MS = 120_000


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What each party of the demo call says, as the file Chromium's fake microphone plays, over and over."""
    folder = tmp_path_factory.mktemp("microphones")
    sides = both_sides(SCENARIO)
    return {party: wave_file(folder / f"{party}.wav", pcm, SPEECH_RATE_HZ) for party, pcm in sides.items()}


def start_microphone_call(page: Page, app: Running) -> str:
    page.goto(app.url)
    page.get_by_role("button", name="Start a call with the microphone").click()
    return call_id_of(page)


def call_id_of(page: Page) -> str:
    page.wait_for_url(re.compile(r"call=call_"))
    return page.url.split("call=")[1]


def lines(page: Page, final: bool | None = None) -> Locator:
    state = "" if final is None else f"[data-final={str(final).lower()}]"
    return page.locator(f"[data-testid=transcript-line]{state}")


def watch_cards(page: Page) -> None:
    """Note every text a suggestion card shows, frame by frame."""
    page.evaluate(
        """() => {
          window.seen = {};
          const look = () => {
            for (const host of document.querySelectorAll("*")) {
              for (const card of host.shadowRoot?.querySelectorAll("[data-testid=suggestion-card]") ?? []) {
                const texts = (window.seen[card.dataset.suggestion] ??= []);
                if (texts.at(-1) !== card.innerText) texts.push(card.innerText);
              }
            }
            requestAnimationFrame(look);
          };
          look();
        }"""
    )


def end_and_wrap_up(page: Page) -> None:
    page.get_by_role("button", name="End call").click()
    expect(page.get_by_test_id("call-status")).to_have_attribute("data-state", "ended")
    page.get_by_label("Note").fill("Order is on its way.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Wrapped up: Resolved")).to_be_visible()


def test_a_spoken_call_from_the_microphone_to_the_stored_call(
    app: Running, playwright: Playwright, spoken: dict[str, Path]
) -> None:
    with person(playwright, spoken["customer"]) as page:
        call_id = start_microphone_call(page, app)
        expect(page.get_by_test_id("connection-status")).to_contain_text("Connected")
        watch_cards(page)
        partial = lines(page, final=False).first
        expect(partial).to_be_visible()
        utterance_id = partial.get_attribute("data-utterance")
        settled = page.locator(f"[data-utterance={utterance_id}][data-final=true]")
        expect(settled).to_be_visible()
        panel = page.get_by_test_id("customer-panel")
        expect(panel).to_have_attribute("data-customer-id", re.compile("sarah|.+"), timeout=CALL_MS)
        expect(panel).to_contain_text("Sarah Johnson")
        expect(panel).to_contain_text("In question", timeout=CALL_MS)
        answer = page.locator("[data-testid=suggestion-card]").filter(has_text="#78901 shipped").first
        expect(answer).to_have_attribute("data-state", "shown", timeout=CALL_MS)
        grown = page.evaluate("id => window.seen[id]", answer.get_attribute("data-suggestion"))
        assert len(grown) >= 4, "the suggestion did not grow word by word"
        expect(page.get_by_test_id("audio-level").first).to_be_visible()
        answer.get_by_role("button", name="Use").click()
        expect(page.locator("[data-testid=suggestion-card][data-state=used]")).to_have_count(1)
        end_and_wrap_up(page)

    stored = app.get(f"/api/calls/{call_id}")
    assert stored["customer"]["name"] == "Sarah Johnson"
    assert (stored["end_reason"], stored["disposition"], stored["resolved"]) == ("completed", "Resolved", True)
    assert "used" in [card["state"] for card in stored["suggestions"]]
    types = [event["type"] for event in app.events(call_id)]
    assert "AudioDropped" not in types
    assert types.index("TranscriptPartial") < types.index("TranscriptFinal")


def test_a_reload_in_mid_call_comes_back_to_the_same_call(
    app: Running, playwright: Playwright, spoken: dict[str, Path]
) -> None:
    with person(playwright, spoken["customer"]) as page:
        call_id = start_microphone_call(page, app)
        expect(lines(page, final=True).nth(1)).to_be_visible(timeout=CALL_MS)
        before = lines(page, final=True).all_inner_texts()
        page.reload()
        assert call_id_of(page) == call_id
        expect(lines(page, final=True).nth(len(before) - 1)).to_be_visible()
        assert lines(page, final=True).all_inner_texts()[: len(before)] == before
        expect(page.get_by_test_id("call-status")).to_have_attribute("data-state", "live")
        expect(lines(page, final=True).nth(len(before) + 1)).to_be_visible(timeout=CALL_MS)
        end_and_wrap_up(page)
    joined = [event["data"]["party"] for event in app.events(call_id) if event["type"] == "PartyJoined"]
    assert joined == ["customer", "customer"]


def test_the_demo_call_plays_to_its_end(app: Running, playwright: Playwright) -> None:
    with person(playwright) as page:
        page.goto(app.url)
        page.get_by_role("button", name="Play demo call").filter(has_text="order").click()
        call_id = call_id_of(page)
        expect(page.locator("[data-testid=transcript-line][data-speaker=agent]").first).to_be_visible()
        expect(page.locator("[data-testid=transcript-line][data-speaker=customer]").first).to_be_visible()
        expect(page.get_by_test_id("customer-panel")).to_contain_text("Sarah Johnson", timeout=CALL_MS)
        page.get_by_text("Hear the call").click()
        expect(page.locator("audio")).to_have_js_property("paused", False)
        page.get_by_role("link", name="Calls").click()
        # The call's page has a heading "Earlier calls", and going back before the address has changed leaves the call.
        expect(page.get_by_role("heading", name="Calls", exact=True)).to_be_visible()
        expect(page).to_have_url(f"{app.url}/calls")
        at_rest(page)
        page.go_back()
        expect(page.get_by_test_id("customer-panel")).to_contain_text("Sarah Johnson", timeout=CALL_MS)
        status = page.get_by_test_id("call-status")
        expect(status).to_have_attribute("data-state", "ended", timeout=CALL_MS)
        expect(page.get_by_label("Note")).to_be_visible()
    stored = app.get(f"/api/calls/{call_id}")
    assert {line["speaker"] for line in stored["transcript"]} == {"customer", "agent"}
    assert any("78901" in card["message"] for card in stored["suggestions"])


def test_what_two_people_say_stands_under_their_names(
    app: Running, playwright: Playwright, spoken: dict[str, Path]
) -> None:
    with person(playwright, spoken["agent"]) as desk, person(playwright, spoken["customer"], 390, 844) as caller:
        at_the_desk(desk, app, "Priya Nair")
        calls_in(caller, app)
        accepts(desk)
        said = {"customer": "order|return|goodbye|sarah", "agent": "help you|day|look at|welcome"}
        for party, words in said.items():
            line = desk.locator(f"[data-testid=transcript-line][data-speaker={party}][data-final=true]")
            expect(line.filter(has_text=re.compile(words)).first).to_be_visible(timeout=90_000)
        desk.get_by_role("button", name="End call").click()
        expect(desk.get_by_test_id("call-status")).to_have_attribute("data-state", "ended")
