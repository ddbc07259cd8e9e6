"""Consumers' own metrics: facts that no broker has, such as when a member last polled."""

from dataclasses import dataclass

from steward.model.names import TopicPartition


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientReport:
    """Metrics of one consumer. Ratios are 0 to 1; None if not reported.

    ``source`` is the endpoint or file. ``client_id`` is empty if the source names none. ``cpu_ratio`` is the process's
    share of its available CPUs. ``waiting_records`` are fetched, but not yet taken by the application.
    """

    source: str
    client_id: str
    poll_idle_ratio: float | None = None
    last_poll_seconds_ago: float | None = None
    throttle_seconds: float | None = None
    cpu_ratio: float | None = None
    rebalances_per_hour: float | None = None
    waiting_records: int | None = None
    paused_partitions: frozenset[TopicPartition] = frozenset()
