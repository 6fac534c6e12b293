"""`bench`: measure the design's budgets."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from core.bench.conditions import Options, machine
from core.bench.measurement import table
from core.bench.suite import NAMES
from core.bench.suite import run as run_suite
from core.cli.options import settings
from core.config import ROOT

_BESIDE_CHECKOUT = ROOT.parent / "shared" / "eval"


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "bench",
        help="measure latency, CPU and accuracy against their budgets; takes about half an hour",
        description="Measure the budgets, on a temporary database. Nothing else should run on the machine meanwhile.",
    )
    known = ", ".join(NAMES)
    parser.add_argument("which", nargs="*", type=_known, metavar="WHICH", help=f"some of: {known} (default: all)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON instead of a table")
    parser.add_argument("--together", action="store_true", help="play the demo calls at once, not one after the other")
    parser.add_argument(
        "--eval",
        type=Path,
        metavar="DIR",
        help="recordings with a references.jsonl, for the word error rate (default: what SIDETONE_EVAL names)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    options = Options(
        settings=settings(),
        evaluation=_evaluation_folder(arguments.eval),
        together=arguments.together,
        progress=lambda text: print(f"… {text}", file=sys.stderr, flush=True),
    )
    conditions = machine()
    measurements = run_suite(arguments.which, options)
    if arguments.json:
        report = {"machine": conditions, "measurements": [measurement.to_json() for measurement in measurements]}
        print(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        print(f"{conditions}\n\n{table(measurements)}")


def _known(name: str) -> str:
    if name not in NAMES:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(NAMES)}")
    return name


def _evaluation_folder(named: Path | None) -> Path | None:
    if named is None and (variable := os.environ.get("SIDETONE_EVAL")):
        named = Path(variable)
    if named is None and _BESIDE_CHECKOUT.is_dir():
        return _BESIDE_CHECKOUT
    return named
