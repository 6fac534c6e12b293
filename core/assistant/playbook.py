"""The offline assistant: rules from a file, facts from the tools, no model and no network."""

import logging
import re
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from jinja2 import TemplateError, UndefinedError

from core.assistant.base import NewId, Turn
from core.assistant.evidence import evidence_of
from core.assistant.rules import Rule, Rulebook, ToolUse
from core.assistant.situation import Situation
from core.assistant.tools import Tools
from core.calls.call import Call, Suggestion
from core.calls.events import (
    Event,
    Evidence,
    Priority,
    QuestionAsked,
    SuggestionCompleted,
    SuggestionDelta,
    SuggestionKind,
    SuggestionStarted,
    ToolCalled,
    ToolReturned,
)
from core.clock import Clock
from core.errors import SidetoneError

log = logging.getLogger(__name__)

_WORD = re.compile(r"\s*\S+")
_PASSAGES = 2
_LOOKED_UP = "asked by the agent"
Answers = dict[tuple[str, tuple[tuple[str, str], ...]], Any]


class Playbook:
    """Gives the cards whose rules apply. What was shown before is read from the call; nothing is remembered here."""

    name = "playbook"

    def __init__(self, rulebook: Rulebook, tools: Tools, clock: Clock, new_id: NewId, *, answers: bool = True) -> None:
        """`answers` tells whether the agent's questions are looked up, which is left to a model where there is one."""
        self._answers = answers
        self._rulebook = rulebook
        self._tools = tools
        self._clock = clock
        self._new_id = new_id

    def respond(self, turn: Turn) -> Iterator[Event]:
        if turn.trigger == "customer":
            yield from self._play(turn)
        elif turn.question is not None and self._answers:
            yield from self._look_up(turn.question)

    def _play(self, turn: Turn) -> Iterator[Event]:
        """The cards of the rules that apply now."""
        now = Situation(turn, self._clock.now().date())
        said = self._said(turn.call)
        answers: Answers = {}
        room = self._rulebook.max_cards
        for rule in self._rulebook.rules:
            if (room == 0 and rule.kind != "alert") or not _due(rule, turn.call) or not rule.applies(now):
                continue
            facts = now.values()
            if not (yield from self._ask(rule, facts, answers)):
                continue
            card = _card(rule, facts)
            if card is None or card[0] in said:
                continue
            message, evidence = card
            said.add(message)
            room -= rule.kind != "alert"
            words = [Evidence(kind="words", ref=u.utterance_id, text=u.text) for u in turn.utterances]
            cause = [utterance.utterance_id for utterance in turn.utterances]
            yield from self._write(rule.id, rule.kind, rule.priority, message, [*evidence, *words], cause)

    def _look_up(self, question: QuestionAsked) -> Iterator[Event]:
        """Answer the agent with what the company has in writing, and say so when it has nothing."""
        found = yield from self._call("search_knowledge", {"query": question.text})
        passages = found["passages"][:_PASSAGES] if found else []
        message = " ".join(f"{passage['title']}: {passage['excerpt']}" for passage in passages)
        evidence = [Evidence(kind="policy", ref=passage["ref"], text=passage["excerpt"]) for passage in passages]
        nothing = f"Nothing in writing about “{question.text}”: ask with other words, or ask a colleague."
        yield from self._write(_LOOKED_UP, "info", "tip", message or nothing, evidence, [question.question_id])

    def _said(self, call: Call) -> set[str]:
        """What is not to be said again."""
        return {card.message for card in kept(call)}

    def _ask(self, rule: Rule, facts: dict[str, Any], answers: Answers) -> Generator[Event, None, bool]:
        """Put the tools' answers among the facts; returns whether each is the kind of answer the rule needs."""
        for name, use in rule.tools.items():
            arguments = _arguments(rule, use, facts)
            if arguments is None:
                return False
            key = (use.tool, tuple(sorted(arguments.items())))
            if key not in answers:
                answers[key] = yield from self._call(use.tool, arguments)
            answer = answers[key]
            if answer is None or answer["found"] != use.expect_found:
                return False
            facts[name] = answer
        return True

    def _call(self, tool: str, arguments: dict[str, str]) -> Generator[Event, None, Any]:
        tool_call_id = self._new_id("tool")
        yield ToolCalled(tool_call_id=tool_call_id, tool=tool, arguments=dict(arguments))
        begun_s = self._clock.monotonic_s()
        result, problem = None, None
        try:
            result = self._tools.invoke(tool, arguments)
        except SidetoneError as error:
            problem = str(error)
        duration_ms = round((self._clock.monotonic_s() - begun_s) * 1000, 3)
        yield ToolReturned(tool_call_id=tool_call_id, tool=tool, result=result, duration_ms=duration_ms, error=problem)
        return result

    def _write(
        self,
        rule: str,
        kind: SuggestionKind,
        priority: Priority,
        message: str,
        evidence: list[Evidence],
        triggered_by: list[str],
    ) -> Iterator[Event]:
        suggestion_id = self._new_id("sug")
        yield SuggestionStarted(
            suggestion_id=suggestion_id,
            kind=kind,
            priority=priority,
            rule=rule,
            assistant=self.name,
            triggered_by=triggered_by,
        )
        for word in _WORD.findall(message):
            yield SuggestionDelta(suggestion_id=suggestion_id, text=word)
        yield SuggestionCompleted(
            suggestion_id=suggestion_id,
            kind=kind,
            priority=priority,
            message=message,
            evidence=evidence,
            triggered_by=triggered_by,
        )


def kept(call: Call) -> list[Suggestion]:
    """The cards that reached the agent."""
    return [card for card in call.suggestions.values() if card.state != "discarded"]


def _due(rule: Rule, call: Call) -> bool:
    before = [card.started_s for card in kept(call) if card.rule == rule.id]
    if not before:
        return True
    if rule.once or (rule.max_per_call is not None and len(before) >= rule.max_per_call):
        return False
    return call.offset_s - max(before) >= rule.cooldown_s


def _arguments(rule: Rule, use: ToolUse, facts: Mapping[str, Any]) -> dict[str, str] | None:
    try:
        return {name: template.render(facts) for name, template in use.arguments.items()}
    except UndefinedError as error:
        log.debug("rule %s stays silent: %s", rule.id, error)
        return None


def _card(rule: Rule, facts: Mapping[str, Any]) -> tuple[str, list[Evidence]] | None:
    """The message and the rows behind it; None where a fact is missing, so that nothing is made up."""
    try:
        if rule.only_if is not None and not rule.only_if(**facts):
            return None
        message = " ".join(rule.say.render(facts).split())
        rows = [row for expression in rule.evidence for row in _rows(expression(**facts))]
    except UndefinedError as error:
        log.debug("rule %s stays silent: %s", rule.id, error)
        return None
    except (TemplateError, TypeError, ValueError, LookupError) as error:
        log.warning("rule %s is skipped, its text does not fit what the tools answer: %s", rule.id, error)
        return None
    return (message, [evidence_of(row) for row in rows]) if message else None


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return list(value) if isinstance(value, list | tuple) else [value]
