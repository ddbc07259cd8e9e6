"""Compare ACLs, quotas and SCRAM users."""

from shlex import join

from steward.change.manifests.comparison.result import ComparisonOptions, ComparisonSoFar, seen
from steward.change.manifests.desired import DesiredState, DesiredUser
from steward.change.manifests.kinds import PasswordFrom
from steward.model.change import AlterQuota, CreateAcl, UpsertScram
from steward.model.snapshot import ClusterSnapshot
from steward.model.user import ScramUser

NEW_ITERATIONS = 8192
"""Iterations of a new credential if its manifest declares none."""


def compare_acls(desired: DesiredState, snapshot: ClusterSnapshot, found: ComparisonSoFar) -> None:
    """Add every declared binding that does not exist."""
    acls = seen(snapshot.acls, len(desired.acls), "ACL", found)
    if acls is not None:
        existing = frozenset(acls)
        found.changes += [CreateAcl(acl=acl) for acl in desired.acls if acl not in existing]


def compare_quotas(
    desired: DesiredState, snapshot: ClusterSnapshot, found: ComparisonSoFar
) -> None:
    """Set every declared limit that differs; undeclared limits of the entity are left to pruning."""
    quotas = seen(snapshot.quotas, len(desired.quotas), "quota", found)
    if quotas is None:
        return
    existing = {entry.entity: entry.limits for entry in quotas}
    for entry, _ in desired.quotas:
        now = existing.get(entry.entity, {})
        wrong = {k: v for k, v in sorted(entry.limits.items()) if now.get(k) != v}
        if wrong:
            found.changes.append(AlterQuota(entity=entry.entity, set=wrong))


def compare_users(
    desired: DesiredState,
    snapshot: ClusterSnapshot,
    options: ComparisonOptions,
    found: ComparisonSoFar,
) -> None:
    """Create missing credentials; the password is sent only then and on rotation."""
    for name in sorted(options.rotate - {u.name for u in desired.users}):
        found.cannot("user", name, "its password cannot be rotated: no User declares it")
    users = seen(snapshot.users, len(desired.users), "user", found)
    if users is None:
        return
    existing = {user.name: user for user in users}
    for wanted in desired.users:
        _user(wanted, existing.get(wanted.name), wanted.name in options.rotate, found)


def _user(
    wanted: DesiredUser, user: ScramUser | None, rotate: bool, found: ComparisonSoFar
) -> None:
    credentials = user.credentials if user else ()
    now = next((c for c in credentials if c.mechanism == wanted.mechanism), None)
    if now is not None and not rotate:
        if wanted.iterations is not None and wanted.iterations != now.iterations:
            found.leave(
                "user", wanted.name,
                f"changing {wanted.mechanism} iterations {now.iterations} -> {wanted.iterations} needs the password",
                f"rotate it: --rotate {wanted.name}",
            )  # fmt: skip
        return
    if wanted.password_from is None:
        found.cannot(
            "user", wanted.name, f"new {wanted.mechanism} credential without a password ({wanted.place})",
            "add passwordFrom: {env: NAME}, {file: PATH} or {command: [PROGRAM, ...]}",
        )  # fmt: skip
        return
    found.changes.append(
        UpsertScram(
            user=wanted.name,
            mechanism=wanted.mechanism,
            iterations=wanted.iterations or (now.iterations if now else NEW_ITERATIONS),
            password_from=_password_source(wanted.password_from),
            rotate=now is not None,
        )
    )


def _password_source(source: PasswordFrom) -> str:
    """Return the source of a password, as `UpsertScram` spells it."""
    if source.env:
        return f"env:{source.env}"
    return f"file:{source.file}" if source.file else f"command:{join(source.command)}"
