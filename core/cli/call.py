"""`call FILE`: run a recording through everything and store it."""

import argparse
import json
import sys
from typing import Any

from core import bootstrap
from core.calls.call import Call, Suggestion, Utterance
from core.calls.events import to_wire
from core.calls.recording import Progress
from core.cli.options import add_recording, add_speech, settings


def add(commands: Any) -> None:
    parser = commands.add_parser("call", help="run a recording as a call: transcript, customer, suggestions; stored")
    add_recording(parser)
    add_speech(parser)
    parser.add_argument("--json", action="store_true", help="print every event as a JSON line, as they come")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    services = bootstrap.build(settings())
    try:
        recorded = services.recorded_call(arguments.engine, arguments.language)
        printed = 0

        def print_new(_: Progress | None = None) -> None:
            nonlocal printed
            for event in services.log.events(recorded.call_id, printed):
                print(json.dumps(to_wire(event)), flush=True)
                printed = event.seq

        call = recorded.run(arguments.file, arguments.parties, print_new if arguments.json else _show_progress)
        if arguments.json:
            print_new()
        else:
            _show_progress(None)
            print(readable(call))
    finally:
        services.close()


def _show_progress(progress: Progress | None) -> None:
    if not sys.stderr.isatty():
        return
    if progress is None:
        print("\r" + " " * 60 + "\r", end="", file=sys.stderr)
    elif int(progress.position_s * 10) % 50 == 0:
        of = f" of {clock(progress.duration_s)}" if progress.duration_s else ""
        print(f"\r{clock(progress.position_s)}{of} …", end="", file=sys.stderr, flush=True)


def readable(call: Call) -> str:
    """The call as text: what was said, and beneath it what the assistant suggested."""
    customer = call.customer
    who = f"{customer.name}, account {customer.account_number}" if customer else "customer not identified"
    head = f"{call.title or call.call_id}: {clock(call.duration_s)}, {who}"
    entries: list[tuple[float, str]] = [(line.start_s, _line(line)) for line in call.transcript]
    entries += [(card.started_s, _card(card)) for card in call.suggestions.values() if card.state != "discarded"]
    problems = [f"! {problem.message}" for problem in call.problems]
    body = [text for _, text in sorted(entries, key=lambda entry: entry[0])] or ["(nothing was said)"]
    return "\n".join([head, *body, *problems])


def clock(seconds: float) -> str:
    """73.4 → 01:13."""
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


def _line(line: Utterance) -> str:
    translated = f" ({line.translation.text})" if line.translation else ""
    return f"{clock(line.start_s)}  {line.speaker.capitalize():<9} {line.text}{translated}"


def _card(card: Suggestion) -> str:
    return f"{clock(card.started_s)}    {card.kind} ({card.priority}): {card.message}"
