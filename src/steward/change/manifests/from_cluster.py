"""A cluster as manifests: an export whose plan is empty."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite

from steward.analysis.checks.topic_kinds import is_layered
from steward.change.manifests.comparison.configs import MOVING
from steward.change.manifests.kinds import (
    AclResource,
    AclSpec,
    ClusterRef,
    Limits,
    Manifest,
    ManifestSetSpec,
    Metadata,
    QuotaEntity,
    QuotaSpec,
    TopicSpec,
    UserSpec,
)
from steward.change.manifests.spelling import RESOURCE_TYPES, SPELLED
from steward.codec import UnknownFact
from steward.model.acl import AclBinding
from steward.model.config import Configs, ConfigSource
from steward.model.config_definition import meaning, wrong_value
from steward.model.config_definitions import QUOTA, TOPIC
from steward.model.quota import BYTE_RATES, QUOTA_KEYS, QuotaEntry, name_text
from steward.model.quota_resolution import IP_KEY
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import Topic
from steward.model.unknown import Unknown, value_or
from steward.model.user import ScramUser
from steward.model.wording import count

_ENTITIES = ({"user"}, {"client-id"}, {"user", "client-id"}, {"ip"})
_RESOURCE_KINDS = {kafka: ours for ours, kafka in RESOURCE_TYPES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedManifests:
    """A cluster as manifests; ``missing`` could not be exported, with reasons; ``layered`` topics were left out."""

    manifests: tuple[Manifest, ...]
    missing: tuple[UnknownFact, ...]
    layered: tuple[str, ...]


def manifests_of(
    snapshot: ClusterSnapshot, cluster: str, *, layered: bool = False
) -> ExportedManifests:
    """Return the manifests of a snapshot.

    A ManifestSet that names the cluster and prunes nothing; topics without internal ones and, unless ``layered``,
    those that Streams, Connect and the like created; ACLs by principal and resource; quotas; users without passwords.
    Parts that were not read are not exported.
    """
    missing: list[UnknownFact] = []
    topics = value_or(snapshot.topics, ())
    own = [t for t in topics if not t.is_internal and (layered or not is_layered(t.name))]
    found = (
        _set(snapshot, cluster),
        *_topics(own, snapshot, missing),
        *_acls(snapshot, missing),
        *_quotas(snapshot, missing),
        *_users(snapshot),
    )
    made = (
        () if layered else tuple(t.name for t in topics if is_layered(t.name) and not t.is_internal)
    )
    return ExportedManifests(manifests=found, missing=tuple(missing), layered=made)


def _set(snapshot: ClusterSnapshot, cluster: str) -> Manifest:
    cluster_id = snapshot.cluster_id or ""
    spec = ManifestSetSpec(clusters=(ClusterRef(name=cluster, cluster_id=cluster_id),))
    return Manifest(kind="ManifestSet", metadata=Metadata(name=cluster), spec=spec)


def _topics(
    topics: Iterable[Topic], snapshot: ClusterSnapshot, missing: list[UnknownFact]
) -> Iterator[Manifest]:
    configs = snapshot.topic_configs
    known: Mapping[str, Configs | Unknown] = value_or(configs, {})
    for topic in topics:
        entries = known.get(topic.name)
        if entries is None or isinstance(entries, Unknown):
            why = str(entries) if entries else "its configuration was not read"
            missing.append(UnknownFact("config", topic.name, f"left out: {why}"))
            continue
        missing += _beyond_manifests(topic, entries)
        yield Manifest(
            kind="Topic", metadata=Metadata(name=topic.name), spec=topic_spec(topic, entries)
        )


def _beyond_manifests(topic: Topic, entries: Configs) -> Iterator[UnknownFact]:
    """Report what manifests cannot express of a topic: it is left out, and a plan does not change it."""
    if topic.is_uneven:
        factors = Counter(p.replication_factor for p in topic.partitions)
        text = ", ".join(f"{few} on {count(n, 'partition')}" for few, n in sorted(factors.items()))
        yield UnknownFact("replicas", topic.name, f"left out: partitions differ: {text}")
    moving = sum(p.is_moving for p in topic.partitions)
    if moving:
        why = f"{count(moving, 'partition')} being reassigned; replicas are exported without the ones being added"
        yield UnknownFact("reassignments", topic.name, why)
    for key, entry in sorted(entries.items()):
        if entry.source is ConfigSource.TOPIC and entry.value is None:
            yield UnknownFact("config", topic.name, f"left out: the value of {key} is secret")


def topic_spec(topic: Topic, entries: Configs) -> TopicSpec:
    """Return a topic as a manifest: its own configs, retention as typed fields if numeric.

    Replicas are left out if its partitions differ in them: a plan does not change those then.
    """
    own = {
        key: entry.value
        for key, entry in sorted(entries.items())
        if entry.source is ConfigSource.TOPIC and entry.value is not None and key not in MOVING
    }
    return TopicSpec(
        partitions=len(topic.partitions),
        replicas=None if topic.is_uneven else topic.replication_factor,
        retention=_typed(own, "retention.ms"),
        retention_bytes=_typed(own, "retention.bytes"),
        config=own,
    )


def _typed(own: dict[str, str], key: str) -> int | None:
    """Remove a number from the configs; a value below -1 stays there unchanged."""
    found = meaning(TOPIC[key], own[key]) if key in own else None
    number = found if isinstance(found, int) else None
    if number is None or not -1 <= number < 2**63:
        return None
    del own[key]
    return number


def _acls(snapshot: ClusterSnapshot, missing: list[UnknownFact]) -> Iterator[Manifest]:
    grouped: dict[tuple[str, ...], list[AclBinding]] = defaultdict(list)
    for acl in value_or(snapshot.acls, ()):
        kind, colon, name = acl.principal.partition(":")
        known = (
            acl.resource_type in _RESOURCE_KINDS
            and acl.operation in SPELLED
            and acl.pattern_type in ("LITERAL", "PREFIXED")
            and acl.permission in ("ALLOW", "DENY")
        )
        if not (known and kind and colon and name):
            what = f"{acl.operation} on {acl.resource_type} {acl.resource_name}"
            missing.append(
                UnknownFact("acl", acl.principal, f"left out: {what} cannot be declared")
            )
            continue
        resource = (acl.resource_type, acl.resource_name, acl.pattern_type)
        grouped[acl.principal, *resource, acl.host, acl.permission].append(acl)
    taken: set[str] = set()
    for _, acls in sorted(grouped.items()):
        name = _unique(_acl_name(acls[0]), taken)
        yield Manifest(kind="Acl", metadata=Metadata(name=name), spec=_acl(acls))


def _unique(name: str, taken: set[str]) -> str:
    """Return an unused document name: the name itself, or with the first free number."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    taken.add(free)
    return free


def _acl(acls: list[AclBinding]) -> AclSpec:
    first = acls[0]
    return AclSpec(
        principal=first.principal,
        host=first.host,
        permission=first.permission.lower(),
        resource=AclResource(
            type=_RESOURCE_KINDS[first.resource_type],
            name=first.resource_name,
            pattern=first.pattern_type.lower(),
        ),
        operations=tuple(sorted({SPELLED[a.operation] for a in acls})),
    )


def _acl_name(acl: AclBinding) -> str:
    """Name a document after its content, so that the name stays while the content does."""
    words = [acl.principal.partition(":")[2], _RESOURCE_KINDS[acl.resource_type], acl.resource_name]
    if acl.pattern_type == "PREFIXED":
        words.append("prefixed")
    if acl.permission == "DENY":
        words.append("deny")
    return "-".join(words)


def _quotas(snapshot: ClusterSnapshot, missing: list[UnknownFact]) -> Iterator[Manifest]:
    taken: set[str] = set()
    for entry in value_or(snapshot.quotas, ()):
        limits = {k: v for k, v in entry.limits.items() if _is_expressible(entry, k, v)}
        if set(entry.limits) - set(limits):
            extra = ", ".join(sorted(set(entry.limits) - set(limits)))
            missing.append(
                UnknownFact("quota", _quota_name(entry), f"left out: {extra} cannot be declared")
            )
        if limits:
            yield Manifest(
                kind="Quota",
                metadata=Metadata(name=_unique(_quota_name(entry), taken)),
                spec=QuotaSpec(entity=_entity(entry), limits=_limits(limits)),
            )


def _is_expressible(entry: QuotaEntry, key: str, value: float) -> bool:
    """Return whether a manifest can declare a limit: a known one, of a known entity, that Kafka accepts."""
    kinds = {kind for kind, _ in entry.entity}
    if key not in QUOTA_KEYS or kinds not in _ENTITIES or (kinds == {"ip"}) != (key == IP_KEY):
        return False
    text = str(int(value)) if isfinite(value) and value == int(value) else repr(value)
    return 0 < value < 2**63 and wrong_value(key, QUOTA[key], text) is None


def _entity(entry: QuotaEntry) -> QuotaEntity:
    names = {kind: name_text(name) for kind, name in entry.entity}
    return QuotaEntity(user=names.get("user"), client_id=names.get("client-id"), ip=names.get("ip"))


def _limits(limits: dict[str, float]) -> Limits:
    whole = {k: int(v) for k, v in limits.items() if k in BYTE_RATES}
    return Limits(**{**limits, **whole})  # pyright: ignore[reportArgumentType]  bytes are whole


def _quota_name(entry: QuotaEntry) -> str:
    return "-".join(f"{kind}-{name_text(name)}" for kind, name in reversed(entry.entity))


def _users(snapshot: ClusterSnapshot) -> Iterator[Manifest]:
    users: tuple[ScramUser, ...] = value_or(snapshot.users, ())
    for user in users:
        for credential in user.credentials:
            yield Manifest(
                kind="User",
                metadata=Metadata(name=user.name),
                spec=UserSpec(mechanism=credential.mechanism, iterations=credential.iterations),
            )
