"""The people at the desks, read from a file a supervisor can edit (`data/agents.yaml`)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.edited_files import read_edited
from core.errors import RulesError


class Agent(BaseModel):
    """Somebody who works here: at a desk, or supervising those who do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    role: Literal["agent", "supervisor"] = "agent"
    senior: bool = False
    skills: list[str] = Field(default_factory=list)
    """Topics of `data/routing.yaml`; without any, all of them."""
    languages: list[str] = Field(default=["en"], min_length=1)
    """Codes such as `en`."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    agents: list[Agent] = Field(min_length=1)


def load_roster(path: Path) -> list[Agent]:
    """Read an agents file. Raises RulesError naming the file and what to fix."""
    written = read_edited(path, _File)
    names = [agent.name for agent in written.agents]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise RulesError(f"{path.name}: {twice} is there twice; give everybody a name of their own")
    return written.agents


def including(roster: Sequence[Agent], name: str) -> list[Agent]:
    """The roster, with a desk for `name` that takes any topic in English unless the file knows them."""
    return [*roster] if any(agent.name == name for agent in roster) else [*roster, Agent(name=name)]
