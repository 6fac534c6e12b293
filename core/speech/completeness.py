"""Whether somebody who falls silent has said what they wanted to say, by their words so far."""

from typing import Literal

Completeness = Literal["complete", "open", "unfinished"]
"""`unfinished`: in the middle of a number, of something being spelled, or of a phrase · `open`: nobody knows."""

_DIGITS = frozenset((
    "zero", "oh", "o", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "double", "triple",
))  # fmt: skip
_WHOLE_NUMBERS = (5, 10)
"""Digits of an order or account number, and of a telephone number: it may end there, or go on."""
_SPELLED = frozenset((
    "dot", "at", "dash", "hyphen", "underscore", "slash", "hash",
))  # fmt: skip
_GOES_ON = frozenset((
    "and", "but", "or", "so", "because", "the", "a", "an", "my", "your", "his", "her", "our", "their", "to", "of",
    "for", "from", "with", "in", "on", "about", "into", "than", "as", "is", "are", "was", "were", "am", "be", "been",
    "i'm", "it's", "he's", "she's", "we're", "they're", "i", "we", "they", "which", "who", "whose", "if", "when",
    "while", "that's", "there's", "um", "uh", "er", "hmm", "like",
))  # fmt: skip
_ANNOUNCES = ("name", "number")
"""What follows is the name; but "what is your name" is a question."""
_ASKS_FOR = frozenset(("what", "what's", "which"))
_NEAR = 6
_CLOSES = frozenset((
    "please", "thanks", "thank", "goodbye", "bye", "yes", "no", "yeah", "nope", "okay", "ok", "right", "correct",
    "sure", "exactly",
))  # fmt: skip
_CLOSES_WITH = (("thank", "you"), ("that's", "all"), ("that", "is", "all"), ("all", "set"))
_ASKS = frozenset((
    "what", "where", "when", "why", "who", "how", "which", "can", "could", "would", "will", "do", "does", "did", "is",
    "are", "may", "should", "have", "has", "was", "were",
))  # fmt: skip
_SHORTEST_QUESTION = 4


def completeness(text: str, *, punctuated: bool = False) -> Completeness:
    """What the silence after `text` means; English, and where engines punctuate any language."""
    words = [word.strip(".,;:!?…\"'") for word in text.lower().split()]
    words = [word for word in words if word]
    if not words:
        return "open"
    if _in_a_number(words) or words[-1] in _SPELLED or _spelling(words):
        return "unfinished"
    if punctuated and text.rstrip().endswith((".", "?", "!")):
        return "complete"
    if words[-1] in _GOES_ON or (words[-1] in _ANNOUNCES and not _ASKS_FOR & set(words[-_NEAR:])):
        return "unfinished"
    if words[-1] in _CLOSES or any(tuple(words[-len(end) :]) == end for end in _CLOSES_WITH):
        return "complete"
    return "complete" if words[0] in _ASKS and len(words) >= _SHORTEST_QUESTION else "open"


def _in_a_number(words: list[str]) -> bool:
    """Ends in digits, said or written, of which more are to be expected."""
    digits = 0
    for word in reversed(words):
        if word.isdigit():
            digits += len(word)
        elif word in _DIGITS:
            digits += 1
        else:
            break
    # A single one is as often a count: "I have two".
    return digits > 1 and digits not in _WHOLE_NUMBERS


def _spelling(words: list[str]) -> bool:
    """Ends in two letters or more, one by one."""
    return len(words) > 1 and all(len(word) == 1 and word.isalpha() and word != "i" for word in words[-2:])
