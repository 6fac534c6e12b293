"""From a settled utterance to events: what was spotted, who it shows to be calling, what is to be remembered."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from core.assistant.alert_rules import ChecklistItem
from core.assistant.commitments import commitments
from core.assistant.questions import answers, question_in
from core.assistant.spoken import digit_runs
from core.assistant.spotting import Entity, asked_for, spot
from core.assistant.vocabulary import Vocabulary
from core.calls.call import Call, Utterance
from core.calls.events import (
    Candidate,
    CandidatesFound,
    ChecklistItemMet,
    CommitmentMade,
    CustomerIdentified,
    EntityKind,
    EntitySpotted,
    Event,
    Json,
    QuestionAnswered,
    QuestionRaised,
    SentimentScored,
    TopicsSpotted,
)
from core.customers.matching import Ambiguous, Heard, Identified, Person, match
from core.customers.store import CustomerStore

CHOSEN_BY_AGENT = "chosen by agent"
"""In `CustomerIdentified.matched_on` when a person picked; nothing heard later overrules that."""
_PAUSE_IN_NUMBER_S = 3.0
_LINES_UNTIL_STALE = 3
_LINES_UNTIL_UNANSWERED = 8
"""What the agent says so many lines after a question is not taken for its answer."""
Earlier = Callable[[str], list[dict[str, Json]]]
"""A customer's earlier calls, for the profile."""


class Understanding:
    """Reads utterances against the customer records. Keeps no state of its own; called from one thread per call."""

    def __init__(
        self,
        store: CustomerStore,
        vocabulary: Vocabulary,
        checklist: Sequence[ChecklistItem] = (),
        earlier: Earlier | None = None,
    ) -> None:
        self._store = store
        self._vocabulary = vocabulary
        self._checklist = checklist
        self._earlier = earlier

    def understand(self, call: Call, utterance: Utterance) -> list[Event]:
        """Events for one final utterance of `call`, which may or may not contain it already."""
        directory = self._store.directory()
        earlier = _lines_before(call, utterance)
        asked = next(
            (asked_for(line.text) for line in reversed(earlier[-_LINES_UNTIL_STALE:]) if line.speaker == "agent"), None
        )
        spotted = spot(utterance.text, self._vocabulary, directory, utterance.speaker, asked)
        entities = [*spotted.entities]
        if beginning := _unfinished_number(utterance, earlier):
            whole = spot(f"{beginning.text} {utterance.text}", self._vocabulary, directory, "customer", asked)
            if completed := [e for e in whole.entities if _is_number(e) and e.resolved and e not in entities]:
                entities = [*completed, *(e for e in entities if not _is_number(e) or e.resolved)]
        events: list[Event] = [_entity_event(utterance, entity) for entity in entities]
        if spotted.topics:
            events.append(TopicsSpotted(utterance_id=utterance.utterance_id, topics=list(spotted.topics)))
        if spotted.sentiment is not None:
            events.append(SentimentScored(utterance_id=utterance.utterance_id, score=round(spotted.sentiment, 3)))
        if entities:
            new = [_heard(e.kind, e.value, utterance.speaker == "agent") for e in entities]
            events += self._recognised(call, [*_heard_before(call, utterance), *new])
        return [*events, *_promised(call, utterance), *_asked_or_answered(call, utterance), *self._met(call, utterance)]

    def profile(self, customer_id: str) -> dict[str, Json]:
        """The customer's record with `earlier_calls`, as `CustomerIdentified` carries it; empty for an unknown id."""
        profile = self._store.profile(customer_id)
        if not profile or self._earlier is None:
            return profile
        return profile | {"earlier_calls": self._earlier(customer_id)}

    def look_up(self, name: str, account_number: str) -> str | None:
        """The id of the one customer a form's entries fit exactly; None for nobody, or several."""
        directory = self._store.directory()
        found = directory.exactly("account", account_number) if account_number else directory.exactly("name", name)
        return found[0].customer_id if len(found) == 1 else None

    def _met(self, call: Call, utterance: Utterance) -> list[Event]:
        if utterance.speaker != "agent":
            return []
        missing = [one for one in self._checklist if one.item not in call.checklist and one.met_by(utterance.text)]
        return [ChecklistItemMet(item=one.item, utterance_id=utterance.utterance_id) for one in missing]

    def _recognised(self, call: Call, heard: list[Heard]) -> list[Event]:
        current = call.customer
        if current and CHOSEN_BY_AGENT in current.matched_on:
            return []
        found = match(heard, self._store.directory())
        if isinstance(found, Identified):
            if current is None:
                return [self._identified(found)]
            if found.person.customer_id == current.customer_id:
                return []
            # Somebody else fits better now: the agent decides, the screen does not jump to another record.
            found = Ambiguous(", ".join(found.matched_on), (_candidate(found.person), _candidate(current)))
        if found is None or {c.customer_id for c in found.candidates} == {c.customer_id for c in call.candidates}:
            return []
        return [CandidatesFound(heard=found.heard, candidates=list(found.candidates))]

    def _identified(self, found: Identified) -> CustomerIdentified:
        return CustomerIdentified(
            customer_id=found.person.customer_id,
            account_number=found.person.account_number,
            name=found.person.name,
            matched_on=list(found.matched_on),
            profile=self.profile(found.person.customer_id),
        )


def _lines_before(call: Call, utterance: Utterance) -> list[Utterance]:
    lines = (line for line in call.transcript if line.final and line.utterance_id != utterance.utterance_id)
    return [line for line in lines if line.start_s <= utterance.start_s]


def _promised(call: Call, utterance: Utterance) -> list[Event]:
    today = (call.started_at + timedelta(seconds=utterance.start_s)).date() if call.started_at else None
    return [
        CommitmentMade(
            commitment_id=f"{utterance.utterance_id}_promise_{number}",
            utterance_id=utterance.utterance_id,
            party=utterance.speaker,
            text=promise.text,
            due=promise.due.isoformat() if promise.due else None,
        )
        for number, promise in enumerate(commitments(utterance.text, utterance.speaker, today), start=1)
    ]


def _asked_or_answered(call: Call, utterance: Utterance) -> list[Event]:
    if utterance.speaker == "customer":
        asked = question_in(utterance.text)
        return [QuestionRaised(utterance_id=utterance.utterance_id, text=asked)] if asked else []
    recent = {line.utterance_id for line in _lines_before(call, utterance)[-_LINES_UNTIL_UNANSWERED:]}
    open_questions = [one for one in call.questions.values() if one.answered_by is None and one.utterance_id in recent]
    return [
        QuestionAnswered(utterance_id=question.utterance_id, answered_by=utterance.utterance_id)
        for question in open_questions
        if answers(question.text, utterance.text)
    ]


def _unfinished_number(utterance: Utterance, earlier: list[Utterance]) -> Utterance | None:
    """The customer's last line, when it broke off in a number that this one goes on with."""
    if utterance.speaker != "customer":
        return None
    last = next((line for line in reversed(earlier) if line.speaker == "customer"), None)
    if last is None or utterance.start_s - (last.end_s or last.start_s) > _PAUSE_IN_NUMBER_S:
        return None
    before, now = digit_runs(last.text), digit_runs(utterance.text)
    broke_off = before and before[-1].end == len(last.text.rstrip(" .,"))
    return last if broke_off and now and now[0].start == 0 else None


def _is_number(entity: Entity) -> bool:
    return entity.kind in ("order", "account", "phone")


def _entity_event(utterance: Utterance, entity: Entity) -> EntitySpotted:
    return EntitySpotted(
        utterance_id=utterance.utterance_id,
        kind=entity.kind,
        value=entity.value,
        spoken=entity.spoken,
        resolved=entity.resolved,
    )


def _heard_before(call: Call, utterance: Utterance) -> Iterable[Heard]:
    for line in call.transcript:
        if line.utterance_id != utterance.utterance_id:
            yield from (_heard(entity.kind, entity.value, line.speaker == "agent") for entity in line.entities)


def _heard(kind: EntityKind, value: str, read_back: bool) -> Heard:
    return Heard(kind=kind, value=value, read_back=read_back)


def _candidate(person: Person | CustomerIdentified) -> Candidate:
    return Candidate(customer_id=person.customer_id, account_number=person.account_number, name=person.name, score=0.95)
