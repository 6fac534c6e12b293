"""Whole calls of the demo world, made without an engine: what was said is read from the scenario's time line."""

from pathlib import Path
from shutil import copyfile

from core.bootstrap import Services, build
from core.config import ROOT, Settings
from core.speech.scripted import ScriptedEngine, load_timeline

SCENARIOS = ROOT / "data" / "scenarios"


def services_hearing(scenario: str, folder: Path, seeded: Path) -> Services:
    """Everything, on a copy of the seeded database, with an engine that hears this scenario."""
    database = folder / "sidetone.duckdb"
    copyfile(seeded, database)
    settings = Settings(database_url=f"duckdb:///{database}", recordings_path=folder / "recordings")
    timeline = load_timeline(SCENARIOS / f"{scenario}.timeline.yaml")
    return build(settings, speech=ScriptedEngine(timeline))


def run_call(services: Services, scenario: str) -> str:
    """Run it in lock-step; the id of the stored call."""
    return services.recorded_call().run(SCENARIOS / f"{scenario}.opus").call_id
