"""Quorums with a static list of voters."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import on_cluster
from steward.model.command import kafka
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part

_UPGRADABLE_SINCE = (4, 1)


@check("R06", Severity.LOW, over=CLUSTER, parts=(Part.IDENTITY,))
def quorum_static(facts: Facts, _: None) -> Iterator[FoundState]:
    """The quorum's voters cannot be replaced while it runs.

    What it means: kraft.version is 0: controller.quorum.voters in every node's file lists the voters.
    Why it matters: to replace a dead controller or move one to another machine, all files must be changed and all nodes
        restarted (KIP-853 removes this restriction).
    What to do: raise kraft.version to 1, which Kafka can do in place since 4.1, and replace controller.quorum.voters by
        controller.quorum.bootstrap.servers.
    """
    feature = next((f for f in facts.identity.features if f.name == "kraft.version"), None)
    if feature is None or feature.finalized > 0 or feature.supported_max < 1:
        return
    ready = facts.kafka_version >= _UPGRADABLE_SINCE
    yield FoundState(
        object=on_cluster(),
        summary="voters cannot be replaced while the quorum runs: kraft.version is 0",
        evidence=(
            Evidence(
                "ApiVersions", "kraft.version", f"finalized 0, supported {feature.supported_max}"
            ),
        ),
        remedy=Remedy(
            "raise kraft.version to 1",
            kafka("features", "upgrade", feature="kraft.version=1"),
        )
        if ready
        else Remedy("upgrade to Kafka 4.1 or later, which can raise kraft.version to 1 in place"),
    )
