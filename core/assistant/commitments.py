"""Promises in what was said: "I'll send you a refund by Friday". Works on transcripts without punctuation."""

import re
from dataclasses import dataclass
from datetime import date

from core.assistant.due import due_date
from core.assistant.questions import question_in
from core.calls.events import Party

_SENTENCE = re.compile(r"[^.?!;]+[.?!;]*")
_PROMISE = re.compile(
    r"\b(?:(?P<who>i|we)(?:'ll| will|'m going to| am going to|'re going to| are going to| promise to)"
    r"|(?P<gets>you(?:'ll| will) (?:get|receive|have|hear)))\s+"
    r"(?P<act>(?:(?:also|just|then|now|definitely|certainly|personally|gladly|happily|of course|immediately"
    r"|be happy to|be glad to|make sure to|make sure that|make sure)\s+)*(?:go ahead and\s+)?(?P<deed>[\w-]+).{0,200})"
)
_DEEDS: dict[Party, re.Pattern[str]] = {
    "agent": re.compile(
        r"(?:send|e-?mail|mail|text|call|ring|phone|refund|credit|reimburse|waive|issue|process|schedule|book|arrange"
        r"|open|create|file|raise|escalate|replace|ship|resend|remove|reverse|fix|update|apply|follow|forward|reset"
        r"|upgrade|downgrade|contact|inform|notify|confirm|order|cancel|report|submit|deduct|expedite|we)\b"
    ),
    "customer": re.compile(r"(?:pay|send|return|call|ring|e-?mail|mail|ship|bring|transfer|settle|forward)\b"),
}
_TO_THE_CUSTOMER = re.compile(
    r"\b(?:refund|credit|money|email|e-mail|mail|letter|call|confirmation|replacement|discount|receipt|message|label|hear)\b"
)
_GETS_BACK = re.compile(r"^(?:get|come|let you know|give you (?:a )?(?:call|ring|credit|refund|discount))")
_AT_ONCE = re.compile(r"\b(?:call|send|put) (?:up|you through|on hold)\b")
_CONDITIONAL = re.compile(r"\b(?:if|unless|whether|provided|assuming|as long as|in case|might|maybe|perhaps|would)\b")
# Somebody else's promise, or a doubt.
_NOT_GIVEN = re.compile(
    r"\b(?:said|says|told|thought|think|hope|guess|wish|doubt|not sure|don't|never|not|do you|when|where|how|what|why)"
    r"(?: \w+){0,2} $"
)
_NEXT_CLAUSE = re.compile(
    r"\s+(?=(?:and|but|so|then)\s+(?:i|we|you|then|please|is|can|that|it|let)\b"
    r"|(?:is there|is that|can i|can you|do you|would you|anything else|okay|thank|thanks|bye|goodbye)\b"
    r"|(?:i|we|you)(?:'ll|'m|'re| will| am| are)\b)"
)
_LONGEST_WORDS = 20
_BEFORE = 60
"""Characters before a promise that can take it back."""


@dataclass(frozen=True, slots=True)
class Commitment:
    text: str
    """As it was said."""
    due: date | None


def commitments(text: str, party: Party, today: date | None) -> list[Commitment]:
    """What `party` promised in an utterance; due dates count from `today`.

    Questions, refusals and promises on a condition are none; nor is what happens within the call ("I'll check").
    """
    said = text.replace("’", "'")
    return [one for sentence in _SENTENCE.findall(said) for one in _promised(sentence.strip(), party, today)]


def _promised(sentence: str, party: Party, today: date | None) -> list[Commitment]:
    lower = sentence.lower()
    if lower.endswith("?") or _CONDITIONAL.search(lower):
        return []
    found = []
    at = 0
    while match := _PROMISE.search(lower, at):
        clause = _clause(sentence[match.start() : match.end()])
        at = match.start() + max(len(clause), 2)
        if _NOT_GIVEN.search(lower[max(0, match.start() - _BEFORE) : match.start()]) or question_in(clause):
            continue
        due = due_date(clause, today) if today else None
        if _counts(match, clause.lower(), party, due):
            found.append(Commitment(clause, due))
    return found


def _clause(rest: str) -> str:
    end = _NEXT_CLAUSE.search(rest, 2)
    words = (rest[: end.start()] if end else rest).split()
    return " ".join(words[:_LONGEST_WORDS]).rstrip(" .,;!")


def _counts(match: re.Match[str], clause: str, party: Party, due: date | None) -> bool:
    if match["gets"]:
        return party == "agent" and bool(_TO_THE_CUSTOMER.search(clause))
    act = match["act"]
    if re.match(r"(?:\w+\s+)*?(?:not|never)\b", act[:24]) or _AT_ONCE.search(act):
        return False
    return bool(_DEEDS[party].match(match["deed"])) or bool(_GETS_BACK.match(act)) or due is not None
