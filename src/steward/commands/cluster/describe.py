"""Describe the whole cluster: identity, health, and the permissions of this principal."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.observation import observe_in_steps
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.cluster.quorum import summary_of
from steward.commands.topic.health import TopicFacts
from steward.model.doc import Doc
from steward.model.quorum import Feature, Quorum
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NotApplicable, Observed, Unknown, Why
from steward.settings.shapes import Profile

ClusterCount = int | Unknown
_PARTS = (
    Part.IDENTITY, Part.BROKERS, Part.TOPICS, Part.REASSIGNMENTS, Part.QUORUM, Part.GROUPS,
    Part.ACLS,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterParams:
    """No parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerCounts:
    """Broker counts."""

    registered: ClusterCount
    fenced: Annotated[int | Unknown | NotApplicable, Doc("registered, but not serving")]
    controller_id: Annotated[
        int | Unknown | None, Doc("broker that the cluster reports as controller")
    ]
    racks: Annotated[tuple[str, ...] | Unknown, Doc("racks of the brokers")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataCounts:
    """Counts of topics and groups that this principal may see."""

    topics: Annotated[ClusterCount, Doc("without Kafka's internal topics")]
    internal_topics: ClusterCount
    partitions: Annotated[ClusterCount, Doc("of all topics")]
    offline_partitions: Annotated[ClusterCount, Doc("without a leader")]
    under_replicated_partitions: ClusterCount
    reassigning_partitions: ClusterCount
    groups: ClusterCount


@dataclass(frozen=True, slots=True, kw_only=True)
class QuorumHealth:
    """Summary of the metadata quorum."""

    leader_id: int | None
    voters: int
    voters_caught_up: int
    may_fail: Annotated[int, Doc("voters that may fail now without losing the majority")]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAccess:
    """The current principal and its permissions."""

    connected_as: Annotated[str, Doc("protocol, mechanism and user of the profile")]
    authorizer: Annotated[bool | Unknown, Doc("whether the cluster checks ACLs")]
    cluster_operations: Annotated[
        tuple[str, ...] | Unknown | NotApplicable,
        Doc("operations on the cluster that this principal may perform"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRow:
    """A cluster feature (KIP-584)."""

    feature: str
    level: Annotated[int, Doc("finalized level; 0 is off")]
    supported: Annotated[str, Doc("levels that every broker supports")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterDescription:
    """The cluster."""

    id: str | Unknown
    name: Annotated[str, Doc("profile or address used to connect")]
    kafka_version: Annotated[str | Unknown, Doc("inferred from what its brokers support")]
    environment: Annotated[str, Doc("from the profile; production where it is not set")]
    brokers: BrokerCounts
    data: DataCounts
    quorum: QuorumHealth | Unknown | NotApplicable
    access: OwnAccess
    features: tuple[FeatureRow, ...] | Unknown


@capability("cluster.describe", parts=_PARTS, examples=("steward cluster describe",))
def describe_cluster(params: ClusterParams, context: Context) -> Answer[ClusterDescription]:
    """Describe the cluster: identity, health, quorum, features, and your permissions."""
    snapshot = observe_in_steps(context, _PARTS)
    name, profile = context.named_profile
    return answer(description_of(snapshot, name, profile), snapshot, context, _PARTS)


def description_of(snapshot: ClusterSnapshot, name: str, profile: Profile) -> ClusterDescription:
    """Build the description from a snapshot."""
    identity = snapshot.identity
    known = isinstance(identity, Observed)
    quorum = snapshot.quorum
    return ClusterDescription(
        id=identity.value.cluster_id if known else identity,
        name=name,
        kafka_version=identity.value.kafka_version if known else identity,
        environment=profile.environment,
        brokers=_brokers(snapshot),
        data=_data(snapshot),
        quorum=_quorum(quorum.value) if isinstance(quorum, Observed) else quorum,
        access=_access(snapshot, profile),
        features=tuple(map(_feature, identity.value.features)) if known else identity,
    )


def _brokers(snapshot: ClusterSnapshot) -> BrokerCounts:
    part, identity = snapshot.brokers, snapshot.identity
    controller: int | Unknown | None = (
        identity.value.controller_id if isinstance(identity, Observed) else identity
    )
    if isinstance(controller, int) and controller < 0:
        controller = None
    if isinstance(part, Unknown):
        return BrokerCounts(registered=part, fenced=part, controller_id=controller, racks=part)
    reported = [b.fenced for b in part.value if isinstance(b.fenced, bool)]
    unreported = NotApplicable("this Kafka version does not list fenced brokers")
    return BrokerCounts(
        registered=len(part.value),
        fenced=sum(reported) if reported or not part.value else unreported,
        controller_id=controller,
        racks=tuple(sorted({b.rack for b in part.value if b.rack})),
    )


def _data(snapshot: ClusterSnapshot) -> DataCounts:
    groups, moving = snapshot.groups, snapshot.reassignments
    group_count = len(groups.value) if isinstance(groups, Observed) else groups
    moving_count = len(moving.value) if isinstance(moving, Observed) else moving
    part = snapshot.topics
    if isinstance(part, Unknown):
        return DataCounts(
            topics=part, internal_topics=part, partitions=part, offline_partitions=part,
            under_replicated_partitions=part, reassigning_partitions=moving_count,
            groups=group_count,
        )  # fmt: skip
    facts = TopicFacts(snapshot)
    partitions = [p for topic in part.value for p in topic.partitions]
    return DataCounts(
        topics=sum(not t.is_internal for t in part.value),
        internal_topics=sum(t.is_internal for t in part.value),
        partitions=len(partitions),
        offline_partitions=sum(p.leader < 0 for p in partitions),
        under_replicated_partitions=sum(facts.is_under_replicated(p) for p in partitions),
        reassigning_partitions=moving_count,
        groups=group_count,
    )


def _quorum(quorum: Quorum) -> QuorumHealth:
    summary = summary_of(quorum)
    return QuorumHealth(
        leader_id=summary.leader_id,
        voters=summary.voter_count,
        voters_caught_up=summary.voters_caught_up,
        may_fail=summary.may_fail,
    )


def _access(snapshot: ClusterSnapshot, profile: Profile) -> OwnAccess:
    identity = snapshot.identity
    operations = identity.value.operations if isinstance(identity, Observed) else identity
    words = (profile.security_protocol, profile.sasl_mechanism, profile.sasl_username)
    return OwnAccess(
        connected_as=" ".join(word for word in words if word),
        authorizer=_has_authorizer(snapshot),
        cluster_operations=tuple(sorted(operations))
        if isinstance(operations, frozenset)
        else operations,
    )


def _has_authorizer(snapshot: ClusterSnapshot) -> bool | Unknown:
    """Return whether ACLs are enforced: without an authorizer the cluster says so; with one it may deny the request."""
    match snapshot.acls:
        case Observed():
            return True
        case NotApplicable():
            return False
        case Unknown(why=Why.DENIED):
            return True
        case unknown:
            return unknown


def _feature(feature: Feature) -> FeatureRow:
    return FeatureRow(
        feature=feature.name,
        level=feature.finalized,
        supported=f"{feature.supported_min}-{feature.supported_max}",
    )


CAPABILITIES: tuple[Capability, ...] = (describe_cluster,)
