"""Brokers, their log directories and their metrics."""

from collections.abc import Mapping
from dataclasses import dataclass

from steward.model.names import TopicPartition
from steward.model.unknown import NotApplicable, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """One broker as the controller sees it. ``api_versions`` maps API key to (min, max) version."""

    id: int
    host: str
    port: int
    rack: str | None
    fenced: bool | NotApplicable
    is_controller: bool | Unknown
    api_versions: Mapping[int, tuple[int, int]] | Unknown


@dataclass(frozen=True, slots=True)
class ReplicaLog:
    """One replica's log on one directory. ``offset_lag`` is how far it is behind the high watermark."""

    partition: TopicPartition
    size_bytes: int
    offset_lag: int
    is_future: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LogDir:
    """One log directory of a broker (KIP-113; total and usable bytes since KIP-827).

    ``error`` is Kafka's error name while the directory is offline, else None.
    """

    broker: int
    path: str
    error: str | None
    total_bytes: int | NotApplicable
    usable_bytes: int | NotApplicable
    replicas: tuple[ReplicaLog, ...]


@dataclass(frozen=True, slots=True)
class MetricSample:
    """One sample of a Prometheus text endpoint; ``labels`` sorted by name."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float

    def label(self, name: str) -> str | None:
        """Return a label's value, None where it is absent."""
        for key, value in self.labels:
            if key == name:
                return value
        return None


@dataclass(frozen=True, slots=True)
class BrokerMetrics:
    """The samples of a broker's metrics endpoint, by metric name."""

    broker: int
    samples: Mapping[str, tuple[MetricSample, ...]]
