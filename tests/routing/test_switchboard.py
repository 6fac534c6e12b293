"""The switchboard: what customers, agents and time do to the queue, over calls that are only logs."""

import threading
from dataclasses import dataclass, field

import pytest
from fake_desk import FakeCustomers, FakeDesk, numbered

from core.calls.events import (
    CallAnswered,
    CallStarted,
    CallTransferred,
    CustomerIdentified,
    HoldStarted,
    OfferEnded,
    PartyJoined,
    PartyLeft,
    SummaryWritten,
    TranscriptFinal,
)
from core.clock import ManualClock
from core.errors import CallAlreadyEnded, CallError, StorageError, UnknownCall
from core.routing.records import AgentStateRow
from core.routing.roster import Agent
from core.routing.rules import Desks, RecordingRules, RoutingRules, SeniorFirst
from core.routing.states import AgentStatus
from core.routing.switchboard import CallRequest, Switchboard

RULES = RoutingRules(
    senior_first=SeniorFirst(tiers=["platinum"], for_s=5),
    languages={"en": "English", "es": "Spanish"},
    topics={"billing": ["bill"], "orders": ["order*"]},
    most_waiting=5,
)
ROSTER = [
    Agent(name="Ann", senior=True, skills=["billing", "orders"]),
    Agent(name="Bob", skills=["billing", "orders"]),
    Agent(name="Sam", role="supervisor"),
]


@dataclass
class Floor:
    """A switchboard with everything around it."""

    rules: RoutingRules = RULES
    clock: ManualClock = field(default_factory=ManualClock)
    kept: list[AgentStateRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.desk = FakeDesk(self.clock)
        self.board = Switchboard(
            self.desk, ROSTER, self.rules, FakeCustomers(), self.clock, numbered(), numbered(), self.kept.extend
        )

    def on_shift(self, *names: str) -> None:
        for name in names:
            self.board.set_availability(name, "available")

    def call_in(self, **told: object) -> str:
        return self.board.call_in(CallRequest(**told)).call_id  # type: ignore[arg-type]

    def answered(self, agent: str = "Ann", **told: object) -> str:
        self.on_shift(agent)
        call_id = self.call_in(**told)
        self.board.accept(call_id, agent)
        return call_id

    def after(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.desk.settle()
        self.board.tick()

    def status(self, name: str) -> AgentStatus:
        return next(one for one in self.board.agents() if one.name == name)

    def rings_at(self, call_id: str) -> str | None:
        return self.desk.call(call_id).offered_to


@pytest.fixture
def floor() -> Floor:
    return Floor()


def test_a_customer_waits_until_somebody_is_available(floor: Floor) -> None:
    call_id = floor.call_in(reason="my bill", name="Kim")
    assert floor.rings_at(call_id) is None
    assert floor.board.position(call_id) == 1
    floor.clock.advance(4)
    floor.on_shift("Bob")
    assert floor.rings_at(call_id) == "Bob"
    assert floor.status("Bob").state == "ringing"
    (waiting,) = floor.board.waiting()
    assert (waiting.name, waiting.reason, waiting.topic, waiting.waited_s) == ("Kim", "my bill", "billing", 4)
    assert (waiting.offered_to, waiting.why) == ("Bob", "Bob: knows billing, speaks English, quiet longest.")
    assert not waiting.known


def test_answering_says_how_long_they_waited(floor: Floor) -> None:
    call_id = floor.call_in()
    floor.clock.advance(7)
    floor.on_shift("Ann")
    floor.board.accept(call_id, "Ann")
    assert CallAnswered(agent="Ann", waited_s=7) in floor.desk.log[call_id]
    assert floor.board.position(call_id) is None
    assert floor.board.waiting() == []
    assert (floor.status("Ann").state, floor.status("Ann").voice_call) == ("busy", call_id)


def test_the_visit_is_the_customers_only_handle(floor: Floor) -> None:
    visit = floor.board.call_in(CallRequest())
    assert floor.board.visit(visit.visit_id) == visit
    for wrong in (visit.call_id, "", "visit_99"):
        with pytest.raises(UnknownCall):
            floor.board.visit(wrong)


@pytest.mark.parametrize(
    ("told", "matched_on"),
    [
        ({"account_number": " 111 11"}, "account number given, not verified"),
        ({"name": "Pat  Plum"}, "name given, not verified"),
    ],
)
def test_a_known_customer_is_shown_while_it_rings(floor: Floor, told: dict[str, str], matched_on: str) -> None:
    call_id = floor.call_in(**told)
    customer = floor.desk.call(call_id).customer
    assert customer is not None
    assert (customer.name, customer.matched_on) == ("Pat Plum", [matched_on])
    (waiting,) = floor.board.waiting()
    assert (waiting.known, waiting.tier, waiting.name) == (True, "platinum", "Pat Plum")


def test_a_stranger_is_not_identified(floor: Floor) -> None:
    call_id = floor.call_in(name="Nobody Known", account_number="99999")
    assert not any(isinstance(event, CustomerIdentified) for event in floor.desk.log[call_id])


def test_an_account_number_alone_does_not_put_a_name_into_the_queue_entry(floor: Floor) -> None:
    queued = floor.desk.call(floor.call_in(account_number="11111")).queued
    assert queued is not None
    assert queued.name == ""


def test_consent_is_logged_only_where_a_notice_was_shown(floor: Floor) -> None:
    assert floor.desk.call(floor.call_in()).consent is None
    consent = floor.desk.call(floor.call_in(notice="We record.", consent=False)).consent
    assert consent is not None
    assert (consent.notice, consent.given) == ("We record.", False)


@pytest.mark.parametrize(
    ("mode", "consent", "channel", "recorded"),
    [
        ("ask", True, "voice", True),
        ("ask", False, "voice", False),
        ("always", False, "voice", True),
        ("never", True, "voice", False),
        ("ask", True, "chat", False),
    ],
)
def test_recording_follows_the_rules(mode: str, consent: bool, channel: str, recorded: bool) -> None:
    recording = RecordingRules(mode=mode, notice="We record.")  # type: ignore[arg-type]
    floor = Floor(RULES.model_copy(update={"recording": recording}))
    call_id = floor.answered(notice="We record.", consent=consent, channel=channel)
    assert floor.desk.recorded == ([call_id] if recorded else [])


def test_a_full_queue_and_an_unknown_language_are_refused(floor: Floor) -> None:
    with pytest.raises(CallError, match="choose one of these languages: English, Spanish"):
        floor.call_in(language="xx")
    for _ in range(5):
        floor.call_in()
    with pytest.raises(CallError, match="all our lines are busy"):
        floor.call_in()
    assert len(floor.desk.calls) == 5


def test_a_call_is_answered_once(floor: Floor) -> None:
    call_id = floor.answered("Ann")
    floor.on_shift("Bob")
    for agent in ("Bob", "Ann"):
        with pytest.raises(CallError, match="Ann has answered it"):
            floor.board.accept(call_id, agent)


def test_it_is_answered_only_where_it_rings(floor: Floor) -> None:
    floor.on_shift("Ann", "Bob")
    call_id = floor.call_in()
    assert floor.rings_at(call_id) == "Ann"
    with pytest.raises(CallError, match="it rings at the desk of Ann"):
        floor.board.accept(call_id, "Bob")
    with pytest.raises(CallError, match="does not ring at your desk"):
        floor.board.decline(call_id, "Bob")


def test_an_agent_takes_a_call_from_the_queue_by_hand(floor: Floor) -> None:
    floor.on_shift("Ann")
    first, second = floor.call_in(), floor.call_in()
    assert floor.rings_at(first) == "Ann"
    floor.board.accept(second, "Ann")
    assert floor.desk.call(second).agent == "Ann"
    assert OfferEnded(agent="Ann", reason="withdrawn") in floor.desk.log[first]
    assert floor.rings_at(first) is None


def test_who_is_away_unknown_or_has_no_room_cannot_answer(floor: Floor) -> None:
    call_id = floor.call_in()
    with pytest.raises(CallError, match="you are away"):
        floor.board.accept(call_id, "Ann")
    for stranger in ("Sam", "Zoe"):
        with pytest.raises(CallError, match="has no desk here"):
            floor.board.accept(call_id, stranger)
    floor.on_shift("Ann")
    floor.board.accept(call_id, "Ann")
    second = floor.call_in()
    with pytest.raises(CallError, match="you have a call already"):
        floor.board.accept(second, "Ann")


def test_chats_come_up_to_the_limit(floor: Floor) -> None:
    floor.on_shift("Ann")
    for _ in range(3):
        floor.board.accept(floor.call_in(channel="chat"), "Ann")
    fourth = floor.call_in(channel="chat")
    assert floor.rings_at(fourth) is None
    with pytest.raises(CallError, match="as many chats as you can have"):
        floor.board.accept(fourth, "Ann")
    voice = floor.call_in()
    assert floor.rings_at(voice) == "Ann"


def test_a_declined_call_goes_to_the_next_and_not_back(floor: Floor) -> None:
    floor.on_shift("Ann", "Bob")
    call_id = floor.call_in()
    floor.board.decline(call_id, "Ann")
    assert floor.rings_at(call_id) == "Bob"
    assert floor.status("Ann").state == "available"
    floor.board.decline(call_id, "Bob")
    assert floor.rings_at(call_id) is None
    floor.after(15)
    assert floor.rings_at(call_id) == "Ann"


def test_a_desk_that_lets_it_ring_out_is_set_away(floor: Floor) -> None:
    floor.on_shift("Ann", "Bob")
    call_id = floor.call_in()
    floor.after(19.9)
    assert floor.rings_at(call_id) == "Ann"
    floor.after(0.2)
    assert floor.rings_at(call_id) == "Bob"
    assert (floor.status("Ann").state, floor.status("Ann").reason) == ("away", "did not answer")
    assert OfferEnded(agent="Ann", reason="no answer") in floor.desk.log[call_id]


def test_going_away_while_it_rings_passes_it_on(floor: Floor) -> None:
    floor.on_shift("Ann", "Bob")
    call_id = floor.call_in()
    floor.board.set_availability("Ann", "away")
    assert floor.rings_at(call_id) == "Bob"
    with pytest.raises(CallError, match="has no desk here"):
        floor.board.set_availability("Sam", "available")


def test_going_away_during_a_call_counts_afterwards(floor: Floor) -> None:
    call_id = floor.answered()
    floor.board.set_availability("Ann", "away")
    assert floor.status("Ann").state == "busy"
    floor.board.hang_up(call_id)
    floor.after(1)
    floor.desk.wrap_up(call_id, "Solved", True, "", "Ann")
    floor.after(1)
    assert floor.status("Ann").state == "away"


def test_after_call_work_lasts_until_the_wrap_up(floor: Floor) -> None:
    call_id = floor.answered()
    floor.board.hang_up(call_id)
    floor.after(1)
    assert floor.desk.call(call_id).end_reason == "completed"
    assert floor.status("Ann").state == "after-call work"
    waiting = floor.call_in()
    floor.after(3600)
    assert floor.status("Ann").state == "after-call work"
    assert floor.rings_at(waiting) is None
    floor.desk.wrap_up(call_id, "Solved", True, "", "Ann")
    floor.after(1)
    assert floor.rings_at(waiting) == "Ann"


def test_after_call_work_may_have_a_limit() -> None:
    floor = Floor(RULES.model_copy(update={"desks": Desks(after_call_work_limit_s=60)}))
    call_id = floor.answered()
    floor.board.hang_up(call_id)
    floor.after(1)
    floor.after(58)
    assert floor.desk.call(call_id).wrap_up is None
    floor.after(2)
    wrapped = floor.desk.call(call_id).wrap_up
    assert wrapped is not None
    assert wrapped.disposition == "Not wrapped up"
    assert floor.status("Ann").state == "available"


def test_who_hangs_up_while_waiting_has_abandoned(floor: Floor) -> None:
    floor.on_shift("Ann")
    call_id = floor.call_in()
    floor.board.hang_up(call_id)
    floor.board.hang_up(call_id)
    assert floor.status("Ann").state == "available"
    assert floor.board.waiting() == []
    with pytest.raises(CallAlreadyEnded):
        floor.board.accept(call_id, "Ann")
    floor.after(1)
    call = floor.desk.call(call_id)
    assert call.end_reason == "abandoned"
    assert call.wrap_up is not None
    assert (call.wrap_up.disposition, call.wrap_up.by) == ("Abandoned", "system")
    floor.board.hang_up(call_id)
    with pytest.raises(UnknownCall):
        floor.board.hang_up("nowhere")


def test_a_call_given_back_and_abandoned_gets_its_summary_before_it_is_closed(floor: Floor) -> None:
    call_id = floor.answered()
    spoken = {"speaker": "customer", "start_s": 0.0, "end_s": 1.0, "confidence": None, "engine": "none"}
    floor.desk.append(call_id, TranscriptFinal(utterance_id="u", text="hello", **spoken))  # type: ignore[arg-type]
    floor.board.transfer(call_id, "Ann", note="wants a manager")
    floor.board.hang_up(call_id)
    floor.after(1)
    assert floor.desk.call(call_id).end_reason == "abandoned"
    assert floor.desk.call(call_id).wrap_up is None
    summary = {"reason": "", "done": "", "outcome": "", "action_items": [], "topics": [], "sentiment": "neutral"}
    floor.desk.append(call_id, SummaryWritten(written_by="extraction", **summary))  # type: ignore[arg-type]
    floor.after(1)
    assert floor.desk.call(call_id).wrap_up is not None


def test_a_transfer_rings_at_the_other_desk_and_frees_the_first(floor: Floor) -> None:
    call_id = floor.answered("Ann", name="Kim")
    floor.on_shift("Bob")
    floor.clock.advance(30)
    floor.board.transfer(call_id, "Ann", "Bob", "about the refund")
    assert floor.rings_at(call_id) == "Bob"
    assert floor.status("Ann").state == "available"
    (waiting,) = floor.board.waiting()
    assert (waiting.name, waiting.note, waiting.why) == ("Kim", "about the refund", "Transferred by Ann.")
    floor.clock.advance(5)
    floor.board.accept(call_id, "Bob")
    call = floor.desk.call(call_id)
    assert call.agent == "Bob"
    assert call.transfers == (CallTransferred(from_agent="Ann", to_agent="Bob", note="about the refund"),)
    assert CallAnswered(agent="Bob", waited_s=5) in floor.desk.log[call_id]


def test_a_declined_transfer_returns_to_the_queue_at_its_old_place(floor: Floor) -> None:
    early = floor.answered("Ann")
    floor.clock.advance(10)
    floor.on_shift("Bob")
    floor.board.accept(floor.call_in(), "Bob")
    late = floor.call_in()
    floor.board.transfer(early, "Ann", note="give me back")
    assert [one.call_id for one in floor.board.waiting()] == [early, late]
    assert floor.rings_at(early) is None, "not at the desk of who has just given it back"
    assert floor.rings_at(late) == "Ann"


def test_a_transfer_nobody_can_take_is_refused_and_changes_nothing(floor: Floor) -> None:
    call_id = floor.answered("Ann")
    before = list(floor.desk.log[call_id])
    for to in ("Bob", "Ann"):
        with pytest.raises(CallError, match="cannot take it now"):
            floor.board.transfer(call_id, "Ann", to)
    with pytest.raises(CallError, match="has no desk here"):
        floor.board.transfer(call_id, "Ann", "Sam")
    with pytest.raises(CallError, match="that you have answered"):
        floor.board.transfer(call_id, "Bob")
    assert floor.desk.log[call_id] == before


def test_a_hold_ends_when_the_call_is_given_away(floor: Floor) -> None:
    call_id = floor.answered("Ann")
    floor.desk.append(call_id, HoldStarted(by="Ann"))
    floor.board.transfer(call_id, "Ann")
    assert not floor.desk.call(call_id).on_hold
    assert floor.desk.call(call_id).waiting


def test_a_party_that_does_not_come_back_ends_the_call(floor: Floor) -> None:
    talking = floor.answered("Ann")
    waiting = floor.call_in()
    for call_id in (waiting, talking):
        floor.desk.append(call_id, PartyLeft(party="customer"))
    floor.after(29)
    assert floor.desk.call(waiting).live
    floor.after(2)
    floor.after(0)
    assert floor.desk.call(waiting).end_reason == "abandoned"
    assert floor.desk.call(talking).end_reason == "disconnected"


def test_a_party_that_comes_back_in_time_goes_on(floor: Floor) -> None:
    call_id = floor.answered("Ann")
    floor.desk.append(call_id, PartyLeft(party="customer"))
    floor.after(20)
    floor.desk.append(call_id, PartyJoined(party="customer", engine="none"))
    floor.after(60)
    assert floor.desk.call(call_id).live


def test_a_call_of_ones_own_keeps_the_desk_busy(floor: Floor) -> None:
    floor.on_shift("Ann")
    floor.desk.begin("own", CallStarted(source="demo", agent="Ann"))
    assert floor.status("Ann").state == "busy"
    assert floor.rings_at(floor.call_in()) is None


def test_every_change_of_state_is_kept_with_its_time(floor: Floor) -> None:
    floor.board.tick()
    call_id = floor.answered("Ann")
    floor.board.hang_up(call_id)
    floor.after(2)
    floor.board.close()
    seen = [(row.state, row.reason) for row in floor.kept if row.agent == "Ann"]
    assert seen == [
        ("away", "not at the desk yet"),
        ("available", ""),
        ("ringing", ""),
        ("busy", ""),
        ("after-call work", ""),
        ("away", "Sidetone was stopped"),
    ]
    assert [row.state for row in floor.kept if row.agent == "Bob"] == ["away"]
    times = [row.at for row in floor.kept]
    assert times == sorted(times)


class _TwoTicks(ManualClock):
    """Says when the thread has gone round twice."""

    def __init__(self) -> None:
        super().__init__()
        self.rounds = 0
        self.done = threading.Event()

    def wait(self, stop: threading.Event, timeout_s: float) -> bool:
        self.rounds += 1
        if self.rounds > 3:
            self.done.set()
            return stop.wait(30)
        return super().wait(stop, timeout_s)


def test_its_thread_ticks_survives_a_refusing_database_and_stops() -> None:
    clock = _TwoTicks()
    refused = []

    def refuse(changes: object) -> None:
        refused.append(changes)
        raise StorageError("full")

    board = Switchboard(FakeDesk(clock), ROSTER, RULES, FakeCustomers(), clock, numbered(), numbered(), refuse)
    board.start()
    assert clock.done.wait(10)
    assert len(refused) == 1
    board.set_availability("Ann", "available")
    board.close()
    assert len(refused) == 2
    assert "switchboard" not in {thread.name for thread in threading.enumerate()}
