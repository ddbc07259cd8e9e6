"""Objects, evidence and remedies of findings about ACLs."""

from collections.abc import Callable, Iterable, Mapping
from typing import LiteralString

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import acl_name
from steward.model.acl import AclBinding
from steward.model.authorization import EVERYONE
from steward.model.command import Command, OptionValue, kafka, steward
from steward.model.finding import Evidence, ObjectRef, Remedy

PUBLIC = frozenset({EVERYONE, "User:ANONYMOUS"})
"""Principals that match every client or every unauthenticated client."""

_RESOURCES: Mapping[str, Callable[[str], dict[str, OptionValue]]] = {
    "TOPIC": lambda name: {"topic": name},
    "GROUP": lambda name: {"group": name},
    "TRANSACTIONAL_ID": lambda name: {"transactional_id": name},
    "CLUSTER": lambda _: {"on_cluster": True},
}
"""The options of ``steward acl delete`` for each resource type that it supports."""
_FLAGS: Mapping[str, LiteralString] = {
    "TOPIC": "--topic",
    "GROUP": "--group",
    "TRANSACTIONAL_ID": "--transactional-id",
    "DELEGATION_TOKEN": "--delegation-token",
    "USER": "--user-principal",
}
"""The options of kafka-acls for each resource type."""


def is_app(facts: Facts, principal: str) -> bool:
    """Return whether a principal is neither declared as internal nor public."""
    return principal not in PUBLIC and principal not in facts.thresholds.internal_principals


def on_acl(acl: AclBinding) -> ObjectRef:
    """Return the object reference of a binding."""
    return ObjectRef("acl", acl_name(acl))


def on_principal(principal: str) -> ObjectRef:
    """Return the object reference of a principal."""
    return ObjectRef("principal", principal)


def acl_evidence(acl: AclBinding, fact: str = "binding") -> Evidence:
    """Return a binding as evidence."""
    return Evidence("DescribeAcls", fact, acl_name(acl))


def remove_acl(acl: AclBinding, summary: str) -> Remedy:
    """Return the remedy that removes exactly this binding."""
    return Remedy(summary, _removal(acl))


def delete_topic_acls(topic: str, acls: Iterable[AclBinding]) -> Command:
    """Return the command that removes these bindings; they must be all literal bindings of the topic."""
    found = tuple(acls)
    return steward(
        "acl delete",
        principal=sorted({acl.principal for acl in found}),
        operation=sorted({acl.operation for acl in found}),
        topic=topic,
        host=sorted({acl.host for acl in found}),
        deny=all(acl.permission == "DENY" for acl in found),
    )


def _removal(acl: AclBinding) -> Command:
    """Return the command that removes one binding: steward's where it supports the resource type, else kafka-acls."""
    resource = _RESOURCES.get(acl.resource_type)
    if resource is not None:
        return steward(
            "acl delete",
            principal=acl.principal,
            operation=acl.operation,
            **resource(acl.resource_name),
            prefixed=acl.pattern_type == "PREFIXED",
            host=acl.host,
            deny=acl.permission == "DENY",
        )
    return acl_command("--remove", "--force", acl=acl)


def acl_command(*verb: LiteralString, acl: AclBinding) -> Command:
    """Return the kafka-acls command that adds or removes one binding."""
    side = "--deny" if acl.permission == "DENY" else "--allow"
    flag = _FLAGS.get(acl.resource_type)
    return kafka(
        "acls",
        *verb,
        (f"{side}-principal", acl.principal),
        (f"{side}-host", acl.host),
        ("--operation", operation_word(acl.operation)),
        (flag, acl.resource_name) if flag else "--cluster",
        ("--resource-pattern-type", acl.pattern_type.lower()),
    )


def operation_word(operation: str) -> str:
    """Spell an operation as kafka-acls takes it, ``ALTER_CONFIGS`` as ``AlterConfigs``."""
    return "".join(word.capitalize() for word in operation.split("_"))
