"""The engines at the end of a WebSocket, each with a server that speaks its protocol."""

from dataclasses import dataclass
from typing import Any, Protocol

from speech import deepgram_server, realtime_server
from speech.listener import MovedClock
from speech.socket_server import SocketServer

from core.speech.deepgram import DeepgramEngine
from core.speech.openai_realtime import RealtimeTranscription
from core.speech.remote_engine import RemoteEngine

BILL = "i need help with my bill please"
LIVE = "gpt-live-transcribe"


class EngineAt(Protocol):
    """An engine for the server there; it has the server's key unless it is given another."""

    def __call__(self, url: str, clock: MovedClock, key: str = ...) -> RemoteEngine: ...


@dataclass(frozen=True, kw_only=True)
class RemoteKind:
    name: str
    """As people know it."""
    key_setting: str
    url_setting: str
    server: type[SocketServer[Any, Any]]
    engine_at: EngineAt


def deepgram_at(url: str, clock: MovedClock, key: str = deepgram_server.KEY) -> DeepgramEngine:
    return DeepgramEngine(
        api_key=key, url=url, model="nova-3", clock=clock, network=clock.network(), jitter=lambda: 0.0
    )


def openai_at(url: str, clock: MovedClock, key: str = realtime_server.KEY, model: str = LIVE) -> RealtimeTranscription:
    return RealtimeTranscription(
        api_key=key, base_url=url, model=model, clock=clock, network=clock.network(), jitter=lambda: 0.0
    )


DEEPGRAM = RemoteKind(
    name="Deepgram",
    key_setting="DEEPGRAM_API_KEY",
    url_setting="DEEPGRAM_URL",
    server=deepgram_server.DeepgramServer,
    engine_at=deepgram_at,
)
OPENAI = RemoteKind(
    name="OpenAI",
    key_setting="OPENAI_API_KEY",
    url_setting="OPENAI_BASE_URL",
    server=realtime_server.RealtimeServer,
    engine_at=openai_at,
)
