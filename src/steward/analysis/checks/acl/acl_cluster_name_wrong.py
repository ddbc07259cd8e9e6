"""Cluster ACLs that match no resource."""

from collections.abc import Iterator

from steward.analysis.checks.acl.wording import acl_evidence, on_acl
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import ACLS, FoundState, check
from steward.model.acl import AclBinding
from steward.model.authorization import CLUSTER_NAME, WILDCARD
from steward.model.finding import Remedy, Severity
from steward.model.snapshot import Part


@check("A15", Severity.LOW, over=ACLS, parts=(Part.ACLS,))
def acl_cluster_name_wrong(_: Facts, acl: AclBinding) -> Iterator[FoundState]:
    """A cluster ACL has another name than kafka-cluster, so it has no effect.

    What it means: the only cluster resource is named kafka-cluster. A binding with another name matches nothing.
        Brokers now refuse to create such bindings; existing ones come from an older release.
    Why it matters: such an ALLOW grants nothing, and such a DENY forbids nothing.
    What to do: if the right is still needed, add the binding on kafka-cluster. Then remove this one.
    """
    if acl.resource_type != "CLUSTER" or _matches(acl):
        return
    yield FoundState(
        object=on_acl(acl),
        summary=f"matches nothing: the cluster resource is {CLUSTER_NAME}, not {acl.resource_name}",
        evidence=(acl_evidence(acl),),
        remedy=Remedy(
            "if it is needed, add it on kafka-cluster; then delete this "
            "one with an admin client (kafka-acls cannot delete it)"
        ),
    )


def _matches(acl: AclBinding) -> bool:
    if acl.pattern_type == "PREFIXED":
        return CLUSTER_NAME.startswith(acl.resource_name)
    return acl.resource_name in (CLUSTER_NAME, WILDCARD)
