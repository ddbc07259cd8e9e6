"""Groups that no specific ACL covers."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.names import is_console
from steward.analysis.checks.registry import CLUSTER, FoundState, acl_name, check
from steward.analysis.checks.say import count, few, on_cluster
from steward.model.acl import AclBinding
from steward.model.command import steward
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.snapshot import Part


@check("G11", Severity.MEDIUM, over=CLUSTER, parts=(Part.GROUPS, Part.ACLS))
def group_access_by_wildcard_only(facts: Facts, _: None) -> Iterator[FoundState]:
    """Groups are accessible only through an ACL on all groups.

    What it means: no ACL on the group's name or on a prefix of it allows READ; an ACL on all groups (*) does. This is
        inferred: a super user, which needs no ACL, may also own the group.
    Why it matters: a principal with READ on all groups can also join them and commit their offsets.
    What to do: find out who uses the groups (the client ids and hosts of their members), grant READ on each group or on
        a common prefix to that principal, then remove the binding on *.
    """
    allowing = [acl for acl in facts.acls if _allows_read(acl)]
    wildcards = [a for a in allowing if a.resource_name == "*" and a.pattern_type == "LITERAL"]
    if not wildcards:
        return
    names = {a.resource_name for a in allowing if a.pattern_type == "LITERAL"}
    prefixes = {a.resource_name for a in allowing if a.pattern_type == "PREFIXED"}
    lengths = sorted({len(prefix) for prefix in prefixes})
    only = [
        group.id
        for group in facts.groups
        if group.id not in names
        and not is_console(group.id)
        and not any(group.id[:n] in prefixes for n in lengths)
    ]
    if not only:
        return
    yield FoundState(
        object=on_cluster(),
        confidence=Confidence.INFERRED,
        summary=f"{count(len(only), 'group')} of {len(facts.groups):,} can be read only through an ACL on all groups "
        f"(unless a super user owns them): {few(only, 3)}",
        evidence=tuple(
            Evidence("DescribeAcls", "ACL on all groups", acl_name(a)) for a in wildcards[:5]
        ),
        remedy=Remedy(
            f"grant READ on {only[0]} to the principal that uses it, then remove the ACL on all groups",
            steward("acl create", principal="PRINCIPAL", operation="READ", group=only[0]),
        ),
    )


def _allows_read(acl: AclBinding) -> bool:
    return (
        acl.permission == "ALLOW"
        and acl.resource_type == "GROUP"
        and acl.operation in ("READ", "ALL")
    )
