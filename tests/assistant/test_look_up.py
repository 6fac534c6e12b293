"""The playbook's answer when the agent asks: what is in writing, cited, or that there is nothing."""

from core.assistant.base import Turn
from core.bootstrap import Services
from core.calls.call import Call
from core.calls.events import QuestionAsked, SuggestionCompleted, ToolCalled


def answer(services: Services, question: str) -> SuggestionCompleted:
    asked = QuestionAsked(question_id="q_1", text=question)
    events = list(services.assistant.respond(Turn(Call("call_1"), (), "ask", asked)))
    assert isinstance(events[0], ToolCalled)
    done = events[-1]
    assert isinstance(done, SuggestionCompleted)
    return done


def test_a_question_is_answered_from_policies_with_the_source(services: Services) -> None:
    done = answer(services, "what is the refund policy")
    policy = services.tools.check_policy("refund")["policy"]
    assert done.evidence[0].ref == policy["ref"]
    assert done.evidence[0].text in done.message
    assert done.evidence[0].text.rstrip(".") in f"{policy['summary']} {policy['text']}"
    assert done.triggered_by == ["q_1"]


def test_a_question_nothing_is_written_about_says_so(services: Services) -> None:
    done = answer(services, "xylophone zebra")
    assert done.message.startswith("Nothing in writing about “xylophone zebra”")
    assert done.evidence == []
