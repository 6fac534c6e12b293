"""A supervisor rates a call: the page of the running app, over calls that are in its database when it starts."""

import re
from pathlib import Path
from shutil import copyfile

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from running import SCRIPTED_SPEECH, WAIT_MS, Running, at_rest

from core.calls.events import CallEnded, CallStarted, ChecklistItemMet, Event, Party, TranscriptFinal
from core.calls.log import EventLog
from core.clock import ManualClock
from core.database import open_database

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AGENT, ROBIN, JORDAN = "Alex Morgan", "Robin Castillo", "Jordan Blake"
GOOD: list[tuple[Party, str]] = [
    ("agent", "Thank you for calling, how can I help you?"),
    ("agent", "This call is being recorded. May I have your account number?"),
    ("customer", "It is four four one. My bill is <b>far</b> too high."),
    ("agent", "Your balance is ninety dollars, I will credit ten."),
    ("agent", "Is there anything else? Goodbye!"),
]
POOR: list[tuple[Party, str]] = [
    ("agent", "Yes?"),
    ("customer", "My card does not work."),
    ("agent", "Then tell me your card number."),
]


def call_in_database(log: EventLog, call_id: str, lines: list[tuple[Party, str]], met: dict[str, int]) -> None:
    log.open(call_id, lambda: 0.0)
    events: list[tuple[float, Event]] = [(0.0, CallStarted(source="microphone", agent=AGENT))]
    for number, (speaker, text) in enumerate(lines):
        start_s = 2.0 + 6 * number
        said = TranscriptFinal(
            utterance_id=f"{call_id}_{number}",
            speaker=speaker,
            text=text,
            start_s=start_s,
            end_s=start_s + 4,
            confidence=None,
            engine="scripted",
        )
        events.append((start_s + 4, said))
        for item, line in met.items():
            if line == number:
                events.append((start_s + 4, ChecklistItemMet(item=item, utterance_id=f"{call_id}_{number}")))
    events.append((events[-1][0] + 1, CallEnded(reason="completed")))
    for offset_s, event in events:
        log.append(call_id, event, offset_s)


@pytest.fixture(scope="module")
def app_settings() -> dict[str, str]:
    return SCRIPTED_SPEECH


@pytest.fixture(scope="module")
def app_folder(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Path:
    """With a call that went well and one that did not."""
    folder = tmp_path_factory.mktemp("quality")
    copyfile(seeded, folder / "app.duckdb")
    engine = open_database(f"duckdb:///{folder / 'app.duckdb'}")
    log = EventLog(engine, ManualClock())
    call_in_database(log, "call_good", GOOD, {"recording": 1, "verification": 1})
    call_in_database(log, "call_poor", POOR, {})
    log.close()
    engine.dispose()
    return folder


@pytest.fixture
def quality(page: Page, app: Running) -> Page:
    page.goto(f"{app.url}/quality?as={ROBIN}")
    return page


def row(page: Page, call_id: str) -> Locator:
    return page.locator(f".st-key-candidate-{call_id}")


def question(page: Page, question_id: str) -> Locator:
    return page.locator(f".st-key-question-{question_id}")


def choose(page: Page, question_id: str, value: str) -> None:
    radio = question(page, question_id).get_by_role("radio", name=value, exact=True)
    at_rest(page)
    radio.locator("xpath=ancestor::label").click()
    expect(radio).to_be_checked()


def open_call(page: Page, call_id: str) -> None:
    row(page, call_id).get_by_role("button").click()
    expect(page.get_by_role("button", name="Back to the calls")).to_be_visible()
    expect(page.get_by_text("What was said")).to_be_visible()


def shown_score(page: Page) -> Locator:
    return page.locator(".st-key-score").get_by_test_id("stMetricValue")


def test_a_call_is_rated_from_the_list_to_the_list(quality: Page) -> None:
    page = quality
    expect(row(page, "call_good")).to_contain_text("Not rated")
    open_call(page, "call_good")
    greeting = question(page, "greeting")
    expect(greeting.get_by_role("radio", name="Yes")).to_be_checked()
    expect(greeting).to_contain_text("Rule: Yes. Said 2 s after the answer.")
    expect(greeting.get_by_role("link", name="00:02")).to_have_attribute(
        "href", re.compile(r"replay\?call=call_good&at=2")
    )
    expect(question(page, "hold_announced").get_by_role("radio", name="N/A")).to_be_checked()
    expect(shown_score(page)).to_have_text("100 %")

    page.get_by_role("button", name="Finish", exact=True).click()
    expect(page.get_by_text("Before it can be finished")).to_be_visible()
    for scale, value in (("listening", "5"), ("empathy", "3"), ("right_answer", "5")):
        choose(page, scale, value)
    choose(page, "solved", "Yes")

    question(page, "empathy").get_by_role("button", name="Comment").click()
    page.locator(".st-key-said").get_by_role("button", name="My bill is <b>far</b> too high").click()
    expect(question(page, "empathy").get_by_role("link", name="00:14")).to_have_attribute(
        "href", re.compile("at=14.00")
    )
    box = question(page, "empathy").get_by_label("Comment")
    box.fill("No word of sympathy here")
    box.blur()

    page.get_by_role("button", name="Finish", exact=True).click()
    expect(page.get_by_text("Finished on")).to_be_visible()
    # 1 + 1 + 2 + 2 + 2·1 + 2·½ + 2 + 1 + 1 + 3 + 3 + 1 = 20 of 21
    expect(shown_score(page)).to_have_text("95 %")
    expect(question(page, "empathy").get_by_role("radio", name="3")).to_be_disabled()
    expect(question(page, "empathy").get_by_label("Comment")).to_have_value("No word of sympathy here")
    page.get_by_role("button", name="Back to the calls").click()
    expect(row(page, "call_good")).to_contain_text("95 %")
    expect(row(page, "call_good").get_by_role("button")).to_have_text("Open")


def test_an_automatic_fail_is_shown_and_a_decision_against_a_rule_needs_a_reason(quality: Page) -> None:
    page = quality
    open_call(page, "call_poor")
    expect(question(page, "greeting").get_by_role("radio", name="No", exact=True)).to_be_checked()
    failed = page.get_by_role("alert").filter(has_text="Automatic fail")
    expect(failed).to_contain_text("asking for card numbers")
    expect(shown_score(page)).to_have_text("0 %")

    choose(page, "no_card_data", "Yes")
    expect(failed).to_have_count(0)
    page.get_by_role("button", name="Finish", exact=True).click()
    expect(page.get_by_text("Say why the rule's answer")).to_be_visible()
    reason = question(page, "no_card_data").get_by_label("Why the rule's answer does not stand")
    reason.fill("It was the loyalty card")
    reason.press("Enter")
    page.get_by_role("button", name="Run the rules again").click()
    expect(page.get_by_text("The rules answer as before.")).to_be_visible()
    expect(question(page, "no_card_data").get_by_role("radio", name="Yes")).to_be_checked()
    expect(reason).to_have_value("It was the loyalty card")

    choose(page, "no_card_data", "No")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Draft saved.")).to_be_visible()
    page.reload()
    expect(failed).to_be_visible()
    for asked, value in (("listening", "1"), ("empathy", "1"), ("right_answer", "1"), ("solved", "No")):
        choose(page, asked, value)
    page.get_by_role("button", name="Finish", exact=True).click()
    expect(page.get_by_text("Finished on")).to_be_visible()
    page.get_by_role("button", name="Edit again").click()
    expect(page.get_by_role("button", name="Finish", exact=True)).to_be_visible()
    expect(page.get_by_text("Your 2 versions")).to_be_visible()
    page.get_by_role("button", name="Back to the calls").click()
    expect(row(page, "call_poor")).to_contain_text("Automatic fail · 0 %")


def test_another_supervisor_sees_the_scores_of_others_only_after_their_own(
    chromium: Browser, app: Running, quality: Page
) -> None:
    expect(row(quality, "call_good")).to_contain_text("95 %")
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{app.url}/quality?as={JORDAN}")
    open_call(page, "call_good")
    expect(page.get_by_text("shown when you have finished yours")).to_be_visible()
    expect(page.get_by_text("Calibration")).to_have_count(0)
    for asked in ("listening", "empathy", "right_answer", "solved"):
        choose(page, asked, "N/A")
    page.get_by_role("button", name="Finish", exact=True).click()
    expect(page.get_by_text("Calibration")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the phone scrolls sideways"
    context.close()


def test_who_is_no_supervisor_is_asked_to_be_one(page: Page, app: Running) -> None:
    page.goto(f"{app.url}/quality?as={AGENT}")
    expect(page.get_by_text("Calls are rated by supervisors.")).to_be_visible()
    page.get_by_role("button", name=ROBIN).click()
    expect(page.get_by_text("Which calls")).to_be_visible()
