"""The ACL bindings that an application's declared use needs, as few as suffice."""

from collections.abc import Iterator

from steward.change.manifests.kinds import ApplicationSpec, Consumes, Produces
from steward.model.acl import AclBinding

_MIRROR_WRITES = ("CREATE", "ALTER", "ALTER_CONFIGS", "DESCRIBE_CONFIGS")
"""MirrorMaker creates remote topics, adds partitions and copies configs (KIP-382)."""
_INTERNAL = ("CREATE", "DELETE", "DESCRIBE_CONFIGS", "READ", "WRITE")
"""Operations of Streams on its changelog and repartition topics."""
_STORAGE = ("DESCRIBE_CONFIGS", "READ", "WRITE")
"""Operations of Connect workers on their storage topics, which manifests must declare."""


def bindings(spec: ApplicationSpec) -> tuple[AclBinding, ...]:
    """Return the bindings that an application needs, sorted.

    READ and WRITE imply DESCRIBE (AclAuthorizer), and idempotent producers need no more than WRITE on a topic
    (KIP-679), so neither is granted again.
    """
    return tuple(sorted({*_writing(spec), *_reading(spec), *_layered(spec)}))


def _writing(spec: ApplicationSpec) -> Iterator[AclBinding]:
    for produced in spec.produces:
        operations = ("WRITE", *(_MIRROR_WRITES if spec.type == "mirror" else ()))
        for operation in operations:
            yield _on(spec, "TOPIC", produced.topic, produced.pattern, operation)
        yield from _transactions(spec, produced)


def _transactions(spec: ApplicationSpec, produced: Produces) -> Iterator[AclBinding]:
    if produced.transactional:
        yield _on(
            spec,
            "TRANSACTIONAL_ID",
            produced.transactional,
            produced.transactional_pattern,
            "WRITE",
        )


def _reading(spec: ApplicationSpec) -> Iterator[AclBinding]:
    for consumed in spec.consumes:
        yield _on(spec, "TOPIC", consumed.topic, consumed.pattern, "READ")
        if spec.type == "mirror":
            yield _on(spec, "TOPIC", consumed.topic, consumed.pattern, "DESCRIBE_CONFIGS")
        yield from _group(spec, consumed)


def _group(spec: ApplicationSpec, consumed: Consumes) -> Iterator[AclBinding]:
    if consumed.group:
        yield _on(spec, "GROUP", consumed.group, consumed.group_pattern, "READ")


def _layered(spec: ApplicationSpec) -> Iterator[AclBinding]:
    """Return the bindings that Streams and Connect need for their internal topics and groups."""
    if spec.type == "streams":
        yield _on(spec, "GROUP", spec.application_id, "literal", "READ")
        for operation in _INTERNAL:
            yield _on(spec, "TOPIC", f"{spec.application_id}-", "prefixed", operation)
        # exactly-once processing derives its transactional ids from the application id
        yield _on(spec, "TRANSACTIONAL_ID", f"{spec.application_id}-", "prefixed", "WRITE")
    if spec.type == "connect":
        yield _on(spec, "GROUP", spec.application_id, "literal", "READ")
        for topic in spec.storage:
            for operation in _STORAGE:
                yield _on(spec, "TOPIC", topic, "literal", operation)


def _on(
    spec: ApplicationSpec, resource_type: str, name: str, pattern: str, operation: str
) -> AclBinding:
    return AclBinding(
        resource_type=resource_type,
        resource_name=name,
        pattern_type=pattern.upper(),
        principal=spec.principal,
        host=spec.host,
        operation=operation,
        permission="ALLOW",
    )
