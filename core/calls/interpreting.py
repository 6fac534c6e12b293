"""A call between people of different languages: the customer's lines for the agent, the agent's cards for the customer.

One request at a time for each call, so that translations come in the order of the talk; what has gathered meanwhile
goes into the next. Nothing waits for it.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Literal

from core.assistant.translation import Purpose, Translates, strange_figures
from core.calls.call import CHAT, Call, Suggestion, Utterance
from core.calls.events import (
    Event,
    LanguageSpotted,
    ProviderFailed,
    SuggestionTranslated,
    TranslationWritten,
)
from core.calls.log import EventLog
from core.clock import Clock
from core.errors import AssistantError, CallAlreadyEnded, UnknownCall
from core.languages import ANY_LANGUAGE, language_name, language_of

log = logging.getLogger(__name__)
PROVIDER = "translation"
MOST_AT_ONCE = 6
MOST_WAITING = 30
"""Lines and cards kept while the model is away; beyond it the oldest stay as they are."""
TRIES = 3
REST_S = 10.0
LONG_REST_S = 60.0
RULES_LANGUAGE = "en"
"""What the playbook and the alerts are written in."""
SAYABLE = ("suggestion", "info")
"""Kinds of cards that may be words for the customer."""
Run = Callable[[Callable[[], None]], object]
"""Has something done: later on a thread of its own, or at once."""


@dataclass(frozen=True, slots=True)
class _Job:
    kind: Literal["line", "card"]
    subject: str
    """Id of the utterance or the suggestion."""
    text: str
    language: str
    """To be translated into."""
    purpose: Purpose
    tries: int = 0

    def fits(self, other: "_Job") -> bool:
        """Both can be asked for in one request."""
        return (self.kind, self.language, self.purpose) == (other.kind, other.language, other.purpose)


class Interpreter:
    """Sees to the translations of one call. `line`, `card` and `finish` never wait unless `run` does."""

    def __init__(
        self,
        call_id: str,
        event_log: EventLog,
        clock: Clock,
        agents_language: Callable[[str], str],
        translator: Translates | None,
        missing: str,
        run: Run,
        writes_agents_language: str = "",
    ) -> None:
        """`agents_language` is asked with an agent's name. Without a translator the agent is told once, with what is
        `missing`. The assistant called `writes_agents_language` does so; the others write English."""
        self._call_id = call_id
        self._log = event_log
        self._clock = clock
        self._agents_language = agents_language
        self._translator = translator
        self._missing = missing
        self._run = run
        self._writes_agents_language = writes_agents_language
        self._lock = threading.Lock()
        self._waiting: list[_Job] = []
        self._busy = False
        self._failing = False
        self._rests_until_s = float("-inf")

    def line(self, utterance_id: str) -> None:
        """An utterance is settled: say what language it is in, where that is open, and translate the customer's."""
        utterance = self._log.call(self._call_id).utterances[utterance_id]
        if utterance.engine == CHAT and not utterance.language and (found := language_of(utterance.text)):
            self._append(LanguageSpotted(utterance_id=utterance_id, language=found))
        call = self._log.call(self._call_id)
        utterance = call.utterances[utterance_id]
        own = self._agents_language(call.agent)
        language = language_of_line(call, utterance)
        if utterance.speaker != "customer" or not language or language == own:
            return
        if self._translator is None:
            self._tell_once(call, language)
        else:
            self._add(_Job("line", utterance_id, utterance.text, own, "understand"))

    def card(self, suggestion_id: str) -> None:
        """A card is complete: give it in the agent's language and, where it may be a reply, in the customer's."""
        call = self._log.call(self._call_id)
        card = call.suggestions.get(suggestion_id)
        if self._translator is None or card is None or card.state != "shown" or not card.message:
            return
        own = self._agents_language(call.agent)
        written_in = own if card.assistant == self._writes_agents_language else RULES_LANGUAGE
        if written_in != own:
            self._add(_Job("card", suggestion_id, card.message, own, "understand"))
        customers = call.customers_language
        if customers and customers not in (written_in, own) and _is_reply(card):
            self._add(_Job("card", suggestion_id, card.message, customers, "reply"))

    def finish(self) -> None:
        """The call is over: try once more what could not be translated."""
        with self._lock:
            self._rests_until_s = float("-inf")
        self._begin()

    def _tell_once(self, call: Call, language: str) -> None:
        if not any(problem.provider == PROVIDER for problem in call.problems):
            message = f"The customer speaks {language_name(language)}: {self._missing}."
            self._append(ProviderFailed(provider=PROVIDER, message=message))

    def _add(self, job: _Job) -> None:
        with self._lock:
            self._waiting = [*self._waiting, job][-MOST_WAITING:]
        self._begin()

    def _begin(self) -> None:
        with self._lock:
            if self._busy or not self._waiting or self._clock.monotonic_s() < self._rests_until_s:
                return
            self._busy = True
        try:
            self._run(self._work)
        except RuntimeError:
            # Threads are no longer given out: the process is stopping.
            log.info("call %s: not translated any more", self._call_id)

    def _work(self) -> None:
        try:
            while jobs := self._next():
                self._translate(jobs)
        except (CallAlreadyEnded, UnknownCall):
            log.info("call %s was wrapped up before it was translated", self._call_id)
        except Exception:
            log.exception("a translation failed")
            with self._lock:
                self._busy = False

    def _next(self) -> list[_Job]:
        with self._lock:
            if not self._waiting or self._clock.monotonic_s() < self._rests_until_s:
                self._busy = False
                return []
            alike = list(takewhile(self._waiting[0].fits, self._waiting))[:MOST_AT_ONCE]
            self._waiting = self._waiting[len(alike) :]
            return alike

    def _translate(self, jobs: Sequence[_Job]) -> None:
        assert self._translator is not None
        texts = [job.text for job in jobs]
        prompt = self._translator.prompt(texts, jobs[0].language, jobs[0].purpose)
        self._append(prompt)
        try:
            translations = self._translator.translate(prompt, texts)
        except AssistantError as error:
            self._failed(jobs, error)
            return
        self._failing = False
        for job, translation in zip(jobs, translations, strict=True):
            if translation:
                self._append(_translated(job, translation))

    def _failed(self, jobs: Sequence[_Job], error: AssistantError) -> None:
        """Keep what is worth another try for when the model has had a rest; tell the agent when that begins."""
        rest_s = max(REST_S if error.retryable else LONG_REST_S, error.retry_after_s or 0.0)
        again = [replace(job, tries=job.tries + 1) for job in jobs if job.tries + 1 < TRIES]
        with self._lock:
            self._waiting = [*again, *self._waiting][-MOST_WAITING:]
            self._rests_until_s = self._clock.monotonic_s() + rest_s
        if not self._failing:
            self._failing = True
            message = (
                f"{str(error)[:1].upper()}{str(error)[1:]}. Lines stay as they were said until it translates again."
            )
            self._append(ProviderFailed(provider=PROVIDER, message=message, retryable=error.retryable))

    def _append(self, event: Event) -> None:
        self._log.append(self._call_id, event)


def language_of_line(call: Call, utterance: Utterance) -> str:
    """What a line is in; one too short to tell is in what its speaker speaks otherwise. Empty where nobody knows.

    What a call was said to be in counts for writing alone: the words of an engine that does not know the language are
    in none.
    """
    if utterance.language or utterance.speaker != "customer":
        return utterance.language
    if any(line.language for line in call.transcript if line.speaker == "customer"):
        return call.customers_language
    return call.language if utterance.engine == CHAT and call.language != ANY_LANGUAGE else ""


def _is_reply(card: Suggestion) -> bool:
    return card.kind in SAYABLE and card.rule != "backlog"


def _translated(job: _Job, text: str) -> Event:
    if job.kind == "line":
        return TranslationWritten(utterance_id=job.subject, language=job.language, text=text)
    strange = strange_figures(text, job.text)
    return SuggestionTranslated(suggestion_id=job.subject, language=job.language, text=text, unverified=strange)
