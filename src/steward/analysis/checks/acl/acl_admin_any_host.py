"""Operators' rights that hold from any address."""

from collections.abc import Iterator

from steward.analysis.checks.acl.wording import acl_evidence, on_principal, operation_word
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import few
from steward.model.acl import AclBinding
from steward.model.authorization import WILDCARD
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part

RULING = frozenset({"ALL", "ALTER", "ALTER_CONFIGS"})


@check("A13", Severity.MEDIUM, over=CLUSTER, parts=(Part.ACLS,))
def acl_admin_any_host(facts: Facts, _: None) -> Iterator[FoundState]:
    """An operator's rights over the cluster hold from any address.

    What it means: a principal of checks.thresholds.internal_principals may do ALL, ALTER or ALTER_CONFIGS on the
        cluster from host *.
    Why it matters: a stolen operator's password then works from anywhere that reaches a listener.
    What to do: grant the rights for the addresses of the administration hosts, one binding each: Kafka takes single
        addresses here, no ranges. Where addresses change, use client certificates for operators and waive this.
    """
    for principal in sorted(set(facts.thresholds.internal_principals)):
        acls = [acl for acl in facts.authorizer.of(principal) if _rules_from_anywhere(acl)]
        if acls:
            yield _found(principal, acls)


def _rules_from_anywhere(acl: AclBinding) -> bool:
    return (
        acl.resource_type == "CLUSTER"
        and acl.permission == "ALLOW"
        and acl.host == WILDCARD
        and acl.operation in RULING
    )


def _found(principal: str, acls: list[AclBinding]) -> FoundState:
    return FoundState(
        object=on_principal(principal),
        summary=f"{principal} may administer the cluster from any address",
        evidence=(
            Evidence(
                "DescribeAcls", "operations", few([operation_word(a.operation) for a in acls])
            ),
            acl_evidence(acls[0]),
        ),
        remedy=Remedy("add the same bindings for single addresses, then remove those for host *"),
    )
