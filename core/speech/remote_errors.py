"""What the errors of a connection to an engine elsewhere mean to the person who runs Sidetone."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.errors import SpeechError

if TYPE_CHECKING:
    from websockets.http11 import Response

_LONGEST_DETAIL = 160


class Refused(SpeechError):
    """The key does not do: no session will get through until it is corrected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """How an engine is called, and the settings that concern it."""

    name: str
    key_setting: str
    url_setting: str
    model_setting: str
    key: str = field(default="", repr=False)

    def refused(self) -> SpeechError:
        return Refused(f"{self.name} refuses the key; correct {self.key_setting} and restart Sidetone")

    def no_credit(self) -> SpeechError:
        return SpeechError(f"the account with {self.name} has no credit left; add some there")

    def unacceptable(self, detail: str) -> SpeechError:
        said = self.plain(detail)
        return SpeechError(
            f"{self.name} does not accept what it is asked ({said}); check {self.model_setting} and {self.url_setting}"
        )

    def crowded(self) -> SpeechError:
        return SpeechError(f"{self.name} takes no more calls for now; ask it for a higher limit", retryable=True)

    def lost(self, detail: str) -> SpeechError:
        return SpeechError(
            f"the connection to {self.name} was lost ({self.plain(detail)}); check the network", retryable=True
        )

    def silent(self) -> SpeechError:
        return SpeechError(f"{self.name} does not answer; check the network and {self.url_setting}", retryable=True)

    def unreachable(self, detail: str) -> SpeechError:
        return SpeechError(
            f"{self.name} cannot be reached ({self.plain(detail)}); check the network and {self.url_setting}",
            retryable=True,
        )

    def explain(self, error: Exception) -> SpeechError | None:
        """What an error of `websockets`, or of the network below it, comes to; None for any other."""
        from websockets.exceptions import ConnectionClosed, InvalidStatus, InvalidURI, WebSocketException

        match error:
            case SpeechError():
                return error
            case InvalidStatus():
                return self._status(error.response)
            case ConnectionClosed(rcvd=frame) if frame is not None:
                return self._closed(frame.code, frame.reason)
            case ConnectionClosed():
                return self.lost("nothing was said about why")
            case TimeoutError():
                return self.silent()
            case InvalidURI():
                return SpeechError(f"{self.url_setting} is no address; correct it")
            case OSError() | EOFError() | WebSocketException():
                return self.unreachable(str(error) or type(error).__name__)
            case _:
                return None

    def plain(self, detail: str) -> str:
        """One short line without the key."""
        line = " ".join(detail.split())
        if self.key:
            line = line.replace(self.key, "…")
        return line if len(line) <= _LONGEST_DETAIL else f"{line[:_LONGEST_DETAIL]}…"

    def _status(self, response: "Response") -> SpeechError:
        status = response.status_code
        if status in (401, 403):
            return self.refused()
        if status == 402:
            return self.no_credit()
        if status == 429:
            return self.crowded()
        if status in (408, 425) or status >= 500:
            return self.unreachable(f"status {status}")
        said = response.headers.get("dg-error") or bytes(response.body or b"").decode(errors="replace")
        return self.unacceptable(said.strip() or f"status {status}")

    def _closed(self, code: int, reason: str) -> SpeechError:
        if code in (3000, 3003):
            return self.refused()
        if code in (1003, 1007, 1008, 1009):
            return self.unacceptable(f"{code} {reason}")
        return self.lost(f"{code} {reason}")
