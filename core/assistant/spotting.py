"""What one utterance gives away: names, numbers and addresses, topics, and how the speaker feels. Pure and fast."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from core.assistant.addresses import emails
from core.assistant.names import asks_for_name, names
from core.assistant.number_words import Found, Token, tokens
from core.assistant.spoken import digit_runs, phone_number
from core.assistant.vocabulary import Vocabulary
from core.calls.events import EntityKind, Party
from core.customers.matching import Directory

Cue = EntityKind | Literal["other"]
_CUES: dict[str, EntityKind] = {
    "order": "order", "orders": "order", "package": "order", "parcel": "order", "shipment": "order",
    "purchase": "order",
    "account": "account", "acct": "account", "customer": "account", "member": "account", "membership": "account",
    "phone": "phone", "cell": "phone", "mobile": "phone", "telephone": "phone", "reach": "phone", "call": "phone",
    "email": "email", "mail": "email",
}  # fmt: skip
# Numbers introduced by these are none of ours.
_OTHER_NUMBERS = {
    "zip", "postal", "code", "extension", "pin", "card", "ending", "ends", "tracking", "ticket", "case", "reference",
    "model", "serial", "room",
}  # fmt: skip
_LOOK_BACK, _LOOK_AHEAD = 6, 5
_SHORTEST_NUMBER = 3
_LONGEST_NUMBER = 12
_QUESTION = re.compile(r"\b(?:your|the|a|an|which|what)\b|\?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    kind: EntityKind
    value: str
    spoken: str
    resolved: str | None = None
    """Row it names, such as `orders/78901`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spotted:
    entities: tuple[Entity, ...] = ()
    topics: tuple[str, ...] = ()
    sentiment: float | None = None
    """-1 to 1 for customers; not judged for agents."""


def spot(
    text: str,
    vocabulary: Vocabulary,
    directory: Directory,
    speaker: Party = "customer",
    asked: EntityKind | None = None,
) -> Spotted:
    """Read one utterance; `asked` is what the agent has just asked for, which tells what a bare number or name is.

    From an agent only order and account numbers that are on file are taken: they are read back to the customer. The
    agent's own name, or the customer's as a courtesy, says nothing about who is calling; nor do topics the agent brings
    up count.
    """
    if speaker == "agent":
        read_back = [e for e in _numbers(text, (), directory, None) if e.kind in ("order", "account") and e.resolved]
        return Spotted(entities=tuple(read_back))
    addresses = emails(text)
    found = [_resolved(directory, "email", one.value, one, text) for one in addresses]
    found += _numbers(text, addresses, directory, asked)
    found += [_resolved(directory, "name", one.value, one, text) for one in names(text, vocabulary, directory, asked)]
    return Spotted(
        entities=tuple(dict.fromkeys(found)),
        topics=tuple(vocabulary.topics(text)),
        sentiment=vocabulary.sentiment(text),
    )


def asked_for(text: str) -> EntityKind | None:
    """What an agent's question asks the customer to say, if that is one of the things spotted."""
    if asks_for_name(text):
        return "name"
    cues = [_CUES[word.text] for word in tokens(text) if word.text in _CUES]
    return cues[-1] if cues and _QUESTION.search(text.lower()) else None


def _numbers(text: str, addresses: Iterable[Found], directory: Directory, asked: EntityKind | None) -> list[Entity]:
    words = tokens(text)
    spans = [(address.start, address.end) for address in addresses]
    runs = [run for run in digit_runs(text) if not any(start <= run.start < end for start, end in spans)]
    return [entity for run in runs if (entity := _number(run, text, words, directory, asked))]


def _number(
    run: Found, text: str, words: Sequence[Token], directory: Directory, asked: EntityKind | None
) -> Entity | None:
    cue = _cue(run, words)
    if cue == "other" or len(run.value) < _SHORTEST_NUMBER:
        return None
    phone = phone_number(_with_plus(run, text))
    if phone and (cue in ("phone", None) or directory.exactly("phone", phone)):
        return _resolved(directory, "phone", phone, run, text)
    if len(run.value) > _LONGEST_NUMBER or cue in ("phone", "email"):
        return None
    kinds: list[EntityKind] = [cue] if cue else ["order", "account"]
    for value in _readings(run):
        for kind in kinds:
            if directory.exactly(kind, value):
                return _resolved(directory, kind, value, run, text)
    meant = cue or asked
    return _resolved(directory, meant, run.value, run, text) if meant in ("order", "account") else None


def _cue(run: Found, words: Sequence[Token]) -> Cue | None:
    """What the words around a number say it is; the nearest word before it counts most."""
    before = [word for word in words if word.end <= run.start][-_LOOK_BACK:]
    for word in reversed(before):
        if word.text in (".", "?", "!"):
            break
        if word.text in _OTHER_NUMBERS:
            return "other"
        if word.text in _CUES:
            return _CUES[word.text]
    after = [word for word in words if word.start >= run.end][:_LOOK_AHEAD]
    if after and after[0].text in ("is", "was", "that's", "that", "as"):
        return next((_CUES[word.text] for word in after if word.text in _CUES), None)
    return None


def _readings(run: Found) -> tuple[str, ...]:
    """ "Oh" before a number may be a zero or just a breath."""
    return (run.value, run.value[1:]) if run.value.startswith("0") else (run.value,)


def _with_plus(run: Found, text: str) -> str:
    international = text[: run.start].rstrip().lower().endswith(("+", "plus"))
    return f"+{run.value}" if international else run.value


def _resolved(directory: Directory, kind: EntityKind, value: str, found: Found, text: str) -> Entity:
    people = directory.exactly(kind, value)
    row = (f"orders/{value}" if kind == "order" else f"customers/{people[0].customer_id}") if len(people) == 1 else None
    return Entity(kind=kind, value=value, spoken=text[found.start : found.end], resolved=row)
