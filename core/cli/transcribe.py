"""`transcribe FILE`: only the words, nothing stored."""

import argparse
import sys
from typing import Any

from core.bootstrap import engines_for, leg_maker
from core.calls.events import ProviderFailed
from core.calls.transcribe import transcribe
from core.cli.call import clock
from core.cli.options import add_recording, add_speech, settings


def add(commands: Any) -> None:
    parser = commands.add_parser("transcribe", help="print the words of a recording; nothing is stored")
    add_recording(parser)
    add_speech(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    configured = settings()
    engines = engines_for(configured)
    choose = engines.chooser(arguments.engine, arguments.language)
    make_leg = leg_maker(configured, choose, language=arguments.language)
    try:
        for final in transcribe(arguments.file, make_leg, arguments.parties, _show_problem):
            print(f"{clock(final.start_s)}  {final.speaker.capitalize():<9} {final.text}", flush=True)
    finally:
        engines.close()


def _show_problem(problem: ProviderFailed) -> None:
    print(f"! {problem.message}", file=sys.stderr, flush=True)
