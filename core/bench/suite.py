"""The measurements there are, in the order in which they run."""

from collections.abc import Sequence
from importlib import import_module

from core.bench.conditions import Options
from core.bench.measurement import Measurement
from core.errors import SidetoneError

NAMES = (
    "startup",
    "page",
    "dashboard",
    "words",
    "assistants",
    "spotting",
    "pace",
    "accuracy",
    "stt",
    "diarization",
    "emotion",
    "cpu",
    "voice",
    "voice_cpu",
    "calls",
    "replay",
    "soak",
)
"""Modules of this package, each with `measure(options) -> list[Measurement]`."""


def run(names: Sequence[str], options: Options) -> list[Measurement]:
    """The chosen measurements, or all. One that fails says so in its row, and the others go on."""
    measurements: list[Measurement] = []
    for name in names or NAMES:
        options.progress(name)
        try:
            measurements += import_module(f"core.bench.{name}").measure(options)
        except SidetoneError as error:
            measurements.append(Measurement(what=name, unit="", not_measured=str(error)))
    return measurements
