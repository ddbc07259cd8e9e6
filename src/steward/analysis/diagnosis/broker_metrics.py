"""Brokers' metrics for a diagnosis: names of the sandbox's JMX agent, values at the first and last sample."""

from collections.abc import Mapping

from steward.analysis.diagnosis.input import DiagnosisInput
from steward.model.broker import BrokerMetrics, MetricSample
from steward.model.unknown import Unknown

REQUEST_HANDLER_IDLE = (
    "kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent_oneminuterate"
)
NETWORK_IDLE = "kafka_network_socketserver_networkprocessoravgidlepercent_value"
REQUEST_QUEUE_MS = "kafka_network_requestmetrics_requestqueuetimems_mean"
FETCH_LOCAL_MS = "kafka_network_requestmetrics_localtimems_mean"
PRODUCE_REMOTE_MS = "kafka_network_requestmetrics_remotetimems_mean"
RESPONSE_QUEUE_MS = "kafka_network_requestmetrics_responsequeuetimems_mean"
RESPONSE_SEND_MS = "kafka_network_requestmetrics_responsesendtimems_mean"
FETCH_THROTTLE_MS = "kafka_server_fetch_throttle_time"
REQUEST_THROTTLE_MS = "kafka_server_request_throttle_time"
"""Throttle times have the labels user and client_id if the applied quota names them; NaN if nothing is throttled."""


def samples_of(
    found: BrokerMetrics | Unknown | None, name: str, labels: Mapping[str, str] | None = None
) -> tuple[MetricSample, ...]:
    """Return a metric's samples that carry the given labels."""
    if found is None or isinstance(found, Unknown):
        return ()
    wanted = labels or {}
    return tuple(
        s
        for s in found.samples.get(name, ())
        if all(s.label(k) == v for k, v in wanted.items()) and s.value == s.value
    )


def gauge(case: DiagnosisInput, broker: int, name: str, **labels: str) -> float | None:
    """Return a metric's latest value, None if it was not read."""
    found = samples_of(case.latest_metrics.get(broker), name, labels)
    return sum(s.value for s in found) if found else None


def has_metrics(case: DiagnosisInput, broker: int) -> bool:
    """Return whether a broker's metrics were read."""
    return isinstance(case.latest_metrics.get(broker), BrokerMetrics)
