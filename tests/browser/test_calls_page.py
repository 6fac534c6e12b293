"""The history in a real browser: looking for calls, leafing, opening, links that say it all."""

import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from insights.stored import store
from playwright.sync_api import Locator, Page, expect
from running import SCRIPTED_SPEECH, Running, running_app

from core.calls.log import EventLog
from core.clock import ManualClock
from core.database import open_database

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CALLS = 60


@pytest.fixture(scope="module")
def app_settings() -> dict[str, str]:
    return SCRIPTED_SPEECH


@pytest.fixture(scope="module")
def app_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With 60 calls: every third in Spanish, by chat and of a gold customer, every tenth flagged."""
    folder = tmp_path_factory.mktemp("history")
    database = open_database(f"duckdb:///{folder / 'app.duckdb'}")
    clock = ManualClock(datetime(2026, 1, 5, 9, tzinfo=UTC))
    log = EventLog(database, clock)
    for number in range(CALLS):
        third = number % 3 == 0
        words = "Mi última factura <b>está</b> mal." if third else f"I want a refund for order {78_900 + number}."
        store(
            log,
            clock,
            f"call_{number:02}",
            ("agent", "How can I help?"),
            ("customer", words),
            customer="Ana Ruiz" if third else "Bo Lee",
            channel="chat" if third else "voice",
            tier="gold" if third else "silver",
            agent="Lucia Fernandez" if third else "Alex Morgan",
            flagged=number % 10 == 0,
        )
    log.close()
    database.dispose()
    return folder


def opened(page: Page, app: Running, address: str = "calls") -> Page:
    page.goto(f"{app.url}/{address}")
    return page


def told(page: Page, text: str) -> None:
    expect(page.get_by_text(text, exact=True)).to_be_visible()


def found(page: Page) -> Locator:
    return page.get_by_test_id("found-call")


def test_the_list_is_leafed_through(page: Page, app: Running) -> None:
    opened(page, app)
    told(page, "1–50 of 60 calls")
    expect(page.get_by_role("button", name="Previous")).to_be_disabled()
    page.get_by_role("button", name="Next").click()
    told(page, "51–60 of 60 calls")
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    page.get_by_role("button", name="Previous").click()
    told(page, "1–50 of 60 calls")


def test_words_are_marked_and_lead_to_their_moment(page: Page, app: Running) -> None:
    opened(page, app)
    told(page, "1–50 of 60 calls")
    box = page.get_by_role("textbox", name="Search what was said")
    box.fill('"ultima factura"')
    box.press("Enter")
    expect(found(page)).to_have_count(20)
    told(page, "1–20 of 20 calls")
    first = found(page).first
    expect(first).to_have_attribute("data-call", "call_57")
    expect(first.locator("mark")).to_have_text("última factura")
    expect(first.get_by_test_id("found-line")).to_have_text("00:11Customer: Mi última factura <b>está</b> mal.")
    moment = urlsplit(first.get_by_test_id("found-line").get_attribute("href") or "")
    assert (moment.path, parse_qs(moment.query)) == ("replay", {"call": ["call_57"], "at": ["11.0"]})
    expect(page).to_have_url(re.compile(r"words=%22ultima(\+|%20)factura%22"))


def test_a_link_says_which_calls_are_meant(page: Page, app: Running) -> None:
    opened(page, app, "calls?words=refund&agent=Alex+Morgan&flagged=1&since=2026-01-05&until=2026-01-07")
    expect(found(page)).to_have_count(4)
    expect(page.get_by_role("textbox", name="Search what was said")).to_have_value("refund")
    page.get_by_role("button", name="Filters (2)").click()
    expect(page.get_by_test_id("stPopoverBody").get_by_text("Alex Morgan")).to_be_visible()
    page.get_by_role("button", name="Show all calls").click()
    told(page, "1–50 of 60 calls")
    assert "agent" not in page.url


def test_filters_are_kept_in_the_address(page: Page, app: Running) -> None:
    opened(page, app)
    page.get_by_role("button", name="Filters").click()
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="chat").click()
    told(page, "1–20 of 20 calls")
    expect(page).to_have_url(re.compile("channel=chat"))
    page.reload()
    told(page, "1–20 of 20 calls")


def test_a_call_opens_for_reading_and_leads_back(page: Page, app: Running) -> None:
    opened(page, app, "calls?words=78901")
    found(page).get_by_role("link", name="Bo Lee").click()
    expect(page.get_by_test_id("transcript-line")).to_have_count(2)
    assert parse_qs(urlsplit(page.url).query) == {"words": ["78901"], "call": ["call_01"]}
    replay = page.get_by_role("link", name="Replay")
    assert parse_qs(urlsplit(replay.get_attribute("href") or "").query) == {"call": ["call_01"], "at": ["0"]}
    page.get_by_role("button", name="Export").click()
    exported = page.get_by_role("link", name="WebVTT").get_attribute("href") or ""
    assert exported.endswith("api/calls/call_01/export.vtt")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Back to the calls").click()
    expect(found(page)).to_have_count(1)


def test_a_row_opens_its_call(page: Page, app: Running) -> None:
    opened(page, app, "calls?sort=started_at")
    table = page.get_by_test_id("stDataFrame")
    told(page, "1–50 of 60 calls")
    table.click(position={"x": 16, "y": 54})
    expect(page.get_by_test_id("transcript-line")).to_have_count(2)
    assert "call=call_00" in page.url


def test_the_export_is_of_the_calls_chosen(page: Page, app: Running) -> None:
    opened(page, app, "calls?tier=gold&agent=A%26B&agent=Lucia+Fernandez")
    told(page, "1–20 of 20 calls")
    page.get_by_role("button", name="Export").click()
    address = urlsplit(page.get_by_role("link", name="CSV").get_attribute("href") or "")
    assert address.path.endswith("api/export/calls.csv")
    assert parse_qs(address.query) == {"tier": ["gold"], "agent": ["A&B", "Lucia Fernandez"]}


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("calls?words=nothinglikeit", "No call fits all of this. Take a filter away, or use fewer words."),
        ("calls?mood=odd", "mood=odd in the address is none: write one of negative, neutral, positive"),
        ("calls?call=nobody", "no call has the id nobody"),
        ("calls?words=%3F", "There is no word in this to look for."),
    ],
)
def test_what_is_not_there_is_said(page: Page, app: Running, address: str, words: str) -> None:
    opened(page, app, address)
    told(page, words)


def test_an_empty_history_says_how_to_fill_it(page: Page, tmp_path: Path) -> None:
    with running_app(tmp_path, **SCRIPTED_SPEECH) as app:
        opened(page, app)
        expect(page.get_by_text("No calls yet.")).to_be_visible()


@pytest.mark.parametrize("address", ["calls", "calls?words=refund"])
def test_a_phone_shows_all_of_it(page: Page, app: Running, address: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    opened(page, app, address)
    expect(page.get_by_role("button", name="Next")).to_be_visible()
    width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= 360
