"""Desired state of one cluster: manifests after defaults, profiles, overrides and expansion."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from steward.change.manifests.application import bindings
from steward.change.manifests.kinds import (
    AclSpec,
    ApplicationSpec,
    Manifest,
    ManifestSetSpec,
    PasswordFrom,
    Placement,
    QuotaSpec,
    TopicShape,
    TopicSpec,
    UserSpec,
)
from steward.change.manifests.problem import ManifestsInvalid, Place, Problem
from steward.change.manifests.reading import Manifests
from steward.change.manifests.scope import holds_topic
from steward.change.manifests.spelling import OPERATIONS, RESOURCE_TYPES
from steward.change.manifests.validity import TYPED_KEYS
from steward.model.acl import AclBinding
from steward.model.quota import QUOTA_KEYS, QuotaEntry, name_from

SAY_IT = "set it in the document, its profile or the set's defaults"

_PER_BROKER = frozenset({"producer_byte_rate", "consumer_byte_rate", "request_percentage"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestTarget:
    """The cluster that manifests are resolved for: its id, and its profile's name."""

    cluster_id: str | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredTopic:
    """A declared topic: ``config`` has explicit values only, as Kafka stores them.

    ``replicas`` None leaves an existing topic's replication factor unchanged.
    """

    name: str
    partitions: int
    replicas: int | None
    config: Mapping[str, str]
    unmanaged_config: str = "keep"
    criticality: str | None = None
    placement: str = "rack"
    protect: bool = False
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredUser:
    """A declared SCRAM credential; ``iterations`` None is undeclared."""

    name: str
    mechanism: str
    iterations: int | None
    password_from: PasswordFrom | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredState:
    """Everything declared for one cluster.

    ``sets`` are the sets that apply here, ``protected`` the names of protected topics.
    Shape: topics by name; each binding with its document, the first of several; quotas and users sorted.
    """

    topics: tuple[DesiredTopic, ...]
    acls: Mapping[AclBinding, Manifest]
    quotas: tuple[tuple[QuotaEntry, Place], ...]
    users: tuple[DesiredUser, ...]
    sets: tuple[tuple[str, ManifestSetSpec], ...]


class WrongCluster(ManifestsInvalid):
    """The sets are for other clusters."""

    code = "wrong_cluster"


def resolve(manifests: Manifests, target: ManifestTarget) -> DesiredState:
    """Return what manifests declare for a cluster.

    Errors: WrongCluster, if no set is for it; ManifestsInvalid, for topics without required fields.
    """
    sets = tuple((m, spec) for m, spec in manifests.of(ManifestSetSpec))
    _require_cluster(sets, target)
    problems: list[Problem] = []
    topics: list[DesiredTopic] = []
    for manifest, spec in manifests.of(TopicSpec):
        owner = _owner(manifest.metadata.name, sets)
        found = _topic(manifest, spec, owner, cluster_name(owner, target), problems)
        if found is not None:
            topics.append(found)
    if problems:
        raise ManifestsInvalid(problems)
    return DesiredState(
        topics=tuple(sorted(topics, key=lambda t: t.name)),
        acls=_acls(manifests),
        quotas=tuple(
            sorted(
                ((quota_entry(spec), m.place) for m, spec in manifests.of(QuotaSpec)),
                key=lambda pair: [(kind, name or "") for kind, name in pair[0].entity],
            )
        ),
        users=tuple(
            sorted(
                (_user(m, spec) for m, spec in manifests.of(UserSpec)),
                key=lambda u: (u.name, u.mechanism),
            )
        ),
        sets=tuple(sorted(((m.metadata.name, s) for m, s in sets), key=lambda pair: pair[0])),
    )


def _require_cluster(
    sets: Iterable[tuple[Manifest, ManifestSetSpec]], target: ManifestTarget
) -> None:
    for manifest, spec in sets:
        ids = {c.cluster_id for c in spec.clusters if c.cluster_id}
        named = [c for c in spec.clusters if c.name == target.name and c.cluster_id]
        closed = all(c.cluster_id for c in spec.clusters)
        if ids and target.cluster_id not in ids and (closed or named):
            meant = ", ".join(f"{c.name} ({c.cluster_id})" for c in spec.clusters)
            raise WrongCluster(
                [
                    Problem(
                        manifest.place,
                        f"set {manifest.metadata.name} is for {meant}; "
                        f"this is {target.name} ({target.cluster_id or 'id unknown'})",
                        "choose the right cluster with --cluster, or add it to spec.clusters",
                    )
                ]
            )


def cluster_name(owner: ManifestSetSpec | None, target: ManifestTarget) -> str:
    """Return the name of the target in overrides: by its id in the set, else by its profile."""
    for cluster in owner.clusters if owner else ():
        if cluster.cluster_id and cluster.cluster_id == target.cluster_id:
            return cluster.name
    return target.name


def _owner(
    topic: str, sets: tuple[tuple[Manifest, ManifestSetSpec], ...]
) -> ManifestSetSpec | None:
    holding = [s for _, s in sets if holds_topic(s.scope, topic)]
    silent = [s for _, s in sets if not s.scope.topics]
    return next(iter((*holding, *silent)), None)


def shape_of(
    spec: TopicSpec, owner: ManifestSetSpec | None, cluster: str | None
) -> tuple[TopicShape, Mapping[str, str]]:
    """Merge defaults, profile, document and override; also return the resulting config.

    Shape: the config has typed fields under Kafka's keys.
    """
    override = spec.overrides.get(cluster) if cluster is not None else None
    layers = [spec, *([override] if override else [])]
    if owner is not None:
        profile = owner.profiles.get(spec.profile)
        layers = [owner.defaults.topic, *([profile] if profile else []), *layers]
    shape = TopicShape()
    config: dict[str, str] = {}
    for layer in layers:
        said = {
            name: value
            for name in TopicShape.__slots__
            if name != "config" and (value := getattr(layer, name)) is not None
        }
        shape = replace(shape, **said)
        config |= layer.config
        config |= {
            key: str(value)
            for field, key in TYPED_KEYS.items()
            if (value := getattr(layer, field)) is not None
        }
    return shape, dict(sorted(config.items()))


def _topic(
    manifest: Manifest,
    spec: TopicSpec,
    owner: ManifestSetSpec | None,
    cluster: str,
    problems: list[Problem],
) -> DesiredTopic | None:
    shape, config = shape_of(spec, owner, cluster)
    name = manifest.metadata.name
    if shape.partitions is None:
        problems.append(Problem(manifest.place, f"topic {name} has no spec.partitions", SAY_IT))
        return None
    return DesiredTopic(
        name=name,
        partitions=shape.partitions,
        replicas=shape.replicas,
        config=config,
        unmanaged_config=shape.unmanaged_config or "keep",
        criticality=shape.criticality,
        placement=(shape.placement or Placement()).spread,
        protect=manifest.metadata.protect,
        place=manifest.place,
    )


def _acls(manifests: Manifests) -> Mapping[AclBinding, Manifest]:
    wanted: dict[AclBinding, Manifest] = {}
    for manifest, spec in manifests.of(ApplicationSpec):
        for binding in bindings(spec):
            wanted.setdefault(binding, manifest)
    for manifest, spec in manifests.of(AclSpec):
        for binding in acl_bindings(spec):
            wanted.setdefault(binding, manifest)
    return dict(sorted(wanted.items()))


def acl_bindings(spec: AclSpec) -> tuple[AclBinding, ...]:
    """Return an Acl document's bindings, one per operation."""
    return tuple(
        AclBinding(
            resource_type=RESOURCE_TYPES[spec.resource.type],
            resource_name=spec.resource.name,
            pattern_type=spec.resource.pattern.upper(),
            principal=spec.principal,
            host=spec.host,
            operation=OPERATIONS[operation.replace("_", "").lower()],
            permission=spec.permission.upper(),
        )
        for operation in spec.operations
    )


def quota_entry(spec: QuotaSpec) -> QuotaEntry:
    """Return a Quota document's entity and limits as Kafka stores them: cluster-wide rates divided by brokers."""
    entity = spec.entity
    parts = (("client-id", entity.client_id), ("ip", entity.ip), ("user", entity.user))
    divisor = (spec.basis.brokers or 1) if spec.basis.scope == "cluster" else 1
    limits: dict[str, float] = {}
    for key in sorted(QUOTA_KEYS):
        value = getattr(spec.limits, key)
        if value is not None:
            limits[key] = float(_divided(key, value, divisor) if key in _PER_BROKER else value)
    return QuotaEntry(
        tuple((kind, name_from(name)) for kind, name in parts if name is not None),
        limits,
    )  # fmt: skip


def _divided(key: str, value: float, by: int) -> float:
    """Divide a rate; byte rates stay whole numbers above 0, as Kafka requires."""
    return value / by if key == "request_percentage" else max(1, int(value) // by)


def _user(manifest: Manifest, spec: UserSpec) -> DesiredUser:
    return DesiredUser(
        name=spec.user or manifest.metadata.name,
        mechanism=spec.mechanism,
        iterations=spec.iterations,
        password_from=spec.password_from,
        place=manifest.place,
    )
