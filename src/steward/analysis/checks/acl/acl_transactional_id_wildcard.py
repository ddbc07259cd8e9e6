"""Applications that have rights over every transactional id."""

from collections.abc import Iterator

from steward.analysis.checks.acl.wording import acl_evidence, on_acl, remove_acl
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import ACLS, FoundState, check
from steward.model.acl import AclBinding
from steward.model.authorization import WILDCARD
from steward.model.finding import Severity
from steward.model.snapshot import Part

FENCING = frozenset({"ALL", "WRITE"})


@check("A11", Severity.MEDIUM, over=ACLS, parts=(Part.ACLS,))
def acl_transactional_id_wildcard(facts: Facts, acl: AclBinding) -> Iterator[FoundState]:
    """A principal can use every transactional id.

    What it means: an ALLOW on the transactional id * gives WRITE or ALL to a principal that is not declared as an
        operator.
    Why it matters: a producer that starts with the transactional.id of another application fences that application's
        producer and aborts its open transaction.
    What to do: grant the ids or the prefix that the application uses, then remove this binding.
    """
    if acl.resource_type != "TRANSACTIONAL_ID" or acl.resource_name != WILDCARD:
        return
    if acl.permission != "ALLOW" or acl.pattern_type != "LITERAL" or acl.operation not in FENCING:
        return
    if acl.principal in facts.thresholds.internal_principals or facts.authorizer.overriding_deny(
        acl
    ):
        return
    yield FoundState(
        object=on_acl(acl),
        summary=f"{acl.principal} can use every transactional id and fence other producers",
        evidence=(acl_evidence(acl),),
        remedy=remove_acl(acl, "grant its own ids or prefix, then remove this binding"),
    )
