"""Feature levels that are lower than all brokers support."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count, few, on_cluster
from steward.model.command import kafka
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part

_READY_SINCE = {
    "metadata.version": (3, 3),
    "group.version": (4, 0),
    "transaction.version": (4, 0),
    "eligible.leader.replicas.version": (4, 1),
    "share.version": (4, 2),
    "streams.version": (4, 2),
}
"""Releases from which a feature is meant for production; before them a lower level is not reported."""
_OWN_CHECK = frozenset({"transaction.version"})


@check("C09", Severity.MEDIUM, over=CLUSTER, parts=(Part.IDENTITY,))
def feature_levels_behind(facts: Facts, _: None) -> Iterator[FoundState]:
    """Feature levels are lower than all brokers support.

    What it means: the software was upgraded, but metadata.version or another feature is not finalized at the level that
        all brokers now support. transaction.version and kraft.version have checks of their own; preview features are
        ignored.
    Why it matters: the upgrade is incomplete. Fixes and features that need the new level stay off, and the next upgrade
        may not support so old a level.
    What to do: when the new release runs well, finalize its levels. metadata.version can rarely be lowered again, so
        make this the last step of an upgrade.
    """
    version = facts.kafka_version
    behind = [
        feature
        for feature in facts.identity.features
        if feature.finalized < feature.supported_max
        and version >= _READY_SINCE.get(feature.name, (99, 0))
    ]
    if not {feature.name for feature in behind} - _OWN_CHECK:
        return
    release = ".".join(map(str, version))
    yield FoundState(
        object=on_cluster(),
        summary=f"the upgrade to {release} is incomplete: {count(len(behind), 'feature level')} behind "
        f"({few(feature.name for feature in behind)})",
        evidence=tuple(
            Evidence(
                "ApiVersions",
                f.name,
                f"finalized {f.finalized}, all brokers support {f.supported_max}",
            )
            for f in behind
        ),
        remedy=Remedy(
            f"finalize the feature levels of {release}",
            kafka("features", "upgrade", release_version=release),
        ),
    )
