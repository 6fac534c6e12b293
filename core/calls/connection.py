"""What the agent is told about a party's microphone, and when to stop waiting for it."""

from dataclasses import dataclass, replace
from typing import Literal

ConnectionState = Literal["waiting", "refused", "connecting", "connected", "silent", "failed", "ended"]
CONNECT_TIMEOUT_S = 8.0
SILENT_AFTER_S = 5.0

MESSAGES: dict[ConnectionState, str] = {
    "waiting": "Waiting for the browser's microphone: press Allow when it asks, or pick a device.",
    "refused": "The browser gives no microphone: see above the call for what to do.",
    "connecting": "Connecting the microphone…",
    "connected": "Microphone connected.",
    "silent": "Connected, but the microphone gives only silence: is it muted, or is another device in use?",
    "failed": (
        "No sound can get through from this browser. Leave any VPN, or let an administrator set ICE_SERVERS to a "
        "STUN or TURN server; then stop and start the microphone. A demo call works without one."
    ),
    "ended": "Microphone disconnected. Start it again to rejoin the call.",
}


@dataclass(frozen=True, slots=True)
class Connection:
    """State of one WebRTC leg. Times are monotonic seconds."""

    state: ConnectionState = "waiting"
    since_s: float = 0.0
    last_sound_s: float = 0.0

    @property
    def message(self) -> str:
        return MESSAGES[self.state]

    def refused(self, now_s: float) -> "Connection":
        """The browser gives no microphone."""
        return self if self.state == "refused" else self._turn("refused", now_s)

    def offered(self, now_s: float) -> "Connection":
        """The browser gave its microphone and began to connect."""
        return self if self.state in ("connecting", "connected", "silent") else self._turn("connecting", now_s)

    def heard(self, now_s: float) -> "Connection":
        """A frame arrived."""
        return self if self.state in ("connected", "silent") else self._turn("connected", now_s, last_sound_s=now_s)

    def at(self, now_s: float, *, silent: bool) -> "Connection":
        """The state at `now_s`, with or without sound on the line: connecting does not last for ever."""
        if self.state == "connecting" and now_s - self.since_s >= CONNECT_TIMEOUT_S:
            return self._turn("failed", now_s)
        if self.state not in ("connected", "silent"):
            return self
        if not silent:
            heard = replace(self, last_sound_s=now_s)
            return heard if self.state == "connected" else heard._turn("connected", now_s)
        if self.state == "connected" and now_s - self.last_sound_s >= SILENT_AFTER_S:
            return self._turn("silent", now_s)
        return self

    def ended(self, now_s: float) -> "Connection":
        return self._turn("ended", now_s)

    def _turn(self, state: ConnectionState, now_s: float, **changes: float) -> "Connection":
        return replace(self, state=state, since_s=now_s, **changes)
