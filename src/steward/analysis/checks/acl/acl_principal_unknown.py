"""ALLOW bindings for users that do not exist."""

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
from steward.analysis.checks.say import count, few
from steward.model.acl import AclBinding
from steward.model.finding import Confidence, Evidence, Severity
from steward.model.snapshot import Part


@check("A06", Severity.MEDIUM, over=CLUSTER, parts=(Part.ACLS, Part.USERS, Part.BROKER_CONFIGS))
def acl_principal_unknown(facts: Facts, _: None) -> Iterator[FoundState]:
    """A principal has rights, but no such user exists.

    What it means: an ALLOW names a user without SCRAM credentials, and SCRAM is the only way to authenticate. The check
        does not apply where clients may also use certificates, PLAIN, OAUTHBEARER or Kerberos, because Kafka has no
        list of those users.
    Why it matters: if the name is mistyped, the real application lacks its rights. If the user was deleted, a new user
        of that name inherits the rights.
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
        summary=f"{count(len(acls), 'ACL')} for {principal}, but no SCRAM user has that name",
        evidence=(
            Evidence("DescribeUserScramCredentials", principal.removeprefix("User:"), "absent"),
            Evidence("DescribeAcls", "rights", few(rights)),
            acl_evidence(acls[0]),
        ),
        remedy=remove_acl(acls[0], "correct the name, or remove its bindings one by one"),
    )
