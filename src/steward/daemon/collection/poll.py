"""The result of one poll of a cluster: the input of metrics, history and alerts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from steward.analysis.lag.columns import LagColumns
from steward.analysis.lag.group_summary import GroupLagSummary
from steward.analysis.lag.offset_history import OffsetPoll
from steward.analysis.lag.offset_table import OffsetTable
from steward.analysis.lag.trend import GroupRates
from steward.model.history import GroupEvent
from steward.model.load import BrokerLoadSample
from steward.model.names import TopicPartition
from steward.model.unknown import Unknown
from steward.model.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicHealth:
    """A topic's partitions by problem; ``under_min_isr`` is Unknown without its configuration."""

    topic: str
    partitions: int
    offline: tuple[int, ...]
    under_replicated: tuple[int, ...]
    under_min_isr: tuple[int, ...] | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalanceCount:
    """Recent stability of a group: rebalances observed since the daemon started and in the last five minutes."""

    rebalances: int = 0
    rebalances_in_5m: int = 0
    unstable_share: float = 0.0
    """share of the polls of the last five minutes that found it not stable"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterPoll:
    """One poll.

    Units: ``at_ms`` epoch milliseconds when the last end offset arrived; ``duration_seconds`` of the whole poll.
    """

    at_ms: int
    duration_seconds: float
    table: OffsetTable
    columns: LagColumns
    groups: tuple[GroupLagSummary, ...]
    group_rates: Mapping[str, GroupRates]
    members: Mapping[str, int]
    stability: Mapping[str, RebalanceCount]
    events: tuple[GroupEvent, ...]
    topics: tuple[TopicHealth, ...]
    hanging: Mapping[TopicPartition, float] | Unknown
    """seconds since a hanging transaction of the partition last wrote"""
    requests: Mapping[str, int]
    timestamp_queries: int
    time_requests: int
    """of the requests, those that looked up timestamps"""
    history_polls: int
    history_bytes: int
    history_added: OffsetPoll
    history_dropped: tuple[float, ...] = field(default=())
    loads: tuple[BrokerLoadSample, ...] = ()
    """load of brokers, in the polls that read it"""
    verdicts: Mapping[str, Verdict] = field(default_factory=dict[str, Verdict])
    """causes of lag by group, where known"""
    group_samples: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    """encoded samples of groups for later diagnoses"""
