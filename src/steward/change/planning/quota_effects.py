"""Effects of quota changes on clients: limits that slow clients down, stop them, or apply to all."""

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
"""Limits below which clients nearly stop, in the unit of each."""
DRASTIC_SHARE = 0.5
"""Share of the old limit below which a new one is drastic."""


def lowered(change: AlterQuota, cluster: ClusterState) -> bool:
    """Return whether a client's limit falls: a new or lower one, or a stricter default after a removal."""
    return any(new < old for _, old, new in _limits(change, cluster))


def effects_of(change: AlterQuota, cluster: ClusterState) -> tuple[str, ...]:
    """Describe each new limit, with its unit, and the clients it applies to."""
    texts = [f"{key}: {with_unit(key, value)}" for key, value in sorted(change.set.items())]
    texts += [
        _removed(change, key, new)
        for key, _, new in _limits(change, cluster)
        if key in change.remove
    ]
    return (*texts, *_hazards(change, cluster))  # fmt: skip


def hazard_of(change: AlterQuota, cluster: ClusterState) -> str:
    """Return why confirmation is required; empty if it is not."""
    return "; ".join(_hazards(change, cluster))


def _hazards(change: AlterQuota, cluster: ClusterState) -> Iterator[str]:
    who = entity_name(change.entity)
    is_default = any(name is None for _, name in change.entity)
    for key, old, new in _limits(change, cluster):
        if new == old:
            continue
        if new > old:
            if is_default and new == inf:
                yield f"{key}: clients without a limit of their own become unlimited"
        elif is_default:
            yield f"{key}: every client without a limit of its own is limited to {with_unit(key, new)}"
        elif new < HARSH.get(key, 0):
            yield f"{key}: {with_unit(key, new)} nearly stops {who}"
        elif new < old * DRASTIC_SHARE and old != inf:
            yield f"{key}: {who} gets less than half of its former {with_unit(key, old)}"


def _removed(change: AlterQuota, key: str, new: float) -> str:
    beneath = "no limit" if new == inf else f"a wider quota of {with_unit(key, new)}"
    return f"{key} of {entity_name(change.entity)} is removed: {beneath} applies then"


def _limits(change: AlterQuota, cluster: ClusterState) -> Iterator[tuple[str, float, float]]:
    """Yield each key with the effective limit before and after; infinite if there is none."""
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
