"""The instructor's page as a person uses it: real app, real Chromium."""

import re

import pytest
from playwright.sync_api import Page, expect
from running import Running, at_rest, pick

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TITLES = ("Two payments for one month", "I have had enough")


@pytest.fixture
def classroom(app: Running, page: Page) -> Page:
    page.goto(app.url)
    page.get_by_role("link", name="Classroom").click()
    expect(page.get_by_role("heading", name="Classroom")).to_be_visible()
    return page


def choose(page: Page, *titles: str) -> None:
    for title in titles:
        at_rest(page)
        pick(page, "Who calls", title)
    page.keyboard.press("Escape")


def test_callers_are_started_wait_and_are_hung_up(classroom: Page) -> None:
    start = classroom.get_by_role("button", name="Start callers")
    expect(start).to_be_disabled()
    choose(classroom, *TITLES)
    at_rest(classroom)
    count = classroom.get_by_role("spinbutton", name="How many callers")
    expect(count).to_have_value("2")
    count.fill("3")
    count.press("Enter")
    start.click()

    hang_up = classroom.get_by_role("button", name="Hang up", exact=True)
    expect(hang_up).to_have_count(3)
    expect(classroom.get_by_text("waits").or_(classroom.get_by_text("rings at")).first).to_be_visible()
    expect(classroom.locator("strong").filter(has_text=TITLES[0])).to_have_count(2)

    hang_up.first.click()
    expect(hang_up).to_have_count(2)
    classroom.get_by_role("button", name="Hang up for all of them").click()
    expect(classroom.get_by_text("Nobody. Callers you start appear here")).to_be_visible()


def test_the_class_finds_the_customer_page(classroom: Page, app: Running) -> None:
    code = classroom.get_by_role("img", name=f"QR code for {app.url}/customer")
    expect(code).to_be_visible()
    box = code.bounding_box()
    assert box is not None
    assert 150 < box["width"] == pytest.approx(box["height"], abs=1)
    expect(classroom.get_by_text("works on this machine only")).to_be_visible()

    address = classroom.get_by_role("textbox", name="Address for the class")
    address.fill("http://192.0.2.7:8501/customer")
    address.press("Enter")
    expect(classroom.get_by_role("img", name="QR code for http://192.0.2.7:8501/customer")).to_be_visible()
    expect(classroom.get_by_text("a phone can write, not talk")).to_be_visible()
    address.fill("nonsense")
    address.press("Enter")
    expect(classroom.get_by_text("Write an address such as")).to_be_visible()


def test_what_callers_are_about_is_told_before(classroom: Page) -> None:
    classroom.get_by_text("What each caller is about").click()
    table = classroom.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(11)
    expect(table).to_contain_text("Routing by language")
    expect(table.get_by_text(re.compile(r"^1:\d\d$")).first).to_be_visible()


def test_it_fits_a_phone(classroom: Page) -> None:
    classroom.set_viewport_size({"width": 390, "height": 800})
    expect(classroom.get_by_test_id("qr-code")).to_be_visible()
    wide = classroom.evaluate("document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth")
    assert not wide
