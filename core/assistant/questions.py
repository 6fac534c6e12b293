"""What a customer asks, and whether the agent's words answer it. Works on transcripts without punctuation."""

import re
from collections.abc import Iterable

from core.assistant.vocabulary import plain

_SENTENCE = re.compile(r"[^.?!]+[.?!]*")
_ASKS_WHAT = r"(?:where|when|why|how|what|which|who|whose)"
_VERB = (
    r"(?:is|are|am|was|were|do|does|did|can|could|will|would|should|shall|may|has|have|had"
    r"|isn't|aren't|wasn't|don't|doesn't|didn't|can't|couldn't|won't|wouldn't|haven't|hasn't)"
)
_SUBJECT = r"(?:i|you|we|he|she|it|they|this|that|these|those|there|my|your|our|the|someone|somebody|anyone|anybody)"
_ANYWHERE = re.compile(
    rf"\b(?:where|when|why|how|what)(?: (?!i\b|you\b|we\b|they\b|it\b)[a-z]+){{0,2}}(?:'s| {_VERB}) (?:\w|not )"
    rf"|\b(?:what happened|how come|how about|what about|what if)\b"
    rf"|\b(?:want|like|need) to (?:know|ask)(?: you)? (?:{_ASKS_WHAT}|if|whether)\b"
    rf"|\b(?:wondering|wonder|tell me|find out) (?:{_ASKS_WHAT}|if|whether)\b"
)
_INVERTED = re.compile(rf"(?:{_VERB} {_SUBJECT}|who(?:se)? \w+|which (?!is\b)\w+)\b")
_INVERTED_LATER = re.compile(
    r"(?<!\bi )(?<!\byou )(?<!\bwe )(?<!\bthey )(?<!\bit )(?<!\bhe )(?<!\bshe )(?<!\bthat )(?<!\bwhich )"
    r"\b(?:can|could|may|would|will|do) (?:i|you|we)\b"
)
_OPENING = re.compile(
    r"^(?:(?:hi|hello|hey|yes|yeah|no|sure|ok|okay|um|uh|so|well|and|but|then|now|great|good|fine|perfect|alright|right"
    r"|oh|thanks|thank you|please|sorry|excuse me)[\s,]+)*"
)
_SMALL_TALK = re.compile(r"\b(?:how are you|can you hear me|are you there|how is it going|how's it going)\b")
# In words such as "that is why my bill is high" nothing is asked.
_TOLD = re.compile(
    r"(?:\bthat's|\bthat is|\bthis is|\bknow|\bunderstand|\bsee|\bsaid|\btold me|\bdon't care|\bno matter) $"
)

_STALLING = re.compile(
    r"\b(?:let me|let's|one moment|one second|just a (?:moment|second|minute)|give me a|bear with|hold on|please hold"
    r"|i will (?:have a look|look|check|see|find out)|i am (?:checking|looking|opening)|checking)\b"
)
_YES_OR_NO = re.compile(
    r"^(?:yes|yeah|yep|no|nope|absolutely|certainly|definitely|unfortunately|correct|exactly|right|of course|sure"
    r"|i am afraid|that is (?:right|correct|possible|not possible)|you (?:can|may|could|do|will)\b"
    r"|(?:it|there) (?:is|does|will|can)\b)"
)
_PLACE_OR_TIME = re.compile(
    r"\b(?:today|tomorrow|yesterday|\w+day|week|weeks|days?|months?|hours?|minutes?|morning|afternoon|evening|shipped"
    r"|delivered|on (?:its|the) way|arrives?|warehouse|in transit|january|february|march|april|june|july|august"
    r"|september|october|november|december)\b"
)
_NUMBER = re.compile(
    r"\d|\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety|hundred|thousand|free|nothing)\b"
)
_REASON = re.compile(r"\b(?:because|since|due to|the reason|caused by|comes? from|made up of|includes?|consists?)\b")
_COMMON_WORDS = {
    "a", "about", "am", "an", "and", "are", "as", "at", "be", "but", "by", "can", "could", "did", "do", "does", "for",
    "from", "get", "go", "going", "has", "have", "how", "i", "if", "in", "is", "it", "its", "my", "me", "no", "not",
    "now", "of", "on", "or", "our", "please", "so", "that", "the", "their", "them", "then", "there", "they", "this",
    "to", "us", "was", "we", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you", "your",
    "yes",
}  # fmt: skip
_SHARED_WORDS = 2


def question_in(text: str) -> str | None:
    """The part of an utterance that asks something, as it was said; None when nothing is asked."""
    asked = [part for sentence in _SENTENCE.findall(text.replace("’", "'")) if (part := _asked(sentence))]
    return " ".join(asked) or None


def answers(question: str, reply: str) -> bool:
    """Whether an agent's utterance holds an answer of the kind the question wants.

    Judged by form alone: a yes or no, a time or place, a number, a reason, or the question's own words taken up again.
    Counter-questions and "let me look" answer nothing. Whether the answer is right is not judged.
    """
    told = [plain(sentence) for sentence in _SENTENCE.findall(reply) if not question_in(sentence)]
    told = [sentence for sentence in told if sentence and not _STALLING.search(sentence)]
    asked = plain(question)
    return any(_fits(asked, sentence) for sentence in told)


def _asked(sentence: str) -> str | None:
    said = sentence.strip()
    lower = said.lower()
    if _SMALL_TALK.search(lower):
        return None
    start = _start(lower)
    if start is not None:
        return said[start:]
    return said if lower.endswith("?") and " " in lower else None


def _start(lower: str) -> int | None:
    opening = _OPENING.match(lower)
    begun = opening.end() if opening else 0
    if _INVERTED.match(lower, begun):
        return begun
    starts = [m.start() for m in _ANYWHERE.finditer(lower) if not _TOLD.search(lower[: m.start()])]
    starts += [m.start() for m in _INVERTED_LATER.finditer(lower)]
    return min(starts, default=None)


def _fits(asked: str, told: str) -> bool:
    wants = _wants(asked)
    if any(pattern.search(told) for pattern in wants):
        return True
    # "Why" wants a reason: the same words said again give none.
    return _REASON not in wants and len(_content(asked) & _content(told)) >= _SHARED_WORDS


def _wants(asked: str) -> Iterable[re.Pattern[str]]:
    if re.search(r"\bwhy\b|\bhow come\b", asked):
        return (_REASON,)
    if re.search(r"\b(?:where|when|how long)\b", asked):
        return (_PLACE_OR_TIME,)
    if re.search(r"\bhow (?:much|many|high)\b", asked):
        return (_NUMBER,)
    return () if re.search(rf"\b{_ASKS_WHAT}\b", asked) else (_YES_OR_NO,)


def _content(text: str) -> set[str]:
    return {word for word in text.split() if word not in _COMMON_WORDS}
