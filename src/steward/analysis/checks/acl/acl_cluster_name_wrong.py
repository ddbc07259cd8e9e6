"""Cluster ACLs that match no cluster."""

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
    """A cluster ACL has a name that is not kafka-cluster, so it does nothing.

    What it means: the one cluster resource is called kafka-cluster. A binding with another name matches nothing.
        Brokers refuse to create such bindings today; those that exist came from an older cluster.
    Why it matters: an ALLOW like this grants nothing, and a DENY protects nothing, whatever its author meant.
    What to do: add the binding on kafka-cluster if it is still wanted, and remove this one.
    """
    if acl.resource_type != "CLUSTER" or _matches(acl):
        return
    yield FoundState(
        object=on_acl(acl),
        summary=f"matches nothing: the cluster resource is {CLUSTER_NAME}, not {acl.resource_name}",
        evidence=(acl_evidence(acl),),
        remedy=Remedy(
            "add it on kafka-cluster if it is wanted, and delete this "
            "one with an admin client, as Kafka's own tool cannot name it"
        ),
    )


def _matches(acl: AclBinding) -> bool:
    if acl.pattern_type == "PREFIXED":
        return CLUSTER_NAME.startswith(acl.resource_name)
    return acl.resource_name in (CLUSTER_NAME, WILDCARD)
