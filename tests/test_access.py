"""Who may do what."""

from dataclasses import dataclass
from typing import Literal, get_args

import pytest

from core.access import Action, Role, Viewer, may, require, staff_viewer
from core.errors import NotAllowed


@dataclass(frozen=True)
class Somebody:
    name: str
    role: Literal["agent", "supervisor"]


ROSTER = [Somebody("Alex Morgan", "agent"), Somebody("Robin Castillo", "supervisor")]
MAY: dict[Role, set[Action]] = {
    "stranger": set(),
    "customer": {"call in"},
    "agent": {"call in", "see calls", "take calls", "act", "teach"},
    "supervisor": set(get_args(Action)),
}


@pytest.mark.parametrize("role", get_args(Role))
@pytest.mark.parametrize("action", get_args(Action))
def test_each_role_may_do_what_is_written_here_and_no_more(role: Role, action: Action) -> None:
    viewer = Viewer("somebody", role)
    assert may(viewer, action) == (action in MAY[role])
    if may(viewer, action):
        require(viewer, action)
    else:
        with pytest.raises(NotAllowed, match=f"somebody may not {action}: "):
            require(viewer, action)


def test_who_sits_here_is_who_the_roster_says() -> None:
    assert staff_viewer("Robin Castillo", ROSTER, "Alex Morgan") == Viewer("Robin Castillo", "supervisor")
    assert staff_viewer("Nobody", ROSTER, "Alex Morgan") == Viewer("Alex Morgan", "agent")
    assert staff_viewer("", ROSTER, "Sam") == Viewer("Sam", "agent")
    assert staff_viewer("", ROSTER, "Robin Castillo").role == "supervisor"
