"""Changes of ACLs: add one binding, or remove exactly one."""

from collections.abc import Iterator

from steward.analysis.checks.acl.wording import acl_command
from steward.analysis.checks.registry import acl_name
from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.kind import GRANT, REVOKE, Hazard, Kind
from steward.model.acl import AclBinding
from steward.model.authorization import EVERYONE, WILDCARD
from steward.model.change import Change, CreateAcl, DeleteAcl
from steward.model.command import Command
from steward.model.finding import ObjectRef
from steward.model.plan import Risk, State
from steward.model.snapshot import Part


class CreateAclHandler(Kind[CreateAcl]):
    """Add a binding."""

    def object(self, change: CreateAcl) -> ObjectRef:
        """Return the binding's name."""
        return ObjectRef("acl", acl_name(change.acl))

    def parts(self, change: CreateAcl) -> frozenset[Part]:
        """All bindings."""
        return frozenset({Part.ACLS})

    def state(self, change: CreateAcl, cluster: ClusterState) -> State:
        """Return whether the binding exists."""
        return acl_state(change.acl, cluster)

    def apply(self, change: CreateAcl, cluster: ClusterState) -> None:
        """Add it."""
        cluster.add_acl(change.acl)

    def inverse(self, change: CreateAcl, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Remove it."""
        return (DeleteAcl(acl=change.acl),)

    def risk(self, change: CreateAcl, cluster: ClusterState) -> Risk:
        """Disruptive for a DENY, which removes access, and for a wide ALLOW, which lets its principal harm others."""
        is_safe = change.acl.permission == "ALLOW" and not _breadth(change.acl)
        return Risk.SAFE if is_safe else Risk.DISRUPTIVE

    def hazard(self, change: CreateAcl, cluster: ClusterState) -> Hazard | None:
        """Return a hazard for a DENY and for a wide ALLOW."""
        acl = change.acl
        if acl.permission == "DENY":
            return Hazard("access_denied", _denied(acl))
        breadth = _breadth(acl)
        return Hazard("broad_access", _granted(acl, breadth)) if breadth else None

    def phase(self, change: CreateAcl, cluster: ClusterState) -> int:
        """Grant before anything is revoked."""
        return GRANT if change.acl.permission == "ALLOW" else REVOKE

    def impossible(self, change: CreateAcl, cluster: ClusterState) -> str:
        """Return what Kafka would reject."""
        acl = change.acl
        if ":" not in acl.principal:
            return f"principal {acl.principal!r} has no type: write User:{acl.principal}"
        if not acl.resource_name or not acl.host:
            return "a binding needs a resource and a host; * matches all"
        if acl.pattern_type == "PREFIXED" and acl.resource_name == "*":
            return "a PREFIXED * matches only names that begin with a star: use LITERAL *"
        return ""

    def effects(self, change: CreateAcl, cluster: ClusterState) -> tuple[str, ...]:
        """Describe who loses access."""
        acl = change.acl
        if acl.permission == "DENY":
            return (_denied(acl),)
        breadth = _breadth(acl)
        texts = (_granted(acl, breadth),) if breadth else ()
        if not cluster.acls_on(acl.resource_type, acl.resource_name):
            kind = acl.resource_type.lower()
            where = "where allow.everyone.if.no.acl.found is true"
            return (
                *texts,
                f"first ACL on this {kind}: every other principal loses access to it {where}",
            )
        return texts

    def command(self, change: CreateAcl) -> Command:
        """Return kafka-acls --add."""
        return acl_command("--add", acl=change.acl)


class DeleteAclHandler(Kind[DeleteAcl]):
    """Remove a binding."""

    def object(self, change: DeleteAcl) -> ObjectRef:
        """Return the binding's name."""
        return ObjectRef("acl", acl_name(change.acl))

    def parts(self, change: DeleteAcl) -> frozenset[Part]:
        """All bindings."""
        return frozenset({Part.ACLS})

    def state(self, change: DeleteAcl, cluster: ClusterState) -> State:
        """Return whether the binding exists."""
        return acl_state(change.acl, cluster)

    def apply(self, change: DeleteAcl, cluster: ClusterState) -> None:
        """Remove it."""
        cluster.remove_acl(change.acl)

    def inverse(self, change: DeleteAcl, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Add it."""
        return (CreateAcl(acl=change.acl),)

    def risk(self, change: DeleteAcl, cluster: ClusterState) -> Risk:
        """Always disruptive: a principal loses or regains access; a wider ACL may come only later in the plan."""
        return Risk.DISRUPTIVE

    def hazard(self, change: DeleteAcl, cluster: ClusterState) -> Hazard | None:
        """Return a hazard for a lifted DENY, and for an ALLOW that many clients or administration rely on."""
        text = "; ".join(self.effects(change, cluster))
        if change.acl.permission == "DENY":
            return None if _shuts_a_topic(change.acl) else Hazard("denial_lifted", text)
        is_wide = _breadth(change.acl) or change.acl.resource_name == WILDCARD
        if not is_wide or is_covered(change.acl, cluster):
            return None
        return Hazard("access_removed", text)

    def phase(self, change: DeleteAcl, cluster: ClusterState) -> int:
        """Revoke late; removing a DENY grants."""
        return REVOKE if change.acl.permission == "ALLOW" else GRANT

    def effects(self, change: DeleteAcl, cluster: ClusterState) -> tuple[str, ...]:
        """Describe who loses or regains access, given the other bindings."""
        acl = change.acl
        if acl.permission == "DENY":
            return (f"{_who(acl)} regains {_what(acl)} where an ACL allows it",)
        if is_covered(acl, cluster):
            return (f"{_who(acl)} keeps {_what(acl)} through a wider ACL",)
        return (f"{_who(acl)} loses {_what(acl)}",)

    def command(self, change: DeleteAcl) -> Command:
        """Return kafka-acls --remove."""
        return acl_command("--remove", "--force", acl=change.acl)


def acl_state(acl: AclBinding, cluster: ClusterState) -> State:
    """Return ``binding: present``, or an empty state."""
    return {"binding": "present"} if acl in cluster.acls else {}


_READS = frozenset({"DESCRIBE", "DESCRIBE_CONFIGS"})
_ADMINISTERS = frozenset({"ALL", "ALTER", "ALTER_CONFIGS", "CLUSTER_ACTION", "DELETE"})
_SHORT_PREFIX = 2
"""Longest prefix, in characters, that is likely to match names of several owners."""


def _breadth(acl: AclBinding) -> str:
    """Describe why an ACL is wide; empty for one principal and one owner's resources."""
    if acl.principal == EVERYONE:
        return "User:* matches every client, unauthenticated ones too"
    if acl.operation in _READS:
        return ""
    if acl.resource_type == "CLUSTER":
        return (
            "allows reconfiguring or stopping the cluster" if acl.operation in _ADMINISTERS else ""
        )
    if acl.resource_name == WILDCARD and acl.pattern_type == "LITERAL":
        return "includes resources created later"
    if acl.pattern_type == "PREFIXED" and len(acl.resource_name) <= _SHORT_PREFIX:
        return f"the prefix is so short that it also matches {acl.resource_type.lower()}s of other owners"
    return ""


def _shuts_a_topic(acl: AclBinding) -> bool:
    """Return whether a DENY blocks one topic for all clients, as a quarantine does; removing it restores the ALLOWs."""
    return (
        acl.principal == EVERYONE
        and (acl.resource_type, acl.pattern_type) == ("TOPIC", "LITERAL")
        and acl.resource_name != WILDCARD
    )


def _granted(acl: AclBinding, breadth: str) -> str:
    return f"{_who(acl)} gets {_what(acl)}: {breadth}"


def _denied(acl: AclBinding) -> str:
    return f"{_who(acl)} loses {_what(acl)}, whatever other ACLs allow"


def _who(acl: AclBinding) -> str:
    return "everybody" if acl.principal == EVERYONE else acl.principal


def _what(acl: AclBinding) -> str:
    host = "" if acl.host == WILDCARD else f" from {acl.host}"
    return f"{acl.operation} on {resource_text(acl)}{host}"


def resource_text(acl: AclBinding) -> str:
    """Name an ACL's resource: ``topic orders``, ``every topic``, ``the cluster``."""
    kind = acl.resource_type.lower()
    if acl.pattern_type == "PREFIXED":
        return f"every {kind} that begins with {acl.resource_name}"
    if acl.resource_type == "CLUSTER":
        return "the cluster"
    return f"every {kind}" if acl.resource_name == WILDCARD else f"{kind} {acl.resource_name}"


def is_covered(acl: AclBinding, cluster: ClusterState) -> bool:
    """Return whether another binding allows everything that an ALLOW does."""
    return any(a != acl and _covers(a, acl) for a in _above(acl, cluster))


def _above(acl: AclBinding, cluster: ClusterState) -> Iterator[AclBinding]:
    """Yield the bindings that may cover one: those on its own name, on every name, and on each prefix of it."""
    kind, name = acl.resource_type, acl.resource_name
    for length in range(1, len(name) + 1):
        yield from cluster.acls_on(kind, name[:length])
    if name != "*":
        yield from cluster.acls_on(kind, "*")


def _covers(wide: AclBinding, narrow: AclBinding) -> bool:
    """Return whether one binding allows everything that another does."""
    if wide.permission != "ALLOW" or wide.resource_type != narrow.resource_type:
        return False
    named = (wide.resource_name, wide.pattern_type) == (narrow.resource_name, narrow.pattern_type)
    wildcard = wide.resource_name == "*" and wide.pattern_type == "LITERAL"
    prefixed = wide.pattern_type == "PREFIXED" and narrow.resource_name.startswith(
        wide.resource_name
    )
    return (
        (named or wildcard or prefixed)
        and wide.principal in (narrow.principal, EVERYONE)
        and wide.host in (narrow.host, "*")
        and wide.operation in (narrow.operation, "ALL")
    )
