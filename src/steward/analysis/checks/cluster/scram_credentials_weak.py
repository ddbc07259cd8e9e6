"""Weak SCRAM credentials."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count, few, on_cluster
from steward.model.command import steward
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.user import ScramUser


@check("C06", Severity.MEDIUM, over=CLUSTER, parts=(Part.USERS,))
def scram_credentials_weak(facts: Facts, _: None) -> Iterator[FoundState]:
    """SCRAM credentials have few iterations or only SHA-256.

    What it means: a user's credential has fewer iterations than the threshold min_scram_iterations (Kafka's default is
        4096), or the user has no SCRAM-SHA-512 credential (low severity).
    Why it matters: an attacker who captures a login exchange or reads the metadata log can try passwords against it;
        each iteration makes a try more expensive.
    What to do: set the credential again with more iterations. The user's password is needed, because Kafka does not
        store it. Clients need no change.
    """
    least = facts.thresholds.min_scram_iterations
    cheap = [user for user in facts.users if any(c.iterations < least for c in user.credentials)]
    old = [user for user in facts.users if _knows_only_sha_256(user) and user not in cheap]
    if not cheap and not old:
        return
    users = cheap or old
    what = f"fewer than {least} iterations" if cheap else "SCRAM-SHA-256 only"
    yield FoundState(
        object=on_cluster(),
        severity=Severity.MEDIUM if cheap else Severity.LOW,
        summary=f"{count(len(users), 'SCRAM user')} of {len(facts.users)} with {what}: {few(u.name for u in users)}",
        evidence=tuple(
            Evidence(
                f"DescribeUserScramCredentials user {user.name}",
                "iterations",
                ", ".join(f"{c.mechanism}={c.iterations}" for c in user.credentials),
            )
            for user in users[:5]
        ),
        remedy=Remedy(
            f"set the credentials again with at least {least} iterations",
            steward(
                "user alter",
                users[0].name,
                mechanism="SCRAM-SHA-512",
                iterations=least,
                password_env="NEW_PASSWORD",  # noqa: S106  the name of a variable
            ),
        ),
    )


def _knows_only_sha_256(user: ScramUser) -> bool:
    return {c.mechanism for c in user.credentials} == {"SCRAM-SHA-256"}
