"""Which of two voices is the agent: a guess from their first words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_AGENTS_SAY = (
    r"thank(s| you) for (calling|your patience|holding|contacting)",
    r"(how (can|may)|can) i help",
    r"how (can|may) i (assist|be of)",
    r"(can|may|could) i (have|get|take) your",
    r"what('s| is) your (name|number|account|order)",
    r"(let me|i'll|i will) (check|look|pull|see what|transfer)",
    r"(is there )?anything else",
    r"for (your security|verification)",
    r"you're speaking (with|to)",
)
_CUSTOMERS_SAY = (
    r"i('m| am|'ve been) (calling|charged|waiting)",
    r"i (need|want|would like|have a (problem|question)|was (charged|told)|bought|ordered|never)",
    r"my (order|bill|account|card|package|internet|phone|payment|subscription)",
    r"(can|could) you (help|tell|check)",
    r"i('d| would) like to (cancel|return|know|speak)",
)


@dataclass(frozen=True, slots=True)
class Guess:
    """Which voice is taken for the agent, and why: for people to read."""

    agent_voice: int
    why: str


def guess_agent(said: Mapping[int, str]) -> Guess:
    """From what voices 0 and 1 said, 0 first. When the words do not tell, who answers a call speaks first."""
    points = {voice: _points(said.get(voice, "")) for voice in (0, 1)}
    if points[0] == points[1]:
        return Guess(0, "because that voice speaks first")
    agent_voice = 0 if points[0] > points[1] else 1
    return Guess(agent_voice, f"because of words such as “{_tell(said, agent_voice)}”")


def _points(text: str) -> int:
    return len(_found(_AGENTS_SAY, text)) - len(_found(_CUSTOMERS_SAY, text))


def _tell(said: Mapping[int, str], agent_voice: int) -> str:
    own = _found(_AGENTS_SAY, said.get(agent_voice, ""))
    return (own or _found(_CUSTOMERS_SAY, said.get(1 - agent_voice, "")) or ["…"])[0]


def _found(phrases: tuple[str, ...], text: str) -> list[str]:
    matches = (re.search(rf"\b{phrase}\b", text.lower()) for phrase in phrases)
    return [match.group() for match in matches if match]
