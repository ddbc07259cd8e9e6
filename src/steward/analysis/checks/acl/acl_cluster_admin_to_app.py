"""Rights over the whole cluster in the hands of applications."""

from collections.abc import Iterator

from steward.analysis.checks.acl.wording import acl_evidence, is_app, on_acl, remove_acl
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import ACLS, FoundState, check
from steward.model.acl import AclBinding
from steward.model.finding import Confidence, Severity
from steward.model.snapshot import Part

MEANING = {
    "ALL": "do everything to the cluster, and grant itself any right",
    "ALTER": "add and remove ACLs, and so grant itself any right",
    "ALTER_CONFIGS": "change the configuration of every broker",
    "CLUSTER_ACTION": "act as a broker",
}


@check("A02", Severity.CRITICAL, over=ACLS, parts=(Part.ACLS,))
def acl_cluster_admin_to_app(facts: Facts, acl: AclBinding) -> Iterator[FoundState]:
    """An application may administer the cluster.

    What it means: a principal that is not declared as an operator may do ALL, ALTER, ALTER_CONFIGS or CLUSTER_ACTION on
        the cluster resource. Operators, brokers and tools are declared in checks.thresholds.internal_principals.
    Why it matters: ALTER on the cluster lets a client write ACLs, so it can grant itself everything else.
        ALTER_CONFIGS reconfigures brokers, CLUSTER_ACTION speaks as one. A stolen application password is then the
        cluster.
    What to do: remove the binding; if the principal is an operator, a broker or a tool, declare it.
    """
    if acl.resource_type != "CLUSTER" or acl.permission != "ALLOW":
        return
    if acl.operation not in MEANING or not is_app(facts, acl.principal):
        return
    if facts.authorizer.defeating(acl):
        return
    yield FoundState(
        object=on_acl(acl),
        confidence=Confidence.INFERRED,
        summary=f"{acl.principal}, not declared as an operator, may {MEANING[acl.operation]}",
        evidence=(acl_evidence(acl),),
        remedy=remove_acl(
            acl, "remove it, or name the principal in checks.thresholds.internal_principals"
        ),
    )
