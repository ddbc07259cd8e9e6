"""Grants that another grant already contains."""

from collections.abc import Iterator

from steward.analysis.checks.acl.wording import acl_evidence, on_acl, remove_acl
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import ACLS, FoundState, acl_name, check
from steward.model.acl import AclBinding
from steward.model.finding import Severity
from steward.model.snapshot import Part


@check("A07", Severity.LOW, over=ACLS, parts=(Part.ACLS,))
def acl_redundant(facts: Facts, acl: AclBinding) -> Iterator[FoundState]:
    """An ALLOW permits nothing that a broader one does not permit already.

    What it means: another ALLOW covers its pattern, principal, host and operation. Pairs that Kafka's own tools write,
        such as DESCRIBE beside READ on the same pattern, are not counted.
    Why it matters: it looks like the grant that matters. Whoever removes it believes that access ended, and whoever
        reads the list sees a narrow right where a broad one holds.
    What to do: remove the narrow one, or, better, the broad one if the narrow one is what was meant.
    """
    if acl.permission != "ALLOW":
        return
    broader = facts.authorizer.subsuming(acl)
    if broader is None:
        return
    yield FoundState(
        object=on_acl(acl),
        summary=f"adds nothing: {acl_name(broader)} permits it already",
        evidence=(acl_evidence(acl), acl_evidence(broader, "broader binding")),
        remedy=remove_acl(acl, "remove it, or remove the broader one if this is what was meant"),
    )
