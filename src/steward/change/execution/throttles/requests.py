"""Requests that set and restore throttles: items merged into lists, rates set, former values."""

from collections.abc import Iterable, Sequence

from steward.analysis.rebalance.throttles.rates import ThrottledBroker
from steward.change.execution.throttles.observation import ObservedThrottles
from steward.change.planning.config_effects import items_of
from steward.cluster.ports import Changer
from steward.model.change import AlterConfigs, ConfigTarget
from steward.model.error import StewardError
from steward.model.throttle import HeldThrottle


def perform(changer: Changer, changes: Sequence[AlterConfigs]) -> tuple[StewardError | None, ...]:
    """Request changes and return each result; those of one topic or broker go in one request, as Kafka requires."""
    together: dict[tuple[ConfigTarget, str], AlterConfigs] = {}
    for change in changes:
        place = (change.target, change.name)
        known = together.get(place)
        together[place] = change if known is None else _both(known, change)
    if not together:
        return ()
    fates = dict(zip(together, changer.perform(list(together.values()), {}), strict=True))
    return tuple(fates[change.target, change.name] for change in changes)


def _both(one: AlterConfigs, other: AlterConfigs) -> AlterConfigs:
    return AlterConfigs(
        target=one.target,
        name=one.name,
        set={**one.set, **other.set},
        remove=(*one.remove, *other.remove),
        append={**one.append, **other.append},
        subtract={**one.subtract, **other.subtract},
    )


def set_rate(at: ThrottledBroker, rate: int) -> AlterConfigs:
    """Return the change that sets a broker's rate in one direction."""
    return AlterConfigs(target=ConfigTarget.BROKER, name=str(at.broker), set={at.key: str(rate)})


def put_back(target: ConfigTarget, name: str, key: str, before: str | None) -> AlterConfigs:
    """Return the change that restores a key's former value, None: unset."""
    if before is None:
        return AlterConfigs(target=target, name=name, remove=(key,))
    return AlterConfigs(target=target, name=name, set={key: before})


def appended(rows: Sequence[HeldThrottle], seen: ObservedThrottles) -> list[AlterConfigs]:
    """Return one change per topic, with steward's items that its lists lack."""
    lacking = [h for h in rows if h.ours and not is_listed(h, seen)]
    return [
        AlterConfigs(target=ConfigTarget.TOPIC, name=topic, append=_by_key(lacking, topic))
        for topic in sorted({h.name for h in lacking})
    ]


def subtracted(rows: Sequence[HeldThrottle], seen: ObservedThrottles) -> list[AlterConfigs]:
    """Return one change per topic, with steward's items to remove from its lists; an unset list needs none."""
    there = [h for h in rows if h.ours and is_listed(h, seen)]
    return [
        AlterConfigs(target=ConfigTarget.TOPIC, name=topic, subtract=_by_key(there, topic))
        for topic in sorted({h.name for h in there})
    ]


def is_listed(held: HeldThrottle, seen: ObservedThrottles) -> bool:
    """Return whether a list has an item."""
    return held.item in items_of(seen.lists.get((held.name, held.key)))


def _by_key(rows: Iterable[HeldThrottle], topic: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for held in rows:
        if held.name == topic:
            found.setdefault(held.key, []).append(held.item)
    return {key: tuple(items) for key, items in sorted(found.items())}


def not_visible(
    changes: Sequence[AlterConfigs],
    rates: Sequence[tuple[ThrottledBroker, int]],
    seen: ObservedThrottles,
) -> list[str]:
    """Return what was set but is not observed, except on brokers that are down and deleted topics."""
    missing = [
        f"topic {change.name}"
        for change in changes
        for key, items in change.append.items()
        if change.name in seen.topics
        and not set(items) <= set(items_of(seen.lists.get((change.name, key))))
    ]
    missing += [
        f"broker {at.broker}"
        for at, rate in rates
        if at.broker in seen.live and seen.rates[at] != str(rate)
    ]
    return missing
