"""Brokers that can collect clients' metrics but have no subscription."""

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
    """Brokers can collect clients' metrics, but there is no subscription.

    What it means: the brokers advertise the telemetry requests of KIP-714, which they do only with a metrics reporter
        that accepts client metrics, and no CLIENT_METRICS resource exists. Without such a reporter this check does not
        apply.
    Why it matters: what only clients know (their throttle times, errors and poll intervals) stays invisible although
        the reporter is installed.
    What to do: subscribe to the producers' and consumers' metrics that matter, at an interval of a minute or more.
    """
    subscriptions = known(facts.snapshot.client_metrics).value
    if subscriptions:
        return
    reported = [b.api_versions for b in facts.brokers if not isinstance(b.api_versions, Unknown)]
    if not reported:
        raise FactMissing(Unknown(Why.UNREACHABLE, "no broker reported which requests it supports"))
    if not all(_PUSH_TELEMETRY in versions for versions in reported):
        raise FactNotApplicable("no metrics reporter of the brokers accepts client metrics")
    yield FoundState(
        object=on_cluster(),
        summary="no client metrics subscription exists, although every broker accepts client metrics",
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
