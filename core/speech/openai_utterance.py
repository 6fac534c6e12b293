"""OpenAI's transcription of one utterance at a time: a request when it is over, answered as a stream of text.

Any server that has `/audio/transcriptions` will do; one that does not stream answers all at once.
"""

import io
import math
import random
import threading
import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING, Any

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.calls.events import Party
from core.clock import Clock, SystemClock
from core.errors import SpeechError
from core.languages import ANY_LANGUAGE
from core.speech.base import READY, Capabilities, Known, OnFailure, OnHypothesis, Readiness, SpeechToText
from core.speech.hints import entries, reads_back
from core.speech.segmented import Decoders, SegmentedSession
from core.speech.stretches import Decoded, Sound

if TYPE_CHECKING:
    from openai import APIError, OpenAI

BOUND_S = 8.0
"""How long an utterance's words may take, all tries together; then another engine goes on."""
SILENCE_S = 5.0
"""How long the server may say nothing in one try."""
CONNECT_S = 2.0
FIRST_WAIT_S = 0.25
"""Before the second try; doubled for each that follows."""
AT_ONCE = 32
"""Requests under way, those of all calls together."""
HINT_CHARACTERS = 600
"""Of names and products given along: whisper-1 reads no more than 224 tokens."""
_RETRIED = (408, 409, 429)
_NO_KEY = "set OPENAI_API_KEY (or OPENAI_BASE_URL, if your own server transcribes)"


class UtteranceTranscription(SpeechToText):
    """Gives words only once an utterance is over; while they stream in they are partials."""

    name = "openai"

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        model: str,
        clock: Clock | None = None,
        jitter: Callable[[], float] = random.random,
        bound_s: float = BOUND_S,
    ) -> None:
        """`base_url` empty is OpenAI itself. `jitter` is 0–1."""
        self._key = api_key
        self._base_url = base_url
        self._model = model
        self._clock = clock or SystemClock()
        self._jitter = jitter
        self._bound_s = bound_s
        self._known = Known()
        self._refused = ""
        """Why no request will be answered until Sidetone is configured otherwise and started again."""
        self._client: OpenAI | None = None
        self._connecting = threading.Lock()
        self._stop = threading.Event()
        self._decoders = Decoders(self.name, self._decode, self._clock, threads=AT_ONCE, rolling=False)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            partials=False,
            local=False,
            languages=("*",),
            detects_language=_names_language(self._model),
            learns=True,
            writes=True,
            model=self._model,
        )

    @property
    def readiness(self) -> Readiness:
        if not self._key:
            by_name = bool(self._base_url) and not self._refused
            return Readiness(state="unavailable", message="set OPENAI_API_KEY", by_name=by_name)
        return Readiness(state="failed", message=self._refused) if self._refused else READY

    def warm_up(self) -> None:
        """Import the SDK, which takes it a second, before the first utterance needs it."""
        if self._key or self._base_url:
            threading.Thread(target=self._connected, name="openai-import", daemon=True).start()

    def learn(self, known: Known) -> None:
        self._known = known

    def open(
        self, party: Party, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str = ANY_LANGUAGE
    ) -> SegmentedSession:
        if not (self._key or self._base_url):
            raise SpeechError(_NO_KEY)
        return self._decoders.open(on_hypothesis, on_failure, language)

    def close(self) -> None:
        self._stop.set()
        self._decoders.close()
        with self._connecting:
            if self._client is not None:
                self._client.close()

    def _connected(self) -> "OpenAI":
        from openai import OpenAI

        with self._connecting:
            if self._client is None:
                # Retries are ours: the SDK's know nothing of how long an answer is worth waiting for.
                self._client = OpenAI(
                    api_key=self._key or "none", base_url=self._base_url or None, max_retries=0, timeout=SILENCE_S
                )
            return self._client

    def _decode(self, sound: Sound) -> Decoded:
        """Called from the decoding threads."""
        from openai import APIError

        client = self._connected()
        given = entries(self._known, HINT_CHARACTERS)
        until_s = self._clock.monotonic_s() + self._bound_s
        for tried in count():
            try:
                decoded = self._transcribed(client, sound, given, until_s)
            except APIError as error:
                problem, wait_s = problem_of(error), _retry_after_s(error)
            except (ValueError, TypeError, AttributeError):
                problem, wait_s = _unreadable(), None
            else:
                return Decoded(text="") if reads_back(decoded.text, given) else decoded
            if not problem.retryable:
                self._refused = str(problem)
                raise problem
            if wait_s is None:
                wait_s = FIRST_WAIT_S * 2**tried * (0.5 + self._jitter())
            if self._clock.monotonic_s() + wait_s >= until_s or self._clock.wait(self._stop, wait_s):
                # It was tried again as long as that was worth while: another engine goes on.
                raise SpeechError(str(problem), retryable=False)
        raise AssertionError

    def _transcribed(self, client: "OpenAI", sound: Sound, given: Sequence[str], until_s: float) -> Decoded:
        """One try. Raises APIError, and ValueError, TypeError or AttributeError for what is no transcription."""
        from openai import APITimeoutError, Timeout

        left_s = max(0.1, until_s - self._clock.monotonic_s())
        request = request_for(self._model, sound, given)
        timeout = Timeout(min(SILENCE_S, left_s), connect=min(CONNECT_S, left_s))
        answer = client.audio.transcriptions.with_raw_response.create(**request, timeout=timeout)
        response = answer.http_response
        with closing(response):
            if not response.headers.get("content-type", "").startswith("text/event-stream"):
                response.read()
                return _decoded(response.json())
            text = ""
            for event in answer.parse():
                if self._clock.monotonic_s() > until_s:
                    raise APITimeoutError(request=response.request)
                match event.type:
                    case "transcript.text.delta":
                        text += event.delta
                        sound.say(text.strip())
                    case "transcript.text.done":
                        return _decoded(event.to_dict())
                    case _:
                        continue
        raise ValueError("the stream ended before the text did")


def request_for(model: str, sound: Sound, given: Sequence[str]) -> dict[str, Any]:
    """What to ask of that model, which takes hints in its own way."""
    request: dict[str, Any] = {
        "model": model,
        "file": ("utterance.wav", wav(sound.pcm), "audio/wav"),
        "response_format": "json",
        "stream": not model.startswith("whisper"),
    }
    language = "" if sound.language == ANY_LANGUAGE else sound.language
    if _names_language(model):
        request |= {"languages": [language]} if language else {}
        request |= {"keywords": list(given)} if given else {}
        return request
    if language:
        request["language"] = language
    if "diarize" in model:
        return request
    spoken_of = f"{', '.join(given)}." if given else ""
    if model.startswith("gpt-4o"):
        request["include"] = ["logprobs"]
        spoken_of = spoken_of and f"A call to customer service. It may mention: {spoken_of}"
    if spoken_of:
        request["prompt"] = spoken_of
    return request


def wav(pcm: Pcm) -> bytes:
    with io.BytesIO() as file:
        with wave.open(file, "wb") as written:
            written.setnchannels(1)
            written.setsampwidth(2)
            written.setframerate(SPEECH_RATE_HZ)
            written.writeframes(pcm.tobytes())
        return file.getvalue()


def problem_of(error: "APIError") -> SpeechError:
    """What went wrong, in words that say what to do, and whether trying again may help."""
    from openai import APIConnectionError, APIStatusError, APITimeoutError

    if isinstance(error, APITimeoutError):
        return SpeechError("the transcription server did not answer in time", retryable=True)
    if isinstance(error, APIConnectionError):
        message = "the transcription server cannot be reached; check the network and OPENAI_BASE_URL"
        return SpeechError(message, retryable=True)
    if error.code == "insufficient_quota":
        return SpeechError("the OpenAI account has no quota left; add credit or set another OPENAI_API_KEY")
    if not isinstance(error, APIStatusError):
        return SpeechError("the transcription server broke off with an error", retryable=True)
    status = error.status_code
    if status in (401, 403):
        return SpeechError("the transcription server refuses OPENAI_API_KEY; check it in .env")
    if status == 404 or error.code == "model_not_found":
        return SpeechError("the transcription server has no such model; check OPENAI_STT_MODEL and OPENAI_BASE_URL")
    if status == 429:
        return SpeechError("the transcription server is busy", retryable=True)
    if status in _RETRIED or status >= 500:
        return SpeechError(f"the transcription server answered {status}", retryable=True)
    return SpeechError(f"the transcription server refuses what it is asked ({status}); check OPENAI_STT_MODEL")


def _unreadable() -> SpeechError:
    return SpeechError("the transcription server sent something that is no transcription", retryable=True)


def _retry_after_s(error: "APIError") -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", {})
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None


def _decoded(answer: dict[str, Any]) -> Decoded:
    """Raises ValueError, TypeError or AttributeError when it is none."""
    spoken = next(_codes(answer.get("languages") or ()), "")
    sure = [entry["logprob"] for entry in answer.get("logprobs") or () if entry.get("logprob") is not None]
    text = answer.get("text")
    if not isinstance(text, str):
        raise ValueError("no text")
    confidence = math.exp(min(0.0, sum(sure) / len(sure))) if sure and text.strip() else None
    return Decoded(text=text.strip(), confidence=confidence, language=spoken)


def _codes(languages: Sequence[Any]) -> Iterator[str]:
    yield from (str(language["code"])[:2].lower() for language in languages)


def _names_language(model: str) -> bool:
    """The newer models take keywords and several languages, and say which was spoken."""
    return model.startswith("gpt-transcribe")
