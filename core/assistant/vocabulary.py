"""What to listen for: topics and the feeling of words, from a file people can read (`data/vocabulary.yaml`)."""

import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from rapidfuzz.distance import OSA
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from core.edited_files import read_edited

_CONTRACTIONS = (
    (re.compile(r"\b(?:can't|cant|cannot)\b"), "can not"),
    (re.compile(r"\b(?:won't|wont)\b"), "will not"),
    (re.compile(r"\b(do|does|did|is|was|has|have|are|would|could|should)n'?t\b"), r"\1 not"),
    (re.compile(r"\bi'?m\b"), "i am"),
    (re.compile(r"\b(\w+)'re\b"), r"\1 are"),
    (re.compile(r"\b(what|where|when|it|that|he|she|who)'s\b"), r"\1 is"),
)
_WISH = re.compile(r"\b(?:would|i'd) like\b")
_SHORTEST_MISSPELT = 8
"""Letters a word needs before one wrong letter still leaves no doubt which it is."""
# A topic named only to say that the call is not about it.
_DENIED = re.compile(r"\bnot (?:calling|asking|here|want|wanting|looking|interested)(?:\s\w+){0,3}\s?$")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    topics: dict[str, list[str]]
    sentiment: dict[str, float] = Field(default_factory=dict)
    neutral: list[str] = Field(default_factory=list)
    not_names: list[str] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Topic:
    name: str
    phrases: re.Pattern[str]
    long_words: tuple[str, ...]

    def comes_up_in(self, plain: str) -> bool:
        if any(not _DENIED.search(plain[: match.start()]) for match in self.phrases.finditer(plain)):
            return True
        return any(
            OSA.distance(word, long_word, score_cutoff=1) <= 1
            for word in plain.split()
            if len(word) >= _SHORTEST_MISSPELT - 1 and not self.phrases.search(word)
            for long_word in self.long_words
        )


class Vocabulary:
    """Topics and sentiment of a sentence. Raises RulesError when the file is wrong."""

    def __init__(self, path: Path) -> None:
        written = read_edited(path, _File)
        self._topics = tuple(_topic(name, phrases) for name, phrases in written.topics.items())
        self.not_names = frozenset(written.not_names)
        self._analyzer = SentimentIntensityAnalyzer()
        for word in written.neutral:
            self._analyzer.lexicon.pop(word, None)
        self._phrases = [(re.compile(rf"\b{re.escape(text)}\b"), _one_word(text)) for text in written.sentiment]
        self._analyzer.lexicon.update({_one_word(text): score for text, score in written.sentiment.items()})

    @property
    def topic_names(self) -> tuple[str, ...]:
        return tuple(topic.name for topic in self._topics)

    def topics(self, text: str) -> list[str]:
        """Names of the topics that come up, in the order of the file."""
        words = plain(text)
        return [topic.name for topic in self._topics if topic.comes_up_in(words)]

    def sentiment(self, text: str) -> float:
        """-1 (negative) to 1 (positive), from words and negations alone."""
        words = _WISH.sub("want", plain(text))
        for phrase, word in self._phrases:
            words = phrase.sub(word, words)
        return float(self._analyzer.polarity_scores(words)["compound"])

    def is_feeling(self, word: str) -> bool:
        return word in self._analyzer.lexicon


def plain(text: str) -> str:
    """Lower case, contractions and "%" written out, no punctuation."""
    words = text.lower().replace("’", "'").replace("%", " percent")
    for pattern, written_out in _CONTRACTIONS:
        words = pattern.sub(written_out, words)
    return " ".join(re.sub(r"[^\w\s']", " ", words).split())


def phrase_pattern(phrase: str) -> str:
    """A regular expression for a phrase of plain words: `*` is any ending, `...` up to three words."""
    words = re.escape(phrase).replace(r"\*", r"\w*").replace(r"\ ", " ")
    return words.replace(r" \.\.\. ", r"(?: \w+){0,3} ")


def _topic(name: str, phrases: list[str]) -> _Topic:
    pattern = re.compile("|".join(rf"\b{phrase_pattern(phrase)}\b" for phrase in phrases))
    words = tuple(phrase.rstrip("*") for phrase in phrases if " " not in phrase)
    return _Topic(name, pattern, tuple(word for word in words if len(word) >= _SHORTEST_MISSPELT))


def _one_word(phrase: str) -> str:
    return phrase.replace(" ", "_")
