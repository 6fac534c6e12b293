"""`recordings`: how much is kept, and deleting what is old. Works beside the running app: it needs no database."""

import argparse
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core.cli.options import settings
from core.clock import SystemClock
from core.errors import StorageError

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def add(commands: Any) -> None:
    parser = commands.add_parser("recordings", help="list the calls' recordings, or delete old ones")
    parser.add_argument("--older-than", type=age, metavar="AGE", help="only those that ended so long ago: 12h, 30d, 4w")
    parser.add_argument("--delete", action="store_true", help="delete them; needs --older-than")
    parser.set_defaults(run=run, refuse=parser.error)


def run(arguments: argparse.Namespace) -> None:
    if arguments.delete and arguments.older_than is None:
        arguments.refuse("--delete needs --older-than: say how old a recording must be, such as 30d")
    ended_before = SystemClock().now() - (arguments.older_than or timedelta(0))
    files = recordings(settings().recordings_path, ended_before)
    size_bytes = sum(file.stat().st_size for file in files)
    for file in files:
        if arguments.delete:
            delete(file)
        print(file)
    print(f"{len(files)} recordings, {size_bytes / 1e6:.1f} MB{', deleted' if arguments.delete else ''}")


def age(text: str) -> timedelta:
    """`30d` → thirty days. At least an hour, so that no recording is deleted while it is being written."""
    if not re.fullmatch(r"[1-9]\d{0,4}[hdw]", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no age: write hours, days or weeks, such as 12h, 30d or 4w")
    return int(text[:-1]) * _UNITS[text[-1]]


def recordings(folder: Path, ended_before: datetime) -> list[Path]:
    """The recordings in `folder` that were last written to before then, oldest first."""
    files = [file for file in folder.glob("*.opus") if file.is_file() and _ended_at(file) < ended_before]
    return sorted(files, key=_ended_at)


def delete(file: Path) -> None:
    """With what was worked out from it for the time line. Raises StorageError."""
    try:
        file.unlink(missing_ok=True)
        file.with_suffix(".peaks").unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{file} cannot be deleted ({error.strerror}); check who owns it, then try again") from error


def _ended_at(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
