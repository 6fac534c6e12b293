"""`learn`: make the embedded engine's models for the names and products on file, so that the first call has them."""

import argparse
import time
from typing import Any

from core.bootstrap import known_to
from core.cli.options import settings
from core.customers.store import CustomerStore
from core.database import open_database
from core.speech.models import build, newest


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "learn", help="make the models that speech is recognised with; the app does so, too, while calls go on"
    )
    parser.add_argument("--if-none", action="store_true", help="do nothing when there are models of any data")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    configured = settings()
    if arguments.if_none and newest(configured.speech_cache_path):
        return
    database = open_database(configured.database_url)
    try:
        known = known_to(CustomerStore(database))
    finally:
        database.dispose()
    print("Making the speech models: about half a minute, once.", flush=True)
    begun_s = time.monotonic()
    models = build(known, configured.speech_cache_path)
    print(f"{models.folder}: for {known.terms:,} names and terms, in {time.monotonic() - begun_s:.0f} s")
