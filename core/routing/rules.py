"""How calls find their agent, read from a file a supervisor can edit (`data/routing.yaml` explains it)."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.assistant.vocabulary import phrase_pattern, plain
from core.edited_files import read_edited
from core.errors import RulesError
from core.routing.roster import Agent


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ServiceLevel(_Strict):
    """The target: so many percent of the calls answered within so many seconds."""

    percent: float = Field(default=80, gt=0, le=100)
    within_s: float = Field(default=20, gt=0)


class SeniorFirst(_Strict):
    tiers: list[str] = Field(default_factory=list)
    for_s: float = Field(default=10, ge=0)
    """How long they wait for a senior agent before others who fit may take them."""


class Ring(_Strict):
    timeout_s: float = Field(default=20, gt=0)
    again_after_s: float = Field(default=15, ge=0)
    """How long a call is kept from an agent who has just declined it."""


class Desks(_Strict):
    chats: int = Field(default=3, ge=0)
    """Most chats an agent has at once; of voice calls it is always one."""
    mixed: bool = True
    """Whether chats are offered to somebody on the phone, and calls to somebody who chats."""
    after_call_work_limit_s: float | None = Field(default=None, gt=0)
    """After this a call counts as wrapped up; None leaves it to the agent."""


class Monitoring(_Strict):
    silent: bool = False
    """Whether a supervisor may listen without the agent being shown it."""


class Hold(_Strict):
    transcribed: bool = False


class RecordingRules(_Strict):
    mode: Literal["ask", "always", "never"] = "ask"
    notice: str = ""

    @model_validator(mode="after")
    def _says_so(self) -> "RecordingRules":
        if self.mode != "never" and not self.notice.strip():
            raise ValueError("a notice is needed unless mode is never")
        return self


class RoutingRules(_Strict):
    """The whole file; everything left out is as said here."""

    service_level: ServiceLevel = ServiceLevel()
    senior_first: SeniorFirst = SeniorFirst()
    languages: dict[str, str] = Field(default={"en": "English"}, min_length=1)
    topics: dict[str, list[str]] = Field(default_factory=dict)
    overflow_after_s: float = Field(default=60, ge=0)
    most_waiting: int = Field(default=200, ge=1)
    ring: Ring = Ring()
    grace_s: float = Field(default=30, gt=0)
    desks: Desks = Desks()
    monitoring: Monitoring = Monitoring()
    hold: Hold = Hold()
    recording: RecordingRules = RecordingRules(mode="never")

    def topic_of(self, reason: str) -> str:
        """The topic most of whose words are in `reason`, the first of the file among equals; empty when none is."""
        words = plain(reason)
        found = {topic: _mentions(phrases, words) for topic, phrases in self.topics.items()}
        best = max(found, key=lambda topic: found[topic], default="")
        return best if best and found[best] else ""


def load_routing_rules(path: Path) -> RoutingRules:
    """Read a routing file. Raises RulesError naming the file, the field and what to fix."""
    return read_edited(path, RoutingRules, empty={})


def check_roster(rules: RoutingRules, roster: Iterable[Agent]) -> None:
    """Raise RulesError when the roster names a skill or a language that the rules do not know."""
    for agent in roster:
        if strange := sorted(set(agent.skills) - set(rules.topics)):
            raise RulesError(f"{agent.name} has the skill {strange[0]!r}; use one of {', '.join(rules.topics)}")
        if strange := sorted(set(agent.languages) - set(rules.languages)):
            raise RulesError(f"{agent.name} speaks {strange[0]!r}; use one of {', '.join(rules.languages)}")


def _mentions(phrases: list[str], words: str) -> int:
    return sum(bool(re.search(rf"\b{phrase_pattern(phrase)}\b", words)) for phrase in phrases)
