"""E-mail addresses out of speech: "sarah dot johnson at example dot com", "s a r a h underscore j at gmail dot com"."""

import re
from collections.abc import Sequence

from core.assistant.number_words import Found, Token, tokens
from core.assistant.spelling import letters_joined
from core.assistant.spoken import digit_runs, runs

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
_AT = {"at", "@"}
_TOP_LEVEL = {
    "com", "org", "net", "edu", "gov", "io", "co", "us", "uk", "ca", "de", "fr", "es", "it", "nl", "eu", "me", "info",
    "biz", "app", "dev",
}  # fmt: skip
_LONGEST_LABEL = 4
"""Words a recogniser may have split one part of a domain into ("g mail")."""
# Words that announce an address: what follows up to "at" belongs to it.
_CUES = {"email", "mail", "address", "send", "write", "reach"}
_BEFORE = {
    "is", "it's", "its", "to", "me", "email", "mail", "address", "at", "@", "use", "under", "that's", ",", "my", "your",
    "the", "from", "with", "have", "was", "yes", "yeah", "sure", "okay", "ok", "um", "uh", "number", "on", "would",
    "be", "still", "yesterday", "today",
}  # fmt: skip
# A recogniser's spelling of hosts everybody uses.
_HOSTS = {"g-mail": "gmail", "hot-mail": "hotmail"}


def emails(text: str) -> list[Found]:
    """Every e-mail address said or written, in lower case."""
    written = [Found(m.group().lower().rstrip("."), m.start(), m.end()) for m in _WRITTEN.finditer(text)]
    words = letters_joined(tokens(text))
    found = list(written)
    for at, word in enumerate(words):
        one = _around(words, at) if word.text in _AT else None
        if one and not any(_overlap(one, other) for other in found):
            found.append(one)
    return found


def _overlap(one: Found, other: Found) -> bool:
    return one.start < other.end and other.start < one.end


def _around(words: Sequence[Token], at: int) -> Found | None:
    domain = _domain(words, at + 1)
    local = _local(words, at - 1, sure=words[at].text == "@") if domain else None
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
            labels, label, taken = [*labels, _HOSTS.get(label, label)], "", 0
        elif _JOINS.get(word.text) == "-" and label and not best:
            label += "-"
        elif (
            word.kind in ("word", "digits") and word.text not in _AT and taken < _LONGEST_LABEL and not (best and taken)
        ):
            label, taken = label + word.text, taken + 1
            if labels and word.text in _TOP_LEVEL and taken == 1:
                best = ".".join([*labels, label]), position
        else:
            break
    return best


def _local(words: Sequence[Token], last: int, *, sure: bool) -> tuple[str, int] | None:
    """The name before "at" and the position of its first word; None where nothing says that it is an address."""
    if last < 0 or words[last].kind not in ("word", "digits"):
        return None
    # "Kim dot today at" is one all the same.
    said_joined = last > 1 and words[last - 1].kind == "word" and words[last - 1].text in _JOINS
    if words[last].text in _BEFORE and not said_joined:
        return None
    announced = any(word.text.removesuffix("'s") in _CUES for word in words[max(0, last - 10) : last])
    first = last
    while first > 0:
        before = words[first - 1]
        if before.text in _JOINS and before.text not in _BEFORE and first > 1 and words[first - 2].kind != "mark":
            first -= 2
        elif (
            before.kind in ("word", "digits")
            and before.text.removesuffix("'s") not in _BEFORE
            and (announced or _is_number(words[first]) or (_spelled(words[first]) and _spelled(before)))
        ):
            first -= 1
        else:
            break
    if first == last and not (announced or sure):
        return None
    return _joined(words[first : last + 1]), first


def _spelled(word: Token) -> bool:
    return len(word.text) == 1 or _is_number(word)


def _is_number(word: Token) -> bool:
    return bool(digit_runs(word.text))


def _joined(words: Sequence[Token]) -> str:
    """Joins as signs, numbers as digits, the rest as it is."""
    parts = [_JOINS.get(word.text, word.text) for word in words]
    for run in runs(words):
        for group in run.groups:
            # "L e o seven" is spelled with a letter.
            if words[group.first].text != "o" or group is not run.groups[0]:
                parts[group.first : group.after] = [group.digits, *[""] * (group.after - group.first - 1)]
    return "".join(parts)
