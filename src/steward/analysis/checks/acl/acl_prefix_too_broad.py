"""Prefixed bindings whose prefix is too short."""

from collections.abc import Iterator

from steward.analysis.checks.acl.wording import acl_evidence, is_app, on_acl, remove_acl
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import ACLS, FoundState, check
from steward.model.acl import AclBinding
from steward.model.authorization import WILDCARD
from steward.model.finding import Severity
from steward.model.snapshot import Part

DESCRIBE_OPERATIONS = frozenset({"DESCRIBE", "DESCRIBE_CONFIGS"})


@check("A04", Severity.HIGH, over=ACLS, parts=(Part.ACLS,))
def acl_prefix_too_broad(facts: Facts, acl: AclBinding) -> Iterator[FoundState]:
    """An ACL prefix is so short that it matches unrelated names.

    What it means: a PREFIXED ALLOW has a prefix shorter than checks.thresholds.min_acl_prefix_length.
    Why it matters: the prefix matches names of other teams and names that do not exist yet. A prefix of * is not a
        wildcard: it matches only names that begin with an asterisk, usually none.
    What to do: grant a prefix that belongs to one team, with its separator, such as `team-`, then remove this binding.
    """
    if acl.pattern_type != "PREFIXED" or acl.permission != "ALLOW":
        return
    if len(acl.resource_name) >= facts.thresholds.min_acl_prefix_length:
        return
    if acl.principal in facts.thresholds.internal_principals or facts.authorizer.overriding_deny(
        acl
    ):
        return
    yield FoundState(
        object=on_acl(acl),
        severity=_severity(facts, acl),
        summary=_summary(acl),
        evidence=(acl_evidence(acl),),
        remedy=remove_acl(acl, "grant a longer prefix, then remove this binding"),
    )


def _severity(facts: Facts, acl: AclBinding) -> Severity:
    if acl.resource_name == WILDCARD or (
        acl.operation in DESCRIBE_OPERATIONS and is_app(facts, acl.principal)
    ):
        return Severity.LOW
    return Severity.HIGH


def _summary(acl: AclBinding) -> str:
    if acl.resource_name == WILDCARD:
        return f"prefix * is not a wildcard: it matches only {acl.resource_type} names that begin with *"
    return (
        f"{acl.principal} has {acl.operation} on every {acl.resource_type} "
        f"whose name begins with {acl.resource_name}"
    )
