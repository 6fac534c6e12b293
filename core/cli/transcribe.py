"""`transcribe FILE`: only the words, nothing stored."""

import argparse
from typing import Any

from core.bootstrap import engines_for, leg_maker
from core.calls.transcribe import transcribe
from core.cli.call import clock
from core.cli.options import add_recording, settings


def add(commands: Any) -> None:
    parser = commands.add_parser("transcribe", help="print the words of a recording; nothing is stored")
    add_recording(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    configured = settings()
    engines = engines_for(configured)
    try:
        for final in transcribe(arguments.file, leg_maker(configured, engines.chooser()), arguments.parties):
            print(f"{clock(final.start_s)}  {final.speaker.capitalize():<9} {final.text}", flush=True)
    finally:
        engines.close()
