"""What the app and a worker process of the embedded engine say to each other."""

from dataclasses import dataclass


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
