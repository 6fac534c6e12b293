"""How words sound that no dictionary has, guessed from those it has.

A letter stands for no phone, for one or for two. For which, is found by aligning known words with their phones, again
and again, until the letters agree. A letter of another word then sounds as it mostly does between the same letters and
behind the same sound; the rarer that is, the more counts what it does between fewer of the same.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from heapq import nsmallest
from math import exp, inf, log
from typing import NamedTuple

Sound = tuple[str, ...]
"""What one letter stands for."""
_Costs = Mapping[str, Mapping[Sound, float]]
_AROUND = (3, 2, 1, 0)
"""So many letters on both sides count."""
_ALIGNED_AGAIN = 8_000
_ROUNDS = 4
_NEAR = 6.0
"""How much likelier a letter stands for a phone at the same place in the word than for one at its other end, as a power
of e."""
_SILENT_AT_FIRST, _UNSEEN, _UNSEEN_PAIR = 3.0, 9.0, 12.0
_DOUBT = 2.0
"""A context that was seen so many times per sound it has counts for as much as all narrower ones together."""
_LIKELIEST = 16
"""Pronunciations kept from letter to letter. What these numbers come to, and others: `docs/speech.md`."""
_OUTSIDE = "#"


class _Guess(NamedTuple):
    cost: float
    sounds: tuple[Sound, ...]


def guesses(unknown: Collection[str], known: Mapping[str, str]) -> dict[str, list[str]]:
    """Phones for words of letters, as `known` has them, likeliest first; none where it does not tell of a letter.

    Takes some four seconds for the 130,000 words of the stock dictionary.
    """
    if not unknown:
        return {}
    words = [(word, tuple(phones.split())) for word, phones in known.items() if word.isascii() and word.isalpha()]
    every = max(1, len(words) // _ALIGNED_AGAIN)
    costs = _costs_of_sounds(words[::every])
    asked = {context for word in unknown for around in _contexts(word) for context in around}
    heard: defaultdict[tuple[str, Sound], Counter[Sound]] = defaultdict(Counter)
    for word, phones in words:
        before: Sound = ()
        for around, sound in zip(_contexts(word), _aligned(word, phones, costs), strict=False):
            for context in around:
                if context in asked:
                    heard[context, before][sound] += 1
            before = sound
    whatever: defaultdict[str, Counter[Sound]] = defaultdict(Counter)
    for (context, _), sounds in heard.items():
        whatever[context].update(sounds)
    return {word: _likeliest(word, heard, whatever) for word in unknown}


def _costs_of_sounds(words: Sequence[tuple[str, Sound]]) -> _Costs:
    """How unlikely each letter's sounds are: at first by where in their word both are, then as they were aligned."""
    seen: defaultdict[str, Counter[Sound]] = defaultdict(Counter)
    near: defaultdict[str, defaultdict[Sound, float]] = defaultdict(lambda: defaultdict(float))
    for word, phones in words:
        for at, letter in enumerate(word):
            for place, phone in enumerate(phones):
                near[letter][(phone,)] += exp(-_NEAR * abs(at / len(word) - place / len(phones)))
    costs: _Costs = {letter: {(): _SILENT_AT_FIRST} | _unlikely(sounds) for letter, sounds in near.items()}
    for _ in range(_ROUNDS):
        seen.clear()
        for word, phones in words:
            for letter, sound in zip(word, _aligned(word, phones, costs), strict=False):
                seen[letter][sound] += 1
        costs = {letter: _unlikely(sounds) for letter, sounds in seen.items()}
    return costs


def _unlikely(sounds: Mapping[Sound, float]) -> dict[Sound, float]:
    total = sum(sounds.values())
    return {sound: -log(share / total) for sound, share in sounds.items()}


def _aligned(word: str, phones: Sound, costs: _Costs) -> list[Sound]:
    """Each letter's part of the phones, the cheapest way; nothing where they are more than twice the letters."""
    ends = range(len(phones) + 1)
    cheapest = [0.0] + [inf] * len(phones)
    sizes: list[list[int]] = []
    for letter in word:
        of_letter = costs.get(letter, {})
        until = [inf] * len(ends)
        size_at = [0] * len(ends)
        for end in ends:
            for size in range(min(end, 2) + 1):
                if (before := cheapest[end - size]) < inf:
                    unseen = _UNSEEN_PAIR if size > 1 else _UNSEEN
                    cost = before + of_letter.get(phones[end - size : end], unseen)
                    if cost < until[end]:
                        until[end], size_at[end] = cost, size
        cheapest = until
        sizes.append(size_at)
    if cheapest[-1] == inf:
        return []
    parts: list[Sound] = []
    end = len(phones)
    for size_at in reversed(sizes):
        parts.append(phones[end - size_at[end] : end])
        end -= size_at[end]
    return parts[::-1]


def _contexts(word: str) -> Iterator[list[str]]:
    """Per letter, the letters around it, widest first. All are of odd length, so none stands for two."""
    most = _AROUND[0]
    letters = _OUTSIDE * most + word + _OUTSIDE * most
    for at in range(most, most + len(word)):
        yield [letters[at - width : at + width + 1] for width in _AROUND]


def _likeliest(
    word: str, heard: Mapping[tuple[str, Sound], Counter[Sound]], whatever: Mapping[str, Counter[Sound]]
) -> list[str]:
    best = [_Guess(0.0, ())]
    for around in _contexts(word):
        longer: list[_Guess] = []
        for cost, sounds in best:
            before = sounds[-1] if sounds else ()
            cases = [
                case for context in around for case in (heard.get((context, before)), whatever.get(context)) if case
            ]
            longer += [_Guess(cost - log(share), (*sounds, sound)) for sound, share in _mixed(cases).items()]
        best = nsmallest(_LIKELIEST, longer)
    said = (" ".join(phone for sound in guess.sounds for phone in sound) for guess in best)
    return list(dict.fromkeys(phones for phones in said if phones))


def _mixed(cases: Sequence[Counter[Sound]]) -> dict[Sound, float]:
    """Shares of sounds by all these, where the first count for as much as they have seen."""
    shares: defaultdict[Sound, float] = defaultdict(float)
    rest = 1.0
    for sounds in cases:
        seen = sounds.total()
        weight = rest * seen / (seen + _DOUBT * len(sounds))
        for sound, times in sounds.items():
            shares[sound] += weight * times / seen
        rest -= weight
    return shares
