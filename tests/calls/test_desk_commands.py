"""What the agent's page asks for is done at the desk, or refused in words."""

from dataclasses import dataclass, field

import pytest

from core.access import Viewer
from core.bootstrap import Services
from core.calls.call import CHAT
from core.calls.commands import COMMANDS, REPORTS, obey
from core.calls.events import CallAnswered, CallQueued, Json, SuggestionCompleted, SuggestionStarted
from core.errors import CallError, NotAllowed

ALEX = Viewer("Alex Morgan", "agent")


@dataclass
class Transfers:
    """Remembers what it was asked."""

    asked: list[tuple[str, str, str, str]] = field(default_factory=list)

    def transfer(self, call_id: str, by: str, to: str = "", note: str = "") -> None:
        self.asked.append((call_id, by, to, note))


@pytest.fixture
def transfers() -> Transfers:
    return Transfers()


@pytest.fixture
def call_id(services: Services) -> str:
    """A call that waited and was answered."""
    call_id = services.desk.start("", source="customer", channel="chat")
    services.log.append(call_id, CallQueued(reason="an order"))
    services.log.append(call_id, CallAnswered(agent=ALEX.name, waited_s=1.0))
    return call_id


def do(
    services: Services, transfers: Transfers, call_id: str, name: str, viewer: Viewer = ALEX, **fields: Json
) -> None:
    obey(services.desk, transfers, viewer, call_id, {"id": "1", "name": name, **fields})


def test_hold_and_resume_name_the_agent(services: Services, transfers: Transfers, call_id: str) -> None:
    do(services, transfers, call_id, "hold")
    assert services.desk.call(call_id).on_hold
    do(services, transfers, call_id, "resume")
    assert not services.desk.call(call_id).on_hold


def test_help_is_asked_for_and_taken_back(services: Services, transfers: Transfers, call_id: str) -> None:
    do(services, transfers, call_id, "request_help", reason=" A refund above my limit ")
    help_ = services.desk.call(call_id).help
    assert help_ is not None
    assert help_.reason == "A refund above my limit"
    do(services, transfers, call_id, "end_help")
    assert services.desk.call(call_id).help is None


def test_a_sent_suggestion_counts_as_used_with_what_the_agent_made_of_it(
    services: Services, transfers: Transfers, call_id: str
) -> None:
    common = {"suggestion_id": "s1", "kind": "info", "priority": "tip", "triggered_by": []}
    services.log.append(call_id, SuggestionStarted(**common, rule="r", assistant="playbook"))  # type: ignore[arg-type]
    services.log.append(call_id, SuggestionCompleted(**common, message="It ships.", evidence=[]))  # type: ignore[arg-type]
    do(services, transfers, call_id, "send", text="It ships today.", suggestion_id="s1")
    call = services.desk.call(call_id)
    assert [(line.text, line.speaker, line.engine) for line in call.transcript] == [("It ships today.", "agent", CHAT)]
    assert (call.suggestions["s1"].state, call.suggestions["s1"].used_text) == ("used", "It ships today.")


def test_a_transfer_goes_to_whoever_finds_agents(services: Services, transfers: Transfers, call_id: str) -> None:
    do(services, transfers, call_id, "transfer", to="Priya Nair", note=" knows refunds ")
    do(services, transfers, call_id, "transfer")
    assert transfers.asked == [
        (call_id, ALEX.name, "Priya Nair", "knows refunds"),
        (call_id, ALEX.name, "", ""),
    ]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("fly", {}),
        ("", {}),
        ("_hold", {}),
        ("hold", {"by": "somebody else"}),
        ("send", {}),
        ("send", {"text": 7}),
        ("mute", {"party": "supervisor"}),
        ("rate", {"suggestion_id": "s", "helpful": "yes"}),
        ("flag", {"at_s": "soon", "note": ""}),
    ],
)
def test_what_is_not_known_is_refused_in_words(
    services: Services, transfers: Transfers, call_id: str, name: str, fields: dict[str, Json]
) -> None:
    before = services.desk.call(call_id)
    with pytest.raises(CallError, match="reload"):
        do(services, transfers, call_id, name, **fields)
    assert services.desk.call(call_id) == before


def test_reports_change_nothing(services: Services, transfers: Transfers, call_id: str) -> None:
    before = services.desk.call(call_id)
    for report in REPORTS:
        do(services, transfers, call_id, report, customer_id="cus_2")
    assert services.desk.call(call_id) == before


@pytest.mark.parametrize("role", ["customer", "stranger"])
def test_only_those_who_take_calls_are_obeyed(
    services: Services, transfers: Transfers, call_id: str, role: str
) -> None:
    viewer = Viewer("somebody", role)  # type: ignore[arg-type]
    for name in (*COMMANDS, *REPORTS):
        with pytest.raises(NotAllowed):
            do(services, transfers, call_id, name, viewer)
