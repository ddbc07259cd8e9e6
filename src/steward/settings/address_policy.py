"""The policy for a cluster given by addresses: the addresses decide, not the profile that lends its credentials."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from steward.model.connection import Environment
from steward.model.policy import Criticality
from steward.model.redaction import shown_url
from steward.settings.common_windows import common_windows
from steward.settings.shapes import Profile

_STRICTNESS = (Environment.PRODUCTION, Environment.STAGING, Environment.DEVELOPMENT)
_LIMITS = (
    "max_partitions_per_topic", "most_partitions_per_topic", "max_disruptive_steps", "max_destructive_steps",
    "max_destroyed_bytes", "max_moved_partitions", "max_moved_bytes",
)  # fmt: skip
POLICY_FIELDS = (
    "environment", "criticality", "read_only", "protected", "maintenance_windows", *_LIMITS, "allowed_programs",
    "policies",
)  # fmt: skip
"""Settings of a profile that describe the cluster, not the connection to it."""


def with_policy_of(
    name: str, own: Profile, bootstrap: str, known: Mapping[str, Profile]
) -> tuple[Profile, str]:
    """Return a profile for other addresses, with the policy that applies there, and a sentence why it differs.

    The sentence is empty where the profile's own policy applies: all addresses are its own, or its ``cluster_id``
    excludes every other cluster. An address of another profile has that profile's policy; several profiles, or an
    address of no profile, get the strictest policy possible.
    """
    moved = replace(own, bootstrap_servers=bootstrap)
    asked = _addresses(bootstrap)
    if own.cluster_id or asked <= _addresses(own.bootstrap_servers):
        return moved, ""
    owners = {n: p for n, p in known.items() if asked & _addresses(p.bootstrap_servers)}
    strange = asked - {a for p in owners.values() for a in _addresses(p.bootstrap_servers)}
    shown = shown_url(bootstrap)
    if not strange:
        named = " and ".join(f"profile {one}" for one in sorted(owners))
        return with_policy(moved, strictest(owners.values())), (
            f"{shown} belongs to {named}: its policy applies, not that of profile {name}"
            if len(owners) == 1
            else f"{shown} belongs to {named}: the strictest of their policies applies"
        )
    policy = strictest((own, *owners.values(), Profile(bootstrap_servers=bootstrap)))
    return with_policy(moved, policy), (
        f"{shown} is not an address of profile {name}: the production policy applies"
    )


def at_addresses(bootstrap: str, known: Mapping[str, Profile]) -> Profile:
    """Return the profile for addresses alone: production, plus the restrictions of any profile with these addresses."""
    asked = _addresses(bootstrap)
    bare = Profile(bootstrap_servers=bootstrap)
    owners = [p for p in known.values() if asked & _addresses(p.bootstrap_servers)]
    return with_policy(bare, strictest((bare, *owners)))


def with_policy(profile: Profile, policy: Profile) -> Profile:
    """Return a profile with another profile's cluster settings."""
    return replace(profile, **{field: getattr(policy, field) for field in POLICY_FIELDS})


def strictest(profiles: Iterable[Profile]) -> Profile:
    """Return a profile with a policy at least as strict as each of them."""
    found, *rest = profiles
    for one in rest:
        found = _stricter(found, one)
    return found


def _stricter(one: Profile, other: Profile) -> Profile:
    return replace(
        one,
        environment=min((one.environment, other.environment), key=_rank),
        criticality=_criticality(one.criticality, other.criticality),
        read_only=one.read_only or other.read_only,
        protected=_union(one.protected, other.protected),
        maintenance_windows=common_windows(one.maintenance_windows, other.maintenance_windows),
        allowed_programs=tuple(p for p in one.allowed_programs if p in other.allowed_programs),
        policies=_union(one.policies, other.policies),
        **{field: _least(getattr(one, field), getattr(other, field)) for field in _LIMITS},
    )


def _rank(environment: str) -> int:
    return _STRICTNESS.index(Environment(environment))


def _criticality(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    """Keep every declaration of critical; keep other levels where both agree."""
    merged = {**one, **other}
    critical = Criticality.CRITICAL.value
    return {
        pattern: critical if critical in (one.get(pattern), other.get(pattern)) else level
        for pattern, level in merged.items()
        if critical in (one.get(pattern), other.get(pattern)) or one.get(pattern) == other.get(pattern)
    }  # fmt: skip


def _least(one: int, other: int) -> int:
    """Return the smaller limit; 0 means no limit."""
    return min((limit for limit in (one, other) if limit), default=0)


def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _addresses(text: str) -> frozenset[str]:
    return frozenset(part.strip().lower() for part in text.split(",") if part.strip())
