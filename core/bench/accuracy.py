"""How well the configured engine hears recordings whose words are known, and at what cost."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from core.bench.conditions import Options
from core.bench.measurement import Measurement
from core.bootstrap import engines_for, leg_maker
from core.calls.transcribe import MakeLeg, transcribe
from core.speech.evaluation import word_error_rate

TRUE_KINDS = ("human", "script", "label")
"""A reference counts when its kind begins so; what another engine heard is no truth."""


_SET = attrgetter("of_set")


@dataclass(frozen=True, slots=True)
class Heard:
    of_set: str
    """The folder the recording is in."""
    reference: str
    text: str


def measure(options: Options) -> list[Measurement]:
    """Word error rate per folder and overall, in percent of the reference's words."""
    folder = options.evaluation
    if folder is None:
        return [_missing("no evaluation folder; name one with --eval DIR or SIDETONE_EVAL")]
    listing = folder / "references.jsonl"
    if not listing.is_file():
        return [_missing(f"there is no {listing}; name another folder")]
    rows = [row for row in map(json.loads, listing.read_text(encoding="utf-8").splitlines()) if _true(row)]
    engines = engines_for(options.settings)
    try:
        choose = engines.chooser()
        engine = choose(())
        make_leg = leg_maker(options.settings, choose)
        begun_s = time.perf_counter()
        with ThreadPoolExecutor(options.settings.stt_workers) as pool:
            heard = list(pool.map(lambda row: _hear(folder, row, make_leg), rows))
        took_s = time.perf_counter() - begun_s
    finally:
        engines.close()
    by_set = {name: list(group) for name, group in groupby(sorted(heard, key=_SET), key=_SET)}
    return [
        *(_rate(name, group, engine.name) for name, group in by_set.items()),
        _rate("all", heard, engine.name),
        Measurement(
            what="transcribing recordings",
            unit="s per s",
            values=(took_s / sum(row["duration_s"] for row in rows),),
            note=f"{len(rows)} recordings, {options.settings.stt_workers} at a time, start of the engine included",
        ),
    ]


def _missing(why: str) -> Measurement:
    return Measurement(what="word error rate", unit="%", not_measured=why)


def _true(row: dict[str, Any]) -> bool:
    return bool(row["reference"]) and row["reference_kind"].startswith(TRUE_KINDS)


def _hear(folder: Path, row: dict[str, Any], make_leg: MakeLeg) -> Heard:
    path = folder / row["file"]
    finals = sorted(transcribe(path, make_leg), key=lambda final: final.start_s)
    # As the engine heard it: what writes it better for people is not what is measured.
    return Heard(path.parent.name, row["reference"], " ".join(final.spoken or final.text for final in finals))


def _rate(name: str, heard: list[Heard], engine: str) -> Measurement:
    """Above 100 % when words are heard where there are none."""
    rate = word_error_rate((one.reference, one.text) for one in heard)
    note = f"{engine}; recordings in brackets; errors ÷ words of the references"
    return Measurement(what=f"word error rate: {name} ({len(heard)})", unit="%", values=(100 * rate,), note=note)
