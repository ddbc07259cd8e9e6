"""Changes of SCRAM credentials: created, given a new password, removed; passwords stay outside."""

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

MIN_ITERATIONS, MAX_ITERATIONS = 4096, 16384
"""What Kafka accepts (ScramMechanism.minIterations and ScramControlManager.MAX_ITERATIONS)."""


class UpsertScramHandler(Kind[UpsertScram]):
    """A credential that comes to be, or changes its password."""

    def observable(self, change: UpsertScram) -> bool:
        """Tell whether a look shows it: not of a new password."""
        return not change.rotate

    def object(self, change: UpsertScram) -> ObjectRef:
        """Name the user."""
        return ObjectRef("user", change.user)

    def parts(self, change: UpsertScram) -> frozenset[Part]:
        """All users."""
        return frozenset({Part.USERS})

    def state(self, change: UpsertScram, cluster: ClusterState) -> State:
        """Return the credential's iterations; a password cannot be read."""
        return credential_state(change.user, change.mechanism, cluster)

    def apply(self, change: UpsertScram, cluster: ClusterState) -> None:
        """Put the credential in place."""
        rest = _others(change.user, change.mechanism, cluster)
        made = ScramCredential(change.mechanism, change.iterations)
        _put(change.user, (*rest, made), cluster)

    def inverse(self, change: UpsertScram, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Remove a new one; an old password cannot be read, so it cannot be put back."""
        if credential_state(change.user, change.mechanism, cluster):
            return "the old password cannot be read, so it cannot be put back"
        return (DeleteScram(user=change.user, mechanism=change.mechanism),)

    def risk(self, change: UpsertScram, cluster: ClusterState) -> Risk:
        """Clients with the old password fail when they next connect; a local program may do anything."""
        exists = credential_state(change.user, change.mechanism, cluster)
        source = password_source(change.password_from)
        runs = isinstance(source, str) or source.kind is PasswordKind.COMMAND
        return Risk.DISRUPTIVE if exists or runs else Risk.SAFE

    def hazard(self, change: UpsertScram, cluster: ClusterState) -> Hazard | None:
        """Say who is shut out until they know the new password."""
        told = _shut_out(change, cluster)
        return Hazard("password_changed", told) if told else None

    def phase(self, change: UpsertScram, cluster: ClusterState) -> int:
        """Create early, rotate in the middle."""
        exists = credential_state(change.user, change.mechanism, cluster)
        return MOVE if exists else GRANT

    def impossible(self, change: UpsertScram, cluster: ClusterState) -> str:
        """Check what Kafka would refuse, and that no password stands in the plan."""
        if change.mechanism not in SCRAM_MECHANISMS:
            return f"{change.mechanism} is no SCRAM mechanism: {', '.join(SCRAM_MECHANISMS)}"
        if not MIN_ITERATIONS <= change.iterations <= MAX_ITERATIONS:
            return f"iterations are {MIN_ITERATIONS} to {MAX_ITERATIONS}"
        source = password_source(change.password_from)
        if isinstance(source, str):
            return source
        if change.rotate and not credential_state(change.user, change.mechanism, cluster):
            return "there is no such credential to rotate"
        if not change.user:
            return "a user has a name"
        return ""

    def effects(self, change: UpsertScram, cluster: ClusterState) -> tuple[str, ...]:
        """Say where the password comes from, and who has to change."""
        source = password_source(change.password_from)
        told = source if isinstance(source, str) else source.effect
        shut_out = _shut_out(change, cluster)
        return (told, shut_out) if shut_out else (told,)

    def command(self, change: UpsertScram) -> Command:
        """Write kafka-configs --alter, a word in the place of the password."""
        config = f"{change.mechanism}=[iterations={change.iterations},password="
        return _tool(change.user, add_config=f"{config}PASSWORD]")


class DeleteScramHandler(Kind[DeleteScram]):
    """A credential that goes."""

    def object(self, change: DeleteScram) -> ObjectRef:
        """Name the user."""
        return ObjectRef("user", change.user)

    def parts(self, change: DeleteScram) -> frozenset[Part]:
        """All users."""
        return frozenset({Part.USERS})

    def state(self, change: DeleteScram, cluster: ClusterState) -> State:
        """Return the credential's iterations, or nothing."""
        return credential_state(change.user, change.mechanism, cluster)

    def apply(self, change: DeleteScram, cluster: ClusterState) -> None:
        """Remove it; a user without credentials is gone."""
        _put(change.user, _others(change.user, change.mechanism, cluster), cluster)

    def inverse(self, change: DeleteScram, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Say that there is none."""
        return "the password cannot be read, so it cannot be put back"

    def risk(self, change: DeleteScram, cluster: ClusterState) -> Risk:
        """A credential is lost."""
        return Risk.DESTRUCTIVE

    def hazard(self, change: DeleteScram, cluster: ClusterState) -> Hazard | None:
        """None besides the credential that is lost."""
        return None

    def phase(self, change: DeleteScram, cluster: ClusterState) -> int:
        """Last."""
        return REMOVE

    def effects(self, change: DeleteScram, cluster: ClusterState) -> tuple[str, ...]:
        """Say who is shut out, and what is left behind."""
        told = [f"User:{change.user} can no longer log in with {change.mechanism}"]
        if cluster.knows(Part.ACLS):
            left = sum(a.principal == f"User:{change.user}" for a in cluster.acls)
            if left:
                told.append(f"{left} ACLs that name User:{change.user} stay behind")
        return tuple(told)

    def command(self, change: DeleteScram) -> Command:
        """Write kafka-configs --alter."""
        return _tool(change.user, delete_config=change.mechanism)


def credential_state(user: str, mechanism: str, cluster: ClusterState) -> State:
    """Return the iterations of a credential, or nothing where there is none."""
    found = cluster.users.get(user)
    return {
        c.mechanism: f"{c.iterations} iterations"
        for c in (found.credentials if found else ())
        if c.mechanism == mechanism
    }


def _shut_out(change: UpsertScram, cluster: ClusterState) -> str:
    """Say that a password changes; empty where there is none yet."""
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
