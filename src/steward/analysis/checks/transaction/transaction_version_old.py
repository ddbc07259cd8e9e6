"""Clusters without the protection against hanging transactions."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import on_cluster
from steward.model.command import kafka
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part

_FEATURE = "transaction.version"
_PROTECTED = 2
_SINCE = (4, 0)


@check("X07", Severity.MEDIUM, over=CLUSTER, parts=(Part.IDENTITY,))
def transaction_version_old(facts: Facts, _: None) -> Iterator[FoundState]:
    """Transactions run without the protection of Kafka 4.0 against hanging transactions.

    What it means: all brokers support transaction.version 2 (KIP-890), but the cluster has not finalized it.
    Why it matters: with version 2 each transaction has its own epoch, so a late record cannot open a transaction that
        no producer ends. Without it hanging transactions are possible.
    What to do: raise transaction.version to 2. Older clients continue as before.
    """
    feature = next((f for f in facts.identity.features if f.name == _FEATURE), None)
    if feature is None or facts.kafka_version < _SINCE:
        return
    if feature.finalized >= _PROTECTED or feature.supported_max < _PROTECTED:
        return
    yield FoundState(
        object=on_cluster(),
        summary=f"hanging transactions are possible: {_FEATURE} is {feature.finalized}, all brokers support 2",
        evidence=(
            Evidence(
                "ApiVersions",
                _FEATURE,
                f"finalized {feature.finalized}, supported {feature.supported_max}",
            ),
        ),
        remedy=Remedy(
            f"raise {_FEATURE} to 2",
            kafka("features", "upgrade", feature="transaction.version=2"),
        ),
    )
