"""julie: topologies whose topic names consist of context and project (kafka-ops/julie)."""

from collections.abc import Iterator

from steward.change.manifests.importers.field_reader import FieldReader, moved
from steward.change.manifests.kinds import (
    ApplicationSpec,
    Consumes,
    Limits,
    Manifest,
    ManifestSetSpec,
    Metadata,
    Produces,
    QuotaEntity,
    QuotaSpec,
    TopicShape,
    TopicSpec,
)
from steward.model.quota import name_text

_STORAGE = {
    "configs_topic": "connect-configs",
    "offset_topic": "connect-offsets",
    "status_topic": "connect-status",
}
_NO_PART = frozenset({"projects", "platform", "special_topics", "context", "plans", "_"})


def convert(document: FieldReader) -> Iterator[Manifest]:
    """Yield the manifests of a topology, or the profiles of a file of plans."""
    if document.has("plans"):
        yield _plans(document)
        document.finish()
        return
    prefix = [document.text("context")]
    prefix += [document.text(key) for key in document.names if key not in _NO_PART]
    for project in document.inners("projects"):
        yield from _project(prefix, project)
    for topic in document.inners("special_topics"):
        yield _topic(topic.text("name"), topic)
    yield from _platform(document.inner("platform"))
    document.finish()


def _plans(document: FieldReader) -> Manifest:
    profiles: dict[str, TopicShape] = {}
    place = document.place
    for name, plan in document.named("plans"):
        configs = plan.configs("config")
        profiles[name] = _shape(configs)
        plan.ignore("alias")
        plan.finish()
    return Manifest(
        kind="ManifestSet", metadata=Metadata(name="julie"), spec=ManifestSetSpec(profiles=profiles), place=place
    )  # fmt: skip


def _shape(configs: dict[str, str]) -> TopicShape:
    return TopicShape(
        partitions=moved(configs, "num.partitions"),
        replicas=moved(configs, "replication.factor"),
        retention=moved(configs, "retention.ms"),
        retention_bytes=moved(configs, "retention.bytes"),
        config=configs,
    )


def _project(prefix: list[str], project: FieldReader) -> Iterator[Manifest]:
    parts = [*(p for p in prefix if p), project.text("name")]
    names: list[str] = []
    for topic in project.inners("topics"):
        words = [*parts, topic.text("name"), topic.text("dataType")]
        names.append(".".join(word for word in words if word))
        yield from _of_topic(names[-1], topic)
        yield _topic(names[-1], topic)
    yield from _clients(project, tuple(names), ".".join(parts))
    yield from _streams(project, ".".join(parts))
    yield from _connectors(project, ".".join(parts))
    project.finish()


def _topic(name: str, topic: FieldReader) -> Manifest:
    shape = _shape(topic.configs("config"))
    spec = TopicSpec(
        **{field: getattr(shape, field) for field in TopicShape.__slots__}, profile=topic.text("plan")
    )  # fmt: skip
    labels = topic.configs("metadata")
    topic.ignore("name", "dataType")
    topic.finish()
    metadata = Metadata(name=name, labels=labels)
    return Manifest(kind="Topic", metadata=metadata, spec=spec, place=topic.place)


def _of_topic(name: str, topic: FieldReader) -> Iterator[Manifest]:
    yield from _clients(topic, (name,), name)


def _clients(owner: FieldReader, topics: tuple[str, ...], what: str) -> Iterator[Manifest]:
    for producer in owner.inners("producers"):
        principal = producer.text("principal")
        transactional = producer.text("transactionId", "transactional_id")
        producer.ignore("idempotence")  # needs no permission of its own (KIP-679)
        pattern = "literal" if transactional else "prefixed"
        uses = tuple(
            Produces(topic=t, transactional=transactional, transactional_pattern=pattern)
            for t in topics
        )
        producer.finish()
        yield _application(f"{_bare(principal)}-writes-{what}", principal, producer, produces=uses)
    for consumer in owner.inners("consumers"):
        principal = consumer.text("principal")
        group = consumer.text("group") or "*"
        reads = tuple(Consumes(topic=t, group=group) for t in topics)
        consumer.finish()
        yield _application(f"{_bare(principal)}-reads-{what}", principal, consumer, consumes=reads)


def _streams(project: FieldReader, what: str) -> Iterator[Manifest]:
    for stream in project.inners("streams"):
        principal, topics = stream.text("principal"), stream.inner("topics")
        yield _application(
            f"{_bare(principal)}-streams-{what}",
            principal,
            stream,
            type="streams",
            application_id=stream.text("applicationId") or what,
            produces=tuple(Produces(topic=t) for t in topics.texts("write")),
            consumes=tuple(Consumes(topic=t) for t in topics.texts("read")),
        )
        topics.finish()
        stream.ignore("exactlyOnce")  # Streams has permission on its transactional ids anyway
        stream.finish()


def _connectors(project: FieldReader, what: str) -> Iterator[Manifest]:
    """Yield what workers need; the connectors themselves (artefacts) are not converted.

    Without names julie uses those of Connect's examples.
    """
    section = project.inner("connectors")
    for worker in section.inners("access_control"):
        principal, topics = worker.text("principal"), worker.inner("topics")
        yield _application(
            f"{_bare(principal)}-connects-{what}",
            principal,
            worker,
            type="connect",
            application_id=worker.text("group") or "connect-cluster",
            storage=tuple(worker.text(key) or usual for key, usual in _STORAGE.items()),
            produces=tuple(Produces(topic=t) for t in topics.texts("write")),
            consumes=tuple(Consumes(topic=t) for t in topics.texts("read")),
        )
        topics.finish()
        worker.finish()
    section.finish("connectors are deployed elsewhere")


def _application(name: str, principal: str, at: FieldReader, **spec: object) -> Manifest:
    made = ApplicationSpec(principal=principal, **spec)  # pyright: ignore[reportArgumentType]  fields by name
    return Manifest(kind="Application", metadata=Metadata(name=name), spec=made, place=at.place)


def _platform(platform: FieldReader) -> Iterator[Manifest]:
    kafka = platform.inner("kafka")
    for quota in kafka.inners("quotas"):
        user = _bare(quota.text("principal"))
        limits = Limits(
            producer_byte_rate=quota.number("producer_byte_rate"),
            consumer_byte_rate=quota.number("consumer_byte_rate"),
            request_percentage=quota.fraction("request_percentage"),
        )
        quota.finish()
        yield Manifest(
            kind="Quota",
            metadata=Metadata(name=f"user-{user}"),
            spec=QuotaSpec(entity=QuotaEntity(user=name_text(user)), limits=limits),
            place=quota.place,
        )
    kafka.finish("permissions of platform components are not converted: write Acl documents")
    platform.finish("permissions of platform components are not converted: write Acl documents")


def _bare(principal: str) -> str:
    return principal.partition(":")[2] or principal
