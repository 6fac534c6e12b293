"""Who waits and who works, as values: what the matching looks at, and what the pages show.

Points in time (`since_s`, `arrived_s`, `at_s`) are on the clock's monotonic seconds; `waited_s` and `for_s` last.
"""

from dataclasses import dataclass
from typing import Literal

from core.calls.events import Channel
from core.routing.rules import RoutingRules

Availability = Literal["available", "away"]
AgentState = Literal["available", "ringing", "busy", "after-call work", "away"]


@dataclass(frozen=True, slots=True)
class Decline:
    """An agent did not take a call that rang at their desk."""

    agent: str
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A customer in the queue."""

    call_id: str
    arrived_s: float
    """When they called: their place in the queue, kept when an agent gives the call back."""
    since_s: float
    """Since when nobody has them, which is later than `arrived_s` for a call given back."""
    waited_s: float = 0.0
    """From `since_s` until this was looked at."""
    name: str = ""
    reason: str = ""
    tier: str = ""
    language: str = "en"
    topic: str = ""
    channel: Channel = "voice"
    note: str = ""
    """Left by the agent who gave the call back."""
    known: bool = False
    """The customer is on file, so that there is something to read while it rings."""
    offered_to: str | None = None
    why: str = ""
    """It rings there, in one sentence."""
    declines: tuple[Decline, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatus:
    """An agent at this moment."""

    name: str
    state: AgentState
    since_s: float = 0.0
    for_s: float = 0.0
    """How long they have been in this state."""
    availability: Availability = "available"
    """What they chose; somebody busy may have chosen to be away afterwards."""
    reason: str = ""
    """Why they are away, where it was not their choice."""
    ringing: str | None = None
    """The call that rings at their desk."""
    voice_call: str | None = None
    """Still going on, or not wrapped up yet."""
    chats: tuple[str, ...] = ()
    """Still going on, or not wrapped up yet."""
    wrapping_up: tuple[str, ...] = ()
    """Those of their calls and chats that are over."""
    senior: bool = False
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)

    @property
    def on_shift(self) -> bool:
        return self.availability == "available"

    def has_room(self, channel: Channel, rules: RoutingRules) -> bool:
        """Whether one more call or chat fits at the desk: one voice call, and as many chats as the rules say."""
        return self.voice_call is None if channel == "voice" else len(self.chats) < rules.desks.chats

    def free_for(self, channel: Channel, rules: RoutingRules) -> bool:
        """Whether it may ring there now: there is room, nothing rings, and nothing waits to be wrapped up."""
        undisturbed = rules.desks.mixed or not (self.chats if channel == "voice" else self.voice_call)
        idle = self.on_shift and self.ringing is None and not self.wrapping_up
        return idle and undisturbed and self.has_room(channel, rules)
