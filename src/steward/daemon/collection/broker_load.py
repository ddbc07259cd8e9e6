"""Load of brokers, read infrequently: log directories, and byte rates where metrics are available."""

from collections.abc import Iterator, Mapping

from steward.cluster.ports import EVERYTHING, Observer
from steward.model.broker import BrokerMetrics, LogDir
from steward.model.error import StewardError
from steward.model.load import BrokerLoadSample
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NotApplicable, Observed, Unknown, value_or

EVERY_SECONDS = 600.0
FIRST_SECONDS = 60.0
"""Delay after the start: the first polls have precedence."""
_BYTES_IN = "kafka_server_brokertopicmetrics_bytesinpersec_oneminuterate"
_BYTES_OUT = "kafka_server_brokertopicmetrics_bytesoutpersec_oneminuterate"


class BrokerLoadSampler:
    """Samples a cluster's brokers every ten minutes; what cannot be read is omitted."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._next: float | None = None

    def refresh(self, now: float) -> tuple[BrokerLoadSample, ...]:
        """Return a sample of each broker if due; ``now`` is in seconds on the clock of the polls."""
        if self._next is None:
            self._next = now + FIRST_SECONDS
        if now < self._next:
            return ()
        self._next = now + EVERY_SECONDS
        try:
            seen = self._observer.observe(frozenset({Part.LOG_DIRS, Part.METRICS}), EVERYTHING)
        except StewardError:
            return ()  # the next poll reports what is wrong; a missing sample needs no report
        return tuple(loads(seen))


def loads(seen: ClusterSnapshot) -> Iterator[BrokerLoadSample]:
    """Return a sample of each broker whose log directories were read."""
    if not isinstance(seen.log_dirs, Observed):
        return
    metrics: Mapping[int, BrokerMetrics | Unknown] = value_or(seen.metrics, {})
    for broker, dirs in sorted(seen.log_dirs.value.items()):
        if isinstance(dirs, Unknown):
            continue
        total, used = _fullest(dirs)
        logs = [log for d in dirs for log in d.replicas if not log.is_future]
        yield BrokerLoadSample(
            broker=broker,
            at_ms=seen.log_dirs.at_ms,
            log_bytes=sum(log.size_bytes for log in logs),
            replicas=len(logs),
            disk_total_bytes=total,
            disk_used_bytes=used,
            bytes_in_per_second=_rate(metrics.get(broker), _BYTES_IN),
            bytes_out_per_second=_rate(metrics.get(broker), _BYTES_OUT),
        )


def _fullest(dirs: tuple[LogDir, ...]) -> tuple[int | None, int | None]:
    volumes = [
        (d.total_bytes, d.total_bytes - d.usable_bytes)
        for d in dirs
        if not isinstance(d.total_bytes, NotApplicable)
        and not isinstance(d.usable_bytes, NotApplicable)
        and d.total_bytes > 0
    ]
    return max(volumes, key=lambda v: v[1] / v[0]) if volumes else (None, None)


def _rate(metrics: BrokerMetrics | Unknown | None, name: str) -> float | None:
    """Return the rate over all topics: the sample without a topic label."""
    if metrics is None or isinstance(metrics, Unknown):
        return None
    whole = [s.value for s in metrics.samples.get(name, ()) if s.label("topic") is None]
    return whole[0] if whole else None
