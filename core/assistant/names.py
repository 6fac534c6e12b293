"""Names people give as their own. Transcripts rarely have capitals, so the words around a name must tell."""

import re
from collections.abc import Sequence

from core.assistant.number_words import Found, Token, tokens
from core.assistant.spelling import letters_joined
from core.assistant.vocabulary import Vocabulary
from core.calls.events import EntityKind
from core.customers.matching import CLEAR, LIKELY, Directory

_MY_NAME = re.compile(
    r"\b(?:my|the) (?:(?:full|first|last|sur) ?)?name(?:'s| is| was)?\s+(?:is )?|\bname's\s+"
    r"|\b(?:you're|you are) (?:speaking|talking) (?:with|to)\s+"
)
_THIS_IS = re.compile(r"\b(?:this is|i'm|i am|it's|it is|speaking is)\s+")
_GREETING = re.compile(
    r"^(?:(?:hi|hello|hey|yes|yeah|sure|ok|okay|um|uh|so|well|there|good|morning|afternoon|evening)[\s,.!]+)*"
)
_ASKS = re.compile(
    r"\b(?:your|the customer's|full|first|last) name\b|\bname,? please|\bname on the account"
    r"|\bwho(?:m)? am i (?:speaking|talking)|\bwho(?: is|'s) calling"
)
_LONGEST = 3
_NEXT_CLAUSE = {"i", "i'm", "i've", "i'd", "and", "calling", "here", "from", "speaking", "my", "with", "again", "on"}
_ADJECTIVE = re.compile(r"\w+(?:ing|ed|ly|ous|able|ible|ful|less|ive)$")


def asks_for_name(text: str) -> bool:
    return bool(_ASKS.search(text.lower()))


def names(text: str, vocabulary: Vocabulary, directory: Directory, asked: EntityKind | None) -> list[Found]:
    """Names the speaker gives as their own, capitalised.

    After "my name is" anything is taken for one; after "this is" or "I'm" only what is known, written with capitals, or
    stands like a name; elsewhere only what opens the utterance and is known, or answers the question for it.
    """
    plain = text.lower().replace("’", "'")
    words = letters_joined(tokens(text))
    found = [
        name for match in _MY_NAME.finditer(plain) if (name := _capture(words, match.end(), vocabulary, directory))
    ]
    if not found:
        found = [
            name
            for match in _THIS_IS.finditer(plain)
            if (name := _capture(words, match.end(), vocabulary, directory))
            and _stands_like_a_name(
                name, text, words, vocabulary, directory, unknown_too=not match.group().startswith("it")
            )
        ]
    if not found:
        opening = _GREETING.match(plain)
        name = _capture(words, opening.end() if opening else 0, vocabulary, directory)
        if name and _opens(name, words, directory, asked):
            found = [name]
    return found


def _capture(words: Sequence[Token], start: int, vocabulary: Vocabulary, directory: Directory) -> Found | None:
    """The words from `start` on that can be a name."""
    following = [word for word in words if word.start >= start]
    taken: list[Token] = []
    at = 0
    while at < len(following) and len(taken) < _LONGEST:
        word = following[at]
        if taken and word.text == "last" and at + 1 < len(following) and following[at + 1].text == "name":
            at += 3 if at + 2 < len(following) and following[at + 2].text == "is" else 2
            continue
        letters = _spelled_out(following[at:])
        if letters:
            taken.append(letters)
            at += len(letters.text)
            continue
        if word.kind != "word" or word.text in vocabulary.not_names or not word.text[0].isalpha():
            break
        taken.append(word)
        at += 1
    if not taken:
        return None
    # Where fewer words make a known full name, the rest was not part of it.
    known = [count for count in (3, 2) if _fit(taken[:count], directory) >= LIKELY]
    kept = taken[: max(known, key=lambda count: _fit(taken[:count], directory))] if known else taken
    return Found(_joined(kept), kept[0].start, kept[-1].end)


def _spelled_out(words: Sequence[Token]) -> Token | None:
    """ "s a r a h" as one word, when at least three letters are said one by one."""
    count = next((at for at, word in enumerate(words) if len(word.text) != 1 or word.kind != "word"), len(words))
    if count < _LONGEST:
        return None
    return Token("".join(word.text for word in words[:count]), words[0].start, words[count - 1].end, "word")


def _fit(taken: Sequence[Token], directory: Directory) -> float:
    likely = directory.named(_joined(taken))
    return likely[0][0] if likely else 0.0


def _joined(taken: Sequence[Token]) -> str:
    return " ".join(word.text.removesuffix("'s").capitalize() for word in taken)


def _stands_like_a_name(
    name: Found, text: str, words: Sequence[Token], vocabulary: Vocabulary, directory: Directory, *, unknown_too: bool
) -> bool:
    if directory.named(name.value):
        return True
    said = text[name.start : name.end]
    if text != text.lower():
        return all(part[0].isupper() for part in said.split())
    parts = said.split()
    after = next((word.text for word in words if word.start >= name.end), None)
    plausible = not any(vocabulary.is_feeling(part) or _ADJECTIVE.match(part) for part in parts)
    return unknown_too and len(parts) >= 2 and after in _NEXT_CLAUSE and plausible


def _opens(name: Found, words: Sequence[Token], directory: Directory, asked: EntityKind | None) -> bool:
    likely = directory.named(name.value, CLEAR)
    if asked == "name":
        return bool(directory.named(name.value)) or " " in name.value
    after = next((word.text for word in words if word.start >= name.end), None)
    return bool(likely) and " " in name.value and (after is None or after in _NEXT_CLAUSE or not after.isalpha())
