"""Money, percentages and decimals, as people write them."""

from collections.abc import Sequence

from core.assistant.number_words import SIZES, Token, word_at
from core.assistant.spoken import Group, Run, measured
from core.assistant.written_numbers import DOLLARS, Read, Runs, closes

_CENTS = {"cent", "cents"}
_OF_MONEY = {
    "cost", "costs", "charge", "charged", "charges", "price", "priced", "paid", "pay", "paying", "bill", "billed",
    "fee", "total", "refund", "refunded", "balance", "amount", "owe", "owed", "payment", "rate",
}  # fmt: skip
_FILLERS = {
    "is", "was", "it's", "its", "me", "us", "you", "only", "about", "just", "now", "at", "for", "around", "of", "over",
    "still", "be", "been", "another", "like", "to", "instead", "not", "than", "uh", "um",
}  # fmt: skip
_PERIODS = {"month", "year", "week", "day", "hour"}
_LOOK_BACK = 5


def money(words: Sequence[Token], at: int, starting: Runs) -> Read | None:
    """ "A hundred and twenty nine dollars and ninety nine cents"; also "$129 and 99 cents", "129 dollars"."""
    if word_at(words, at) in SIZES:
        return _part_of_a_number(words, at, starting)
    dollars, end = _dollars(words, at, starting)
    if end == at:
        return _price(words, at, starting)
    cents = _cents(words, end, starting)
    if dollars is None or (cents and cents.value is None):
        return Read(None, cents.after if cents else end)
    if cents:
        return Read(f"{dollars}.{cents.value}", cents.after) if "." not in dollars else Read(None, cents.after)
    # "A dollar" is as good as "$1", and what is written stays.
    return Read(dollars if at in starting or words[at].text[0].isdecimal() else None, end)


def percent(words: Sequence[Token], at: int, starting: Runs) -> Read | None:
    run, amount = starting.get(at), words[at]
    after = run.after if run else at + 1
    end = after + percent_words(words, after)
    if end == after:
        return None
    if run is None:
        is_decimal = amount.kind == "amount" and amount.text.replace(".", "").isdecimal()
        return Read(f"{amount.text}%", end) if is_decimal else None
    # "Point five percent" is not five.
    clear = len(run.groups) == 1 and word_at(words, at - 1) != "point"
    return Read(f"{run.digits}%" if clear else None, end)


def percent_words(words: Sequence[Token], at: int) -> int:
    """How many words here say "percent"."""
    word, behind = word_at(words, at), word_at(words, at + 1)
    return 1 if word == "percent" else 2 if (word, behind) == ("per", "cent") else 0


def decimal(words: Sequence[Token], at: int, starting: Runs) -> Read | None:
    """ "Twenty point five percent"; not "at one point five people"."""
    whole = starting.get(at)
    if whole is None or word_at(words, whole.after) != "point" or word_at(words, at - 1) == "at":
        return None
    part = starting.get(whole.after + 1)
    if part is None:
        return None
    after = word_at(words, part.after)
    one_by_one = all(len(group.digits) == 1 for group in part.groups)
    clear = len(whole.groups) == 1 and (one_by_one or len(part.groups) == 1) and after not in {*DOLLARS, *SIZES}
    if not clear:
        return Read(None, part.after)
    value = f"{whole.digits}.{part.digits}"
    return Read(f"{value}%", part.after + 1) if after == "percent" else Read(value, part.after)


def _dollars(words: Sequence[Token], at: int, starting: Runs) -> tuple[str | None, int]:
    """The dollars named from here on and where they end, which is here if there are none; None where unclear."""
    run, amount = starting.get(at), words[at]
    if amount.kind == "amount" and amount.text.startswith("$"):
        scaled = word_at(words, at + 1) in {*SIZES, "billion"}
        return (None, at) if "." in amount.text or scaled else (amount.text.replace(" ", ""), at + 1)
    after = run.after if run else at + 1
    after += word_at(words, after) == "-"
    if word_at(words, after) not in DOLLARS:
        return None, at
    if run is None:
        if amount.text == "a":
            return "$1", after + 1
        whole, _, cents = amount.text.replace(",", "").partition(".")
        written = amount.kind == "amount" and whole.isdecimal() and cents.isdecimal() and len(cents) == len("99")
        return (f"${int(whole):,}.{cents}", after + 1) if written else (None, at)
    value = _hundreds(words, run, starting) if len(run.groups) > 1 else int(run.digits)
    said = [word.text for word in words[run.first : run.after]]
    if word_at(words, at - 1) == "between" and "and" in said:
        value = None
    article = "a " if said[0] == "a" and word_at(words, after) == "dollar" else ""
    return (None if value is None else f"{article}${value:,}"), after + 1


def _cents(words: Sequence[Token], at: int, starting: Runs) -> Read | None:
    """The two digits behind the point; without a value where a number follows that may or may not be them."""
    joined = word_at(words, at) == "and"
    comma = word_at(words, at) == ","
    at = at + 1 if joined or comma else at
    at = at + 1 if comma and word_at(words, at) == "and" else at
    run = starting.get(at)
    if run is None:
        return None
    value = int(run.digits) if len(run.groups) == 1 else 100
    if word_at(words, run.after) in _CENTS:
        return Read(f"{value:02d}" if value < 100 else None, run.after + 1)
    if measured(words, run.after) or comma or value < 10:
        return None
    return Read(str(value) if value < 100 and not joined and closes(words, run.after) else None, run.after)


def _price(words: Sequence[Token], at: int, starting: Runs) -> Read | None:
    """ "It costs forty nine ninety nine", "thirty nine ninety nine a month"; not a round "twelve fifty"."""
    run = starting.get(at)
    if run is None or measured(words, run.after) or not closes(words, run.after):
        return None
    rate = word_at(words, run.after) in ("a", "per") and word_at(words, run.after + 1) in _PERIODS
    if not (rate or _is_about_money(words, at, starting)):
        return None
    *whole, last = run.groups
    value = _hundreds(words, Run(tuple(whole)), starting) if len(whole) > 1 else int(whole[0].digits) if whole else 0
    sure = value is not None and value >= 10 and _is_pair(last) and (len(whole) > 1 or int(last.digits) % 10)
    apart = any(one.after != other.first for one, other in zip(run.groups, run.groups[1:], strict=False))
    whole_sounds_right = all(group.kind in ("number", "single") or len(group.digits) < 4 for group in whole)
    return Read(f"${value:,}.{last.digits}", run.after) if sure and not apart and whole_sounds_right else None


def _hundreds(words: Sequence[Token], run: Run, starting: Runs) -> int | None:
    """ "One twenty nine", where it is about money: "one" is often no number."""
    if len(run.groups) != 2:
        return None
    head, pair = run.groups
    clear = len(head.digits) == 1 and head.digits != "0" and _is_pair(pair) and head.after == pair.first
    return int(head.digits + pair.digits) if clear and _is_about_money(words, run.first, starting) else None


def _is_pair(group: Group) -> bool:
    return group.kind in ("number", "written") and len(group.digits) == 2 and group.digits[0] != "0"


def _is_about_money(words: Sequence[Token], at: int, starting: Runs) -> bool:
    """Also "charged forty nine ninety nine instead of thirty nine ninety nine"."""
    for _ in range(_LOOK_BACK):
        at -= 1
        before = next((run for run in starting.values() if run.first <= at < run.after), None)
        if before:
            at = before.first
        elif word_at(words, at) in _OF_MONEY:
            return True
        elif word_at(words, at) not in _FILLERS:
            return False
    return False


def _part_of_a_number(words: Sequence[Token], at: int, starting: Runs) -> Read:
    """ "A couple hundred and fifty dollars" stays, all of it."""
    rest = starting.get(at + 2 if word_at(words, at + 1) == "and" else at + 1)
    return Read(None, rest.after if rest else at + 1)
