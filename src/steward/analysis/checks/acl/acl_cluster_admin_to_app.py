"""Applications that have rights over the whole cluster."""

from collections.abc import Iterator

from steward.analysis.checks.acl.wording import acl_evidence, is_app, on_acl, remove_acl
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import ACLS, FoundState, check
from steward.model.acl import AclBinding
from steward.model.finding import Confidence, Severity
from steward.model.snapshot import Part

MEANING = {
    "ALL": "do everything on the cluster, including granting itself any right",
    "ALTER": "add and remove ACLs, so it can grant itself any right",
    "ALTER_CONFIGS": "change the configuration of every broker",
    "CLUSTER_ACTION": "act as a broker",
}


@check("A02", Severity.CRITICAL, over=ACLS, parts=(Part.ACLS,))
def acl_cluster_admin_to_app(facts: Facts, acl: AclBinding) -> Iterator[FoundState]:
    """An application can administer the cluster.

    What it means: a principal that is not declared as an operator has ALL, ALTER, ALTER_CONFIGS or CLUSTER_ACTION on
        the cluster resource. Operators, brokers and tools are declared in checks.thresholds.internal_principals.
    Why it matters: with ALTER on the cluster a client can write ACLs and so grant itself every other right.
        ALTER_CONFIGS changes the configuration of brokers, CLUSTER_ACTION lets a client act as a broker. A stolen
        application password then gives control of the cluster.
    What to do: remove the binding. If the principal is an operator, a broker or a tool, declare it.
    """
    if acl.resource_type != "CLUSTER" or acl.permission != "ALLOW":
        return
    if acl.operation not in MEANING or not is_app(facts, acl.principal):
        return
    if facts.authorizer.overriding_deny(acl):
        return
    yield FoundState(
        object=on_acl(acl),
        confidence=Confidence.INFERRED,
        summary=f"{acl.principal} is not declared as an operator and can {MEANING[acl.operation]}",
        evidence=(acl_evidence(acl),),
        remedy=remove_acl(
            acl, "remove it, or add the principal to checks.thresholds.internal_principals"
        ),
    )
