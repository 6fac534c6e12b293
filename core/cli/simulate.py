"""`simulate`: how a day would go with so many agents and calls, by the rules in force."""

import argparse
import math
from typing import Any

from core.cli.options import settings
from core.routing.roster import load_roster
from core.routing.rules import check_roster, load_routing_rules
from core.routing.simulation import Day, Report, Service, desks, simulate


def add(commands: Any) -> None:
    parser = commands.add_parser("simulate", help="how a day of calls would go, by the rules of data/routing.yaml")
    parser.add_argument("--agents", type=_whole, default=20, metavar="N", help="agents at their desks (20)")
    parser.add_argument("--calls-per-hour", type=_positive, default=400, metavar="N", help="calls an hour (400)")
    parser.add_argument("--hours", type=_positive, default=8, metavar="N", help="length of the day (8)")
    parser.add_argument("--aht-s", type=_positive, default=240, metavar="S", help="average handling time (240)")
    parser.add_argument("--patience-s", type=_positive, default=120, metavar="S", help="average patience (120)")
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="the same seed gives the same day (7)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    configured = settings()
    roster = load_roster(configured.agents_path)
    rules = load_routing_rules(configured.routing_path)
    check_roster(rules, roster)
    day = Day(
        calls_per_hour=arguments.calls_per_hour,
        hours=arguments.hours,
        aht_s=arguments.aht_s,
        patience_s=arguments.patience_s,
        seed=arguments.seed,
    )
    print(
        f"{arguments.agents} agents, {day.calls_per_hour:g} calls an hour for {day.hours:g} h, "
        f"handling time {day.aht_s:g} s, patience {day.patience_s:g} s, seed {day.seed}"
    )
    print(readable(simulate(desks(roster, arguments.agents), rules, day)))


def readable(report: Report) -> str:
    """The report as a table, a line for everybody and one for each tier."""
    target_s = report.overall.target_s
    within = f"within {target_s:g} s"
    head = f"{'':<10}{'calls':>8}{'answered':>10}{within:>14}{'ASA':>10}{'abandoned':>11}"
    rows = [_row("all", report.overall), *(_row(tier, service) for tier, service in report.tiers.items())]
    return "\n".join([head, *rows, f"occupancy {report.occupancy:.1%}"])


def _row(name: str, service: Service) -> str:
    asa = "–" if service.asa_s is None else f"{service.asa_s:.1f} s"
    level, abandoned = _share(service.service_level), _share(service.abandonment)
    return f"{name:<10}{service.offered:>8}{service.answered:>10}{level:>14}{asa:>10}{abandoned:>11}"


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _whole(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} must be 1 or more")
    return number


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} must be above 0")
    return number
