"""What a session with an engine elsewhere needs to be told about that engine."""

from typing import Protocol

from core.audio.frames import Pcm
from core.errors import SpeechError
from core.speech.base import Hypothesis

Message = str | bytes


class Connection(Protocol):
    """Messages both ways, in order. Its errors are OSError and those of `websockets`."""

    async def send(self, message: Message, /) -> None: ...

    async def recv(self) -> Message: ...

    async def close(self) -> None: ...


class Dialogue(Protocol):
    """What is said on one connection, in the engine's own messages. Made anew for each; no I/O, one thread."""

    @property
    def keep_alive_s(self) -> float | None:
        """How long nothing may be sent."""
        ...

    @property
    def longest_s(self) -> float | None:
        """How old the connection may grow; between utterances it is then replaced."""
        ...

    @property
    def owes(self) -> bool:
        """The engine has still to say something about an utterance that is over."""
        ...

    @property
    def patience_s(self) -> float | None:
        """After how much silence what it owes is not worth waiting for; None while it is."""
        ...

    def hello(self) -> list[Message]: ...

    def begin(self, utterance_id: str) -> list[Message]: ...

    def sound(self, pcm: Pcm) -> list[Message]: ...

    def end(self) -> list[Message]: ...

    def keep_alive(self) -> list[Message]: ...

    def goodbye(self) -> list[Message]: ...

    def read(self, message: Message) -> list[Hypothesis]:
        """Raises SpeechError when the engine says that it cannot go on; `retryable` where a new connection helps."""
        ...

    def settle(self) -> list[Hypothesis]:
        """Finals from what is known, for what is not worth waiting for."""
        ...


class Remote(Protocol):
    """What a session needs to know of its engine. Called on the network's thread."""

    async def connect(self) -> Connection: ...

    def dialogue(self) -> Dialogue: ...

    def explain(self, error: Exception) -> SpeechError | None:
        """What an error of the connection comes to, `retryable` where trying again can help; None for any other."""
        ...
