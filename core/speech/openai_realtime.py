"""OpenAI's live transcription: the Realtime API, one session per party."""

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from core.clock import Clock
from core.languages import ANY_LANGUAGE
from core.speech.base import Capabilities, Known
from core.speech.dialogue import Connection, Message, Remote
from core.speech.hints import entries
from core.speech.network import Network
from core.speech.openai_dialogue import RealtimeDialogue
from core.speech.remote_engine import RemoteEngine
from core.speech.remote_errors import Service
from core.speech.websocket import options

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.resources.realtime.realtime import AsyncRealtimeConnection

KEYWORDS = 100
KEYWORD_CHARACTERS = 1_200
_GUIDED = "gpt-live"
"""Models of this family take keywords, and languages as a list; the one before takes a single language and no more."""


class RealtimeTranscription(RemoteEngine):
    """For models that give words while somebody speaks: gpt-live-transcribe, gpt-realtime-whisper."""

    name = "openai"

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        model: str,
        clock: Clock | None = None,
        network: Network | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`base_url` is that of the other endpoints, empty for OpenAI's own. `jitter` is 0–1."""
        super().__init__(
            missing="" if api_key else "set OPENAI_API_KEY",
            keyless=bool(base_url),
            clock=clock,
            network=network,
            jitter=jitter,
        )
        self._service = Service(
            name="OpenAI",
            key_setting="OPENAI_API_KEY",
            url_setting="OPENAI_BASE_URL",
            model_setting="OPENAI_STT_MODEL",
            key=api_key,
        )
        self._base_url = base_url
        self._model = model
        self._keywords: list[str] = []
        self._client: AsyncOpenAI | None = None

    @property
    def capabilities(self) -> Capabilities:
        guided = self._model.startswith(_GUIDED)
        return Capabilities(partials=True, local=False, languages=("*",), learns=guided, writes=True, model=self._model)

    def learn(self, known: Known) -> None:
        """Connections made from now on expect these; those there are go on."""
        if self.capabilities.learns:
            self._keywords = entries(known, KEYWORD_CHARACTERS)[:KEYWORDS]

    async def client(self) -> "AsyncOpenAI":
        """Called on the network's thread."""
        await self.loaded()
        assert self._client is not None
        return self._client

    def transcription(self, language: str) -> dict[str, Any]:
        """What a session asks of the model."""
        asked: dict[str, Any] = {"model": self._model}
        guided = self._model.startswith(_GUIDED)
        if language != ANY_LANGUAGE:
            asked |= {"languages": [language]} if guided else {"language": language}
        if guided and self._keywords:
            asked["keywords"] = self._keywords
        return asked

    def _load(self) -> None:
        import anyio
        import websockets.asyncio.client  # noqa: F401
        from openai import AsyncOpenAI

        self._client = AsyncOpenAI(api_key=self._service.key or "none", base_url=self._base_url or None)
        # Each of these imports more when it is first asked for.
        _ = self._client.realtime, anyio.get_current_task

    def _remote(self, language: str) -> Remote:
        return _Transcribing(self, self._service, language)


class _Transcribing:
    """How one session talks to OpenAI (see `Remote`)."""

    def __init__(self, engine: RealtimeTranscription, service: Service, language: str) -> None:
        self._engine = engine
        self._service = service
        self._language = language
        self.explain = service.explain

    async def connect(self) -> Connection:
        held: Any = options()
        client = await self._engine.client()
        # A model in the address would make it a conversation.
        manager = client.realtime.connect(extra_query={"intent": "transcription"}, websocket_connection_options=held)
        return _RealtimeConnection(await manager.enter())

    def dialogue(self) -> RealtimeDialogue:
        return RealtimeDialogue(self._service, self._engine.transcription(self._language))


class _RealtimeConnection:
    """The library's connection, with messages as they are on the wire (see `Connection`)."""

    def __init__(self, connection: "AsyncRealtimeConnection") -> None:
        self._connection = connection

    async def send(self, message: Message, /) -> None:
        await self._connection.send_raw(message)

    async def recv(self) -> Message:
        return await self._connection.recv_bytes()

    async def close(self) -> None:
        await self._connection.close()
