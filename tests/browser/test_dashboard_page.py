"""The supervisor's dashboard of the running app, over a made-up past, and its report."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from running import SCRIPTED_SPEECH, WAIT_MS, Running, at_rest, pick, running_app
from sqlalchemy import func, select
from streamlit.testing.v1 import AppTest

from core.access import Viewer
from core.bootstrap import Services
from core.calls.records import CallRow, TopicRow, table
from core.config import Settings
from core.database import open_database
from core.insights.anomalies import Anomaly
from core.insights.overview import overview
from core.routing.roster import load_roster
from data.history import seed_history

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SUPERVISOR = "Robin Castillo"
AS = "as=Robin+Castillo"
DAYS, CALLS = 6, 90


@pytest.fixture(scope="module")
def app_folder(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Path:
    """Where the app's database is, with a few days of calls in it."""
    folder = tmp_path_factory.mktemp("dashboard")
    copyfile(seeded, folder / "app.duckdb")
    engine = open_database(f"duckdb:///{folder / 'app.duckdb'}")
    roster = load_roster(Settings().agents_path)
    seed_history(engine, roster, today=datetime.now(UTC).date(), zone=UTC, days=DAYS, calls=CALLS)
    engine.dispose()
    return folder


@pytest.fixture(scope="module")
def counts(app_folder: Path) -> dict[str, int]:
    """What the database itself says, asked before the app holds it."""
    engine = open_database(f"duckdb:///{app_folder / 'app.duckdb'}")
    calls, topics = overview(), table(TopicRow)
    with engine.connect() as connection:
        all_calls = connection.execute(select(func.count()).select_from(calls)).scalar_one()
        chats = connection.execute(select(func.count()).where(calls.c.channel == "chat")).scalar_one()
        by_topic = select(topics.c.topic, func.count().label("calls")).group_by(topics.c.topic)
        ranked = connection.execute(by_topic.order_by(func.count().desc(), topics.c.topic)).all()
        day = func.date_trunc("day", func.timezone("UTC", calls.c.started_at))
        by_day = connection.execute(select(day.label("day"), func.count().label("calls")).group_by(day)).all()
        first_call = connection.execute(select(func.min(table(CallRow).c.started_at))).scalar_one()
    engine.dispose()
    assert first_call is not None
    of_days = {f"calls of {row.day.date()}": row.calls for row in by_day}
    return {"calls": all_calls, "chats": chats, "topic calls": ranked[0].calls} | of_days


@pytest.fixture(scope="module")
def app(app_folder: Path, counts: dict[str, int]) -> Iterator[Running]:
    with running_app(app_folder, **SCRIPTED_SPEECH) as started:
        yield started


@pytest.fixture(scope="module")
def context_options() -> dict[str, Any]:
    return {"viewport": {"width": 1280, "height": 900}, "timezone_id": "UTC"}


def tile(page: Page, label: str, among: str = "headlines") -> Locator:
    named = page.locator(f".st-key-{among} [data-testid=stMetric]").filter(has_text=re.compile(f"^{label}"))
    return named.get_by_test_id("stMetricValue")


def chart(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-chart-{key} .js-plotly-plot")


def test_filters_change_the_numbers_and_are_kept_in_the_address(
    page: Page, app: Running, counts: dict[str, int]
) -> None:
    page.goto(f"{app.url}/dashboard?{AS}")
    expect(tile(page, "Calls")).to_have_text(str(counts["calls"]))
    pick(page, "Channels", "chat")
    expect(tile(page, "Calls")).to_have_text(str(counts["chats"]))
    page.wait_for_url(re.compile("channels=chat"))
    page.reload()
    expect(tile(page, "Calls")).to_have_text(str(counts["chats"]))
    page.keyboard.press("Escape")
    page.get_by_test_id("stButtonGroup").get_by_text("Today", exact=True).click()
    page.wait_for_url(re.compile("range=Today"))
    expect(page.get_by_text("No calls in this time with these filters")).to_be_visible()


def click_first_bar(page: Page, key: str) -> None:
    """Plotly takes the click on a layer of its own, by where the pointer is; so nothing may move any more."""
    at_rest(page)
    bar = chart(page, key).locator(".barlayer .point path").first
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5)
    page.mouse.down()
    page.mouse.up()


def test_a_click_on_a_bar_opens_the_calls_behind_it(page: Page, app: Running, counts: dict[str, int]) -> None:
    page.goto(f"{app.url}/dashboard?{AS}&view=Customers")
    click_first_bar(page, "topics")
    page.wait_for_url(re.compile(r"/calls\?.*topic="))
    assert "since=" in page.url
    expect(page.get_by_text(re.compile(rf"\b{counts['topic calls']} calls\b")).first).to_be_visible()


def test_a_click_on_a_day_opens_its_calls(page: Page, app: Running, counts: dict[str, int]) -> None:
    page.goto(f"{app.url}/dashboard?{AS}")
    click_first_bar(page, "calls")
    page.wait_for_url(re.compile(r"/calls\?.*since="))
    asked = parse_qs(urlsplit(page.url).query)
    since, until = (datetime.fromisoformat(asked[name][0]) for name in ("since", "until"))
    assert until - since == timedelta(days=1)
    assert 0 < counts[f"calls of {since.date()}"] < counts["calls"]
    expect(page.get_by_text(f"of {counts[f'calls of {since.date()}']} calls")).to_be_visible()


def test_a_row_of_the_leaderboard_leads_to_that_agents_calls(page: Page, app: Running) -> None:
    page.goto(f"{app.url}/dashboard?{AS}&view=Agents")
    board = page.get_by_test_id("stDataFrame")
    expect(board).to_be_visible()
    # The first row, in the column that chooses rows; the table is drawn on a canvas.
    board.click(position={"x": 12, "y": 52})
    page.get_by_role("link", name="Open their calls").click()
    page.wait_for_url(re.compile(r"/calls\?.*agent="))
    (agent,) = parse_qs(urlsplit(page.url).query)["agent"]
    expect(page.get_by_text(re.compile(r"^1–\d+ of \d+ calls$"))).to_be_visible()
    assert agent in {one.name for one in load_roster(Settings().agents_path)}


def test_the_same_calls_are_reached_without_a_mouse(page: Page, app: Running) -> None:
    page.goto(f"{app.url}/dashboard?{AS}&view=Customers")
    opener = page.locator(".st-key-chart-topics").get_by_test_id("stPopover").get_by_role("button")
    opener.focus()
    page.keyboard.press("Enter")
    link = page.get_by_test_id("stPopoverBody").get_by_role("link").first
    expect(link).to_have_attribute("href", re.compile("topic="))
    link.press("Enter")
    page.wait_for_url(re.compile(r"/calls\?.*topic="))


def test_every_part_is_drawn_without_an_error(page: Page, app: Running) -> None:
    for part, key in (("Floor", "calls"), ("Agents", "aht-agents"), ("Customers", "trend"), ("Assistant", "latency")):
        page.goto(f"{app.url}/dashboard?{AS}&view={part}")
        expect(chart(page, key)).to_be_visible()
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.get_by_test_id("stAlert").filter(has_text="error")).to_have_count(0)
    page.goto(f"{app.url}/dashboard?{AS}&view=Unusual")
    expect(page.get_by_text("What counts as unusual")).to_be_visible()


def test_a_phone_does_not_scroll_sideways(page: Page, app: Running) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(f"{app.url}/dashboard?{AS}")
    expect(chart(page, "calls")).to_be_visible()
    overflow = "(() => { const main = document.querySelector('[data-testid=stMain]');"
    assert page.evaluate(overflow + " return main.scrollWidth - main.clientWidth; })()") == 0


def test_an_agent_is_asked_who_they_are(page: Page, app: Running) -> None:
    page.goto(f"{app.url}/dashboard")
    expect(page.get_by_text("The dashboard is for supervisors")).to_be_visible()
    expect(page.locator(".st-key-headlines")).to_have_count(0)
    page.get_by_role("button", name=SUPERVISOR).click()
    expect(tile(page, "Calls")).to_be_visible()


def test_the_report_opens_offline_with_its_charts_and_prints(
    chromium: Browser, page: Page, app: Running, tmp_path: Path, counts: dict[str, int]
) -> None:
    page.goto(f"{app.url}/dashboard?{AS}")
    with page.expect_download() as download:
        page.get_by_role("button", name="Report", exact=False).click()
    path = tmp_path / "report.html"
    download.value.save_as(path)
    context = chromium.new_context(offline=True)
    report = context.new_page()
    asked: list[str] = []
    report.on("request", lambda request: asked.append(request.url))
    report.goto(path.as_uri())
    expect(report.locator("[data-kpi=calls]")).to_have_text(str(counts["calls"]))
    expect(report.locator("figure .main-svg").first).to_be_visible()
    assert report.locator("figure").count() == report.locator("figure .js-plotly-plot .plot-container").count()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    expect(report.locator("td a").first).to_have_attribute("href", re.compile(rf"^{app.url}/replay\?call="))
    pages = report.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")
    assert pages >= 3
    context.close()


def test_live_tiles_follow_the_floor(page: Page, app: Running) -> None:
    # The last one here: its demo call is one more when it is over.
    page.goto(f"{app.url}/dashboard?{AS}")
    expect(tile(page, "Calls now", "live-tiles")).to_have_text("0")
    desk = page.context.new_page()
    desk.goto(app.url)
    desk.get_by_role("button", name="Play demo call").filter(has_text="order").first.click(timeout=WAIT_MS)
    expect(tile(page, "Calls now", "live-tiles")).to_have_text("1")
    desk.close()


def unusual(services: "Services", viewer: "Viewer", anomaly: "Anomaly") -> None:
    """The list as the page shows it; AppTest runs the source of this function on its own."""
    from sqlmodel import Session, select

    from core.insights.anomaly_watch import Acknowledged, AnomalyAckRow, Noticed
    from pages.dashboard_anomalies import anomalies, banner

    with Session(services.database) as session:
        rows = session.exec(select(AnomalyAckRow).where(AnomalyAckRow.key == anomaly.key)).all()
    found = [Noticed(anomaly, Acknowledged(rows[0].by, rows[0].at, rows[0].note) if rows else None)]
    banner(found)
    anomalies(services, viewer, found)


@pytest.fixture
def anomaly_page(services: Services, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    # Links to other pages need the navigation around this one.
    monkeypatch.setattr("streamlit.page_link", lambda *_, **__: None)
    at = datetime(2026, 11, 3, 10, tzinfo=UTC)
    why = "Abandonment 31 %, usually 2–9 % on Tuesdays at 10"
    anomaly = Anomaly(metric="abandonment", span="hour", at=at, value=0.31, low=0.02, high=0.09, usual=0.05, why=why)
    arguments = (services, Viewer(SUPERVISOR, "supervisor"), anomaly)
    return AppTest.from_function(unusual, args=arguments, default_timeout=60).run()


def test_an_anomaly_says_why_and_is_acknowledged_by_name_with_a_note(anomaly_page: AppTest) -> None:
    page = anomaly_page
    assert not page.exception
    assert "usually 2–9" in page.warning[0].value.replace("\\", "")
    page.text_input[0].set_value("the router update")
    page.button[0].click().run()
    assert not page.exception
    assert not page.warning
    assert f"Seen by {SUPERVISOR}" in page.caption[0].value
    assert "the router update" in page.caption[0].value


def test_thresholds_are_changed_on_the_page_and_put_back(anomaly_page: AppTest, services: Services) -> None:
    watch = services.anomalies
    written = {rule.metric: rule for rule in watch.rules()}
    page = anomaly_page
    metric = page.selectbox[0].value
    page.number_input[0].set_value(7.5)
    page.checkbox[0].uncheck()
    next(button for button in page.button if button.label == "Save").click().run()
    assert not page.exception
    changed = next(rule for rule in watch.rules() if rule.metric == metric)
    assert (changed.spread, changed.enabled) == (7.5, False)
    next(button for button in page.button if button.label.startswith("Back to")).click().run()
    assert {rule.metric: rule for rule in watch.rules()} == written
