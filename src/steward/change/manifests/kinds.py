"""The kinds of manifest: each field once, with its meaning, unit and choices."""

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
    """Marks an open map: Kafka's keys, with values as text or with units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Name and owner of the object."""

    name: Annotated[str, Doc("the object's name; of a Topic, its name in Kafka")]
    owner: Annotated[str, Doc("responsible team or person")] = ""
    labels: Annotated[Mapping[str, str], Doc("labels that policies select by")] = field(
        default_factory=dict[str, str]
    )
    protect: Annotated[bool, Doc("never delete it, whatever prune says")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRef:
    """A cluster that a set applies to."""

    name: Annotated[str, Doc("name of the cluster in overrides")]
    cluster_id: Annotated[str, Doc("the cluster's id: any other cluster is rejected")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetScope:
    """What a set owns; a trailing * is allowed and, for topics, groups and ids, means the same as none."""

    topics: Annotated[tuple[str, ...], Doc("prefixes of topic names; * matches every topic")] = ()
    groups: Annotated[tuple[str, ...], Doc("prefixes of group names")] = ()
    transactional_ids: Annotated[tuple[str, ...], Doc("prefixes of transactional ids")] = ()
    principals: Annotated[
        tuple[str, ...], Doc("principals, User:NAME, or a prefix with a trailing *")
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prune:
    """What happens to undeclared objects in the scope."""

    topics: Annotated[
        str, Doc("never: left unchanged; plan: the plan deletes them; confirm: only with --prune", PRUNING)
    ] = "never"  # fmt: skip
    acls: Annotated[str, Doc("as for topics", PRUNING)] = "never"
    quotas: Annotated[str, Doc("as for topics", PRUNING)] = "never"
    users: Annotated[str, Doc("as for topics", PRUNING)] = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """How replicas of a new topic are spread."""

    spread: Annotated[
        str, Doc("rack: over racks, as the controller does; any: no constraint", ("rack", "any"))
    ] = "rack"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicShape:
    """Fields of a topic that defaults, profiles and overrides may set."""

    partitions: Annotated[int | None, Doc("number of partitions")] = None
    replicas: Annotated[
        int | None,
        Doc(
            "replication factor; without it a new topic is rejected, and an existing one is unchanged"
        ),
    ] = None
    criticality: Annotated[
        str | None, Doc("how bad losing the data would be; undeclared: critical in production", CRITICALITIES)
    ] = None  # fmt: skip
    placement: Annotated[Placement | None, Doc("how replicas are spread")] = None
    retention: Annotated[
        int | None, Unit.DURATION_MS, Doc("how long records are retained: retention.ms")
    ] = None
    retention_bytes: Annotated[
        int | None, Unit.BYTES, Doc("bytes retained per partition: retention.bytes")
    ] = None
    config: Annotated[Mapping[str, str], Config(), Doc("topic configs, by Kafka's keys")] = field(
        default_factory=dict[str, str]
    )
    unmanaged_config: Annotated[
        str | None,
        Doc(
            "undeclared config keys set on the topic: keep them (default), reset them, or report them",
            ("keep", "reset", "report"),
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSpec(TopicShape):
    """A declared topic."""

    profile: Annotated[str, Doc("profile of the ManifestSet that supplies fields not set here")] = (
        ""
    )
    overrides: Annotated[Mapping[str, TopicShape], Doc("fields that differ, by cluster name")] = (
        field(default_factory=dict[str, TopicShape])
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """Values for fields that documents do not set."""

    topic: Annotated[TopicShape, Doc("for topics")] = field(default_factory=TopicShape)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestSetSpec:
    """One repository's or team's set: the unit of ownership and pruning."""

    clusters: Annotated[tuple[ClusterRef, ...], Doc("the clusters that it applies to")] = ()
    scope: Annotated[
        SetScope,
        Doc("what it owns: nothing outside is ever pruned, and topics outside are rejected"),
    ] = field(default_factory=SetScope)
    prune: Annotated[Prune, Doc("what happens to undeclared objects in the scope")] = field(
        default_factory=Prune
    )
    defaults: Annotated[Defaults, Doc("values for fields that documents do not set")] = field(
        default_factory=Defaults
    )
    profiles: Annotated[
        Mapping[str, TopicShape], Doc("named sets of fields that topics refer to")
    ] = field(default_factory=dict[str, TopicShape])


@dataclass(frozen=True, slots=True, kw_only=True)
class Produces:
    """Topics that an application writes."""

    topic: Annotated[str, Doc("topic, or prefix of topics")]
    pattern: Annotated[str, Doc("whether topic is a name or a prefix", PATTERNS)] = "literal"
    transactional: Annotated[str, Doc("its transactional id, or a prefix")] = ""
    transactional_pattern: Annotated[
        str, Doc("whether transactional is an id or a prefix", PATTERNS)
    ] = "prefixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumes:
    """Topics that an application reads."""

    topic: Annotated[str, Doc("topic, or prefix of topics")]
    pattern: Annotated[str, Doc("whether topic is a name or a prefix", PATTERNS)] = "literal"
    group: Annotated[
        str, Doc("consumer group, or prefix of groups; without it partitions are assigned manually")
    ] = ""
    group_pattern: Annotated[str, Doc("whether group is a name or a prefix", PATTERNS)] = "literal"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSpec:
    """Client configuration as declared by the application's owner: evidence for lint and audits."""

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
    config: Annotated[Mapping[str, str], Config(), Doc("more client configs, by Kafka's keys")] = (
        field(default_factory=dict[str, str])
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationSpec:
    """What an application reads and writes; its ACLs are derived from it."""

    principal: Annotated[str, Doc("principal of its ACLs, User:NAME")]
    type: Annotated[
        str,
        Doc(
            "app; streams: also its internal topics; connect: also its storage; mirror: also topic configs",
            ("app", "streams", "connect", "mirror"),
        ),
    ] = "app"
    host: Annotated[str, Doc("address that it connects from; * matches every address")] = "*"
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
    """The resource of an ACL."""

    type: Annotated[str, Doc("Kafka's resource type", RESOURCES)]
    name: Annotated[
        str, Doc("its name or prefix; * matches every name; kafka-cluster for the cluster")
    ]
    pattern: Annotated[str, Doc("whether name is literal or a prefix", PATTERNS)] = "literal"


@dataclass(frozen=True, slots=True, kw_only=True)
class AclSpec:
    """ACLs of one principal on one resource, written out."""

    principal: Annotated[str, Doc("principal, User:NAME; User:* is every client")]
    resource: Annotated[AclResource, Doc("the resource")]
    operations: Annotated[tuple[str, ...], Doc("operations, such as Read or DescribeConfigs")]
    host: Annotated[str, Doc("address that it applies to; * matches every address")] = "*"
    permission: Annotated[str, Doc("allow or deny", ("allow", "deny"))] = "allow"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordFrom:
    """Source of a password when it is set: exactly one of these."""

    env: Annotated[str, Doc("environment variable with the password")] = ""
    file: Annotated[str, Doc("file with the password on its first line")] = ""
    command: Annotated[tuple[str, ...], Doc("program and arguments that print the password")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSpec:
    """A SCRAM credential; brokers report mechanism and iterations, never the password."""

    mechanism: Annotated[str, Doc("SCRAM mechanism", SCRAM_MECHANISMS)] = "SCRAM-SHA-512"
    iterations: Annotated[
        int | None, Doc("hash iterations; 8192 for a new credential if not set")
    ] = None
    password_from: Annotated[
        PasswordFrom | None,
        Doc("source of a new credential's password; later plans never send it again"),
    ] = None
    user: Annotated[str, Doc("the user, if it differs from metadata.name")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaEntity:
    """Entity of a quota: user, clientId, both, or ip; <default> is the default entity.

    A user or client id with this very name is written with a leading backslash.
    """

    user: Annotated[str | None, Doc("user, or <default>")] = None
    client_id: Annotated[str | None, Doc("client id, or <default>")] = None
    ip: Annotated[str | None, Doc("address, or <default>; cannot be combined")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits; each must be above 0."""

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
    """Whether limits are per broker, as in Kafka, or for the whole cluster, to be divided."""

    scope: Annotated[str, Doc("per-broker, or cluster", ("per-broker", "cluster"))] = "per-broker"
    brokers: Annotated[int | None, Doc("number of brokers to divide cluster-wide rates by")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaSpec:
    """The limits of one entity."""

    entity: Annotated[QuotaEntity, Doc("the limited entity")]
    limits: Annotated[Limits, Doc("the limits")]
    basis: Annotated[
        QuotaBasis, Doc("whether byte rates and percentage are per broker or per cluster")
    ] = field(default_factory=QuotaBasis)


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantCapacity:
    """A tenant's total capacity."""

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
    """Required approvals."""

    topic_delete: Annotated[int, Doc("approvals required to delete a topic")] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSpec:
    """A tenant of a shared cluster, its names and its capacity."""

    principals: Annotated[tuple[str, ...], Doc("its principals; a trailing * makes a prefix")] = ()
    prefixes: Annotated[tuple[str, ...], Doc("prefixes of its topics, groups and ids")] = ()
    capacity: Annotated[TenantCapacity, Doc("its total capacity")] = field(
        default_factory=TenantCapacity
    )
    approval: Annotated[Approval, Doc("changes that need approval")] = field(
        default_factory=Approval
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """Resources that a policy applies to."""

    kinds: Annotated[tuple[str, ...], Doc("kinds of manifest; empty: all")] = ()
    labels: Annotated[Mapping[str, str], Doc("labels that must all be present")] = field(
        default_factory=dict[str, str]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySpec:
    """A custom rule: a CEL expression that must be true."""

    rule: Annotated[str, Doc("CEL expression that must be true")]
    message: Annotated[str, Doc("message shown if it is not true")]
    select: Annotated[Select, Doc("resources that it applies to")] = field(default_factory=Select)
    target: Annotated[
        str,
        Doc("resource; or change: has the variables before, after and op", ("resource", "change")),
    ] = "resource"
    effect: Annotated[str, Doc("consequence of a violation", ("warn", "approve", "refuse"))] = (
        "refuse"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverSpec:
    """An accepted finding."""

    check: Annotated[str, Doc("name of the check")]
    object: Annotated[str, Doc("kind/name, such as topic/orders; * matches all")]
    reason: Annotated[str, Doc("why it is accepted")]
    until: Annotated[str, Doc("last valid day, YYYY-MM-DD")]
    accepted_by: Annotated[str, Doc("who accepted it")] = ""


Spec = (
    ManifestSetSpec | TopicSpec | ApplicationSpec | AclSpec | QuotaSpec | UserSpec | TenantSpec
    | PolicySpec | WaiverSpec
)  # fmt: skip

KINDS: Mapping[str, type[Spec]] = {
    "ManifestSet": ManifestSetSpec,
    "Topic": TopicSpec,
    "Application": ApplicationSpec,
    "Acl": AclSpec,
    "Quota": QuotaSpec,
    "User": UserSpec,
    "Tenant": TenantSpec,
    "Policy": PolicySpec,
    "Waiver": WaiverSpec,
}
"""Every kind with the type of its ``spec``, in the order in which documents are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One document; ``place`` is where it begins."""

    kind: str
    metadata: Metadata
    spec: Spec
    place: Place = NOWHERE


def key_of(field_name: str) -> str:
    """Return a field's spelling in manifests: ``retention_bytes`` is ``retentionBytes``."""
    head, *rest = field_name.split("_")
    return head + "".join(word.capitalize() for word in rest)
