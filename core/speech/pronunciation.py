"""How words sound: the stock dictionary, and guesses for names and products it does not have.

A word made of two known ones sounds like both (`earbuds`); what remains is spelled out by the commonest sound of each
group of letters, which does for most names.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

_SHORTEST_PART = 3
_GROUPS = {
    "tion": "SH AH N", "sch": "SH", "tch": "CH", "igh": "AY", "eau": "OW", "ough": "OW", "eigh": "EY", "ight": "AY T",
    "que": "K", "sky": "S K IY", "ski": "S K IY", "cz": "CH", "sz": "SH", "ch": "CH", "sh": "SH", "th": "TH",
    "ph": "F", "gh": "G", "ck": "K", "qu": "K W", "wh": "W", "kn": "N", "wr": "R", "ng": "NG", "dg": "JH", "zh": "ZH",
    "rh": "R", "mb": "M", "x": "K S", "ee": "IY", "ea": "IY", "ie": "IY", "ei": "IY", "oo": "UW", "ou": "AW",
    "ow": "OW", "oa": "OW", "oi": "OY", "oy": "OY", "ai": "EY", "ay": "EY", "au": "AO", "aw": "AO", "ew": "UW",
    "ue": "UW", "ui": "UW", "eu": "UW", "er": "ER", "ir": "ER", "ur": "ER", "ar": "AA R", "or": "AO R", "ey": "IY",
    "ce": "S EH", "ci": "S IH", "cy": "S IY", "ge": "JH EH", "gi": "JH IH", "a": "AE", "b": "B", "c": "K", "d": "D",
    "e": "EH", "f": "F", "g": "G", "h": "HH", "i": "IH", "j": "JH", "k": "K", "l": "L", "m": "M", "n": "N", "o": "OW",
    "p": "P", "q": "K", "r": "R", "s": "S", "t": "T", "u": "UW", "v": "V", "w": "W", "y": "Y", "z": "Z",
}  # fmt: skip
_LAST = {
    "a": "AH", "e": "", "o": "OW", "i": "IY", "y": "IY", "ie": "IY", "es": "Z", "ce": "S", "ge": "JH", "in": "IH N",
    "yn": "IH N", "en": "AH N", "on": "AH N", "an": "AH N", "er": "ER", "el": "AH L", "le": "AH L", "ed": "D",
    "que": "K", "ez": "EH Z", "ovic": "AH V IH CH", "ovich": "AH V IH CH", "ing": "IH NG",
}  # fmt: skip
_LONG = {"a": "EY", "e": "IY", "i": "AY", "o": "OW", "u": "UW"}
"""A vowel before a single consonant and a silent `e`."""
_HISSES = {"S", "Z", "SH", "ZH", "CH", "JH"}
_VOICELESS = {"P", "T", "K", "F", "TH"}
_ENDINGS: dict[str, Callable[[str], str]] = {
    "s": lambda last: "IH Z" if last in _HISSES else "S" if last in _VOICELESS else "Z",
    "ll": lambda last: "AH L",
    "d": lambda last: "AH D" if last in ("T", "D") else "D",
    "ve": lambda last: "AH V",
    "re": lambda last: "ER",
}
"""How they sound after a phone."""
_PREFIXES = {"un": "AH N", "re": "R IY", "pre": "P R IY", "mis": "M IH S"}
_SAID_AS_WORD = set("aeiouy")
_LONGEST_GROUP = max(map(len, _GROUPS))


@dataclass(slots=True)
class Dictionary:
    """Pronunciations by word, as PocketSphinx writes them; `word(2)` is a second one."""

    entries: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> "Dictionary":
        lines = path.read_text(encoding="utf-8").splitlines()
        return cls({word: phones.strip() for word, _, phones in (line.partition(" ") for line in lines) if phones})

    def add(self, path: Path) -> None:
        """Take a file's pronunciations before those that are there. A word without one is forgotten: `cant` would be
        heard for `can't`. Lines beginning with # say nothing."""
        for line in path.read_text(encoding="utf-8").splitlines():
            word, _, phones = line.partition(" ")
            if phones and not line.startswith("#"):
                self.entries[word] = phones
            else:
                self.entries.pop(word, None)

    def only(self, words: Collection[str]) -> "Dictionary":
        """Those alone, with all their pronunciations. What a decoder cannot hear costs it time and memory to know."""
        return Dictionary({word: phones for word, phones in self.entries.items() if word.partition("(")[0] in words})

    def write(self, path: Path) -> None:
        path.write_text("".join(f"{word} {phones}\n" for word, phones in self.entries.items()), encoding="utf-8")

    def __contains__(self, word: str) -> bool:
        return word in self.entries

    def learn(self, word: str) -> None:
        """Add the word with a guess of its pronunciation, unless it is known or has other signs than letters.

        An ending like that of `router's` or `everybody'll` may follow.
        """
        stem, apostrophe, ending = word.partition("'")
        if word in self.entries or not (stem.isascii() and stem.isalpha()):
            return
        if not apostrophe:
            guess = self._initials(word) or self._prefixed(word) or self._compound(word)
            self.entries[word] = guess or spelled_out(word)
        elif ending in _ENDINGS:
            self.learn(stem)
            sounds = self.entries[stem]
            self.entries[word] = f"{sounds} {_ENDINGS[ending](sounds.split()[-1])}"

    def _initials(self, word: str) -> str:
        """The names of the letters where a word cannot be said otherwise: `vpn`."""
        if _SAID_AS_WORD & set(word) or not set(word) <= self.entries.keys():
            return ""
        return " ".join(self.entries[letter] for letter in word)

    def _prefixed(self, word: str) -> str:
        """`unplug` before `unp` and `lug`."""
        for prefix, sounds in _PREFIXES.items():
            rest = word.removeprefix(prefix)
            if rest != word and len(rest) > _SHORTEST_PART and rest in self.entries:
                return f"{sounds} {self.entries[rest]}"
        return ""

    def _compound(self, word: str) -> str:
        """Of the two known words it is made of, the shorter of them as long as possible."""
        cuts = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
        for cut in sorted(cuts, key=lambda cut: abs(2 * cut - len(word))):
            head, tail = word[:cut], word[cut:]
            if head in self.entries and tail in self.entries:
                return f"{self.entries[head]} {self.entries[tail]}"
        return ""


def spelled_out(word: str) -> str:
    """Phones by groups of letters, the longest group first: `okafor` is `OW K AE F AO R`. Never empty."""
    word = word.lower()
    phones: list[str] = []
    at = 0
    while at < len(word):
        rest = word[at:]
        if at and rest in _LAST:
            phones += _LAST[rest].split()
            break
        if len(rest) == 3 and rest[0] in _LONG and rest[1] not in "aeiouwxy" and rest[2] == "e":
            phones += [_LONG[rest[0]], *_GROUPS[rest[1]].split()]
            break
        size = next(size for size in range(_LONGEST_GROUP, 0, -1) if rest[:size] in _GROUPS)
        sound = _GROUPS[rest[:size]].split()
        # A doubled consonant is one sound.
        if not (size == 1 and at and word[at - 1] == rest[0] and rest[0] not in "aeiou"):
            phones += sound
        at += size
    return " ".join(phones)
