"""Applications that have rights over every consumer group."""

from collections.abc import Iterator

from steward.analysis.checks.acl.wording import acl_evidence, on_acl, remove_acl
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import ACLS, FoundState, check
from steward.model.acl import AclBinding
from steward.model.authorization import WILDCARD
from steward.model.finding import Severity
from steward.model.snapshot import Part

GROUP_OPERATIONS = frozenset({"ALL", "READ", "DELETE"})


@check("A10", Severity.MEDIUM, over=ACLS, parts=(Part.ACLS,))
def acl_group_wildcard(facts: Facts, acl: AclBinding) -> Iterator[FoundState]:
    """A principal can join, reset or delete every consumer group.

    What it means: an ALLOW on the group name * gives READ, DELETE or ALL to a principal that is not declared as an
        operator.
    Why it matters: READ on a group is the right to join it and to commit its offsets. With a wrong group.id alone, one
        application can take partitions from another or overwrite its offsets.
    What to do: grant the name of the group or the prefix of the team, then remove this binding.
    """
    if acl.resource_type != "GROUP" or acl.resource_name != WILDCARD:
        return
    if (
        acl.permission != "ALLOW"
        or acl.pattern_type != "LITERAL"
        or acl.operation not in GROUP_OPERATIONS
    ):
        return
    if acl.principal in facts.thresholds.internal_principals or facts.authorizer.overriding_deny(
        acl
    ):
        return
    yield FoundState(
        object=on_acl(acl),
        summary=f"{acl.principal} has {acl.operation} on every consumer group and can reset its offsets",
        evidence=(acl_evidence(acl),),
        remedy=remove_acl(acl, "grant its own group names, then remove this binding"),
    )
