"""What is said on one connection to OpenAI's Realtime API, in a session that only transcribes.

An utterance is an item there: sound is appended to a buffer, and committing it makes the item. Text comes in pieces
while sound does, under the id the item will have.
"""

import base64
import json
import logging
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from pydantic import BaseModel, ValidationError

from core.audio.frames import Pcm, frame_of
from core.speech.base import Hypothesis
from core.speech.dialogue import Message
from core.speech.hints import reads_back
from core.speech.remote_errors import Service

log = logging.getLogger(__name__)
REALTIME_RATE_HZ = 24_000
SHORTEST_S = 0.12
"""A buffer with less than a tenth of a second is not committed."""
LONGEST_S = 55 * 60.0
"""A session ends after an hour."""
_NO_CREDIT = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
_REFUSED = {"invalid_api_key", "authentication_error", "permission_denied", "unauthorized"}
_CROWDED = {"rate_limit_exceeded", "rate_limit_error", "requests", "tokens"}
_PASSING = {"session_expired", "server_error", "internal_error", "service_unavailable"}
_NOTHING_HEARD = {"input_audio_buffer_commit_empty", "audio_unintelligible"}


class _Problem(BaseModel):
    type: str = ""
    code: str | None = None
    message: str | None = None
    event_id: str | None = None


class _Language(BaseModel):
    code: str


class _Event(BaseModel):
    type: str
    item_id: str = ""
    delta: str | None = None
    transcript: str | None = None
    languages: list[_Language] | None = None
    error: _Problem | None = None


@dataclass(slots=True)
class _Item:
    utterance_id: str
    commit_id: str
    item_id: str = ""
    text: str = ""
    samples: int = 0
    committed: bool = False

    def hypothesis(self, text: str, *, final: bool = False, language: str = "") -> Hypothesis:
        return Hypothesis(utterance_id=self.utterance_id, text=text.strip(), final=final, language=language)


class Upsampler:
    """One utterance's sound at the rate the Realtime API takes; pieces fit together without a click."""

    def __init__(self) -> None:
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=REALTIME_RATE_HZ)

    def push(self, pcm: Pcm) -> Pcm:
        """Holds a few milliseconds back."""
        return _joined(self._resampler.resample(frame_of(pcm)))

    def flush(self) -> Pcm:
        """What was held back."""
        return _joined(self._resampler.resample(None))


class RealtimeDialogue:
    """See `Dialogue`."""

    keep_alive_s: float | None = None
    longest_s: float | None = LONGEST_S
    patience_s: float | None = None

    def __init__(self, service: Service, transcription: dict[str, Any]) -> None:
        """`transcription` is what the session asks of the model."""
        self._service = service
        self._transcription = transcription
        self._items: list[_Item] = []
        """Of utterances without a final, in order."""
        self._commits = 0
        self._upsampler = Upsampler()
        self._accepted = False
        """The session is as it was asked for."""

    @property
    def owes(self) -> bool:
        return any(item.committed for item in self._items)

    def hello(self) -> list[Message]:
        sound = {
            "format": {"type": "audio/pcm", "rate": REALTIME_RATE_HZ},
            "transcription": self._transcription,
            "turn_detection": None,
        }
        return [_message("session.update", session={"type": "transcription", "audio": {"input": sound}})]

    def begin(self, utterance_id: str) -> list[Message]:
        self._commits += 1
        self._items.append(_Item(utterance_id, f"commit_{self._commits}"))
        self._upsampler = Upsampler()
        return []

    def sound(self, pcm: Pcm) -> list[Message]:
        return self._append(self._upsampler.push(pcm))

    def end(self) -> list[Message]:
        item = self._items[-1]
        # A converter that was given nothing has nothing to give back.
        rest = self._upsampler.flush() if item.samples else np.zeros(0, np.int16)
        missing = round(SHORTEST_S * REALTIME_RATE_HZ) - item.samples - len(rest)
        messages = self._append(np.concatenate([rest, np.zeros(max(0, missing), np.int16)]))
        item.committed = True
        return [*messages, _message("input_audio_buffer.commit", event_id=item.commit_id)]

    def keep_alive(self) -> list[Message]:
        return []

    def goodbye(self) -> list[Message]:
        return []

    def settle(self) -> list[Hypothesis]:
        return []

    def read(self, message: Message) -> list[Hypothesis]:
        try:
            event = _Event.model_validate_json(message)
        except ValidationError:
            log.warning("a message from OpenAI is not understood")
            return []
        match event.type.removeprefix("conversation.item.input_audio_transcription."):
            case "session.updated":
                self._accepted = True
            case "input_audio_buffer.committed":
                self._item(event.item_id)
            case "delta":
                return self._grown(event)
            case "completed":
                languages = [language.code for language in event.languages or []]
                return self._settled(self._item(event.item_id), event.transcript, "".join(languages[:1]))
            case "failed":
                return self._failed(self._item(event.item_id), event.error or _Problem())
            case "error":
                problem = event.error or _Problem()
                item = next((item for item in self._items if item.commit_id == problem.event_id), None)
                return self._failed(item, problem)
        return []

    def _item(self, item_id: str) -> _Item | None:
        """The buffer is one, so an id not seen before is that of the first utterance that has none."""
        known = next((item for item in self._items if item.item_id == item_id), None)
        if known is None and item_id:
            known = next((item for item in self._items if not item.item_id), None)
            if known is not None:
                known.item_id = item_id
        return known

    def _grown(self, event: _Event) -> list[Hypothesis]:
        item = self._item(event.item_id)
        if item is None:
            return []
        item.text += event.delta or ""
        return [item.hypothesis(item.text)]

    def _settled(self, item: _Item | None, text: str | None, language: str = "") -> list[Hypothesis]:
        if item is None:
            return []
        self._items.remove(item)
        text = item.text if text is None else text
        if reads_back(text, self._transcription.get("keywords", [])):
            text = ""
        return [item.hypothesis(text, final=True, language=language)]

    def _failed(self, item: _Item | None, problem: _Problem) -> list[Hypothesis]:
        """Raises SpeechError unless the session can go on."""
        kinds = {problem.code or "", problem.type}
        said = problem.message or problem.code or problem.type or "an error"
        if kinds & _NOTHING_HEARD:
            return self._settled(item, None)
        if kinds & _REFUSED:
            raise self._service.refused()
        if kinds & _NO_CREDIT:
            raise self._service.no_credit()
        if kinds & _CROWDED:
            raise self._service.crowded()
        if item is not None or kinds & _PASSING:
            raise self._service.lost(said)
        if not self._accepted or "model_not_found" in kinds:
            raise self._service.unacceptable(said)
        log.warning("OpenAI says: %s", self._service.plain(said))
        return []

    def _append(self, pcm: Pcm) -> list[Message]:
        if not len(pcm):
            return []
        self._items[-1].samples += len(pcm)
        sound = base64.b64encode(pcm.astype("<i2", copy=False).tobytes()).decode("ascii")
        return [_message("input_audio_buffer.append", audio=sound)]


def _joined(frames: list[av.AudioFrame]) -> Pcm:
    pieces = [frame.to_ndarray()[0] for frame in frames]
    return np.concatenate([np.zeros(0, np.int16), *pieces])


def _message(kind: str, **content: Any) -> str:
    return json.dumps({"type": kind, **content})
