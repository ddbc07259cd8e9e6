"""What a change of quotas does to clients: limits that slow them down, that stop them, that fall on everybody."""

from collections.abc import Iterator, Mapping
from math import inf

from steward.analysis.checks.quota.wording import entity_name, with_unit
from steward.change.planning.cluster_state import ClusterState
from steward.model.change import AlterQuota
from steward.model.quota import QuotaEntry
from steward.model.quota_resolution import Entity, QuotaResolver, levels

HARSH: Mapping[str, float] = {
    "producer_byte_rate": 65_536,
    "consumer_byte_rate": 65_536,
    "request_percentage": 10,
    "controller_mutation_rate": 1,
    "connection_creation_rate": 1,
}
"""Limits below which clients as good as stop, in the units of each."""
DRASTIC_SHARE = 0.5
"""Share of the old limit below which a new one is drastic."""


def lowered(change: AlterQuota, cluster: ClusterState) -> bool:
    """Tell whether a client gets less than before: a new or lower limit, or a narrower one beneath a removed one."""
    return any(new < old for _, old, new in _limits(change, cluster))


def effects_of(change: AlterQuota, cluster: ClusterState) -> tuple[str, ...]:
    """Say what each limit becomes, with its unit, and whom it falls on."""
    told = [f"{key}: {with_unit(key, value)}" for key, value in sorted(change.set.items())]
    told += [
        _removed(change, key, new)
        for key, _, new in _limits(change, cluster)
        if key in change.remove
    ]
    return (*told, *_hazards(change, cluster))  # fmt: skip


def hazard_of(change: AlterQuota, cluster: ClusterState) -> str:
    """Say why a person has to agree; empty where nobody has to."""
    return "; ".join(_hazards(change, cluster))


def _hazards(change: AlterQuota, cluster: ClusterState) -> Iterator[str]:
    who = entity_name(change.entity)
    is_default = any(name is None for _, name in change.entity)
    for key, old, new in _limits(change, cluster):
        if new == old:
            continue
        if new > old:
            if is_default and new == inf:
                yield f"{key}: nothing limits any longer who has no limit of their own"
        elif is_default:
            yield f"{key}: every client without a limit of its own is slowed down to {with_unit(key, new)}"
        elif new < HARSH.get(key, 0):
            yield f"{key}: {with_unit(key, new)} all but stops {who}"
        elif new < old * DRASTIC_SHARE and old != inf:
            yield f"{key}: {who} gets less than half of what it had ({with_unit(key, old)})"


def _removed(change: AlterQuota, key: str, new: float) -> str:
    beneath = "no limit holds" if new == inf else f"{with_unit(key, new)} of a wider quota holds"
    return f"{key} of {entity_name(change.entity)} is removed: {beneath} then"


def _limits(change: AlterQuota, cluster: ClusterState) -> Iterator[tuple[str, float, float]]:
    """Yield each key with what limits the entity's clients before and after; without end where nothing does."""
    own = cluster.quotas.get(change.entity, {})
    names = dict(change.entity)
    wider = (
        ((("ip", None),),) if "ip" in names else levels(names.get("user"), names.get("client-id"))
    )
    known: dict[Entity, Mapping[str, float]] = {change.entity: own} | {
        e: cluster.quotas[e] for e in wider if e in cluster.quotas
    }
    resolver = QuotaResolver(QuotaEntry(entity, limits) for entity, limits in known.items())
    is_address = names.get("ip") is not None
    for key in sorted({*change.set, *change.remove}):
        found = resolver.beneath(key, change.entity)
        beneath = inf if found is None else found.limit
        if is_address:
            beneath = known.get((("ip", None),), {}).get(key, inf)
        old = own.get(key, beneath)
        new = change.set.get(key, beneath)
        yield key, old, new
