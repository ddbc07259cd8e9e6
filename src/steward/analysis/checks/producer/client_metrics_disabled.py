"""Brokers that could collect the clients' metrics and are not told to."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.missing import FactMissing, FactNotApplicable, known
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import on_cluster
from steward.model.command import kafka
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.unknown import Unknown, Why

_PUSH_TELEMETRY = 72


@check("P14", Severity.LOW, over=CLUSTER, parts=(Part.CLIENT_METRICS, Part.BROKERS))
def client_metrics_disabled(facts: Facts, _: None) -> Iterator[FoundState]:
    """Brokers can take in clients' metrics, but no subscription asks for any.

    What it means: the brokers advertise the telemetry requests of KIP-714, which they do only with a metrics
        reporter that takes client metrics, and there is no CLIENT_METRICS resource. Without such a reporter this
        check does not apply.
    Why it matters: what a client alone knows (its throttle times, errors, poll intervals) stays invisible, although the
        means to see it is installed.
    What to do: subscribe to the producers' and consumers' metrics that matter, at an interval of a minute or more.
    """
    subscriptions = known(facts.snapshot.client_metrics).value
    if subscriptions:
        return
    told = [b.api_versions for b in facts.brokers if not isinstance(b.api_versions, Unknown)]
    if not told:
        raise FactMissing(Unknown(Why.UNREACHABLE, "no broker told which requests it supports"))
    if not all(_PUSH_TELEMETRY in versions for versions in told):
        raise FactNotApplicable("no metrics reporter of the brokers takes client metrics")
    yield FoundState(
        object=on_cluster(),
        summary="no subscription asks clients for metrics, though every broker would take them in",
        evidence=(
            Evidence("ApiVersions", "PushTelemetry", "supported"),
            Evidence("ListConfigResources CLIENT_METRICS", "subscriptions", "none"),
        ),
        remedy=Remedy(
            "subscribe to the metrics of producers and consumers",
            kafka(
                "client-metrics",
                "--alter",
                name="basics",
                metrics="org.apache.kafka.producer.,org.apache.kafka.consumer.",
                interval=60000,
            ),
        ),
    )
