"""E-mail addresses out of speech: "sarah dot johnson at example dot com", "s a r a h underscore j at gmail dot com"."""

import re
from collections.abc import Sequence

from core.assistant.spoken import Found, Token, digit_runs, tokens

_WRITTEN = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_JOINS = {
    ".": ".",
    "dot": ".",
    "point": ".",
    "_": "_",
    "underscore": "_",
    "-": "-",
    "dash": "-",
    "hyphen": "-",
    "plus": "+",
}
_DOTS = {".", "dot", "point"}
_TOP_LEVEL = {
    "com", "org", "net", "edu", "gov", "io", "co", "us", "uk", "ca", "de", "fr", "es", "it", "nl", "eu", "me", "info",
    "biz", "app", "dev",
}  # fmt: skip
_LONGEST_LABEL = 4
"""Words a recogniser may have split one part of a domain into ("g mail")."""
# Words that announce an address: what follows up to "at" belongs to it.
_CUES = {"email", "mail", "address", "send", "write", "reach"}
_BEFORE = {"is", "it's", "its", "to", "me", "email", "mail", "address", "at", "use", "under", "that's", ","}


def emails(text: str) -> list[Found]:
    """Every e-mail address said or written, in lower case."""
    written = [Found(m.group().lower().rstrip("."), m.start(), m.end()) for m in _WRITTEN.finditer(text)]
    words = tokens(text)
    spoken = [found for at, word in enumerate(words) if word.text == "at" and (found := _around(text, words, at))]
    return written + spoken


def _around(text: str, words: Sequence[Token], at: int) -> Found | None:
    domain = _domain(words, at + 1)
    local = _local(text, words, at - 1) if domain else None
    if domain is None or local is None:
        return None
    (host, last), (name, first) = domain, local
    return Found(f"{name}@{host}", words[first].start, words[last].end)


def _domain(words: Sequence[Token], at: int) -> tuple[str, int] | None:
    """The host named from `at` on, and the position of its last word."""
    labels: list[str] = []
    label = ""
    best: tuple[str, int] | None = None
    taken = 0
    for position in range(at, len(words)):
        word = words[position]
        if word.text in _DOTS and label:
            labels, label, taken = [*labels, label], "", 0
        elif word.kind in ("word", "digits") and taken < _LONGEST_LABEL and not (best and taken):
            label, taken = label + word.text, taken + 1
            if labels and word.text in _TOP_LEVEL and taken == 1:
                best = ".".join([*labels, label]), position
        else:
            break
    return best


def _local(text: str, words: Sequence[Token], last: int) -> tuple[str, int] | None:
    """The name before "at" and the position of its first word; None where nothing says that it is an address."""
    if last < 0 or words[last].kind not in ("word", "digits"):
        return None
    announced = any(word.text in _CUES for word in words[max(0, last - 10) : last])
    first = last
    while first > 0:
        before = words[first - 1]
        if before.text in _JOINS and before.text not in _BEFORE and first > 1 and words[first - 2].kind != "mark":
            first -= 2
        elif (
            before.kind in ("word", "digits")
            and before.text not in _BEFORE
            and (announced or (_spelled(words[first]) and (_spelled(before) or words[first].kind == "digits")))
        ):
            first -= 1
        else:
            break
    if first == last and not announced:
        return None
    return "".join(_written(text, words[first : last + 1])), first


def _spelled(word: Token) -> bool:
    return len(word.text) == 1 or bool(digit_runs(word.text))


def _written(text: str, words: Sequence[Token]) -> list[str]:
    """Joins as signs, numbers as digits, the rest as it is."""
    return [_JOINS.get(w.text) or (runs[0].value if (runs := digit_runs(w.text)) else w.text) for w in words]
