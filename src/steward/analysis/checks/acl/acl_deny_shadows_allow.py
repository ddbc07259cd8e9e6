"""Grants that a DENY leaves nothing of."""

from collections.abc import Iterator

from steward.analysis.checks.acl.wording import acl_evidence, on_acl, remove_acl
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import ACLS, FoundState, acl_name, check
from steward.model.acl import AclBinding
from steward.model.finding import Severity
from steward.model.snapshot import Part


@check("A08", Severity.MEDIUM, over=ACLS, parts=(Part.ACLS,))
def acl_deny_shadows_allow(facts: Facts, acl: AclBinding) -> Iterator[FoundState]:
    """An ALLOW has no effect, for a DENY defeats all of it.

    What it means: a DENY covers the pattern, principal, host and operation of this ALLOW. In Kafka a DENY always wins,
        however specific the ALLOW is. A DENY that takes away only a part (one topic of a prefix, one operation of ALL)
        is a normal exception and is not reported.
    Why it matters: somebody expects this access to work, or to be refused; one of the two is wrong.
    What to do: remove the DENY if the access is meant, else the ALLOW.
    """
    if acl.permission != "ALLOW":
        return
    deny = facts.authorizer.defeating(acl)
    if deny is None:
        return
    yield FoundState(
        object=on_acl(acl),
        summary=f"has no effect: {acl_name(deny)} wins",
        evidence=(acl_evidence(acl), acl_evidence(deny, "winning binding")),
        remedy=remove_acl(acl, "remove this ALLOW, or the DENY if the access is meant"),
    )
