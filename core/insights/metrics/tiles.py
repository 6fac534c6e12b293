"""What is going on at this moment, for the tiles at the top of the dashboard."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import Engine, and_, func, or_, select

from core.calls.call import Call
from core.calls.records import CallRow, ServiceRow, table
from core.insights.metrics.sums import SHORT_ABANDON_S
from core.insights.reading import reading
from core.insights.targets import Basis
from core.routing.states import AgentState, AgentStatus, Waiting


@dataclass(frozen=True, slots=True)
class ServiceToday:
    """Customers who came into the queue since midnight and have left it, one way or the other."""

    offered: int
    """Without those who hung up within 5 seconds."""
    answered: int
    in_time: int
    """Answered within the target."""
    abandoned: int

    @property
    def service_level(self) -> float | None:
        """Answered within the target ÷ offered."""
        return self.in_time / self.offered if self.offered else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTiles:
    calls: int
    """Calls an agent is in."""
    chats: int
    waiting: int
    longest_wait_s: float | None
    """None when nobody waits."""
    agents: Mapping[AgentState, int]
    """How many are in each state; states nobody is in are left out."""
    today: ServiceToday


def live_tiles(
    live: Sequence[Call], waiting: Sequence[Waiting], agents: Sequence[AgentStatus], today: ServiceToday
) -> LiveTiles:
    """`live` are the desk's live calls, `waiting` and `agents` the switchboard's."""
    answered = [call for call in live if not call.waiting]
    chats = sum(call.channel == "chat" for call in answered)
    return LiveTiles(
        calls=len(answered) - chats,
        chats=chats,
        waiting=len(waiting),
        longest_wait_s=max((one.waited_s for one in waiting), default=None),
        agents=Counter(agent.state for agent in agents),
        today=today,
    )


def service_today(engine: Engine, basis: Basis) -> ServiceToday:
    """How the queue did since the viewer's midnight, calls still going on included once they are answered."""
    calls, service = table(CallRow), table(ServiceRow)
    midnight = datetime.combine(basis.now.astimezone(basis.zone).date(), time(), basis.zone)
    answered = service.c.waited_s.is_not(None)
    abandoned = and_(~answered, calls.c.end_reason == "abandoned")
    short = and_(abandoned, calls.c.duration_s < SHORT_ABANDON_S)
    query = (
        select(
            func.count().filter(or_(answered, calls.c.ended_at.is_not(None)), ~short).label("offered"),
            func.count().filter(answered).label("answered"),
            func.count().filter(service.c.waited_s <= basis.targets.within_s).label("in_time"),
            func.count().filter(abandoned, ~short).label("abandoned"),
        )
        .join(service, service.c.call_id == calls.c.call_id)
        .where(calls.c.started_at >= midnight)
    )
    with reading(engine) as connection:
        return ServiceToday(*connection.execute(query).one())
