"""A real Chromium for the tests that need one, and the running app for those that need that."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from chromium_launch import ARGUMENTS, chromium_path
from filelock import FileLock
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright
from running import SCRIPTED_SPEECH, WAIT_MS, Running, running_app
from scenes import STARTED, mount, open_page, shows
from scripted import ScriptedCall, ScriptedServer

from core.__main__ import main

# One for all of them: whichever module is imported last would have its way with the others'.
expect.set_options(timeout=WAIT_MS)


# Per module: while Playwright's synchronous API is up, its event loop counts as running, and asyncio.run() fails.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chromium_arguments() -> list[str]:
    """What a module's Chromium is started with, besides what each is started with."""
    return []


@pytest.fixture(scope="module")
def chromium(playwright: Playwright, chromium_arguments: list[str]) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*ARGUMENTS, *chromium_arguments])
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def context_options() -> dict[str, Any]:
    """How the module's pages are seen."""
    return {"viewport": {"width": 1280, "height": 800}}


@pytest.fixture(scope="module")
def context(
    playwright: Playwright,
    chromium_arguments: list[str],
    context_options: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BrowserContext]:
    """One for the module, with a folder of its own: only there Chromium keeps what it has compiled, which is a third of
    the work of opening a page."""
    context = playwright.chromium.launch_persistent_context(
        tmp_path_factory.mktemp("chromium"),
        executable_path=chromium_path(),
        args=[*ARGUMENTS, *chromium_arguments],
        **context_options,
    )
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A new page, wide as a desk's screen. An uncaught error in it fails the test."""
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    if page.url.startswith("http"):
        page.evaluate("localStorage.clear()")
    page.close()
    context.clear_permissions()
    assert errors == []


@pytest.fixture(scope="session")
def speech_models(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> None:
    """Made once, before the first app starts: each would begin to make its own while the tests go on."""
    # The folder that all processes of this test run share.
    with FileLock(tmp_path_factory.getbasetemp().parent / "speech-models.lock"), pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", f"duckdb:///{seeded}")
        assert main(["learn"]) == 0


@pytest.fixture(scope="module")
def app_folder(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Path:
    """Where the module's app keeps its database, which has the demo world in it, and its recordings."""
    folder = tmp_path_factory.mktemp("app")
    copyfile(seeded, folder / "app.duckdb")
    return folder


@pytest.fixture(scope="module")
def app_settings() -> dict[str, str]:
    """Variables of the environment for the module's app."""
    return {}


@pytest.fixture(scope="module")
def app(app_folder: Path, app_settings: dict[str, str], request: pytest.FixtureRequest) -> Iterator[Running]:
    """The app, one for the whole module: calls and agents of one test are still there in the next."""
    if app_settings.get("STT") != SCRIPTED_SPEECH["STT"]:
        request.getfixturevalue("speech_models")
    with running_app(app_folder, **app_settings) as started:
        yield started


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """What the app has written belongs to what is told about a test that failed."""
    report = yield
    app = getattr(item, "funcargs", {}).get("app")
    if report.failed and isinstance(app, Running):
        report.sections.append(("The app's own output", app.output.read_text(encoding="utf-8")[-8_000:]))
    return report


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer().running() as running:
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
