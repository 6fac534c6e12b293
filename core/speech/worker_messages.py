"""What the app and a worker process of the embedded engine say to each other, pickled; requests behind their length."""

import pickle
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Open:
    session_id: int


@dataclass(frozen=True, slots=True)
class Begin:
    session_id: int
    utterance_id: str
    live: bool = False
    """Somebody waits for the words as they are spoken."""


@dataclass(frozen=True, slots=True)
class Audio:
    session_id: int
    pcm: bytes
    """Mono s16 in the machine's byte order, 16 kHz."""


@dataclass(frozen=True, slots=True)
class Pause:
    session_id: int


@dataclass(frozen=True, slots=True)
class End:
    session_id: int


@dataclass(frozen=True, slots=True)
class Close:
    session_id: int


Request = Open | Begin | Audio | Pause | End | Close


@dataclass(frozen=True, slots=True)
class Heard:
    session_id: int
    utterance_id: str
    text: str
    final: bool
    confidence: float | None
    decode_ms: float


@dataclass(frozen=True, slots=True)
class Taken:
    """So many bytes of sound have been decoded."""

    session_id: int
    size: int


@dataclass(frozen=True, slots=True)
class Failed:
    session_id: int
    message: str


Reply = Heard | Taken | Failed


def packed(message: object) -> bytes:
    """A request as it goes through the pipe."""
    content = pickle.dumps(message)
    return _LENGTH.pack(len(content)) + content


class Unpacking:
    """Messages out of what comes through the pipe, however it is cut."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def push(self, received: bytes) -> Iterator[Any]:
        """The messages that are complete now."""
        self._kept += received
        while len(self._kept) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._kept)[0]
            if len(self._kept) < end:
                return
            yield pickle.loads(self._kept[_LENGTH.size : end])
            del self._kept[:end]
