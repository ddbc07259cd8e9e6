"""Grants to users that nobody can log in as."""

from collections.abc import Iterator

from steward.analysis.checks.acl.wording import (
    PUBLIC,
    acl_evidence,
    is_app,
    on_principal,
    operation_word,
    remove_acl,
)
from steward.analysis.checks.authentication import require_listed_principals
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import few
from steward.model.acl import AclBinding
from steward.model.finding import Confidence, Evidence, Severity
from steward.model.snapshot import Part


@check("A06", Severity.MEDIUM, over=CLUSTER, parts=(Part.ACLS, Part.USERS, Part.BROKER_CONFIGS))
def acl_principal_unknown(facts: Facts, _: None) -> Iterator[FoundState]:
    """A principal has rights, but there is no such user.

    What it means: an ALLOW names a user without SCRAM credentials, while SCRAM is the only way to log in. It is not
        judged where clients may also use certificates, PLAIN, OAUTHBEARER or Kerberos: Kafka keeps no list of those.
    Why it matters: a typing error leaves the real application without its rights; a user long gone leaves rights that
        whoever creates that name again inherits.
    What to do: correct the name, or remove the bindings.
    """
    require_listed_principals(facts)
    users = {f"User:{user.name}" for user in facts.users}
    authorizer = facts.authorizer
    for principal in authorizer.principals:
        if principal in users or principal in PUBLIC or not is_app(facts, principal):
            continue
        allows = [acl for acl in authorizer.of(principal) if acl.permission == "ALLOW"]
        if principal.startswith("User:") and allows:
            yield _found(principal, allows)


def _found(principal: str, acls: list[AclBinding]) -> FoundState:
    rights = [f"{operation_word(a.operation)} {a.resource_type} {a.resource_name}" for a in acls]
    return FoundState(
        object=on_principal(principal),
        confidence=Confidence.INFERRED,
        summary=f"{len(acls)} ACLs allow {principal}, but no SCRAM user has that name",
        evidence=(
            Evidence("DescribeUserScramCredentials", principal.removeprefix("User:"), "absent"),
            Evidence("DescribeAcls", "rights", few(rights)),
            acl_evidence(acls[0]),
        ),
        remedy=remove_acl(acls[0], "correct the name, or remove its bindings one by one"),
    )
