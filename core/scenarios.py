"""Scripted calls: who says what. Rendered to audio by `python -m data.render`, played as demos or by callers who wait
for the agent, measured by bench."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from core.calls.events import Party
from core.edited_files import explained, read_yaml
from core.errors import RulesError
from core.speech.scripted import TimedText, load_timeline

_TIMELINE = ".timeline.yaml"


class Turn(BaseModel, frozen=True, extra="forbid"):
    """What one party says without being interrupted."""

    party: Party
    text: str = Field(min_length=1)
    say: str = ""
    """How it is pronounced, where that differs from how it is written."""
    pause_s: float = Field(default=0.6, ge=0, le=30)
    """Silence before it."""

    @property
    def spoken(self) -> str:
        return self.say or self.text


class Introduction(BaseModel, frozen=True, extra="forbid"):
    """What the caller would type on the customer page."""

    name: str = ""
    account_number: str = ""
    reason: str = ""
    language: str = Field(default="en", pattern="^[a-z]{2}$")
    """Two letters, as the routing rules name it."""


class Scenario(BaseModel, frozen=True, extra="forbid"):
    """A scripted call, as its YAML file has it."""

    path: Path
    title: str = Field(min_length=1)
    description: str = ""
    shows: str = ""
    """What of Sidetone there is to see in it, for the instructor."""
    caller: Introduction = Introduction()
    voices: Mapping[Party, str]
    """Each party's voice: one of flite's, or `espeak-ng:` and one of its."""
    expected: Mapping[str, str] = {}
    """What Sidetone should find out, e.g. `order: "78901"`."""
    turns: tuple[Turn, ...] = Field(min_length=1)

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def audio_path(self) -> Path:
        """Stereo: left the customer, right the agent."""
        return self.path.with_suffix(".opus")

    @property
    def timeline_path(self) -> Path:
        return self.path.with_suffix(_TIMELINE)

    def timeline(self) -> list[TimedText]:
        """When each turn is said in the audio. Raises RulesError when the scenario has not been rendered."""
        return load_timeline(self.timeline_path)

    @property
    def duration_s(self) -> float:
        """When the last word is said. Raises RulesError when the scenario has not been rendered."""
        return max(entry.end_s for entry in self.timeline())


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file. Raises RulesError with one line that says what is wrong with it."""
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise RulesError(f"{path.name}: a scenario needs title, voices and turns; see the README beside it")
    try:
        scenario = Scenario.model_validate({**content, "path": path})
    except ValidationError as error:
        raise RulesError(f"{path.name}: {explained(error)}") from error
    if silent := next((turn.party for turn in scenario.turns if turn.party not in scenario.voices), None):
        raise RulesError(f"{path.name}: voices names none for the {silent}, who speaks; add it")
    return scenario


def list_scenarios(folder: Path) -> list[Scenario]:
    """The scenarios in a folder, by name. Raises RulesError when one of them is wrong."""
    files = sorted(path for path in folder.glob("*.yaml") if not path.name.endswith(_TIMELINE))
    return [load_scenario(path) for path in files]
