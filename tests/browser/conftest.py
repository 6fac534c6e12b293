"""A real Chromium for the tests that need one."""

from collections.abc import Iterator

import pytest
from chromium_launch import ARGUMENTS, chromium_path
from playwright.sync_api import Browser, Page, sync_playwright
from scenes import STARTED, mount, open_page, shows
from scripted import ScriptedCall, ScriptedServer, scripted_server


# Per module: while Playwright's synchronous API is up, its event loop counts as running, and asyncio.run() fails.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of its own context, wide as a desk's screen. An uncaught error in it fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(5_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as running:
        yield running


@pytest.fixture
def call(server: ScriptedServer, request: pytest.FixtureRequest) -> ScriptedCall:
    return server.call(request.node.name)


@pytest.fixture
def view(page: Page, server: ScriptedServer, call: ScriptedCall) -> Page:
    """The page with a view of `call` in it."""
    call.add(*STARTED)
    open_page(page, server)
    mount(page, call)
    shows(page, call)
    return page
