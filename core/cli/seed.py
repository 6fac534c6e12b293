"""`seed`: fill the database with the demo world."""

import argparse
from typing import Any

from core.cli.options import settings
from core.clock import SystemClock
from core.database import open_database
from data.seed import seed, seed_if_empty


def add(commands: Any) -> None:
    parser = commands.add_parser("seed", help="put the demo world (customers, orders, policies) into the database")
    parser.add_argument("--if-empty", action="store_true", help="do nothing when there are customers already")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    configured = settings()
    database = open_database(configured.database_url)
    today = SystemClock().now().date()
    try:
        report = (seed_if_empty if arguments.if_empty else seed)(database, today, configured.seed)
        if report:
            print(report)
    finally:
        database.dispose()
