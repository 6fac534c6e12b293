"""What an automatic answer can rest on, as written in the form's file (`data/scorecard.yaml` explains each)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.calls.events import Party

Phrases = Annotated[list[str], Field(min_length=1)]


class Strict(BaseModel):
    """Part of the form's file; a word it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SaidEarly(Strict):
    """Yes: the agent said one of the phrases within so many seconds of the answer; in a chat, in the first message."""

    rule: Literal["said_early"]
    phrases: Phrases
    within_s: float = Field(gt=0)


class SaidLate(Strict):
    """Yes: the agent said one of the phrases in the last so many seconds."""

    rule: Literal["said_late"]
    phrases: Phrases
    last_s: float = Field(gt=0)


class NeverSaid(Strict):
    """Yes: none of the phrases was said by `speaker`."""

    rule: Literal["never_said"]
    phrases: Phrases
    unless: list[str] = Field(default_factory=list)
    speaker: Party = "agent"


class Checklist(Strict):
    """Yes: an item of the checklist in alerts.yaml was met."""

    rule: Literal["checklist"]
    item: str = Field(min_length=1)
    voice_only: bool = False
    """A chat is not asked for it."""


class VerifiedFirst(Strict):
    """Yes: a checklist item was met before the agent told account data or took an action."""

    rule: Literal["verified_first"]
    item: str = "verification"
    phrases: Phrases
    """What only an agent says who tells account data."""


class HoldAnnounced(Strict):
    """Yes: the agent said one of the phrases in the so many seconds before each hold."""

    rule: Literal["hold_announced"]
    phrases: Phrases
    within_s: float = Field(default=20, gt=0)


class NoSilence(Strict):
    """Yes: there was no longer silence than this, holds aside."""

    rule: Literal["no_silence"]
    over_s: float = Field(gt=0)


class FewInterruptions(Strict):
    """Yes: the agent began to speak into the customer's words no more often than this."""

    rule: Literal["few_interruptions"]
    at_most: int = Field(ge=0)


Rule = Annotated[
    SaidEarly | SaidLate | NeverSaid | Checklist | VerifiedFirst | HoldAnnounced | NoSilence | FewInterruptions,
    Field(discriminator="rule"),
]
