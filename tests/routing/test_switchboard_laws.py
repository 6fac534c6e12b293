"""Whatever customers, agents and time do: no call is lost, and none is in two hands."""

from fake_desk import FakeCustomers, FakeDesk, numbered
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.calls.events import CallAnswered, CallOffered, CallQueued, OfferEnded, PartyJoined, PartyLeft
from core.clock import ManualClock
from core.errors import CallError
from core.routing.records import AgentStateRow
from core.routing.roster import Agent
from core.routing.rules import Desks, RoutingRules, SeniorFirst
from core.routing.switchboard import CallRequest, Switchboard

RULES = RoutingRules(
    senior_first=SeniorFirst(tiers=["platinum"], for_s=5),
    languages={"en": "English", "es": "Spanish"},
    topics={"billing": ["bill"], "orders": ["order"]},
    overflow_after_s=40,
    most_waiting=50,
    desks=Desks(chats=2),
)
ROSTER = [
    Agent(name="Ann", senior=True, skills=["billing", "orders"]),
    Agent(name="Bob", skills=["billing"]),
    Agent(name="Eva", skills=["orders"], languages=["es", "en"]),
]
NAMES = [agent.name for agent in ROSTER]
agents = st.sampled_from(NAMES)
places = st.integers(0, 20)


class Floor(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        self.clock = ManualClock()
        self.desk = FakeDesk(self.clock)
        self.kept: list[AgentStateRow] = []
        self.board = Switchboard(
            self.desk, ROSTER, RULES, FakeCustomers(), self.clock, numbered(), numbered(), self.kept.extend
        )
        self.arrived: list[str] = []
        self.board.set_availability("Ann", "available")

    @rule(
        name=st.sampled_from(["", "Pat Plum", "Kim"]),
        reason=st.sampled_from(["", "bill", "order"]),
        language=st.sampled_from(["en", "en", "es"]),
        channel=st.sampled_from(["voice", "voice", "chat"]),
    )
    def call_in(self, name: str, reason: str, language: str, channel: str) -> None:
        request = CallRequest(name=name, reason=reason, language=language, channel=channel)  # type: ignore[arg-type]
        self.arrived.append(self.board.call_in(request).call_id)

    @rule(agent=agents, availability=st.sampled_from(["available", "available", "away"]))
    def choose(self, agent: str, availability: str) -> None:
        self.board.set_availability(agent, availability)  # type: ignore[arg-type]

    @precondition(lambda self: self.arrived)
    @rule(place=places, agent=agents)
    def accept(self, place: int, agent: str) -> None:
        self._refusable(lambda call_id: self.board.accept(call_id, agent), place)

    @precondition(lambda self: any(call.offered_to for call in self.desk.calls.values()))
    @rule(place=places, takes=st.booleans())
    def react(self, place: int, takes: bool) -> None:
        ringing = [call for call in self.desk.calls.values() if call.offered_to]
        call = ringing[place % len(ringing)]
        assert call.offered_to is not None
        (self.board.accept if takes else self.board.decline)(call.call_id, call.offered_to)

    @precondition(lambda self: self.arrived)
    @rule(place=places, by=agents, to=st.sampled_from(["", *NAMES]))
    def transfer(self, place: int, by: str, to: str) -> None:
        self._refusable(lambda call_id: self.board.transfer(call_id, by, to), place)

    @precondition(lambda self: self.arrived)
    @rule(place=places)
    def hang_up(self, place: int) -> None:
        self.board.hang_up(self.arrived[place % len(self.arrived)])

    @precondition(lambda self: self.arrived)
    @rule(place=places, party=st.sampled_from(["customer", "agent"]), comes=st.booleans())
    def come_and_go(self, place: int, party: str, comes: bool) -> None:
        call = self.desk.call(self.arrived[place % len(self.arrived)])
        if call.live:
            event = PartyJoined(party=party, engine="none") if comes else PartyLeft(party=party)  # type: ignore[arg-type]
            self.desk.append(call.call_id, event)

    @rule()
    def settle(self) -> None:
        self.desk.settle()

    @rule()
    def wrap_up_everything(self) -> None:
        for call in list(self.desk.calls.values()):
            if not call.live and call.agent and call.wrap_up is None:
                self.desk.wrap_up(call.call_id, "Solved", True, "", call.agent)
        self.board.tick()

    @rule(seconds=st.sampled_from([0.25, 5.0, 21.0, 41.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.board.tick()
        self._check_that_nobody_starves()

    @invariant()
    def every_call_waits_is_in_hand_or_is_over(self) -> None:
        waiting = [one.call_id for one in self.board.waiting()]
        assert len(waiting) == len(set(waiting))
        for call_id in self.arrived:
            call = self.desk.call(call_id)
            ending = call_id in self.desk.ending or not call.live
            in_hand = call.live and call.answered_s is not None and call.agent in NAMES
            assert ending or in_hand != (call_id in waiting)
            assert not (call.offered_to and not call.waiting)

    @invariant()
    def nobody_has_more_than_a_desk_holds(self) -> None:
        unfinished = [call for call in self.desk.calls.values() if call.wrap_up is None]
        for name in NAMES:
            own = [call for call in unfinished if call.agent == name]
            assert sum(call.channel == "voice" for call in own) <= 1
            assert sum(call.channel == "chat" for call in own) <= RULES.desks.chats
            assert sum(call.offered_to == name for call in unfinished) <= 1

    @invariant()
    def it_rings_at_one_desk_at_a_time_and_is_answered_once_between_waits(self) -> None:
        for log in self.desk.log.values():
            rings: str | None = None
            waits = False
            for event in log:
                match event:
                    case CallQueued():
                        waits = True
                    case CallOffered(agent=agent):
                        assert waits
                        assert rings is None
                        rings = agent
                    case OfferEnded(agent=agent):
                        assert agent == rings
                        rings = None
                    case CallAnswered(agent=agent):
                        assert waits
                        assert rings in (None, agent)
                        rings, waits = None, False

    def teardown(self) -> None:
        if not hasattr(self, "board"):
            return
        for name in NAMES:
            self.board.set_availability(name, "away")
        for call_id in self.arrived:
            self.board.hang_up(call_id)
        self.desk.settle()
        self.wrap_up_everything()
        for call_id in self.arrived:
            call = self.desk.call(call_id)
            assert call.end_reason in ("completed", "abandoned", "disconnected")
            assert call.wrap_up is not None
        assert self.board.waiting() == []
        assert {one.state for one in self.board.agents()} == {"away"}

    def _check_that_nobody_starves(self) -> None:
        """Beside a customer past overflow, whom nobody has declined, no desk is free that speaks their language."""
        statuses = self.board.agents()
        spoken = {language for one in statuses if one.on_shift for language in one.languages}
        for customer in self.board.waiting():
            if customer.offered_to is None and customer.waited_s >= RULES.overflow_after_s and not customer.declines:
                must = {customer.language} & spoken
                speaking = [one for one in statuses if must <= {*one.languages}]
                assert not any(one.free_for(customer.channel, RULES) for one in speaking)

    def _refusable(self, action, place: int) -> None:  # type: ignore[no-untyped-def]
        """Do something that may be refused; a refusal leaves the call's log as it was."""
        live = [call_id for call_id in self.arrived if self.desk.call(call_id).live]
        call_id = (live or self.arrived)[place % len(live or self.arrived)]
        before = len(self.desk.log[call_id])
        try:
            action(call_id)
        except CallError:
            assert len(self.desk.log[call_id]) == before


TestFloor = Floor.TestCase
TestFloor.settings = settings(max_examples=80, stateful_step_count=40)
