"""How findings about ACLs point, quote and repair."""

from shlex import quote

from steward.checks.facts import Facts
from steward.checks.registry import acl_name
from steward.model.acl import AclBinding
from steward.model.authorization import EVERYONE
from steward.model.finding import Evidence, ObjectRef, Remedy

PUBLIC = frozenset({EVERYONE, "User:ANONYMOUS"})
"""Principals that stand for anybody."""

_RESOURCE_FLAGS = {
    "TOPIC": "--topic",
    "GROUP": "--group",
    "TRANSACTIONAL_ID": "--transactional-id",
    "DELEGATION_TOKEN": "--delegation-token",
    "USER": "--user-principal",
}


def is_app(facts: Facts, principal: str) -> bool:
    """Tell whether a principal is neither an operator nor anybody."""
    return principal not in PUBLIC and principal not in facts.thresholds.internal_principals


def on_acl(acl: AclBinding) -> ObjectRef:
    """Point at a binding."""
    return ObjectRef("acl", acl_name(acl))


def on_principal(principal: str) -> ObjectRef:
    """Point at a principal."""
    return ObjectRef("principal", principal)


def acl_evidence(acl: AclBinding, fact: str = "binding") -> Evidence:
    """Quote a binding."""
    return Evidence("DescribeAcls", fact, acl_name(acl))


def remove_acl(acl: AclBinding, summary: str) -> Remedy:
    """Say how to remove exactly this binding."""
    return Remedy(summary, acl_command("remove --force", acl))


def acl_command(verb: str, acl: AclBinding) -> str:
    """Write the kafka-acls command line that adds or removes one binding."""
    side = acl.permission.lower()
    return (
        f"kafka-acls.sh --bootstrap-server $BOOTSTRAP --{verb} "
        f"--{side}-principal {quote(acl.principal)} --{side}-host {quote(acl.host)} "
        f"--operation {operation_word(acl.operation)} {_resource(acl)} "
        f"--resource-pattern-type {acl.pattern_type.lower()}"
    )


def operation_word(operation: str) -> str:
    """Spell an operation as kafka-acls takes it, ``ALTER_CONFIGS`` as ``AlterConfigs``."""
    return "".join(word.capitalize() for word in operation.split("_"))


def _resource(acl: AclBinding) -> str:
    flag = _RESOURCE_FLAGS.get(acl.resource_type)
    return f"{flag} {quote(acl.resource_name)}" if flag else "--cluster"
