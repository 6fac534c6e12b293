"""What a call was about, by extraction: every sentence is made of what the log holds, nothing is concluded."""

from collections.abc import Iterator, Sequence
from statistics import fmean

from core.calls.call import Call, Suggestion
from core.calls.events import ActionItem, CommitmentMade, Event, SummaryWritten

_SHOWN = 2
"""Cards named when the agent marked none as used."""
_QUESTIONS = 3
_LONGEST = 160
_EDGE_LINES = 2
"""Lines at either end of a call whose feeling is taken for its start and end."""
_FEELINGS = ((-0.5, "frustrated"), (-0.15, "unhappy"), (0.4, "neutral"))
_LEAVING = "cancellation"
# Words of a promise that an action keeps.
_KEPT_BY = {
    "discount": ("discount",),
    "waive_fee": ("waive", "remove the fee", "take the fee off"),
    "escalate": ("escalate", "supervisor", "manager"),
    "callback": ("call you", "call back", "ring you", "phone you"),
    "refund": ("refund", "money back", "reimburse"),
    "ticket": ("ticket",),
}


class Extraction:
    """The offline summary. Called from the thread that ends a call."""

    name = "playbook"

    def summarise(self, call: Call) -> Iterator[Event]:
        yield extract(call)


def extract(call: Call) -> SummaryWritten:
    """The summary of a call as it stands."""
    return SummaryWritten(
        reason=_reason(call),
        done=_done(call),
        outcome=_outcome(call),
        action_items=_action_items(call),
        topics=list(call.topics),
        sentiment=_sentiment(call),
        written_by=Extraction.name,
    )


def _reason(call: Call) -> str:
    who = call.customer.name if call.customer else "The caller"
    orders = list(dict.fromkeys(e.value for e in call.entities if e.kind == "order" and e.resolved))
    about = [f"about {_listed(call.topics)}"] if call.topics else []
    about += [f"order {_listed([f'#{order}' for order in orders])}"] if orders else []
    called = f"{who} called {', '.join(about)}." if about else f"{who} called; no topic was recognised."
    questions = [_sentence(question.text, "?") for question in call.questions.values()][:_QUESTIONS]
    return " ".join([called, f"Asked: {' '.join(questions)}"] if questions else [called])


def _done(call: Call) -> str:
    taken = [_sentence(action.effect) for action in call.actions.values() if action.state == "taken"]
    used = [_sentence(card.used_text or card.message) for card in call.suggestions.values() if card.state == "used"]
    done = [*taken, *(f"Used: {message}" for message in used)]
    if not done:
        shown = [card.message for card in call.suggestions.values() if _informs(card)][:_SHOWN]
        done = ["The agent was shown:", *map(_sentence, shown)] if shown else []
    return " ".join(done) or "No action was taken and no suggestion used."


def _informs(card: Suggestion) -> bool:
    """Whether a card put facts of a record before the agent, who did not dismiss it."""
    return card.state == "shown" and card.kind == "suggestion" and any(one.kind == "row" for one in card.evidence)


def _outcome(call: Call) -> str:
    unanswered = [question for question in call.questions.values() if question.answered_by is None]
    parts = []
    if unanswered:
        parts.append(f"Not answered: {' '.join(_sentence(question.text, '?') for question in unanswered)}")
    elif call.questions:
        parts.append("Every question was answered.")
    leaving = next((line for line in call.transcript if _LEAVING in line.topics), None)
    if leaving:
        parts.append(f"The customer spoke of cancelling: “{_short(leaving.text)}”")
    if call.end_reason in ("interrupted", "failed"):
        parts.append("The call was cut off.")
    return " ".join(parts) or "No question was left open."


def _action_items(call: Call) -> list[ActionItem]:
    promised = [
        ActionItem(text=_sentence(promise.text, ""), owner=promise.party, due=promise.due)
        for promise in call.commitments
        if not _kept(call, promise)
    ]
    undecided = [
        ActionItem(text=f"Decide on: {action.proposed.preview}", owner="agent")
        for action in call.actions.values()
        if action.state == "proposed"
    ]
    return [*dict.fromkeys(promised), *undecided]


def _kept(call: Call, promise: CommitmentMade) -> bool:
    taken = {action.proposed.action for action in call.actions.values() if action.state == "taken"}
    text = promise.text.lower()
    return promise.party == "agent" and any(word in text for action in taken for word in _KEPT_BY.get(action, ()))


def _sentiment(call: Call) -> str:
    """Start and end of the call in words, and its lowest point where that was lower."""
    scores = [u.sentiment for u in call.transcript if u.speaker == "customer" and u.sentiment is not None]
    if not scores:
        return "Not known: the customer said nothing that was understood."
    start, end = _feeling(fmean(scores[:_EDGE_LINES])), _feeling(fmean(scores[-_EDGE_LINES:]))
    lowest = _feeling(min(scores))
    between = f", {lowest} in between" if lowest in ("frustrated", "unhappy") and lowest not in (start, end) else ""
    return f"Started {start}{between}, ended {end}."


def _feeling(score: float) -> str:
    return next((word for limit, word in _FEELINGS if score <= limit), "content")


def _listed(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} and {values[-1]}"


def _sentence(text: str, mark: str = ".") -> str:
    """With a capital, and a mark at the end where it has none."""
    said = _short(text)
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith(('.', '?', '!', '…')) else mark}"


def _short(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST].rsplit(' ', 1)[0]} …"
