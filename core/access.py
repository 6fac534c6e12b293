"""Who may do what: the one function that every page, route and socket asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from core.errors import NotAllowed

Action = Literal["call in", "see calls", "take calls", "act", "supervise", "teach"]
"""`call in`: be a customer · `act`: have something done for a customer, or undone · `supervise`: follow and join the
calls of others · `teach`: start scripted callers."""
Role = Literal["agent", "supervisor", "customer", "stranger"]
"""`stranger`: a page of another site, which acts through somebody's browser without being asked to."""

_MAY: Mapping[Role, frozenset[Action]] = {
    "supervisor": frozenset({"call in", "see calls", "take calls", "act", "supervise", "teach"}),
    "agent": frozenset({"call in", "see calls", "take calls", "act", "teach"}),
    "customer": frozenset({"call in"}),
    "stranger": frozenset(),
}
_WAY_OUT: Mapping[Role, str] = {
    "supervisor": "ask whoever runs Sidetone",
    "agent": "open this page as one of the supervisors of data/agents.yaml, with ?as=NAME in the address",
    "customer": "open Sidetone on the machine it runs on",
    "stranger": "open Sidetone on the machine it runs on",
}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody at a browser or a script."""

    name: str
    role: Role


class Colleague(Protocol):
    """Somebody who works here."""

    @property
    def name(self) -> str: ...

    @property
    def role(self) -> Literal["agent", "supervisor"]: ...


def staff_viewer(wanted: str, roster: Iterable[Colleague], default: str) -> Viewer:
    """Whoever of the roster says they are here; the agent `default` when nobody there has that name."""
    colleagues = {colleague.name: colleague for colleague in roster}
    named = colleagues.get(wanted) or colleagues.get(default)
    return Viewer(named.name, named.role) if named else Viewer(default, "agent")


def may(viewer: Viewer, action: Action) -> bool:
    """Whether `viewer` may do `action`."""
    return action in _MAY[viewer.role]


def require(viewer: Viewer, action: Action) -> None:
    """Raise NotAllowed unless `viewer` may do `action`."""
    if not may(viewer, action):
        raise NotAllowed(f"{viewer.name} may not {action}: {_WAY_OUT[viewer.role]}")
