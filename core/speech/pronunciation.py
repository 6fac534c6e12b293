"""How words sound: the stock dictionary, and guesses for names and products it does not have.

A word made of two known ones sounds like both (`earbuds`); what remains is guessed by its letters.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from core.speech.letter_sounds import guesses

_SHORTEST_PART = 3
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
_OWN_WAYS, _OWN = 16, 2_000
"""Pronunciations of one of one's own words that is guessed by its letters, and of all of them together.

Measured: of forty customers whose names the dictionary lacks, 54 % are heard with one, 71 % with 4, 83 % with 16 and
85 % with 32. With 16 for each of 2,000 names, other words suffer; and so does `can i`, with 4 for an Indian name that
is nobody's here."""
_SAID_AS_WORD = set("aeiouy")


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

    def learn(self, words: Iterable[str], names: Collection[str] = (), own: Collection[str] = ()) -> None:
        """Add words and names with guesses of their pronunciation, unless they are known or have other signs than
        letters.

        An ending like that of `router's` or `everybody'll` may follow. Names are not taken for compounds: of the parts
        they fall into, most are none. `own` are those of either that matter more.
        """
        parts = [found for word in (*words, *names) if word not in self.entries and (found := _stem_and_ending(word))]
        stems = dict.fromkeys(stem for stem, _ in parts if stem not in self.entries)
        for stem in sorted(stems.keys() - set(names)):
            if guess := self._initials(stem) or self._prefixed(stem) or self._compound(stem):
                self.entries[stem] = guess
        spelled = [stem for stem in stems if stem not in self.entries]
        own_ways = max(1, min(_OWN_WAYS, _OWN // max(1, len(set(own).intersection(spelled)))))
        for stem, said in guesses(spelled, self.entries).items():
            for number, phones in enumerate(said[: own_ways if stem in own else 1], start=1):
                self.entries[stem if number == 1 else f"{stem}({number})"] = phones
        for stem, ending in parts:
            if ending and (sounds := self.entries.get(stem)):
                self.entries[f"{stem}'{ending}"] = f"{sounds} {_ENDINGS[ending](sounds.split()[-1])}"

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


def _stem_and_ending(word: str) -> tuple[str, str] | None:
    stem, apostrophe, ending = word.partition("'")
    sayable = stem.isascii() and stem.isalpha() and (not apostrophe or ending in _ENDINGS)
    return (stem, ending) if sayable else None
