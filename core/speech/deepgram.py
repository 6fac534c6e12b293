"""Deepgram's live recognition: sound in, words out over one WebSocket per party."""

import random
from collections.abc import Callable
from urllib.parse import urlencode

from core.clock import Clock
from core.languages import ANY_LANGUAGE
from core.speech.base import Capabilities, Known
from core.speech.deepgram_dialogue import DeepgramDialogue
from core.speech.dialogue import Connection, Remote
from core.speech.hints import entries
from core.speech.network import Network
from core.speech.registry import EngineSettings
from core.speech.remote_engine import RemoteEngine
from core.speech.remote_errors import Service
from core.speech.websocket import options

TERMS = 100
TERM_CHARACTERS = 1_000
"""Of key terms: Deepgram takes no more than 500 tokens, short ones in names, and goes silent when there are more."""
ENDPOINTING_MS = 300
_LANGUAGES = (
    *("en", "es", "fr", "de", "it", "pt", "nl", "sv", "da", "no", "fi", "pl", "cs", "sk", "hu", "ro", "bg", "el", "tr"),
    *("uk", "ru", "et", "lv", "lt", "ca", "hi", "ja", "ko", "zh", "vi", "id", "ms", "hr", "sr", "sl", "bs", "mk", "be"),
    *("bn", "ta", "te", "kn", "mr", "tl"),
)


def create(settings: EngineSettings) -> "DeepgramEngine":
    return DeepgramEngine(api_key=settings.deepgram_api_key, url=settings.deepgram_url, model=settings.deepgram_model)


class DeepgramEngine(RemoteEngine):
    """Deepgram, or a server of one's own that speaks its protocol."""

    name = "deepgram"

    def __init__(
        self,
        *,
        api_key: str,
        url: str,
        model: str,
        clock: Clock | None = None,
        network: Network | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`url` is the address up to the version. `jitter` is 0–1."""
        super().__init__(
            missing="" if api_key else "set DEEPGRAM_API_KEY",
            keyless=False,
            clock=clock,
            network=network,
            jitter=jitter,
        )
        self._service = Service(
            name="Deepgram",
            key_setting="DEEPGRAM_API_KEY",
            url_setting="DEEPGRAM_URL",
            model_setting="DEEPGRAM_MODEL",
            key=api_key,
        )
        self._url = url.rstrip("/")
        self._model = model
        self._terms: list[str] = []

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            partials=True,
            local=False,
            languages=_LANGUAGES,
            detects_language=True,
            learns=True,
            writes=True,
            model=self._model,
        )

    def learn(self, known: Known) -> None:
        """Connections made from now on expect these; those there are go on."""
        self._terms = entries(known, TERM_CHARACTERS)[:TERMS]

    def address(self, language: str) -> str:
        """Where a session connects, and what it asks for there."""
        asked = [
            ("model", self._model),
            ("language", "multi" if language == ANY_LANGUAGE else language),
            ("encoding", "linear16"),
            ("sample_rate", "16000"),
            ("channels", "1"),
            ("interim_results", "true"),
            ("smart_format", "true"),
            ("numerals", "true"),
            ("endpointing", str(ENDPOINTING_MS)),
            ("utterance_end_ms", "1000"),
        ]
        # Models before the third know the older parameter only.
        parameter = "keyterm" if self._model.startswith("nova-3") else "keywords"
        asked += [(parameter, term) for term in self._terms]
        return f"{self._url}/v1/listen?{urlencode(asked)}"

    def _load(self) -> None:
        import websockets.asyncio.client  # noqa: F401

    def _remote(self, language: str) -> Remote:
        return _Listening(self, self._service, language)


class _Listening:
    """How one session talks to Deepgram (see `Remote`)."""

    def __init__(self, engine: DeepgramEngine, service: Service, language: str) -> None:
        self._engine = engine
        self._language = language
        self._service = service
        self.explain = service.explain

    async def connect(self) -> Connection:
        await self._engine.loaded()
        from websockets.asyncio.client import connect

        return await connect(
            self._engine.address(self._language),
            additional_headers={"Authorization": f"Token {self._service.key}"},
            **options(),
        )

    def dialogue(self) -> DeepgramDialogue:
        return DeepgramDialogue(self._service, detects=self._language == ANY_LANGUAGE)
