"""A call in two languages: what is translated, when, into what, and what is said where it cannot be."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.assistant.translation import Purpose
from core.calls.call import Call
from core.calls.events import (
    CallEnded,
    CallStarted,
    Event,
    MessageSent,
    Party,
    PromptSent,
    ProviderFailed,
    SuggestionCompleted,
    SuggestionKind,
    SuggestionStarted,
    TranscriptFinal,
    TranslationWritten,
    WrapUpCompleted,
)
from core.calls.interpreting import MOST_AT_ONCE, MOST_WAITING, REST_S, TRIES, Interpreter, Run
from core.calls.log import EventLog
from core.clock import ManualClock
from core.errors import AssistantError

CALL_ID = "call_1"
AGENTS = {"Lucia": "es"}


class Echoing:
    """Puts the language before each text; fails as often as told."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[str], str, Purpose]] = []
        self.fails = 0
        self.retryable = True

    def prompt(self, texts: Sequence[str], language: str, purpose: Purpose) -> PromptSent:
        self.asked.append(([*texts], language, purpose))
        return PromptSent(prompt_id=f"p{len(self.asked)}", model="echo", messages=[{"language": language}], tools=[])

    def translate(self, prompt: PromptSent, texts: Sequence[str]) -> list[str]:
        if self.fails:
            self.fails -= 1
            raise AssistantError("the model is away", retryable=self.retryable)
        return [f"[{prompt.messages[0]['language']}] {text}" for text in texts]


class Desk:
    """One call's log and its interpreter."""

    def __init__(self, log: EventLog, clock: ManualClock, model: Echoing | None, run: Run | None = None) -> None:
        self.log = log
        self.model = model
        self.interpreter = Interpreter(
            CALL_ID,
            log,
            clock,
            lambda agent: AGENTS.get(agent, "en"),
            model,
            "translation needs a language model (set THE_KEY)",
            run or (lambda work: work()),
            "model",
        )
        self.lines = 0

    @property
    def call(self) -> Call:
        return self.log.call(CALL_ID)

    def begin(self, agent: str = "Alex", language: str = "auto") -> None:
        self.log.open(CALL_ID, lambda: float(self.lines))
        self.log.append(CALL_ID, CallStarted(source="customer", agent=agent, language=language))

    def says(self, text: str, language: str = "", speaker: Party = "customer") -> str:
        self.lines += 1
        utterance_id = f"utt_{self.lines}"
        final = TranscriptFinal(
            utterance_id=utterance_id,
            speaker=speaker,
            text=text,
            start_s=float(self.lines),
            end_s=self.lines + 0.5,
            confidence=None,
            engine="scripted",
            language=language,
        )
        self._settle(utterance_id, final)
        return utterance_id

    def writes(self, text: str, sender: Party = "customer") -> str:
        self.lines += 1
        message_id = f"msg_{self.lines}"
        self._settle(message_id, MessageSent(message_id=message_id, sender=sender, text=text))
        return message_id

    def shows(self, message: str, assistant: str = "model", kind: SuggestionKind = "suggestion", rule: str = "") -> str:
        self.lines += 1
        suggestion_id = f"sug_{self.lines}"
        started = SuggestionStarted(
            suggestion_id=suggestion_id, kind=kind, priority="tip", rule=rule, assistant=assistant, triggered_by=[]
        )
        completed = SuggestionCompleted(
            suggestion_id=suggestion_id, kind=kind, priority="tip", message=message, evidence=[], triggered_by=[]
        )
        self.log.append(CALL_ID, started)
        self.log.append(CALL_ID, completed)
        self.interpreter.card(suggestion_id)
        return suggestion_id

    def translation(self, utterance_id: str) -> str | None:
        found = self.call.utterances[utterance_id].translation
        return found.text if found else None

    def translations(self, suggestion_id: str) -> dict[str, str]:
        return {each.language: each.text for each in self.call.suggestions[suggestion_id].translations}

    def _settle(self, utterance_id: str, event: Event) -> None:
        self.log.append(CALL_ID, event)
        self.interpreter.line(utterance_id)


@pytest.fixture
def model() -> Echoing:
    return Echoing()


@pytest.fixture
def desk(event_log: EventLog, clock: ManualClock, model: Echoing) -> Desk:
    return Desk(event_log, clock, model)


def test_the_customers_lines_are_given_in_the_agents_language(desk: Desk) -> None:
    desk.begin()
    line = desk.says("Mi factura está mal.", "es")
    assert desk.translation(line) == "[en] Mi factura está mal."
    assert desk.call.customers_language == "es"


def test_nothing_is_asked_where_both_speak_the_same(desk: Desk, model: Echoing) -> None:
    desk.begin("Lucia")
    desk.says("Mi factura está mal.", "es")
    desk.says("Ya lo veo.", "es", "agent")
    desk.says("mumble mumble")
    desk.shows("Ofrezca un descuento.")
    assert model.asked == []


def test_the_agents_own_lines_are_not_translated(desk: Desk, model: Echoing) -> None:
    desk.begin()
    desk.says("Un momento por favor.", "es", "agent")
    assert model.asked == []


def test_what_is_written_tells_its_language(desk: Desk) -> None:
    desk.begin()
    first = desk.writes("Hola, quiero devolver mi pedido por favor")
    short = desk.writes("Sí.")
    assert desk.call.utterances[first].language == "es"
    assert desk.translation(first) == "[en] Hola, quiero devolver mi pedido por favor"
    # Too short to tell, so it is in what they write otherwise.
    assert desk.call.utterances[short].language == ""
    assert desk.translation(short) == "[en] Sí."


def test_what_the_call_was_said_to_be_in_counts_for_writing_alone(desk: Desk, model: Echoing) -> None:
    desk.begin(language="es")
    assert desk.translation(desk.writes("Hola")) == "[en] Hola"
    model.asked.clear()
    # An engine that knows English only makes English words of Spanish.
    desk.says("me factor a is mass alter")
    assert model.asked == []


def test_a_card_offers_the_reply_in_the_customers_language(desk: Desk, model: Echoing) -> None:
    desk.begin()
    desk.says("Mi factura está mal.", "es")
    card = desk.shows("Offer a $10 credit.")
    assert desk.translations(card) == {"es": "[es] Offer a $10 credit."}
    assert model.asked[-1] == (["Offer a $10 credit."], "es", "reply")


@pytest.mark.parametrize(("kind", "rule"), [("alert", "churn"), ("info", "backlog")])
def test_what_is_no_reply_is_not_offered_as_one(desk: Desk, kind: SuggestionKind, rule: str) -> None:
    desk.begin(language="es")
    assert desk.translations(desk.shows("Customer may leave.", kind=kind, rule=rule)) == {}


def test_an_agent_of_another_language_gets_the_playbooks_cards_in_theirs(desk: Desk, model: Echoing) -> None:
    desk.begin("Lucia", language="fr")
    assert desk.translations(desk.shows("Late order.", assistant="playbook", kind="alert")) == {
        "es": "[es] Late order."
    }
    both = desk.translations(desk.shows("Order 7 is late.", assistant="playbook"))
    assert both == {"es": "[es] Order 7 is late.", "fr": "[fr] Order 7 is late."}
    assert desk.translations(desk.shows("El pedido 7 se retrasa.")) == {"fr": "[fr] El pedido 7 se retrasa."}
    assert [purpose for _, _, purpose in model.asked] == ["understand", "understand", "reply", "reply"]


def test_without_a_model_the_agent_is_told_once(event_log: EventLog, clock: ManualClock) -> None:
    desk = Desk(event_log, clock, None)
    desk.begin()
    assert desk.translation(desk.says("Mi factura está mal.", "es")) is None
    desk.says("No entiendo por qué.", "es")
    assert desk.translations(desk.shows("Offer a credit.", "playbook")) == {}
    [problem] = desk.call.problems
    assert problem.message == "The customer speaks Spanish: translation needs a language model (set THE_KEY)."


class Later:
    """Runs what it is given when told to, as a busy pool of threads does."""

    def __init__(self) -> None:
        self.work: list[Callable[[], None]] = []

    def __call__(self, work: Callable[[], None]) -> None:
        self.work.append(work)

    def run(self) -> None:
        while self.work:
            self.work.pop(0)()


def test_what_gathers_goes_into_one_request_in_order(event_log: EventLog, clock: ManualClock, model: Echoing) -> None:
    later = Later()
    desk = Desk(event_log, clock, model, later)
    desk.begin()
    said = [desk.says(f"línea {number}", "es") for number in range(MOST_AT_ONCE + 2)]
    card = desk.shows("Offer a credit.")
    assert len(later.work) == 1
    later.run()
    assert [len(texts) for texts, _, _ in model.asked] == [MOST_AT_ONCE, 2, 1]
    assert all(desk.translation(line) for line in said)
    assert desk.translations(card)
    event_log.sync()
    logged = [one.event for one in event_log.events(CALL_ID)]
    assert [event.utterance_id for event in logged if isinstance(event, TranslationWritten)] == said


def test_a_model_that_fails_is_told_of_once_and_asked_again_after_a_rest(
    desk: Desk, model: Echoing, clock: ManualClock
) -> None:
    desk.begin()
    model.fails = 1
    first = desk.says("uno", "es")
    second = desk.says("dos", "es")
    assert len(model.asked) == 1
    assert [problem.message for problem in desk.call.problems] == [
        "The model is away. Lines stay as they were said until it translates again."
    ]
    clock.advance(REST_S)
    third = desk.says("tres", "es")
    assert [desk.translation(line) for line in (first, second, third)] == ["[en] uno", "[en] dos", "[en] tres"]
    model.fails = 1
    desk.says("cuatro", "es")
    assert len(desk.call.problems) == 2


def test_nothing_is_tried_for_ever(desk: Desk, model: Echoing, clock: ManualClock) -> None:
    desk.begin()
    model.fails = 1_000
    for number in range(MOST_WAITING + 10):
        desk.says(f"línea {number}", "es")
        clock.advance(REST_S)
    asked = [text for texts, _, _ in model.asked for text in texts]
    assert max(asked.count(text) for text in asked) <= TRIES
    assert all(len(texts) <= MOST_AT_ONCE for texts, _, _ in model.asked)
    assert len(desk.call.problems) == 1


def test_what_is_missing_at_the_end_is_tried_once_more(desk: Desk, model: Echoing) -> None:
    desk.begin()
    model.fails = 1
    line = desk.says("uno", "es")
    desk.log.append(CALL_ID, CallEnded(reason="completed"))
    desk.interpreter.finish()
    assert desk.translation(line) == "[en] uno"


def test_a_call_wrapped_up_meanwhile_stays_as_it_was(event_log: EventLog, clock: ManualClock, model: Echoing) -> None:
    later = Later()
    desk = Desk(event_log, clock, model, later)
    desk.begin()
    desk.says("uno", "es")
    event_log.append(CALL_ID, CallEnded(reason="completed"))
    event_log.append(CALL_ID, WrapUpCompleted(disposition="done"))
    before = desk.call
    later.run()
    assert desk.call == before


def test_a_process_that_stops_asks_for_nothing(event_log: EventLog, clock: ManualClock, model: Echoing) -> None:
    def shut(work: Callable[[], None]) -> None:
        raise RuntimeError("cannot schedule new futures after shutdown")

    desk = Desk(event_log, clock, model, shut)
    desk.begin()
    assert desk.translation(desk.says("uno", "es")) is None
    assert not [problem for problem in desk.call.problems if isinstance(problem, ProviderFailed)]


def test_lines_that_come_while_it_works_are_not_forgotten(
    event_log: EventLog, clock: ManualClock, model: Echoing
) -> None:
    with ThreadPoolExecutor(2) as threads:
        desk = Desk(event_log, clock, model, threads.submit)
        desk.begin()
        said = [desk.says(f"línea {number}", "es") for number in range(20)]
    assert all(desk.translation(line) for line in said)
