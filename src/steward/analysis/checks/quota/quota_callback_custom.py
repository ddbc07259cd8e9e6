"""Brokers whose quotas a custom class decides."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import config_evidence, on_cluster
from steward.model.finding import Remedy, Severity
from steward.model.snapshot import Part


@check("Q15", Severity.MEDIUM, over=CLUSTER, parts=(Part.BROKER_CONFIGS,))
def quota_callback_custom(facts: Facts, _: None) -> Iterator[FoundState]:
    """A quota callback class decides the limits, so quota entries may have no effect.

    What it means: client.quota.callback.class is set on the brokers.
    Why it matters: brokers call the class for every limit. The entries that kafka-configs shows may not apply, clients
        may be grouped differently, and metrics per user and client id may be missing.
    What to do: read what the class does before you rely on an entry; then waive this finding.
    """
    entry = facts.any_broker_config("client.quota.callback.class")
    if not entry.value:
        return
    yield FoundState(
        object=on_cluster(),
        summary=f"{entry.value} decides all client quotas: quota entries may not apply",
        evidence=(config_evidence("broker", entry),),
        remedy=Remedy("read what the class does with quota entries, then waive this finding"),
    )
