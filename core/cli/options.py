"""Options several commands share."""

import argparse
from pathlib import Path

from core.calls.events import PARTIES, Party
from core.config import Settings, environment
from core.languages import ANY_LANGUAGE, NAMES


def add_recording(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a WAV, MP3, OGG, Opus or FLAC recording")
    parser.add_argument(
        "--parties",
        type=parties,
        metavar="LEFT,RIGHT",
        help="who is on each channel; two channels are customer,agent unless said otherwise, one is the customer",
    )


def add_speech(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--engine", default="", help="the speech engine to use; as configured unless said otherwise")
    parser.add_argument(
        "--language",
        choices=[ANY_LANGUAGE, *NAMES],
        default=ANY_LANGUAGE,
        metavar="CODE",
        help="what is spoken, such as en or es",
    )


def parties(text: str) -> tuple[Party, ...]:
    """`customer,agent` → the parties in that order."""
    known: dict[str, Party] = {party: party for party in PARTIES}
    try:
        return tuple(known[name.strip()] for name in text.split(","))
    except KeyError as error:
        raise argparse.ArgumentTypeError(f"{error.args[0]!r} is no party: name customer, agent or both") from error


def settings() -> Settings:
    return Settings.from_env(environment())
