"""`serve`: start the app."""

import argparse
import runpy
import sys
from typing import Any

from core.cli.options import settings
from core.config import ROOT
from core.database import open_database


def add(commands: Any) -> None:
    parser = commands.add_parser("serve", help="start the app on HOST and PORT (127.0.0.1 and 8501 unless set)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    configured = settings()
    # A wrong setting or a locked database is said here in one line instead of in the server's traceback.
    open_database(configured.database_url).dispose()
    where = ["--server.address", configured.host, "--server.port", str(configured.port)]
    sys.argv = ["streamlit", "run", str(ROOT / "app.py"), *where]
    runpy.run_module("streamlit", run_name="__main__")
