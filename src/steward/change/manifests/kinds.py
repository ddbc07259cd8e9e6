"""The kinds of manifest: each field once, with its meaning, its unit and its choices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from steward.change.manifests.problem import NOWHERE, Place
from steward.change.manifests.units import Unit
from steward.model.doc import Doc
from steward.model.sasl import SCRAM_MECHANISMS

API_VERSION = "steward/v1"

CRITICALITIES = ("critical", "standard", "ephemeral")
PATTERNS = ("literal", "prefixed")
PRUNING = ("never", "plan", "confirm")
RESOURCES = ("topic", "group", "cluster", "transactionalId", "delegationToken", "user")


class Config:
    """Marks a map as open: Kafka's keys, with values as text or with units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Which object it is, and whose."""

    name: Annotated[str, Doc("the object's name; of a Topic, its name in Kafka")]
    owner: Annotated[str, Doc("team or person that answers for it")] = ""
    labels: Annotated[Mapping[str, str], Doc("words that policies select by")] = field(
        default_factory=dict[str, str]
    )
    protect: Annotated[bool, Doc("never delete it, whatever pruning says")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRef:
    """A cluster that a set is meant for."""

    name: Annotated[str, Doc("how overrides name it")]
    cluster_id: Annotated[str, Doc("the cluster's id: any other cluster is refused")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetScope:
    """What a set owns; a trailing * is allowed and means what a bare prefix means for topics, groups and ids."""

    topics: Annotated[tuple[str, ...], Doc("prefixes of topic names; * is every topic")] = ()
    groups: Annotated[tuple[str, ...], Doc("prefixes of group names")] = ()
    transactional_ids: Annotated[tuple[str, ...], Doc("prefixes of transactional ids")] = ()
    principals: Annotated[
        tuple[str, ...], Doc("principals, User:NAME, or a prefix with a trailing *")
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prune:
    """What happens to objects in the scope that no manifest declares."""

    topics: Annotated[
        str, Doc("never: left alone; plan: the plan deletes them; confirm: only with --prune", PRUNING)
    ] = "never"  # fmt: skip
    acls: Annotated[str, Doc("as for topics", PRUNING)] = "never"
    quotas: Annotated[str, Doc("as for topics", PRUNING)] = "never"
    users: Annotated[str, Doc("as for topics", PRUNING)] = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """How replicas of a new topic are spread."""

    spread: Annotated[
        str, Doc("rack: over racks, as the controller does; any: no wish", ("rack", "any"))
    ] = "rack"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicShape:
    """What defaults, profiles and overrides may say of a topic."""

    partitions: Annotated[int | None, Doc("number of partitions")] = None
    replicas: Annotated[
        int | None,
        Doc(
            "replication factor; without it a new topic is refused, and an existing one keeps what it has"
        ),
    ] = None
    criticality: Annotated[
        str | None, Doc("what losing the data would mean; undeclared: critical in production", CRITICALITIES)
    ] = None  # fmt: skip
    placement: Annotated[Placement | None, Doc("how replicas are spread")] = None
    retention: Annotated[
        int | None, Unit.DURATION_MS, Doc("how long records are kept: retention.ms")
    ] = None
    retention_bytes: Annotated[
        int | None, Unit.BYTES, Doc("bytes that each partition keeps: retention.bytes")
    ] = None
    config: Annotated[Mapping[str, str], Config(), Doc("topic configs, by Kafka's keys")] = field(
        default_factory=dict[str, str]
    )
    unmanaged_config: Annotated[
        str | None,
        Doc(
            "config keys set on the topic that no file names: keep them (default), reset them, or report them",
            ("keep", "reset", "report"),
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioTopic(TopicShape):
    """A topic as wanted."""

    profile: Annotated[str, Doc("profile of the ManifestSet that fills what is not said here")] = ""
    overrides: Annotated[Mapping[str, TopicShape], Doc("what differs, by cluster name")] = field(
        default_factory=dict[str, TopicShape]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds where a document is silent."""

    topic: Annotated[TopicShape, Doc("for topics")] = field(default_factory=TopicShape)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestSetSpec:
    """One repository's or team's set: the unit of ownership and pruning."""

    clusters: Annotated[tuple[ClusterRef, ...], Doc("the clusters that it is meant for")] = ()
    scope: Annotated[
        SetScope,
        Doc("what it owns: nothing outside is ever pruned, and topics outside are refused"),
    ] = field(default_factory=SetScope)
    prune: Annotated[Prune, Doc("what happens to undeclared objects of the scope")] = field(
        default_factory=Prune
    )
    defaults: Annotated[Defaults, Doc("what holds where a document is silent")] = field(
        default_factory=Defaults
    )
    profiles: Annotated[Mapping[str, TopicShape], Doc("named shapes that topics refer to")] = field(
        default_factory=dict[str, TopicShape]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Produces:
    """Topics that an application writes."""

    topic: Annotated[str, Doc("topic, or prefix of topics")]
    pattern: Annotated[str, Doc("how topic is meant", PATTERNS)] = "literal"
    transactional: Annotated[str, Doc("transactional id that it uses, or its prefix")] = ""
    transactional_pattern: Annotated[str, Doc("how transactional is meant", PATTERNS)] = "prefixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumes:
    """Topics that an application reads."""

    topic: Annotated[str, Doc("topic, or prefix of topics")]
    pattern: Annotated[str, Doc("how topic is meant", PATTERNS)] = "literal"
    group: Annotated[
        str, Doc("consumer group, or prefix of groups; without it: assigned by hand")
    ] = ""
    group_pattern: Annotated[str, Doc("how group is meant", PATTERNS)] = "literal"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSpec:
    """Client configuration as the application's owner declares it: evidence for lint and audits."""

    acks: Annotated[str | None, Doc("acks of producers", ("all", "1", "0", "-1"))] = None
    idempotence: Annotated[bool | None, Doc("enable.idempotence")] = None
    max_in_flight: Annotated[int | None, Doc("max.in.flight.requests.per.connection")] = None
    retries: Annotated[int | None, Doc("retries of producers")] = None
    delivery_timeout: Annotated[int | None, Unit.DURATION_MS, Doc("delivery.timeout.ms")] = None
    request_timeout: Annotated[int | None, Unit.DURATION_MS, Doc("request.timeout.ms")] = None
    linger: Annotated[int | None, Unit.DURATION_MS, Doc("linger.ms")] = None
    compression: Annotated[
        str | None, Doc("compression.type", ("none", "gzip", "snappy", "lz4", "zstd"))
    ] = None
    isolation: Annotated[
        str | None, Doc("isolation.level of consumers", ("read_committed", "read_uncommitted"))
    ] = None
    config: Annotated[
        Mapping[str, str], Config(), Doc("further client configs, by Kafka's keys")
    ] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationSpec:
    """What an application does: its ACLs follow from it."""

    principal: Annotated[str, Doc("whom the ACLs name, User:NAME")]
    type: Annotated[
        str,
        Doc(
            "app; streams: also its internal topics; connect: also its storage; mirror: also configs of topics",
            ("app", "streams", "connect", "mirror"),
        ),
    ] = "app"
    host: Annotated[str, Doc("address that it connects from; * is every")] = "*"
    application_id: Annotated[
        str, Doc("application.id of Streams, group.id of Connect workers")
    ] = ""
    storage: Annotated[
        tuple[str, ...], Doc("config, offset and status topics of Connect workers")
    ] = ()
    produces: Annotated[tuple[Produces, ...], Doc("topics that it writes")] = ()
    consumes: Annotated[tuple[Consumes, ...], Doc("topics that it reads")] = ()
    client: Annotated[ClientSpec, Doc("its client configuration")] = field(
        default_factory=ClientSpec
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AclResource:
    """What an ACL protects."""

    type: Annotated[str, Doc("Kafka's resource type", RESOURCES)]
    name: Annotated[str, Doc("its name or prefix; * is every; of the cluster kafka-cluster")]
    pattern: Annotated[str, Doc("how name is meant", PATTERNS)] = "literal"


@dataclass(frozen=True, slots=True, kw_only=True)
class AclSpec:
    """ACLs of one principal on one resource, as they are."""

    principal: Annotated[str, Doc("whom it is about, User:NAME; User:* is everyone")]
    resource: Annotated[AclResource, Doc("what it protects")]
    operations: Annotated[tuple[str, ...], Doc("operations, such as Read or DescribeConfigs")]
    host: Annotated[str, Doc("address from which it holds; * is every")] = "*"
    permission: Annotated[str, Doc("allow or deny", ("allow", "deny"))] = "allow"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordFrom:
    """Where a password is fetched when it is set: exactly one of these."""

    env: Annotated[str, Doc("environment variable that holds it")] = ""
    file: Annotated[str, Doc("file with it on the first line")] = ""
    command: Annotated[tuple[str, ...], Doc("program and arguments that print it")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSpec:
    """A SCRAM credential: brokers tell mechanism and iterations, never the password."""

    mechanism: Annotated[str, Doc("SCRAM mechanism", SCRAM_MECHANISMS)] = "SCRAM-SHA-512"
    iterations: Annotated[int | None, Doc("rounds of hashing; without it 8192 for a new one")] = (
        None
    )
    password_from: Annotated[
        PasswordFrom | None,
        Doc("where the password of a new credential is fetched; never sent again by a later plan"),
    ] = None
    user: Annotated[str, Doc("the user, where metadata.name is another word")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaEntity:
    """Whom a quota limits: user, clientId, both, or ip; <default> is the default entity.

    A user or client id that really has this name is written with a backslash in front.
    """

    user: Annotated[str | None, Doc("user, or <default>")] = None
    client_id: Annotated[str | None, Doc("client id, or <default>")] = None
    ip: Annotated[str | None, Doc("address, or <default>; alone")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits; every one above 0."""

    producer_byte_rate: Annotated[
        int | None, Unit.BYTES_PER_SECOND, Doc("bytes per second written, per broker")
    ] = None
    consumer_byte_rate: Annotated[
        int | None, Unit.BYTES_PER_SECOND, Doc("bytes per second read, per broker")
    ] = None
    request_percentage: Annotated[
        float | None, Unit.NUMBER, Doc("per cent of one broker thread")
    ] = None
    controller_mutation_rate: Annotated[
        float | None, Unit.NUMBER, Doc("partitions created or deleted per second, cluster-wide")
    ] = None
    connection_creation_rate: Annotated[
        float | None, Unit.NUMBER, Doc("connections per second, of an ip, per broker")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaBasis:
    """Whether limits are per broker, as Kafka means them, or for the cluster and to be divided."""

    scope: Annotated[str, Doc("per-broker, or cluster", ("per-broker", "cluster"))] = "per-broker"
    brokers: Annotated[int | None, Doc("by how many brokers cluster-wide rates are divided")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaSpec:
    """The limits of one entity."""

    entity: Annotated[QuotaEntity, Doc("whom it limits")]
    limits: Annotated[Limits, Doc("how much")]
    basis: Annotated[QuotaBasis, Doc("what the byte rates and the percentage are meant for")] = (
        field(default_factory=QuotaBasis)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantCapacity:
    """What a tenant may have in all."""

    topics: Annotated[int | None, Doc("topics")] = None
    partitions: Annotated[int | None, Doc("partitions")] = None
    disk: Annotated[int | None, Unit.BYTES, Doc("bytes on disk, replicas included")] = None
    producer_byte_rate: Annotated[
        int | None, Unit.BYTES_PER_SECOND, Doc("sum of its producers' quotas, bytes per second")
    ] = None
    consumer_byte_rate: Annotated[
        int | None, Unit.BYTES_PER_SECOND, Doc("sum of its consumers' quotas, bytes per second")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """How many people must approve."""

    topic_delete: Annotated[int, Doc("approvals that the deletion of a topic needs")] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSpec:
    """Who shares the cluster, with which names and how much."""

    principals: Annotated[tuple[str, ...], Doc("its principals; a trailing * is a prefix")] = ()
    prefixes: Annotated[tuple[str, ...], Doc("prefixes of its topics, groups and ids")] = ()
    capacity: Annotated[TenantCapacity, Doc("what it may have in all")] = field(
        default_factory=TenantCapacity
    )
    approval: Annotated[Approval, Doc("what needs approval")] = field(default_factory=Approval)


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """Which resources a policy looks at."""

    kinds: Annotated[tuple[str, ...], Doc("kinds of manifest; none: all")] = ()
    labels: Annotated[Mapping[str, str], Doc("labels that all must be there")] = field(
        default_factory=dict[str, str]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySpec:
    """A rule of the organisation, as a CEL expression that must be true."""

    rule: Annotated[str, Doc("CEL expression that must be true")]
    message: Annotated[str, Doc("what to tell people when it is not")]
    select: Annotated[Select, Doc("what it looks at")] = field(default_factory=Select)
    target: Annotated[
        str, Doc("resource; or change: sees before, after and op", ("resource", "change"))
    ] = "resource"
    effect: Annotated[str, Doc("what follows", ("warn", "approve", "refuse"))] = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverSpec:
    """An accepted finding."""

    check: Annotated[str, Doc("name of the check")]
    object: Annotated[str, Doc("kind/name, such as topic/orders; * for all")]
    reason: Annotated[str, Doc("why it is accepted")]
    until: Annotated[str, Doc("last day on which it holds, YYYY-MM-DD")]
    accepted_by: Annotated[str, Doc("who accepted it")] = ""


Spec = (
    ManifestSetSpec | ScenarioTopic | ApplicationSpec | AclSpec | QuotaSpec | UserSpec | TenantSpec
    | PolicySpec | WaiverSpec
)  # fmt: skip

KINDS: Mapping[str, type[Spec]] = {
    "ManifestSet": ManifestSetSpec,
    "Topic": ScenarioTopic,
    "Application": ApplicationSpec,
    "Acl": AclSpec,
    "Quota": QuotaSpec,
    "User": UserSpec,
    "Tenant": TenantSpec,
    "Policy": PolicySpec,
    "Waiver": WaiverSpec,
}
"""Every kind with the type of its ``spec``; the order in which documents are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One document; ``place`` is where it begins."""

    kind: str
    metadata: Metadata
    spec: Spec
    place: Place = NOWHERE


def key_of(field_name: str) -> str:
    """Return how manifests spell a field: ``retention_bytes`` is ``retentionBytes``."""
    head, *rest = field_name.split("_")
    return head + "".join(word.capitalize() for word in rest)
