"""`seed`: fill the database with the demo world, and with a past to look at."""

import argparse
import sys
import time
from typing import Any

from sqlalchemy import Engine

from core.cli.options import settings
from core.clock import SystemClock
from core.config import Settings
from core.database import open_database
from core.routing.roster import load_roster
from data.history import days_in, past_calls, seed_history
from data.seed import seed, seed_if_empty

CALLS = 5000
STEP = 250
"""Calls between two words about the progress."""


def add(commands: Any) -> None:
    parser = commands.add_parser("seed", help="put the demo world (customers, orders, policies) into the database")
    parser.add_argument("--if-empty", action="store_true", help="do nothing when there are customers already")
    parser.add_argument(
        "--history", type=_days, metavar="90d", help="also make up so many days (90d) or weeks (12w) of calls"
    )
    parser.add_argument("--calls", type=_count, metavar="N", help=f"with --history: so many calls, {CALLS} unless said")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    configured = settings()
    database = open_database(configured.database_url)
    today = SystemClock().now().date()
    try:
        keep = arguments.if_empty or arguments.history
        report = (seed_if_empty if keep else seed)(database, today, configured.seed)
        if report:
            print(report)
        if arguments.history:
            _make_past(configured, database, arguments.history, arguments.calls or CALLS)
    finally:
        database.dispose()


def _make_past(configured: Settings, database: Engine, days: int, calls: int) -> None:
    if made := past_calls(database):
        print(f"There is a past of {made:,} calls already. To make another one, begin with a new database file.")
        return
    begun_s = time.monotonic()
    now = SystemClock().now().astimezone()
    zone = now.tzinfo
    assert zone is not None
    roster = load_roster(configured.agents_path)
    report = seed_history(
        database,
        roster,
        today=now.date(),
        zone=zone,
        days=days,
        calls=calls,
        seed=configured.seed,
        progress=_tell,
    )
    print(f"{report}, in {time.monotonic() - begun_s:.0f} s")


def _tell(done: int, of: int) -> None:
    if sys.stdout.isatty() and (done % STEP == 0 or done == of):
        print(f"\r{done:,} of {of:,} calls", end="\n" if done == of else "", flush=True)


def _days(text: str) -> int:
    try:
        return days_in(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of calls: write a number from 1 to 1000000")
    return int(text)
