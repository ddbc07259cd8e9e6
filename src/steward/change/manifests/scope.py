"""The scope of a set: nothing outside is ever pruned."""

from collections.abc import Iterator

from steward.change.manifests.kinds import SetScope
from steward.model.acl import AclBinding
from steward.model.quota import QuotaEntry


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Return whether a name begins with one of the prefixes; a trailing * is ignored."""
    return any(name.startswith(p.removesuffix("*")) for p in patterns if p)


def holds_topic(scope: SetScope, topic: str) -> bool:
    """Return whether a topic is in the scope."""
    return matches(topic, scope.topics)


def holds_principal(scope: SetScope, principal: str) -> bool:
    """Return whether a principal is in the scope: exactly, or by a prefix with a trailing *."""
    return any(
        principal.startswith(p[:-1]) if p.endswith("*") else principal == p
        for p in scope.principals
    )


def holds_acl(scope: SetScope, acl: AclBinding) -> bool:
    """Return whether a binding is on a resource in the scope, for any principal.

    The owner of a topic grants access to it, and so may revoke it. Bindings on every resource (*), on the cluster, on
    users and tokens belong to no set.
    """
    owned = {
        "TOPIC": scope.topics,
        "GROUP": scope.groups,
        "TRANSACTIONAL_ID": scope.transactional_ids,
    }.get(acl.resource_type, ())
    if acl.resource_name == "*" and acl.pattern_type == "LITERAL":
        return False
    return matches(acl.resource_name, owned)


def holds_quota(scope: SetScope, entry: QuotaEntry) -> bool:
    """Return whether a quota is for a user in the scope; defaults, client ids alone and addresses belong to no set."""
    users = [name for kind, name in entry.entity if kind == "user"]
    return bool(users) and users[0] is not None and holds_principal(scope, f"User:{users[0]}")


def holds_user(scope: SetScope, user: str) -> bool:
    """Return whether a SCRAM user is in the scope."""
    return holds_principal(scope, f"User:{user}")


def overlaps(one: SetScope, other: SetScope) -> Iterator[str]:
    """Return the entries of one scope that another has, too."""
    for field in ("topics", "groups", "transactional_ids"):
        for mine in getattr(one, field):
            bare = mine.removesuffix("*")
            if any(
                bare.startswith(theirs.removesuffix("*"))
                or theirs.removesuffix("*").startswith(bare)
                for theirs in getattr(other, field)
            ):
                yield mine
    for mine in one.principals:
        if any(_principals_meet(mine, theirs) for theirs in other.principals):
            yield mine


def _principals_meet(one: str, other: str) -> bool:
    a, b = one.removesuffix("*"), other.removesuffix("*")
    if one.endswith("*") and other.endswith("*"):
        return a.startswith(b) or b.startswith(a)
    if one.endswith("*"):
        return other.startswith(a)
    return one.startswith(b) if other.endswith("*") else one == other
