"""What a translation is to the rest of Sidetone, and which of its figures are its own."""

import re
from collections.abc import Sequence
from typing import Literal, Protocol

from core.calls.events import PromptSent

Purpose = Literal["understand", "reply"]
"""For the agent, to understand what the customer said; or for the customer, whom the agent answers with it."""
_FIGURE = re.compile(r"\d+(?:[.,:\u202f\u00a0]\d+)*")


class Translates(Protocol):
    """What translates texts. Called from any thread, for several calls at once."""

    def prompt(self, texts: Sequence[str], language: str, purpose: Purpose) -> PromptSent:
        """What will be asked."""
        ...

    def translate(self, prompt: PromptSent, texts: Sequence[str]) -> list[str]:
        """A translation for each text, empty where there is none that can be shown. Raises AssistantError."""
        ...


def strange_figures(translation: str, text: str) -> list[str]:
    """Figures of a translation that its text does not hold. `129,99` is 129.99."""
    known = {_digits(figure) for figure in _FIGURE.findall(text)}
    return [figure for figure in dict.fromkeys(_FIGURE.findall(translation)) if _digits(figure) not in known]


def _digits(figure: str) -> str:
    return re.sub(r"\D", "", figure)
