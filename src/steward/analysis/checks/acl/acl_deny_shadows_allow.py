"""ALLOW bindings that a DENY makes ineffective."""

from collections.abc import Iterator

from steward.analysis.checks.acl.wording import acl_evidence, on_acl, remove_acl
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import ACLS, FoundState, acl_name, check
from steward.model.acl import AclBinding
from steward.model.finding import Severity
from steward.model.snapshot import Part


@check("A08", Severity.MEDIUM, over=ACLS, parts=(Part.ACLS,))
def acl_deny_shadows_allow(facts: Facts, acl: AclBinding) -> Iterator[FoundState]:
    """An ALLOW has no effect because a DENY covers all of it.

    What it means: a DENY covers the pattern, principal, host and operation of this ALLOW. In Kafka a DENY always wins,
        however specific the ALLOW is. A DENY that covers only a part (one topic of a prefix, one operation of ALL) is
        a normal exception and is not reported.
    Why it matters: the two bindings contradict each other: either the access should work, or the ALLOW is a mistake.
    What to do: if the access is intended, remove the DENY; otherwise remove the ALLOW.
    """
    if acl.permission != "ALLOW":
        return
    deny = facts.authorizer.overriding_deny(acl)
    if deny is None:
        return
    yield FoundState(
        object=on_acl(acl),
        summary=f"has no effect: {acl_name(deny)} overrides it",
        evidence=(acl_evidence(acl), acl_evidence(deny, "overriding binding")),
        remedy=remove_acl(
            acl, "remove this ALLOW; if the access is intended, remove the DENY instead"
        ),
    )
