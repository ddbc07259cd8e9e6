"""ALLOW bindings that another ALLOW already covers."""

from collections.abc import Iterator

from steward.analysis.checks.acl.wording import acl_evidence, on_acl, remove_acl
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import ACLS, FoundState, acl_name, check
from steward.model.acl import AclBinding
from steward.model.finding import Severity
from steward.model.snapshot import Part


@check("A07", Severity.LOW, over=ACLS, parts=(Part.ACLS,))
def acl_redundant(facts: Facts, acl: AclBinding) -> Iterator[FoundState]:
    """An ALLOW permits nothing that a broader ALLOW does not already permit.

    What it means: another ALLOW covers its pattern, principal, host and operation. Pairs that Kafka's own tools write,
        such as DESCRIBE beside READ on the same pattern, are not reported.
    Why it matters: removing this binding does not end the access, and a reader of the list sees a narrow right where a
        broad one is in effect.
    What to do: remove this binding; if the narrow right is the intended one, remove the broad one instead.
    """
    if acl.permission != "ALLOW":
        return
    broader = facts.authorizer.covering_allow(acl)
    if broader is None:
        return
    yield FoundState(
        object=on_acl(acl),
        summary=f"has no effect: {acl_name(broader)} already permits it",
        evidence=(acl_evidence(acl), acl_evidence(broader, "broader binding")),
        remedy=remove_acl(
            acl, "remove it; if the narrow right is intended, remove the broader binding instead"
        ),
    )
