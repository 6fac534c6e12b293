"""Who may do what: the one function that every page, route and socket asks."""

from dataclasses import dataclass
from typing import Literal

from core.errors import NotAllowed

Action = Literal["see calls", "take calls", "act"]
"""`act`: have something done for a customer, or undone."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody at a browser or a script."""

    name: str
    role: Literal["agent", "supervisor", "stranger"]


DEMO_AGENT = Viewer("demo agent", "agent")
"""Until accounts come, whoever sits at this machine."""


def require(viewer: Viewer, action: Action) -> None:
    """Raise NotAllowed unless `viewer` may do `action`."""
    if viewer.role == "stranger":
        raise NotAllowed(f"{viewer.name} may not {action}: open Sidetone on the machine it runs on")
