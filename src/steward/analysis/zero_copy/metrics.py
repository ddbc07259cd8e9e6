"""Sums over the brokers' metrics, for zero-copy: names as the Prometheus JMX exporter writes them.

Rates of Kafka's own metrics cover the last 30 seconds, ``oneminuterate`` is an average that fades over minutes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from steward.model.broker import BrokerMetrics, MetricSample
from steward.model.snapshot import ClusterSnapshot
from steward.model.unknown import Unknown, Why

LISTENER_BYTE_RATE = "kafka_server_socket_server_metrics_outgoing_byte_rate"
LISTENER_BYTES = "kafka_server_socket_server_metrics_outgoing_byte_total"
"""Labels listener, networkProcessor; bytes of all responses: per second, and since the broker started.

Version 1 of the exporter leaves out the suffix ``_total``, which is reserved for counters.
"""
_RESERVED = "_total"
BYTES_OUT = "kafka_server_brokertopicmetrics_bytesoutpersec_oneminuterate"
"""Bytes per second that consumers fetched; label topic, or none for all topics."""
REMOTE_BYTES = "kafka_server_brokertopicmetrics_remotefetchbytespersec_oneminuterate"
"""Bytes per second read from remote storage (KIP-405); label topic, or none; absent without remote storage."""
CONVERSIONS = "kafka_server_brokertopicmetrics_fetchmessageconversionspersec_oneminuterate"
CONVERSIONS_COUNT = "kafka_server_brokertopicmetrics_fetchmessageconversionspersec_count"
"""Records converted for fetches of old clients; label topic, or none for all topics."""
REQUESTS_COUNT = "kafka_network_requestmetrics_requestspersec_count"
"""Labels request, version."""
CONVERSION_MS = "kafka_network_requestmetrics_messageconversionstimems_mean"
TEMPORARY_BYTES = "kafka_network_requestmetrics_temporarymemorybytes_mean"
RESPONSE_SEND_MS = "kafka_network_requestmetrics_responsesendtimems_mean"
"""Label request."""
NETWORK_IDLE = "kafka_network_socketserver_networkprocessoravgidlepercent_value"
"""0 to 1."""
FETCH, FETCH_CONSUMER = "Fetch", "FetchConsumer"
"""Values of the label request."""

Wanted = Callable[[MetricSample], bool]


def is_total(sample: MetricSample) -> bool:
    """Return whether a sample of a topic metric is that of all topics."""
    return sample.label("topic") is None


class MetricSums:
    """The metrics of all registered brokers; a sum is Unknown as soon as one broker's are."""

    def __init__(self, snapshot: ClusterSnapshot) -> None:
        self._whole: Unknown | None = None
        self._by_broker: Mapping[int, BrokerMetrics | Unknown] = {}
        if isinstance(snapshot.brokers, Unknown):
            self._whole = snapshot.brokers
        elif isinstance(snapshot.metrics, Unknown):
            self._whole = snapshot.metrics
        else:
            missing = Unknown(Why.NOT_CONFIGURED, "no metrics endpoint is configured")
            read = snapshot.metrics.value
            ids = (b.id for b in snapshot.brokers.value if b.fenced is not True)
            self._by_broker = {broker: read.get(broker, missing) for broker in sorted(ids)}

    @property
    def brokers(self) -> tuple[int, ...]:
        """The registered brokers that are not fenced."""
        return tuple(self._by_broker)

    def total(self, name: str, wanted: Wanted, *, absent_is_zero: bool = False) -> float | Unknown:
        """Return the sum of a metric over all brokers; NaN counts as 0: nothing was measured lately.

        ``absent_is_zero``: brokers create the metric when they first have something to count.
        """
        if self._whole is not None:
            return self._whole
        values = [
            self._of(broker, name, wanted, absent_is_zero=absent_is_zero)
            for broker in self._by_broker
        ]
        unknown = next((v for v in values if isinstance(v, Unknown)), None)
        return unknown or sum(v for v in values if not isinstance(v, Unknown))

    def labelled(self, name: str, label: str) -> Mapping[str, float]:
        """Return a metric summed by the values of a label, over the brokers whose metrics are known."""
        found: dict[str, float] = {}
        for sample in self._samples(name):
            key = sample.label(label)
            if key is not None and sample.value == sample.value:
                found[key] = found.get(key, 0.0) + sample.value
        return found

    def of_broker(self, broker: int, name: str, **labels: str) -> float | Unknown:
        """Return one broker's metric, summed over the samples that have the labels."""
        if self._whole is not None:
            return self._whole
        return self._of(broker, name, lambda s: all(s.label(k) == v for k, v in labels.items()))

    def _of(
        self, broker: int, name: str, wanted: Wanted, *, absent_is_zero: bool = False
    ) -> float | Unknown:
        metrics = self._by_broker.get(broker)
        if metrics is None:
            return Unknown(Why.UNREACHABLE, f"broker {broker} is not registered")
        if isinstance(metrics, Unknown):
            return Unknown(metrics.why, f"broker {broker}: {metrics}")
        found = [s.value for s in _named(metrics, name) if wanted(s)]
        if not found and not absent_is_zero:
            return Unknown(Why.NOT_CONFIGURED, f"the metrics of broker {broker} have no {name}")
        return sum(_numbers(found))

    def _samples(self, name: str) -> Iterator[MetricSample]:
        for metrics in self._by_broker.values():
            if isinstance(metrics, BrokerMetrics):
                yield from _named(metrics, name)


def _named(metrics: BrokerMetrics, name: str) -> tuple[MetricSample, ...]:
    return metrics.samples.get(name) or metrics.samples.get(name.removesuffix(_RESERVED)) or ()


def _numbers(values: Iterable[float]) -> Iterator[float]:
    return (v for v in values if v == v)
