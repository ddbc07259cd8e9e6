"""ALLOW bindings for all principals that permit changes, or reading all topics."""

from collections.abc import Iterator

from steward.analysis.checks.acl.wording import PUBLIC, acl_evidence, on_acl, remove_acl
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import ACLS, FoundState, check
from steward.model.acl import AclBinding
from steward.model.authorization import WILDCARD
from steward.model.finding import Severity
from steward.model.snapshot import Part

CHANGE_OPERATIONS = frozenset(
    {"ALL", "WRITE", "DELETE", "ALTER", "ALTER_CONFIGS", "CLUSTER_ACTION", "CREATE_TOKENS"}
)


@check("A01", Severity.CRITICAL, over=ACLS, parts=(Part.ACLS,))
def acl_open_to_everyone(facts: Facts, acl: AclBinding) -> Iterator[FoundState]:
    """Every client that reaches the cluster can write, delete or alter.

    What it means: an ALLOW for User:* (every principal) or User:ANONYMOUS (clients that did not authenticate) permits
        an operation that changes or creates something, or READ on all topics.
    Why it matters: every client that can open a connection has this right, and the authorizer log cannot say who used
        it. One faulty client can lose or leak data.
    What to do: grant the operation to the principals that need it, then remove this binding.
    """
    if acl.permission != "ALLOW" or acl.principal not in PUBLIC:
        return
    severity = _severity(acl)
    if severity is None or facts.authorizer.overriding_deny(acl):
        return
    who = "every client" if acl.host == WILDCARD else f"any client from {acl.host}"
    yield FoundState(
        object=on_acl(acl),
        severity=severity,
        summary=f"{who} has {acl.operation} on {acl.resource_type} {acl.resource_name}",
        evidence=(acl_evidence(acl),),
        remedy=remove_acl(acl, "grant it to the principals that need it, then remove this binding"),
    )


def _severity(acl: AclBinding) -> Severity | None:
    if acl.operation in CHANGE_OPERATIONS:
        return Severity.CRITICAL if acl.host == WILDCARD else Severity.HIGH
    reads_all = acl.operation == "READ" and acl.resource_type == "TOPIC"
    if acl.operation == "CREATE" or (reads_all and acl.resource_name == WILDCARD):
        return Severity.HIGH
    return None
