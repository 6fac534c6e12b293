"""`report`: the figures of some days as one HTML file."""

import argparse
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.assistant.alert_rules import load_alerts
from core.cli.options import settings
from core.clock import Clock, SystemClock
from core.config import Settings
from core.database import open_database
from core.errors import ConfigurationError
from core.insights.anomaly_watch import AnomalyWatch
from core.insights.board import period_before
from core.insights.metrics import Basis, days, targets_of
from core.insights.overview import CallFilter
from core.insights.report import file_name, gather, render
from core.routing.rules import load_routing_rules

WEEK_DAYS = 7
LOCALTIME = Path("/etc/localtime")


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "report", help="figures, charts, and the worst and best calls of some days in one file"
    )
    parser.add_argument("--from", dest="first", type=_day, metavar="DAY", help="first day, such as 2026-11-01")
    parser.add_argument(
        "--to", dest="last", type=_day, metavar="DAY", help="last day, included; yesterday unless given"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write it; here, named after its days")
    parser.add_argument(
        "--zone", type=_zone, metavar="PLACE", help="whose days: Europe/Berlin; this machine's unless given"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    clock = SystemClock()
    path = write(settings(), clock, arguments.first, arguments.last, arguments.zone or machine_zone(), arguments.out)
    print(f"{path} is written. Open it in a browser; printing it there makes a PDF.")


def write(
    configured: Settings, clock: Clock, first: date | None, last: date | None, zone: ZoneInfo, out: Path | None
) -> Path:
    """Write the report of whole days of `zone`, the week up to yesterday unless said otherwise; where it is.

    Raises ConfigurationError for days in the wrong order and for a place that cannot be written to.
    """
    now = clock.now().astimezone(zone)
    yesterday = now.date() - timedelta(days=1)
    last = last or max(first or yesterday, yesterday)
    first = first or last - timedelta(days=WEEK_DAYS - 1)
    if first > last:
        raise ConfigurationError(f"--from {first} is after --to {last}: write the earlier day first")
    targets = targets_of(load_routing_rules(configured.routing_path), load_alerts(configured.alerts_path).checklist)
    basis = Basis(now, targets, zone)
    period = days(first, last, zone)
    database = open_database(configured.database_url)
    try:
        watched_days = max(0, (now.date() - first).days)
        unusual = [
            one.anomaly for one in AnomalyWatch(database, clock, configured.anomalies_path).recent(basis, watched_days)
        ]
        chosen = CallFilter()
        before = period_before(period, now).of(chosen)
        address = f"http://{configured.host}:{configured.port}"
        report = gather(database, basis, period.of(chosen), before, unusual, app_url=address)
    finally:
        database.dispose()
    path = out or Path(file_name(first, last))
    try:
        path.write_text(render(report), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}; name another with --out") from error
    return path


def machine_zone() -> ZoneInfo:
    """The time zone this machine is set to, as far as it has a name; UTC elsewhere."""
    name = os.environ.get("TZ", "").lstrip(":") or str(LOCALTIME.resolve()).rpartition("zoneinfo/")[2]
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write it like 2026-11-01") from error


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time zone: write a place such as Europe/Berlin") from error
