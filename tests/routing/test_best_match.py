"""Who rings where: the rules one by one, then what holds whatever the queue and the desks are like."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from core.routing.matching import Match, best_match
from core.routing.rules import Desks, Ring, RoutingRules, SeniorFirst
from core.routing.states import AgentStatus, Decline, Waiting

RULES = RoutingRules(
    senior_first=SeniorFirst(tiers=["platinum", "gold"], for_s=10),
    languages={"en": "English", "es": "Spanish", "fr": "French"},
    overflow_after_s=60,
    ring=Ring(again_after_s=15),
)
NOW_S = 1000.0
SENIOR = AgentStatus(name="Sue", state="available", since_s=100, senior=True, skills=("billing", "orders"))
JUNIOR = AgentStatus(name="Joe", state="available", since_s=50, skills=("billing",))
SPANISH = AgentStatus(name="Eva", state="available", since_s=10, skills=("orders",), languages=("es", "en"))
DESKS = [SENIOR, JUNIOR, SPANISH]


def caller(name: str, waited_s: float = 1.0, **known: object) -> Waiting:
    since_s = NOW_S - waited_s
    facts = {"topic": "billing", "arrived_s": since_s} | known
    return Waiting(call_id=name, since_s=since_s, **facts)  # type: ignore[arg-type]


def busy(agent: AgentStatus) -> AgentStatus:
    return replace(agent, state="busy", voice_call="call_x")


def matched(waiting: list[Waiting], agents: list[AgentStatus], rules: RoutingRules = RULES) -> tuple[str, str] | None:
    match = best_match(waiting, agents, rules, NOW_S)
    return (match.call_id, match.agent) if match else None


def test_who_called_first_comes_first() -> None:
    assert matched([caller("late", 5), caller("early", 9)], DESKS) == ("early", "Joe")


def test_a_call_given_back_keeps_its_place() -> None:
    returned = caller("returned", 1, arrived_s=NOW_S - 300)
    assert matched([caller("early", 9), returned], DESKS) == ("returned", "Joe")


def test_who_finds_no_agent_does_not_hold_up_those_behind() -> None:
    spanish = caller("spanish", 30, language="es")
    assert matched([spanish, caller("english", 1)], [JUNIOR, busy(SPANISH)]) == ("english", "Joe")


def test_it_rings_where_it_was_quiet_longest_among_those_who_know_the_topic() -> None:
    assert matched([caller("a")], DESKS) == ("a", "Joe")
    assert matched([caller("a", topic="orders")], DESKS) == ("a", "Eva")
    assert matched([caller("a", topic="")], DESKS) == ("a", "Eva")


def test_what_nobody_on_shift_knows_is_not_asked_for() -> None:
    assert matched([caller("a", topic="technical")], DESKS) == ("a", "Eva")
    assert matched([caller("a", language="fr")], DESKS) == ("a", "Joe")
    away = replace(SPANISH, availability="away", state="away")
    assert matched([caller("a", language="es")], [SENIOR, JUNIOR, away]) == ("a", "Joe")


def test_before_overflow_only_those_who_know_the_topic_after_it_anybody() -> None:
    desks = [busy(SENIOR), busy(JUNIOR), SPANISH]
    assert matched([caller("a", 59)], desks) is None
    match = best_match([caller("a", 60)], desks, RULES, NOW_S)
    assert match == Match("a", "Eva", "Waited over 60 s; Eva is free.", overflowed=True)


def test_an_agent_without_listed_skills_knows_every_topic() -> None:
    assert matched([caller("a")], [busy(JUNIOR), replace(SPANISH, skills=())]) == ("a", "Eva")


def test_the_language_stays_a_must_after_overflow() -> None:
    assert matched([caller("a", 600, language="es")], [SENIOR, JUNIOR, busy(SPANISH)]) is None


def test_who_fits_comes_before_who_does_not_even_after_overflow() -> None:
    assert matched([caller("a", 100)], DESKS) == ("a", "Joe")


def test_who_waited_past_overflow_comes_before_premium_customers() -> None:
    waiting = [caller("gold", 50, tier="gold"), caller("old", 61)]
    assert matched(waiting, [SENIOR]) == ("old", "Sue")


def test_premium_customers_ring_at_senior_desks_and_come_first_there() -> None:
    gold = caller("gold", 1, tier="gold")
    assert matched([caller("early", 9), gold], [SENIOR, busy(JUNIOR)]) == ("gold", "Sue")
    assert matched([gold], DESKS) == ("gold", "Sue")


def test_premium_customers_go_elsewhere_after_a_while() -> None:
    desks = [busy(SENIOR), JUNIOR]
    assert matched([caller("gold", 9, tier="gold")], desks) is None
    assert matched([caller("gold", 10, tier="gold")], desks) == ("gold", "Joe")
    assert matched([caller("gold", 1, tier="gold")], [JUNIOR]) == ("gold", "Joe")


def test_premium_customers_do_not_jump_the_queue_of_others() -> None:
    desks = [busy(SENIOR), JUNIOR]
    assert matched([caller("early", 30), caller("gold", 20, tier="gold")], desks) == ("early", "Joe")


def test_who_declined_gets_it_again_only_after_everybody_else() -> None:
    once = (Decline("Joe", NOW_S - 30),)
    assert matched([caller("a", declines=once)], [busy(SENIOR), JUNIOR]) is None
    assert matched([caller("a", declines=once)], [SENIOR, JUNIOR]) == ("a", "Sue")
    both = (*once, Decline("Sue", NOW_S - 20))
    assert matched([caller("a", declines=both)], [SENIOR, JUNIOR]) == ("a", "Joe")


def test_who_declined_just_now_is_left_in_peace() -> None:
    assert matched([caller("a", declines=(Decline("Joe", NOW_S - 14),))], [JUNIOR]) is None
    assert matched([caller("a", declines=(Decline("Joe", NOW_S - 15),))], [JUNIOR]) == ("a", "Joe")


def test_one_voice_call_and_a_few_chats() -> None:
    rules = RULES.model_copy(update={"desks": Desks(chats=2)})
    chatting = replace(JUNIOR, state="busy", chats=("x",))
    full = replace(JUNIOR, state="busy", chats=("x", "y"))
    chat = caller("chat", channel="chat")
    assert matched([chat], [chatting], rules) == ("chat", "Joe")
    assert matched([chat], [full], rules) is None
    assert matched([caller("voice")], [full], rules) == ("voice", "Joe")
    assert matched([caller("voice")], [busy(JUNIOR)], rules) is None
    assert matched([chat], [busy(JUNIOR)], rules) == ("chat", "Joe")


def test_a_floor_that_does_not_mix_calls_and_chats() -> None:
    rules = RULES.model_copy(update={"desks": Desks(chats=3, mixed=False)})
    assert matched([caller("chat", channel="chat")], [busy(JUNIOR)], rules) is None
    assert matched([caller("voice")], [replace(JUNIOR, state="busy", chats=("x",))], rules) is None
    assert matched([caller("chat", channel="chat")], [replace(JUNIOR, state="busy", chats=("x",))], rules)


def test_a_desk_that_rings_wraps_up_or_is_away_is_left_alone() -> None:
    for agent in (
        replace(JUNIOR, state="ringing", ringing="x"),
        replace(JUNIOR, state="after-call work", chats=("x",), wrapping_up=("x",)),
        replace(JUNIOR, state="away", availability="away"),
    ):
        assert matched([caller("a")], [agent]) is None


def test_it_says_why() -> None:
    match = best_match([caller("a", tier="gold")], DESKS, RULES, NOW_S)
    assert match is not None
    assert match.why == "Sue: senior, for a gold customer, knows billing, speaks English, quiet longest."
    match = best_match([caller("a", 20, tier="gold")], [busy(SENIOR), JUNIOR], RULES, NOW_S)
    assert match is not None
    assert match.why == "Joe: no senior agent was free, knows billing, speaks English, quiet longest."


names = st.sampled_from(["Ann", "Bob", "Cas", "Dee", "Eli"])
languages = st.sampled_from(["en", "es", "fr"])
topics = st.sampled_from(["", "billing", "orders"])


@st.composite
def customers(draw: st.DrawFn) -> Waiting:
    waited_s = draw(st.floats(0, 200))
    return Waiting(
        call_id=draw(st.uuids()).hex,
        arrived_s=NOW_S - waited_s - draw(st.floats(0, 100)),
        since_s=NOW_S - waited_s,
        tier=draw(st.sampled_from(["standard", "gold"])),
        language=draw(languages),
        topic=draw(topics),
        channel=draw(st.sampled_from(["voice", "chat"])),
        offered_to=draw(st.sampled_from([None, None, "Ann"])),
        declines=tuple(draw(st.lists(st.builds(Decline, names, st.floats(900, NOW_S)), max_size=3))),
    )


@st.composite
def agents(draw: st.DrawFn) -> list[AgentStatus]:
    return [
        AgentStatus(
            name=name,
            state="available",
            since_s=draw(st.floats(0, NOW_S)),
            availability=draw(st.sampled_from(["available", "available", "away"])),
            ringing=draw(st.sampled_from([None, None, "r"])),
            voice_call=draw(st.sampled_from([None, "v"])),
            chats=tuple(f"c{n}" for n in range(draw(st.integers(0, 3)))),
            senior=draw(st.booleans()),
            skills=tuple(draw(st.lists(topics.filter(bool), unique=True))),
            languages=tuple(draw(st.lists(languages, min_size=1, unique=True))),
        )
        for name in draw(st.lists(names, unique=True))
    ]


@given(st.lists(customers(), max_size=6), agents())
def test_whatever_is_matched_may_ring_there(waiting: list[Waiting], desks: list[AgentStatus]) -> None:
    match = best_match(waiting, desks, RULES, NOW_S)
    if match is None:
        return
    customer = next(one for one in waiting if one.call_id == match.call_id)
    agent = next(one for one in desks if one.name == match.agent)
    assert customer.offered_to is None
    assert agent.free_for(customer.channel, RULES)
    spoken = {language for one in desks if one.on_shift for language in one.languages}
    assert customer.language in agent.languages or customer.language not in spoken
    assert not any(one.agent == agent.name and NOW_S - one.at_s < 15 for one in customer.declines)


@given(st.lists(customers(), max_size=6), agents(), st.randoms())
def test_the_order_of_the_lists_does_not_matter(waiting: list[Waiting], desks: list[AgentStatus], chance) -> None:
    before = best_match(waiting, desks, RULES, NOW_S)
    chance.shuffle(waiting)
    chance.shuffle(desks)
    assert best_match(waiting, desks, RULES, NOW_S) == before


@given(st.lists(customers(), min_size=1, max_size=6), agents())
def test_nobody_past_overflow_starves_while_a_desk_they_may_ring_at_is_free(
    waiting: list[Waiting], desks: list[AgentStatus]
) -> None:
    fresh = [replace(one, declines=(), offered_to=None) for one in waiting]
    spoken = {language for one in desks if one.on_shift for language in one.languages}
    could = [
        one.call_id
        for one in sorted(fresh, key=lambda one: (one.arrived_s, one.call_id))
        if NOW_S - one.since_s >= RULES.overflow_after_s
        and any(
            desk.free_for(one.channel, RULES) and (one.language in desk.languages or one.language not in spoken)
            for desk in desks
        )
    ]
    match = best_match(fresh, desks, RULES, NOW_S)
    if could:
        assert match is not None
        assert match.call_id == could[0]
