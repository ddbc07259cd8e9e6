"""Changes of SCRAM credentials: create, rotate, remove; passwords are stored elsewhere."""

from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.kind import GRANT, MOVE, REMOVE, Hazard, Kind
from steward.change.planning.password_source import PasswordKind, password_source
from steward.model.change import Change, DeleteScram, UpsertScram
from steward.model.command import Command, kafka
from steward.model.finding import ObjectRef
from steward.model.plan import Risk, State
from steward.model.sasl import SCRAM_MECHANISMS
from steward.model.snapshot import Part
from steward.model.user import ScramCredential, ScramUser
from steward.model.wording import count

MIN_ITERATIONS, MAX_ITERATIONS = 4096, 16384
"""Bounds of iterations (ScramMechanism.minIterations and ScramControlManager.MAX_ITERATIONS)."""


class UpsertScramHandler(Kind[UpsertScram]):
    """Create a credential, or change its password."""

    def observable(self, change: UpsertScram) -> bool:
        """Return whether the cluster shows it: not a new password."""
        return not change.rotate

    def object(self, change: UpsertScram) -> ObjectRef:
        """Return the user's name."""
        return ObjectRef("user", change.user)

    def parts(self, change: UpsertScram) -> frozenset[Part]:
        """All users."""
        return frozenset({Part.USERS})

    def state(self, change: UpsertScram, cluster: ClusterState) -> State:
        """Return the credential's iterations; a password cannot be read."""
        return credential_state(change.user, change.mechanism, cluster)

    def apply(self, change: UpsertScram, cluster: ClusterState) -> None:
        """Set the credential."""
        rest = _others(change.user, change.mechanism, cluster)
        made = ScramCredential(change.mechanism, change.iterations)
        _put(change.user, (*rest, made), cluster)

    def inverse(self, change: UpsertScram, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Remove a new one; an old password cannot be read or restored."""
        if credential_state(change.user, change.mechanism, cluster):
            return "the old password cannot be read, so it cannot be restored"
        return (DeleteScram(user=change.user, mechanism=change.mechanism),)

    def risk(self, change: UpsertScram, cluster: ClusterState) -> Risk:
        """Disruptive for a rotation, after which clients with the old password fail, and for a local program."""
        exists = credential_state(change.user, change.mechanism, cluster)
        source = password_source(change.password_from)
        runs = isinstance(source, str) or source.kind is PasswordKind.COMMAND
        return Risk.DISRUPTIVE if exists or runs else Risk.SAFE

    def hazard(self, change: UpsertScram, cluster: ClusterState) -> Hazard | None:
        """Return the clients locked out until they use the new password."""
        text = _shut_out(change, cluster)
        return Hazard("password_changed", text) if text else None

    def phase(self, change: UpsertScram, cluster: ClusterState) -> int:
        """Create early, rotate in the middle phase."""
        exists = credential_state(change.user, change.mechanism, cluster)
        return MOVE if exists else GRANT

    def impossible(self, change: UpsertScram, cluster: ClusterState) -> str:
        """Return what Kafka would reject, or that the plan contains a password."""
        if change.mechanism not in SCRAM_MECHANISMS:
            return f"{change.mechanism} is not a SCRAM mechanism; use {', '.join(SCRAM_MECHANISMS)}"
        if not MIN_ITERATIONS <= change.iterations <= MAX_ITERATIONS:
            return f"iterations must be {MIN_ITERATIONS} to {MAX_ITERATIONS}"
        source = password_source(change.password_from)
        if isinstance(source, str):
            return source
        if change.rotate and not credential_state(change.user, change.mechanism, cluster):
            return "this credential does not exist, so it cannot be rotated"
        if not change.user:
            return "the user name is empty"
        return ""

    def effects(self, change: UpsertScram, cluster: ClusterState) -> tuple[str, ...]:
        """Describe the source of the password, and who must change theirs."""
        source = password_source(change.password_from)
        text = source if isinstance(source, str) else source.effect
        shut_out = _shut_out(change, cluster)
        return (text, shut_out) if shut_out else (text,)

    def command(self, change: UpsertScram) -> Command:
        """Return kafka-configs --alter, with a placeholder for the password."""
        config = f"{change.mechanism}=[iterations={change.iterations},password="
        return _tool(change.user, add_config=f"{config}PASSWORD]")


class DeleteScramHandler(Kind[DeleteScram]):
    """Remove a credential."""

    def object(self, change: DeleteScram) -> ObjectRef:
        """Return the user's name."""
        return ObjectRef("user", change.user)

    def parts(self, change: DeleteScram) -> frozenset[Part]:
        """All users."""
        return frozenset({Part.USERS})

    def state(self, change: DeleteScram, cluster: ClusterState) -> State:
        """Return the credential's iterations, or an empty state."""
        return credential_state(change.user, change.mechanism, cluster)

    def apply(self, change: DeleteScram, cluster: ClusterState) -> None:
        """Remove it; a user without credentials is removed."""
        _put(change.user, _others(change.user, change.mechanism, cluster), cluster)

    def inverse(self, change: DeleteScram, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Return that there is no undo."""
        return "the password cannot be read, so it cannot be restored"

    def risk(self, change: DeleteScram, cluster: ClusterState) -> Risk:
        """Always destructive: a credential is lost."""
        return Risk.DESTRUCTIVE

    def hazard(self, change: DeleteScram, cluster: ClusterState) -> Hazard | None:
        """Return none: the risk already covers the lost credential."""
        return None

    def phase(self, change: DeleteScram, cluster: ClusterState) -> int:
        """Return the last phase."""
        return REMOVE

    def effects(self, change: DeleteScram, cluster: ClusterState) -> tuple[str, ...]:
        """Describe who is locked out, and which ACLs remain."""
        texts = [f"User:{change.user} can no longer log in with {change.mechanism}"]
        if cluster.knows(Part.ACLS):
            left = sum(a.principal == f"User:{change.user}" for a in cluster.acls)
            if left:
                texts.append(f"leaves {count(left, 'ACL')} of User:{change.user}")
        return tuple(texts)

    def command(self, change: DeleteScram) -> Command:
        """Return kafka-configs --alter."""
        return _tool(change.user, delete_config=change.mechanism)


def credential_state(user: str, mechanism: str, cluster: ClusterState) -> State:
    """Return a credential's iterations, or an empty state if it does not exist."""
    found = cluster.users.get(user)
    return {
        c.mechanism: f"{c.iterations} iterations"
        for c in (found.credentials if found else ())
        if c.mechanism == mechanism
    }


def _shut_out(change: UpsertScram, cluster: ClusterState) -> str:
    """Report a changed password; empty for a new credential."""
    if not credential_state(change.user, change.mechanism, cluster):
        return ""
    return f"clients of User:{change.user} with the old password fail when they next connect"


def _others(user: str, mechanism: str, cluster: ClusterState) -> tuple[ScramCredential, ...]:
    found = cluster.users.get(user)
    return tuple(c for c in (found.credentials if found else ()) if c.mechanism != mechanism)


def _put(user: str, credentials: tuple[ScramCredential, ...], cluster: ClusterState) -> None:
    if credentials:
        cluster.users[user] = ScramUser(user, tuple(sorted(credentials, key=lambda c: c.mechanism)))
    else:
        cluster.users.pop(user, None)


def _tool(user: str, **options: str) -> Command:
    return kafka("configs", "--alter", entity_type="users", entity_name=user, **options)
