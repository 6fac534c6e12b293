"""What a model writes, read while it is being written: an answer as a JSON object, however it is wrapped or broken."""

import json
from dataclasses import dataclass
from typing import Any, cast, get_args

import jiter

from core.calls.events import Priority, ProposedAction, SuggestionKind

LONGEST = 12_000
"""Characters read of one answer; a model that goes on is no longer listened to."""
LONGEST_PLAIN = 400
_CONTROL = dict.fromkeys((*range(32), 127), " ") | dict.fromkeys(range(55296, 57344), "�")
_JSON = json.JSONDecoder()
_LETTERS_OR_SPACE = 0.75
_MOST_ARGUMENTS = 8
_LONGEST_ARGUMENT = 300
_LARGEST_ARGUMENT = 1e9
_MOST_REFS = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model says. Everything but the message may be missing; nothing here is checked against facts."""

    message: str
    kind: SuggestionKind = "suggestion"
    priority: Priority = "tip"
    confidence: float | None = None
    refs: tuple[str, ...] = ()
    action: ProposedAction | None = None


class AnswerReader:
    """Reads one answer piece by piece. How it is cut into pieces makes no difference."""

    def __init__(self) -> None:
        self._text = ""
        self._start = 0
        """Where the object that is being read begins, or might."""
        self._object: dict[str, Any] = {}
        self._shown = ""
        self._closed = False
        """Nothing more is read: the object is complete, or broke after words of it were shown."""

    @property
    def empty(self) -> bool:
        """Nothing but space was written."""
        return not self._text.strip()

    @property
    def complete(self) -> bool:
        """The object has ended; more could not change the answer."""
        return self._closed

    @property
    def silent(self) -> bool:
        """The model answered, and chose to say nothing."""
        return isinstance(self._object.get("message"), str) and not self._shown

    def feed(self, piece: str) -> str:
        """Read on; returns the whole words of the message that are new."""
        before = len(self._shown)
        for character in piece.translate(_CONTROL)[: LONGEST - len(self._text)]:
            self._text += character
            # Within a word nothing begins, ends or breaks that could not wait for its end.
            if not self._closed and not character.isalnum():
                self._read()
        return self._shown[before:]

    def finish(self) -> Answer | None:
        """The answer; its message is what `feed` returned, or plain text that was no object. None: nothing to show."""
        if self._shown:
            return _answer(self._shown, self._object)
        if self.silent or not _reads_as_text(self._text):
            return None
        return Answer(_shortened(_words(self._text)))

    def first_look(self) -> tuple[SuggestionKind, Priority]:
        """Kind and priority as far as they are written."""
        return _kind(self._object), _priority(self._object)

    def _read(self) -> None:
        while (start := self._text.find("{", self._start)) >= 0:
            self._start = start
            written = self._text[start:]
            try:
                parsed = jiter.from_json(written.encode(), partial_mode="trailing-strings")
            except ValueError:
                self._closed = bool(self._shown)
                if self._closed:
                    return
            else:
                complete = _is_complete(written)
                if not complete or "message" in parsed:
                    self._closed = complete
                    self._take(parsed, complete)
                    return
            self._start = start + 1

    def _take(self, parsed: dict[str, Any], complete: bool) -> None:
        message = parsed.get("message")
        if isinstance(message, str):
            settled = complete or next(reversed(parsed)) != "message"
            # The last word may go on: half a date or an amount would be a wrong one.
            words = _words(message if settled else message[: _last_space(message)])
            if not words.startswith(self._shown):
                self._closed = True
                return
            self._shown = words
        self._object = parsed


def _is_complete(written: str) -> bool:
    """Whether the object that begins here also ends here; what follows it is not ours."""
    if "}" not in written:
        return False
    try:
        _JSON.raw_decode(written)
    except ValueError:
        return False
    return True


def _answer(message: str, written: dict[str, Any]) -> Answer:
    return Answer(
        message=message,
        kind=_kind(written),
        priority=_priority(written),
        confidence=_confidence(written.get("confidence")),
        refs=_refs(written.get("evidence")),
        action=_action(written.get("action")),
    )


def _kind(written: dict[str, Any]) -> SuggestionKind:
    kind = written.get("kind")
    return cast(SuggestionKind, kind) if kind in get_args(SuggestionKind) else "suggestion"


def _priority(written: dict[str, Any]) -> Priority:
    priority = written.get("priority")
    return cast(Priority, priority) if priority in get_args(Priority) else "tip"


def _confidence(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 1 else None


def _refs(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    named = (one.get("ref") if isinstance(one, dict) else one for one in value[:_MOST_REFS])
    return tuple(ref for ref in named if isinstance(ref, str))


def _action(value: object) -> ProposedAction | None:
    if not isinstance(value, dict) or not isinstance(value.get("action"), str):
        return None
    arguments = value.get("arguments") or {}
    if not isinstance(arguments, dict) or len(arguments) > _MOST_ARGUMENTS or not all(map(_plain, arguments.values())):
        return None
    return ProposedAction(action=value["action"], arguments=dict(arguments))


def _plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST_ARGUMENT
    return isinstance(value, int | float) and abs(value) <= _LARGEST_ARGUMENT


def _words(text: str) -> str:
    return " ".join(text.translate(_CONTROL).split())


def _last_space(text: str) -> int:
    return next((at for at in range(len(text) - 1, -1, -1) if text[at].isspace()), 0)


def _reads_as_text(text: str) -> bool:
    """Whether something that is not the object asked for can be put before a person as it is."""
    words = _words(text)
    plain = sum(character.isalpha() or character.isspace() for character in words)
    return len(words.split()) >= 2 and not set("{}[]<>\\`") & set(words) and plain >= _LETTERS_OR_SPACE * len(words)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_PLAIN else f"{text[: text.rindex(' ', 0, LONGEST_PLAIN)]} …"
