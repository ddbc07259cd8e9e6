"""Rules on access: what would lock steward's own principal out, and what opens or closes a resource to all."""

from steward.change.guard.subject import GuardInput, Reasons, approve
from steward.change.planning.acls import is_covered, resource_text
from steward.change.planning.cluster_state import ClusterState, Unseen
from steward.change.planning.quota_effects import lowered
from steward.model.acl import AclBinding
from steward.model.authorization import EVERYONE
from steward.model.change import (
    AlterQuota,
    ConfigTarget,
    CreateAcl,
    DeleteAcl,
    DeleteScram,
    UpsertScram,
)
from steward.model.plan import Step

_OPEN = "allow.everyone.if.no.acl.found"
_REMEDY = (
    "prepare another way in: a super user, or a second principal that may administer the cluster"
)


def own_access(subject: GuardInput) -> Reasons:
    """Require confirmation before steward loses its own access, or all clients gain or lose a resource."""
    if not subject.policy.is_production:
        return
    for index, step, cluster in subject.walk():
        text = _own(step, cluster, subject.policy.principal)
        if text:
            message = f"steward connects as {subject.policy.principal}: {text}"
            yield approve("own_access", step.object, message, _REMEDY, index)
        text = _of_everybody(step, cluster)
        if text:
            yield approve("open_to_everyone", step.object, text, step=index)


def _own(step: Step, cluster: ClusterState, principal: str) -> str:
    """Describe what steward loses; empty if it loses nothing, or its principal is unknown."""
    change = step.change
    is_own = _user(principal)
    match change:
        case CreateAcl(acl=acl) if acl.permission == "DENY" and _speaks_of(acl, principal):
            return (
                f"it loses {acl.operation} on {resource_text(acl)}, and may be unable to undo this"
            )
        case DeleteAcl(acl=acl) if acl.permission == "ALLOW" and _speaks_of(acl, principal):
            if is_covered(acl, cluster):
                return ""
            return (
                f"it loses {acl.operation} on {resource_text(acl)}, and may be unable to undo this"
            )
        case DeleteScram(user=user) if user == is_own:
            return "it can no longer log in with this credential"
        case UpsertScram(user=user) if user == is_own and step.before:
            return "it can no longer log in with the password from its profile"
        case AlterQuota(entity=entity) if dict(entity).get("user") == is_own is not None:
            return "this limits its own requests" if lowered(change, cluster) else ""
        case _:
            return ""


def _speaks_of(acl: AclBinding, principal: str) -> bool:
    return bool(principal) and acl.principal in (principal, EVERYONE)


def _user(principal: str) -> str | None:
    kind, _, name = principal.partition(":")
    return name if kind == "User" else None


def _of_everybody(step: Step, cluster: ClusterState) -> str:
    """Describe the effect of a resource's first or last ACL if resources without ACLs are open to everyone."""
    change = step.change
    if not isinstance(change, (CreateAcl, DeleteAcl)) or not _is_open(cluster):
        return ""
    acl = change.acl
    others = [a for a in cluster.acls_on(acl.resource_type, acl.resource_name) if a != acl]
    if others:
        return ""
    if isinstance(change, CreateAcl):
        return f"first ACL on {resource_text(acl)}: every other principal loses access, because {_OPEN} is true"
    return f"last ACL on {resource_text(acl)}: every client gets access, because {_OPEN} is true"


def _is_open(cluster: ClusterState) -> bool:
    try:
        brokers = [cluster.configs(ConfigTarget.BROKER, str(b)) for b in cluster.live_brokers]
    except Unseen:
        return False
    values = (entries[_OPEN].value for entries in brokers if _OPEN in entries)
    return any(value is not None and value.strip().lower() == "true" for value in values)
