"""Random manifests, for laws that must hold of all of them."""

from typing import Any

from hypothesis import strategies as st

from steward.change.manifests.kinds import (
    AclResource,
    AclSpec,
    ApplicationSpec,
    ClientSpec,
    ClusterRef,
    Consumes,
    Defaults,
    Limits,
    Manifest,
    ManifestSetSpec,
    Metadata,
    PasswordFrom,
    PolicySpec,
    Produces,
    Prune,
    QuotaBasis,
    QuotaEntity,
    QuotaSpec,
    SetScope,
    TenantSpec,
    TopicShape,
    TopicSpec,
    UserSpec,
    WaiverSpec,
)
from steward.change.manifests.spelling import allowed_operations

PREFIX = "pay."
names = st.from_regex(r"pay\.[a-z0-9._-]{1,12}", fullmatch=True)
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Co", "Cn"]),
    min_size=1,
    max_size=20,
)
principals = st.builds("User:{}".format, texts.filter(lambda t: t.strip() == t))
configs = st.dictionaries(
    st.sampled_from(["max.message.bytes", "segment.ms", "compression.type", "min.insync.replicas"]),
    st.one_of(
        st.integers(1, 2**40).map(str),
        st.sampled_from(["producer", "on", "no", "12:30", "1e3", "0x1", ""]),
    ),
    max_size=3,
).map(lambda d: dict(sorted(d.items())))
patterns = st.sampled_from(["literal", "prefixed"])
positive = st.integers(1, 2**40)


def shape_fields() -> dict[str, Any]:
    return {
        "partitions": st.none() | st.integers(1, 500),
        "replicas": st.none() | st.integers(1, 5),
        "criticality": st.none() | st.sampled_from(["critical", "standard", "ephemeral"]),
        "retention": st.none() | st.just(-1) | st.integers(0, 10**12),
        "retention_bytes": st.none() | st.just(-1) | st.integers(0, 2**50),
        "config": configs,
        "unmanaged_config": st.none() | st.sampled_from(["keep", "reset", "report"]),
    }


shapes = st.builds(TopicShape, **shape_fields())
topics = st.builds(
    TopicSpec,
    **{**shape_fields(), "partitions": st.integers(1, 500), "replicas": st.integers(1, 5)},
    profile=st.sampled_from(["", "gold"]),
    overrides=st.dictionaries(st.just("dev"), shapes, max_size=1),
)  # fmt: skip
applications = st.builds(
    ApplicationSpec,
    principal=principals,
    type=st.sampled_from(["app", "streams", "connect", "mirror"]),
    application_id=names,
    storage=st.lists(names, max_size=2).map(tuple),
    produces=st.lists(
        st.builds(Produces, topic=names, pattern=patterns, transactional=st.just("") | names),
        min_size=1, max_size=2,
    ).map(tuple),
    consumes=st.lists(
        st.builds(Consumes, topic=names, pattern=patterns, group=st.just("") | names), max_size=2
    ).map(tuple),
    client=st.builds(
        ClientSpec,
        acks=st.none() | st.sampled_from(["all", "1", "0"]),
        idempotence=st.none() | st.booleans(),
        max_in_flight=st.none() | st.integers(1, 10),
        delivery_timeout=st.none() | st.integers(0, 10**7),
    ),
)  # fmt: skip


@st.composite
def acls(draw: st.DrawFn) -> AclSpec:
    kind = draw(st.sampled_from(["topic", "group", "transactionalId"]))
    operations = draw(st.sets(st.sampled_from(allowed_operations(kind)), min_size=1, max_size=3))
    return AclSpec(
        principal=draw(principals),
        resource=AclResource(type=kind, name=draw(names), pattern=draw(patterns)),
        operations=tuple(sorted(operations)),
        permission=draw(st.sampled_from(["allow", "deny"])),
    )


quotas = st.builds(
    QuotaSpec,
    entity=st.builds(QuotaEntity, user=texts, client_id=st.none() | texts | st.just("<default>")),
    limits=st.builds(
        Limits,
        producer_byte_rate=positive,
        consumer_byte_rate=st.none() | positive,
        request_percentage=st.none() | st.sampled_from([0.5, 12.0, 250.0]),
    ),
    basis=st.just(QuotaBasis()) | st.builds(QuotaBasis, scope=st.just("cluster"), brokers=st.integers(1, 9)),
)  # fmt: skip
users = st.builds(
    UserSpec,
    mechanism=st.sampled_from(["SCRAM-SHA-256", "SCRAM-SHA-512"]),
    iterations=st.none() | st.integers(4096, 16384),
    password_from=st.none() | st.builds(PasswordFrom, env=texts) | st.builds(PasswordFrom, file=texts),
)  # fmt: skip
RULES = ("resource.replicas >= 3", "resource.name.startsWith('pay.')", '"x" in resource.config')
others = st.one_of(
    st.builds(TenantSpec, principals=st.lists(principals, max_size=2).map(tuple)),
    st.builds(PolicySpec, rule=st.sampled_from(RULES), message=texts),
    st.builds(
        WaiverSpec, check=texts, object=st.builds("topic/{}".format, names), reason=texts,
        until=st.dates().map(str),
    ),
)  # fmt: skip

KIND_OF = {
    TopicSpec: "Topic", ApplicationSpec: "Application", AclSpec: "Acl", QuotaSpec: "Quota",
    UserSpec: "User", TenantSpec: "Tenant", PolicySpec: "Policy", WaiverSpec: "Waiver",
}  # fmt: skip

SET = ManifestSetSpec(
    clusters=(ClusterRef(name="prod", cluster_id="id1"), ClusterRef(name="dev", cluster_id="id2")),
    scope=SetScope(topics=(PREFIX,), groups=(PREFIX,), transactional_ids=(PREFIX,), principals=("User:*",)),
    prune=Prune(topics="plan", acls="plan", quotas="plan", users="plan"),
    defaults=Defaults(topic=TopicShape(config={"min.insync.replicas": "2"})),
    profiles={"gold": TopicShape(retention=14 * 86_400_000)},
)  # fmt: skip


def _key(manifest: Manifest) -> tuple[str, ...]:
    from steward.change.manifests.validity import identity

    return identity(manifest)


@st.composite
def manifest_sets(draw: st.DrawFn) -> list[Manifest]:
    """A ManifestSet and documents of every kind, each object once."""
    specs = draw(
        st.lists(st.one_of(topics, applications, acls(), quotas, users, others), max_size=12)
    )
    found: list[Manifest] = [Manifest(kind="ManifestSet", metadata=Metadata(name="pay"), spec=SET)]
    for number, spec in enumerate(specs):
        metadata = Metadata(
            name=f"{PREFIX}{number}",
            owner=draw(st.sampled_from(["", "team-pay", "0", "no"])),
            protect=draw(st.booleans()),
        )
        found.append(Manifest(kind=KIND_OF[type(spec)], metadata=metadata, spec=spec))
    return list({_key(m): m for m in found}.values())
