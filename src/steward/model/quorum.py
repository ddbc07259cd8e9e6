"""The KRaft quorum and the cluster's feature levels."""

from dataclasses import dataclass

from steward.model.unknown import NotApplicable, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class QuorumReplica:
    """A voter or observer (DescribeQuorum; timestamps since KIP-836, -1 where the leader has none)."""

    id: int
    directory_id: str | None
    log_end_offset: int
    last_fetch_ms: int
    last_caught_up_ms: int
    endpoints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quorum:
    """The metadata quorum as its leader reports it. ``leader_id`` is -1 where there is none."""

    leader_id: int
    leader_epoch: int
    high_watermark: int
    voters: tuple[QuorumReplica, ...]
    observers: tuple[QuorumReplica, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A cluster feature (KIP-584): the finalized level, and the range that every broker supports.

    ``finalized`` is 0 where the feature is supported but disabled.
    """

    name: str
    finalized: int
    supported_min: int
    supported_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterIdentity:
    """The cluster's identity and capabilities.

    ``kafka_version`` is inferred from the API versions and the metadata version, such as ``4.4``;
    ``operations`` are the cluster operations that this principal is authorized for.
    """

    cluster_id: str
    controller_id: int | Unknown
    kafka_version: str
    features: tuple[Feature, ...]
    operations: frozenset[str] | NotApplicable

    @property
    def version(self) -> tuple[int, int] | None:
        """The version as a pair, such as (4, 4); None where it could not be inferred."""
        major, _, minor = self.kafka_version.rstrip("+").partition(".")
        return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else None
