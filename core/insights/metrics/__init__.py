"""The KPIs of the floor: what was asked of the database, in SQL, and what it means, in words."""

from core.insights.metrics.calls import Dimension, Group, Point, by, by_hour_and_day, kpis, series
from core.insights.metrics.definitions import KPI_HELP, Definition, Unit, shown
from core.insights.metrics.people import CustomerCall, CustomerHistory, Standing, customer_history, leaderboard
from core.insights.metrics.period import Bucket, Period, days, previous
from core.insights.metrics.stages import StageLatency, latencies
from core.insights.metrics.suggestions import Funnel, SuggestionFunnel, funnel
from core.insights.metrics.sums import Kpis
from core.insights.metrics.tiles import LiveTiles, ServiceToday, live_tiles, service_today
from core.insights.metrics.topics import DispositionCount, TopicPoint, dispositions, topics_trend
from core.insights.targets import Basis, Targets, targets_of

__all__ = [
    "KPI_HELP",
    "Basis",
    "Bucket",
    "CustomerCall",
    "CustomerHistory",
    "Definition",
    "Dimension",
    "DispositionCount",
    "Funnel",
    "Group",
    "Kpis",
    "LiveTiles",
    "Period",
    "Point",
    "ServiceToday",
    "StageLatency",
    "Standing",
    "SuggestionFunnel",
    "Targets",
    "TopicPoint",
    "Unit",
    "by",
    "by_hour_and_day",
    "customer_history",
    "days",
    "dispositions",
    "funnel",
    "kpis",
    "latencies",
    "leaderboard",
    "live_tiles",
    "previous",
    "series",
    "service_today",
    "shown",
    "targets_of",
    "topics_trend",
]
