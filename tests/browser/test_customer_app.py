"""The customer's page of the running app, from a browser that counts as somebody else's, with an agent at the desk."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from running import SCRIPTED_SPEECH, WAIT_MS, Running, running_app

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ELSEWHERE = {"X-Forwarded-For": "10.0.0.9"}


@pytest.fixture(scope="module")
def chromium_arguments() -> list[str]:
    return ["--use-fake-device-for-media-stream"]


@contextmanager
def seen_by(chromium: Browser, *, customer: bool, microphone: bool = False) -> Iterator[Page]:
    context = chromium.new_context(
        viewport={"width": 390, "height": 844} if customer else {"width": 1280, "height": 800},
        extra_http_headers=ELSEWHERE if customer else {},
        permissions=["microphone"] if microphone else [],
    )
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    yield page
    context.close()


def called(page: Page) -> str:
    """The visit the address names."""
    page.wait_for_url(re.compile("visit="))
    return page.url.split("visit=")[1]


def headline(page: Page, text: str) -> None:
    expect(page.get_by_test_id("customer-view").get_by_role("heading")).to_have_text(text)


def test_the_first_visitor_ever_gets_the_customers_page_whatever_the_address(tmp_path: Path, chromium: Browser) -> None:
    with running_app(tmp_path, **SCRIPTED_SPEECH) as fresh, seen_by(chromium, customer=True) as page:
        for path in ("/calls", "/live", "/wrap_up", "/floor", "/viewers", "/"):
            page.goto(f"{fresh.url}{path}")
            expect(page.get_by_role("heading", name="Contact us")).to_be_visible()
            expect(page.get_by_text("Search summaries")).to_have_count(0)
            expect(page.get_by_role("link", name="Calls")).to_have_count(0)


def test_a_chat_between_a_customer_elsewhere_and_the_agent_here(app: Running, chromium: Browser) -> None:
    with seen_by(chromium, customer=True) as customer, seen_by(chromium, customer=False) as agent:
        customer.goto(f"{app.url}/customer?name=Sarah%20Johnson&reason=Where%20is%20my%20order")
        expect(customer.get_by_label("Your name")).to_have_value("Sarah Johnson")
        customer.get_by_role("radio", name="Write").click()
        customer.get_by_role("button", name="Start chat").click()
        visit_id = called(customer)
        headline(customer, "You are next")

        agent.goto(f"{app.url}/?as=Alex%20Morgan")
        agent.get_by_role("button", name="Available", exact=True).click()
        headline(customer, "Connecting you now")
        agent.get_by_role("button", name="Accept").click()
        headline(customer, "You are chatting with Alex")

        box = customer.get_by_label("Message", exact=True)
        box.fill("Hello, where is my order 78901?")
        box.press("Enter")
        expect(agent.get_by_test_id("transcript-line").filter(has_text="order 78901")).to_be_visible()
        expect(customer.get_by_test_id("message")).to_contain_text("Delivered")

        customer.reload()
        assert called(customer) == visit_id
        headline(customer, "You are chatting with Alex")
        expect(customer.get_by_test_id("message")).to_contain_text("Hello, where is my order 78901?")

        customer.get_by_role("button", name="End chat", exact=True).click()
        customer.get_by_role("button", name="Yes, end chat").click()
        headline(customer, "The chat is over")
        customer.get_by_role("radio", name="5 of 5").check(force=True)
        customer.get_by_role("button", name="Send rating").click()
        expect(customer.get_by_text("Thank you for your rating.")).to_be_visible()
        customer.get_by_role("button", name="Call again").click()
        expect(customer.get_by_role("heading", name="Contact us")).to_be_visible()
        assert "visit=" not in customer.url


def test_who_refuses_the_microphone_waits_for_nobody_and_can_chat_instead(app: Running, chromium: Browser) -> None:
    calls = app.get("/api/health")["live_calls"]
    with seen_by(chromium, customer=True) as customer:
        customer.goto(f"{app.url}/customer")
        expect(customer.get_by_text("We need your microphone so that we can hear you.")).to_be_visible()
        customer.get_by_role("button", name="Call", exact=True).click()
        expect(customer.get_by_role("alert")).to_contain_text("does not let us use the microphone")
        assert app.get("/api/health")["live_calls"] == calls
        customer.get_by_role("button", name="Chat instead").click()
        called(customer)
        expect(customer.get_by_role("button", name="Stop waiting", exact=True)).to_be_visible()
        expect(customer.get_by_role("button", name="Mute")).to_be_hidden()
        customer.get_by_role("button", name="Stop waiting", exact=True).click()
        customer.get_by_role("button", name="Yes, stop waiting").click()
        headline(customer, "You left before we could answer")


def test_a_call_with_the_microphone_waits_for_an_agent(app: Running, chromium: Browser) -> None:
    with seen_by(chromium, customer=True, microphone=True) as customer:
        customer.goto(f"{app.url}/customer")
        customer.get_by_text("Yes, you may record this call").click()
        customer.get_by_role("button", name="Call", exact=True).click()
        called(customer)
        expect(customer.get_by_role("button", name="Mute")).to_be_visible()
        expect(customer.get_by_test_id("customer-view")).to_have_attribute("data-phase", re.compile("waiting|ringing"))
        customer.get_by_role("button", name="Stop waiting", exact=True).click()
        customer.get_by_role("button", name="Yes, stop waiting").click()
        headline(customer, "You left before we could answer")
