"""The simulated day: it repeats itself, obeys the laws of queues, and is decided by the real matching."""

from math import factorial, isclose

import pytest

from core.config import ROOT
from core.routing import simulation
from core.routing.roster import Agent, load_roster
from core.routing.rules import RoutingRules, load_routing_rules
from core.routing.simulation import Day, Service, desks, simulate

RULES = load_routing_rules(ROOT / "data" / "routing.yaml")
ROSTER = load_roster(ROOT / "data" / "agents.yaml")
PLAIN = RoutingRules()


def erlang_c(servers: int, erlangs: float) -> float:
    """The chance that somebody who calls has to wait, in a queue nobody leaves."""
    all_busy = erlangs**servers / factorial(servers) * servers / (servers - erlangs)
    return all_busy / (sum(erlangs**busy / factorial(busy) for busy in range(servers)) + all_busy)


def test_without_abandonment_it_agrees_with_erlang_c() -> None:
    servers, aht_s, per_hour = 10, 240.0, 105.0
    erlangs = per_hour * aht_s / 3600
    day = Day(calls_per_hour=per_hour, hours=200, aht_s=aht_s, patience_s=None, seed=7)
    report = simulate([Agent(name=f"agent {n}") for n in range(servers)], PLAIN, day)
    # Waits follow one another, so the mean over so many hours still spreads by about a tenth.
    service = report.overall
    waits = erlang_c(servers, erlangs)
    assert service.abandoned == 0
    assert service.answered == service.offered
    assert isclose(sum(wait_s > 0 for wait_s in service.waits_s) / service.offered, waits, rel_tol=0.06)
    assert service.asa_s is not None
    assert isclose(service.asa_s, waits * aht_s / (servers - erlangs), rel_tol=0.15)
    assert isclose(report.occupancy, erlangs / servers, rel_tol=0.03)


def test_the_same_seed_gives_the_same_day_and_another_seed_another() -> None:
    agents = desks(ROSTER, 10)
    assert simulate(agents, RULES, Day(calls_per_hour=200, hours=2)) == simulate(
        agents, RULES, Day(calls_per_hour=200, hours=2)
    )
    assert simulate(agents, RULES, Day(calls_per_hour=200, hours=2)) != simulate(
        agents, RULES, Day(calls_per_hour=200, hours=2, seed=8)
    )


def test_every_call_is_answered_or_abandoned_and_counted_in_its_tier() -> None:
    report = simulate(desks(ROSTER, 12), RULES, Day(calls_per_hour=300, hours=3))
    for service in (report.overall, *report.tiers.values()):
        assert service.offered == service.answered + service.abandoned
    assert sum(service.offered for service in report.tiers.values()) == report.overall.offered
    assert report.overall.abandoned > 0
    assert 0 < report.occupancy <= 1


def test_patience_without_end_means_nobody_starves() -> None:
    report = simulate(desks(ROSTER, 20), RULES, Day(calls_per_hour=330, hours=2, patience_s=None))
    assert report.overall.answered == report.overall.offered


def test_more_agents_serve_better() -> None:
    few, many = (simulate(desks(ROSTER, number), RULES, Day(calls_per_hour=400)) for number in (24, 36))
    assert many.overall.service_level > few.overall.service_level  # type: ignore[operator]
    assert many.overall.abandoned < few.overall.abandoned
    assert many.occupancy < few.occupancy


def test_on_a_busy_day_premium_customers_wait_less_than_others() -> None:
    report = simulate(desks(ROSTER, 24), RULES, Day(calls_per_hour=400))
    waits_s = {tier: service.waits_s for tier, service in report.tiers.items()}
    premium, others = waits_s["platinum"] + waits_s["gold"], waits_s["silver"] + waits_s["standard"]
    assert sum(premium) / len(premium) < sum(others) / len(others)


def test_it_asks_the_matching_of_the_real_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "best_match", lambda *given: None)
    report = simulate(desks(ROSTER, 5), RULES, Day(calls_per_hour=60, hours=1))
    assert report.overall.answered == 0
    assert report.overall.abandoned == report.overall.offered > 0


def test_a_day_without_calls_has_no_figures() -> None:
    service = Service(target_s=20)
    assert (service.service_level, service.asa_s, service.abandonment) == (None, None, None)


def test_desks_take_the_skills_of_the_roster_in_turn() -> None:
    agents = desks(ROSTER, 9)
    assert len({agent.name for agent in agents}) == 9
    assert agents[0].skills == agents[8].skills == ROSTER[0].skills
    assert all(agent.role == "agent" for agent in agents)
