"""Operators whose cluster rights are valid from any host."""

from collections.abc import Iterator

from steward.analysis.checks.acl.wording import acl_evidence, on_principal, operation_word
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import few
from steward.model.acl import AclBinding
from steward.model.authorization import WILDCARD
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part

ADMIN_OPERATIONS = frozenset({"ALL", "ALTER", "ALTER_CONFIGS"})


@check("A13", Severity.MEDIUM, over=CLUSTER, parts=(Part.ACLS,))
def acl_admin_any_host(facts: Facts, _: None) -> Iterator[FoundState]:
    """An operator's cluster rights are valid from any host.

    What it means: a principal of checks.thresholds.internal_principals has ALL, ALTER or ALTER_CONFIGS on the cluster
        from host *.
    Why it matters: a stolen operator password works from every machine that can reach a listener.
    What to do: grant the rights to the addresses of the administration hosts, one binding for each address: Kafka
        accepts no address ranges in ACLs. If the addresses change often, use client certificates for operators and
        waive this finding.
    """
    for principal in sorted(set(facts.thresholds.internal_principals)):
        acls = [acl for acl in facts.authorizer.of(principal) if _grants_any_host(acl)]
        if acls:
            yield _found(principal, acls)


def _grants_any_host(acl: AclBinding) -> bool:
    return (
        acl.resource_type == "CLUSTER"
        and acl.permission == "ALLOW"
        and acl.host == WILDCARD
        and acl.operation in ADMIN_OPERATIONS
    )


def _found(principal: str, acls: list[AclBinding]) -> FoundState:
    return FoundState(
        object=on_principal(principal),
        summary=f"{principal} can administer the cluster from any host",
        evidence=(
            Evidence(
                "DescribeAcls", "operations", few([operation_word(a.operation) for a in acls])
            ),
            acl_evidence(acls[0]),
        ),
        remedy=Remedy(
            "add the same bindings for the administration hosts, then remove those for host *"
        ),
    )
