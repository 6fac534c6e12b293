"""What an agent says to Sidetone itself: "sidetone, flag this". Pure: from the words of an utterance to a command.

Two things must fit before anything happens: the utterance begins with the wake word, or with what engines hear in its
place, and what follows is one of the commands below. What takes free words (a note, a question, a reason) also needs
the wake word itself, because nearly everything would fit it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import jellyfish
from rapidfuzz.distance import Levenshtein

from core.assistant.number_words import Token, tokens
from core.assistant.spoken import digit_runs
from core.assistant.written import written

Name = Literal[
    "flag", "use", "dismiss", "pin", "unpin", "open", "ask", "hold", "resume", "request_help", "end_help",
    "pause_recording", "resume_recording", "list", "wake", "unknown",
]  # fmt: skip
"""`wake`: nothing but the wake word, the command is still to come · `unknown`: the wake word, then something else."""
PARTS = ("orders", "charges", "tickets", "notes", "earlier calls", "contact")
"""Of the customer's record, as the customer panel has them."""
LIST: tuple[tuple[str, str], ...] = (
    ("flag this", "Marks the moment; words after it become its note: “flag this, wants a refund”"),
    ("use that", "Uses the newest suggestion on screen"),
    ("dismiss that", "Takes the newest suggestion away"),
    ("pin that · unpin that", "Keeps the newest suggestion on top"),
    ("open order 7 8 9 0 1", "Shows that order in the customer panel"),
    ("open orders, charges, tickets, notes, earlier calls, contact", "Shows that part of the customer panel"),
    ("ask …", "Asks the assistant: “ask what the return period is”"),
    ("hold · resume", "Puts the customer on hold, and takes them off"),
    ("pause the recording · resume the recording", "Silence in the file while card data is spoken"),
    ("call a supervisor · no more help", "Asks for help, and takes that back: “call a supervisor, above my limit”"),
    ("help", "Shows this list"),
)
"""What can be said after the wake word, and what it does."""


@dataclass(frozen=True, slots=True)
class VoiceCommand:
    """Something the agent told Sidetone to do."""

    name: Name
    argument: str = ""
    """A note, question or reason as people write it; digits of an order; a part of the record; the words unknown."""


_WAKE = ("sidetone", "side tone")
_BEFORE_WAKE = {"hey", "ok", "okay", "uh", "um"}
_SOUNDS = jellyfish.metaphone("sidetone")
"""As "side town" and "sight tone" do."""
_HEARD_AS = {"sidestone", "sighton", "sightone", "siteone"}
"""What sounds otherwise and is near enough."""
_POLITE = r"(?:please|now|thanks|thank you|for me)"
_THAT = r"(?:this|that|it|this one|that one|the suggestion|the card)"
_CUSTOMER = r"(?:the customer|the caller|the call|the line|them|him|her|it)"
_RECORDING = r"(?:the |this )?recording"
_GRAMMAR: tuple[tuple[Name, str], ...] = (
    ("list", r"help|help me|commands|what can i say|show (?:the |me the )?commands"),
    ("unpin", rf"unpin {_THAT}"),
    ("use", rf"(?:use|take) {_THAT}"),
    ("dismiss", rf"(?:dismiss|discard) {_THAT}"),
    ("pin", rf"pin {_THAT}"),
    ("resume_recording", rf"(?:resume|continue|restart) {_RECORDING}"),
    ("pause_recording", rf"(?:pause|stop) {_RECORDING}"),
    ("hold", rf"hold|hold {_CUSTOMER}|put {_CUSTOMER} on hold"),
    ("resume", rf"resume|resume {_CUSTOMER}|take {_CUSTOMER} (?:off|of|from) hold"),
    ("end_help", r"no more help|no help needed|cancel (?:the )?(?:help|supervisor)|i (?:don't|do not) need help"),
    ("open", r"(?:open|show|show me|go to) (?:the |her |his |their )?(?P<part>orders|order|charges|tickets|notes"
             r"|earlier calls|previous calls|contact(?: details)?)"),
    ("open", r"(?:open|show|show me|go to|find) (?:the )?order(?: number)? (?P<number>.+)"),
    ("flag", r"(?:flag|mark) (?:this|that|it)(?: moment)?"),
    ("request_help", r"(?:call|get|get me|ask for|i need) (?:a|my|the) (?:supervisor|manager)|(?:get|request) help"),
)  # fmt: skip
_FREE: tuple[tuple[Name, str], ...] = (
    ("flag", r"(?:flag|mark) (?:this|that|it)(?: moment)? (?:as |because )?(?P<rest>.+)"),
    ("request_help", r"(?:(?:call|get|get me|i need) (?:a|my|the) (?:supervisor|manager)|(?:get|request) help)"
                     r" (?:because |with |for )?(?P<rest>.+)"),
    ("ask", r"ask (?P<rest>.+)"),
)  # fmt: skip
_ALIKE: Mapping[str, Name] = {
    "flag this": "flag",
    "flag that": "flag",
    "pin this": "pin",
    "pin that": "pin",
    "hold please": "hold",
    "hold the call": "hold",
    "put the customer on hold": "hold",
    "put them on hold": "hold",
    "resume the call": "resume",
    "take the customer off hold": "resume",
    "take them off hold": "resume",
    "call a supervisor": "request_help",
    "get a supervisor": "request_help",
}
"""Said in full, these are understood when they sound alike. Nothing that cannot be taken back, nor the recording."""
_ALIKE_FROM = 0.8
"""Share of the consonants that has to be the same."""
_PART_NAMES = {"previous calls": "earlier calls", "contact details": "contact", "order": "order"}
_LONGEST_UNKNOWN = 4
"""Words after the wake word beyond which it was speech: "Sidetone customer service, Alex speaking, good morning"."""


def voice_command(text: str, *, awake: bool = False) -> VoiceCommand | None:
    """The command in the words of an utterance, spoken or written form; None for ordinary speech.

    `awake`: the wake word was said just before, on its own, and is not needed again.
    """
    words = [token for token in tokens(text) if token.kind != "mark"]
    said = [word.text for word in words]
    skipped = next((at for at, word in enumerate(said) if word not in _BEFORE_WAKE), len(said))
    for count in (1, 2, 3):
        head = said[skipped : skipped + count]
        if len(head) < count or (not (sure := _is_wake(head)) and not _sounds_like_wake(head)):
            continue
        rest = words[skipped + count :]
        found = _read(text, rest, free=sure)
        if found is not None:
            return found
        if sure:
            return _sounding_like(rest) or _not_understood(rest)
    return _read(text, words, free=False) if awake else None


def _is_wake(head: Sequence[str]) -> bool:
    return " ".join(head) in _WAKE


def _sounds_like_wake(head: Sequence[str]) -> bool:
    joined = "".join(head)
    return joined.isalpha() and (joined in _HEARD_AS or jellyfish.metaphone(joined) == _SOUNDS)


def _read(text: str, words: Sequence[Token], *, free: bool) -> VoiceCommand | None:
    said = " ".join(word.text for word in words)
    said = re.sub(rf"^(?:{_POLITE} |(?:can|could|would) you )*|(?: {_POLITE})*$", "", said)
    for name, pattern in (*_GRAMMAR, *(_FREE if free else ())):
        match = re.fullmatch(pattern, said)
        if match is None:
            continue
        groups = match.groupdict()
        if "number" in groups:
            number = _number(groups["number"])
            if number is None:
                continue
            return VoiceCommand(name, number)
        if "part" in groups:
            return VoiceCommand(name, _PART_NAMES.get(groups["part"], groups["part"]))
        return VoiceCommand(name, written(groups["rest"]) if "rest" in groups else "")
    return None


def _sounding_like(words: Sequence[Token]) -> VoiceCommand | None:
    """The command that what was heard sounds like: "put the customer and how old" is to be put on hold."""
    said = jellyfish.metaphone(" ".join(word.text for word in words))
    likeness = {phrase: Levenshtein.normalized_similarity(said, jellyfish.metaphone(phrase)) for phrase in _ALIKE}
    best = max(likeness, key=likeness.__getitem__)
    return VoiceCommand(_ALIKE[best]) if likeness[best] >= _ALIKE_FROM else None


def _number(said: str) -> str | None:
    """The digits, when there is nothing else."""
    runs = digit_runs(said)
    return runs[0].value if len(runs) == 1 and (runs[0].start, runs[0].end) == (0, len(said)) else None


def _not_understood(words: Sequence[Token]) -> VoiceCommand | None:
    if not words:
        return VoiceCommand("wake")
    if len(words) > _LONGEST_UNKNOWN:
        return None
    return VoiceCommand("unknown", " ".join(word.text for word in words))
