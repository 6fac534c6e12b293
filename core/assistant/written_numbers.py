"""Identifiers and plain numbers, as people write them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.assistant.number_words import ORDINALS, SIZES, Found, Token, word_at
from core.assistant.spoken import ZEROS, Group, Run, measured, year

_SEVERAL = {"orders", "tickets", "invoices", "cases"}
_CALLED = {"order", "ticket", "invoice", "case", *_SEVERAL}
"""Their numbers are written with a #."""
_NUMBERED = {
    "account", "acct", "phone", "cell", "mobile", "telephone", "fax", "card", "code", "zip", "pin", "passcode",
    "extension", "ext", "tracking", "confirmation", "reference", "serial", "model", "member", "membership", "customer",
    "digits", "policy", "claim", "routing", "ending", "ends",
}  # fmt: skip
_NAMES_OF_NUMBERS = {"number", "numbers", "id", "no", "#"}
_FILLERS = {
    "is", "was", "it", "its", "that", "are", "as", "be", "should", "would", "reads", "uh", "um", "er", ",",
    ":", ".",
}  # fmt: skip
_VERB_AFTER = {"to", "i", "we", "you", "they", "can", "could", "would", "please", "i'd", "i'll", "we'll", "let's"}
"""In front of "order", which is then something done."""
_NO_CASE_AFTER = {"in", "just", "that", "this", "any", "which", "each", "either"}
_NO_PLURALS = {"is", "was", "has", "does", "this", "yes", "thanks", "as", "its", "it's", "that's", "ours", "plus", "us"}
_COUNTED = {"of", "more", "other", "people", "new", "extra", "something", "odd", "ish", "or", "to"}
_VAGUE = {"billion", "trillion", "dozen", "something", "odd", "ish"}
_CLOSING = {
    "a", "per", "for", "on", "and", "plus", "in", "to", "from", "please", "each", "every", "which", "that", "but", "so",
    "is", "was", "it", "i", "at", "with", "instead", "total", "off", "because", "when", "if", "or", "right", "now",
    "this", "last", "back", "too", "not", "thanks", "thank", "yes", "again", "already", "today", "yesterday", "we",
    "they", "you", "he", "she", "my", "by", "since", "until", "of", "where", "why", "has", "hasn't", "isn't", "wasn't",
}  # fmt: skip
_SHORTEST_ID = 3
_SHORTEST_SURE = 5
"""Digits from which on commas, or a word that sounds like a digit, may stand between them."""
_SHORTEST_PHONE = 7
_SMALL = 10
"""Smaller numbers that stand alone stay words: "one moment", "two boxes"."""
_WITH_COMMAS = 10_000
DOLLARS = {"dollar", "dollars", "bucks"}

Runs = Mapping[int, Run]
"""All numbers of a text, by the place of their first token."""


@dataclass(frozen=True, slots=True)
class Read:
    """What stands somewhere in written form, and where it ends; without a value it stays as it is."""

    value: str | None
    after: int


def identifier(words: Sequence[Token], at: int, starting: Runs) -> Read | None:
    """Digits that name something, in whatever style they are said; "forty nine ninety nine" alone may be a price."""
    run = starting.get(at)
    if run is None or measured(words, run.after) or len(run.digits) < _SHORTEST_ID:
        return None
    # "Oh, a hundred and one": beside figures that would be a zero.
    if word_at(words, run.first - 1) in ZEROS:
        return Read(None, run.after)
    between = _between(words, run)
    if between & {"(", ")"} or (between & {"-", "–"} and any(_is_long(group) for group in run.groups)):
        return Read(None, run.after)
    called = _called(words, at)
    called = _called_too(words, run, starting) if called is None else called
    if len(run.groups) == 1 and run.groups[0].kind == "written":
        return Read(f"#{run.digits}", run.after) if called == "#" and _can_be_called(words, run) else None
    if any(group.kind == "sounds" for group in run.groups) and len(run.digits) < _SHORTEST_SURE:
        return None
    if _is_list(words, run) or _counts(words, run):
        return None
    sure = _surely_named(words, run) if called is not None else _surely_digits(words, run, between)
    if sure:
        return Read(f"{called or ''}{run.digits}", run.after)
    # "Order two hundred arrived": as figures it would be the order's number.
    either = called == "#" and len(run.groups) == 1 and not _is_counted(words, run.after)
    return Read(None, run.after) if either else None


def numbers(words: Sequence[Token], run: Run, starting: Runs) -> list[Found]:
    """Numbers of two digits or more that are no part of a longer row of numbers."""
    return [
        Found(value, words[part.first].start, words[part.after - 1].end)
        for part in _parts(words, run)
        if (value := _number(words, part, starting))
    ]


def closes(words: Sequence[Token], at: int) -> bool:
    """Nothing stands here that the number before could count."""
    word = word_at(words, at)
    return not word or word in _CLOSING or (words[at].kind == "mark" and word not in ("-", "#", "@"))


def _number(words: Sequence[Token], part: Run, starting: Runs) -> str | None:
    first, *more = part.groups
    before, after = word_at(words, part.first - 1), word_at(words, part.after)
    if more:
        is_year = before in ("in", "since", "year") and year(part.groups) is not None
        return part.digits if is_year and not measured(words, part.after) else None
    if sign := _range_of(words, part, starting):
        return f"{sign.strip()}{int(first.digits):,}"
    value = int(first.digits)
    if first.kind != "number" or value < _SMALL or _after_a_small_one(words, part, starting):
        return None
    if {after, word_at(words, part.after + 1) if after == "-" else ""} & {*ORDINALS, *SIZES, *_VAGUE}:
        return None
    said = [word.text for word in words[part.first : part.after]]
    if (said[0] == "a" and len(said) == 2) or (before == "between" and "and" in said):
        return None
    return f"{value:,}" if value >= _WITH_COMMAS else str(value)


def _range_of(words: Sequence[Token], part: Run, starting: Runs) -> str:
    """Whether this begins "five to ten dollars", "between two and four pm": "$" or " ", empty for neither."""
    before, joint = word_at(words, part.first - 1), word_at(words, part.after)
    other = starting.get(part.after + 1) if joint in ("to", "or") or (before, joint) == ("between", "and") else None
    if other is None or len(other.groups) > 1 or part.groups[0].kind == "written":
        return ""
    unit = word_at(words, other.after)
    return "$" if unit in DOLLARS else " " if unit in ("percent", "am", "pm") else ""


def _after_a_small_one(words: Sequence[Token], part: Run, starting: Runs) -> bool:
    """ "On a scale of one to ten", "nine out of ten": figures and words do not go together."""
    at = part.first - 1
    while word_at(words, at) in ("to", "or", "out", "of", "and"):
        at -= 1
    joint = word_at(words, at + 1)
    other = next((run for run in starting.values() if run.after == at + 1), None) if at < part.first - 1 else None
    if other is None or joint == "of" or (joint == "and" and word_at(words, other.first - 1) != "between"):
        return False
    return other.groups[-1].kind == "single" and len(other.digits) == 1


def _called(words: Sequence[Token], first: int) -> str | None:
    """What the words in front say: "#" for an order's number and the like, "" for another one, None for nothing."""
    if word_at(words, first - 1) == "#":
        return ""
    explicit = False
    for at in range(first - 1, max(-1, first - 8), -1):
        word, before = word_at(words, at).removesuffix("'s"), word_at(words, at - 1)
        if word in _CALLED:
            if word.startswith("case") and not {before, word_at(words, at - 2)}.isdisjoint(_NO_CASE_AFTER):
                return "" if explicit else None
            return "#" if explicit or before not in _VERB_AFTER else None
        if word in _NUMBERED:
            return ""
        if word in _NAMES_OF_NUMBERS and not (word == "no" and before == ""):
            explicit = True
        elif not _is_filler(word, before):
            break
    return "" if explicit else None


def _is_filler(word: str, before: str) -> bool:
    """What may stand between "order" and its number: "is", "no.", "ending in"."""
    if word == ".":
        return before == "no"
    return word in _FILLERS or (word in ("in", "with") and before in ("ending", "ends"))


def _called_too(words: Sequence[Token], run: Run, starting: Runs) -> str | None:
    """ "Orders 78901 and 78902"."""
    at = run.first - 1
    between = set()
    while word_at(words, at) in ("and", "or", ","):
        between.add(word_at(words, at))
        at -= 1
    other = next((one for one in starting.values() if one.after == at + 1), None)
    if other is None or not between or len(run.digits) < _SHORTEST_SURE:
        return None
    several = word_at(words, other.first - 1) in _SEVERAL
    too = "#" in (_called(words, other.first), _called_too(words, other, starting))
    return "#" if too and (several or between - {","}) else None


def _can_be_called(words: Sequence[Token], run: Run) -> bool:
    """A written number that is neither a quantity nor a part of something longer."""
    token = words[run.first]
    grouped = token.end - token.start != len(token.text)
    after = word_at(words, run.after)
    longer = after in ("-", "/") and words[run.after].start == token.end
    before = words[run.first - 1] if run.first else None
    longer = longer or (before is not None and before.text in ("-", "/", ".") and before.end == token.start)
    return not grouped and not longer and (len(run.digits) >= _SHORTEST_SURE or not _is_counted(words, run.after))


def _surely_named(words: Sequence[Token], run: Run) -> bool:
    """After "order number": digits in any style, as long as no two numbers can be meant."""
    if any(group.kind == "written" and len(group.digits) >= _SHORTEST_SURE for group in run.groups):
        return False
    if all(_is_long(group) for group in run.groups):
        return len(run.digits) < _SHORTEST_PHONE
    if len(run.groups) > 1:
        return True
    # "Order two hundred": of what?
    return word_at(words, run.first - 1) not in _CALLED or closes(words, run.after)


def _surely_digits(words: Sequence[Token], run: Run, between: set[str]) -> bool:
    """Said or written one by one; or so many that they can be nothing else."""
    first = words[run.first]
    if first.text in ("oh", "o") and (not run.first or words[run.first - 1].kind == "mark"):
        return False
    if len(run.digits) < _SHORTEST_SURE and not closes(words, run.after):
        return False
    shortest = _SHORTEST_SURE if "," in between else _SHORTEST_ID
    written = [group for group in run.groups if group.kind == "written"]
    if "-" in between and len(written) == len(run.groups):
        shortest = max(shortest, _SHORTEST_ID + 1)
    in_a_row = most = 0
    for group in run.groups:
        in_a_row = 0 if group.kind == "number" or _is_long(group) else in_a_row + len(group.digits)
        most = max(most, in_a_row)
    pairs = [group for group in run.groups if group.kind == "number"]
    as_phone = len(run.digits) >= _SHORTEST_PHONE and len(run.groups) > 2 and len(pairs) + most > 0 and not written
    return (most >= _SHORTEST_ID and len(run.digits) >= shortest) or (
        as_phone and sum(len(group.digits) > 2 for group in pairs) < 2 and all(len(group.digits) < 4 for group in pairs)
    )


def _counts(words: Sequence[Token], run: Run) -> bool:
    """What follows can be what the end of the run is a number of: "seven eight nine two hundred boxes"."""
    return (run.groups[-1].kind == "number" or len(run.digits) == _SHORTEST_ID) and _is_counted(words, run.after)


def _is_counted(words: Sequence[Token], at: int) -> bool:
    word = word_at(words, at)
    return word in _COUNTED or (word.endswith("s") and len(word) > 2 and word not in _NO_PLURALS)


def _is_list(words: Sequence[Token], run: Run) -> bool:
    """ "Steps 1, 2, 3 and 4", "orders 101, 102"."""
    if "," not in _between(words, run):
        return False
    last = run.after + 1 if word_at(words, run.after) == "," else run.after
    goes_on = word_at(words, last) in ("and", "or") and not closes(words, last + 1)
    return goes_on or word_at(words, run.first - 1) in _SEVERAL


def _is_long(group: Group) -> bool:
    """Several digits written together."""
    return group.kind == "written" and len(group.digits) > 1


def _between(words: Sequence[Token], run: Run) -> set[str]:
    """What stands between the groups."""
    pairs = zip(run.groups, run.groups[1:], strict=False)
    return {word.text for one, other in pairs for word in words[one.after : other.first]}


def _parts(words: Sequence[Token], run: Run) -> list[Run]:
    """The numbers between commas; "one thousand, two hundred" is one."""
    parts: list[list[Group]] = [[run.groups[0]]]
    for group in run.groups[1:]:
        apart = {word.text for word in words[parts[-1][-1].after : group.first]}
        if apart == {","} and words[parts[-1][-1].after - 1].text not in SIZES:
            parts.append([])
        parts[-1].append(group)
    return [Run(tuple(part)) for part in parts]
