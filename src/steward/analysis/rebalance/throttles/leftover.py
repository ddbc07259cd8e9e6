"""Leftover throttles: who set each, whether a move needs it, and the changes that remove the others."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from steward.analysis.rebalance.throttles.rates import item_from
from steward.model.change import AlterConfigs, ConfigTarget
from steward.model.names import TopicPartition
from steward.model.throttle import (
    EVERY_REPLICA,
    THROTTLED_RATES,
    THROTTLED_REPLICAS,
    HeldThrottle,
    ThrottleKind,
)
from steward.model.topic import Reassignment

Value = str | None


class ThrottleUse(StrEnum):
    """Purpose of a throttle."""

    IN_USE = "in_use"
    """a reassignment in progress uses it"""
    ORPHAN = "orphan"
    """set by steward, and no reassignment needs it"""
    OTHERS = "others"
    """set by another client, and no reassignment needs it: an operator's own, or left by another tool"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundThrottle:
    """One entry of a topic's list, or one rate of a broker. ``plan_id`` is steward's plan that set it, else empty."""

    target: ConfigTarget
    name: str
    key: str
    value: str
    standing: ThrottleUse
    plan_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepInput:
    """A cluster's throttles: values of topics' lists and brokers' rates, and the reassignments in progress."""

    lists: Mapping[tuple[str, str], Value]
    rates: Mapping[tuple[int, str], Value]
    moving: tuple[Reassignment, ...]
    held: tuple[HeldThrottle, ...]


def throttles_on(ground: SweepInput) -> tuple[FoundThrottle, ...]:
    """Return every throttle, topics first, ordered by name."""
    return (*_on_topics(ground), *_on_brokers(ground))


def _on_topics(ground: SweepInput) -> Iterator[FoundThrottle]:
    moving = {r.partition for r in ground.moving}
    topics = {p.topic for p in moving}
    ours = {h.place: h for h in ground.held if h.kind is ThrottleKind.REPLICA and h.ours}
    for (topic, key), value in sorted(ground.lists.items()):
        for entry in _entries(value):
            held = ours.get((topic, key, entry))
            yield FoundThrottle(
                target=ConfigTarget.TOPIC,
                name=topic,
                key=key,
                value=entry,
                standing=_standing(_is_needed(topic, key, entry, moving, topics), held),
                plan_id=held.plan_id if held else "",
            )


def _is_needed(
    topic: str, key: str, entry: str, moving: set[TopicPartition], topics: set[str]
) -> bool:
    item = item_from(topic, key, entry)
    if item is None:
        return entry.strip() == EVERY_REPLICA and topic in topics
    return item.partition in moving


def _on_brokers(ground: SweepInput) -> Iterator[FoundThrottle]:
    busy = {b for r in ground.moving for b in r.replicas}
    for (broker, key), value in sorted(ground.rates.items()):
        if value is None:
            continue
        held = next((h for h in ground.held if h.place == (str(broker), key, "")), None)
        ours = held if held is not None and value in held.ours else None
        yield FoundThrottle(
            target=ConfigTarget.BROKER,
            name=str(broker),
            key=key,
            value=value,
            standing=_standing(broker in busy, ours),
            plan_id=ours.plan_id if ours else "",
        )


def _standing(needed: bool, held: HeldThrottle | None) -> ThrottleUse:
    if needed:
        return ThrottleUse.IN_USE
    return ThrottleUse.ORPHAN if held is not None else ThrottleUse.OTHERS


def sweep(ground: SweepInput, *, others_too: bool) -> tuple[AlterConfigs, ...]:
    """Return the changes that remove unneeded throttles: steward's, and with ``others_too`` all.

    Values from before steward's own are restored unchanged.
    """
    found = throttles_on(ground)
    goes = {ThrottleUse.ORPHAN, ThrottleUse.OTHERS} if others_too else {ThrottleUse.ORPHAN}
    swept = [f for f in found if f.standing in goes]
    topics = sorted({f.name for f in swept if f.target is ConfigTarget.TOPIC})
    brokers = sorted({int(f.name) for f in swept if f.target is ConfigTarget.BROKER})
    changes = [
        *(_of_topic(topic, ground, swept) for topic in topics),
        *(_of_broker(broker, ground, swept, others_too=others_too) for broker in brokers),
    ]
    return tuple(c for c in changes if c.keys)


def _of_topic(topic: str, ground: SweepInput, swept: Iterable[FoundThrottle]) -> AlterConfigs:
    put: dict[str, str] = {}
    remove: list[str] = []
    subtract: dict[str, tuple[str, ...]] = {}
    own = [f for f in swept if f.target is ConfigTarget.TOPIC and f.name == topic]
    for key in THROTTLED_REPLICAS:
        gone = tuple(f.value for f in own if f.key == key)
        if not gone:
            continue
        left = [e for e in _entries(ground.lists[topic, key]) if e not in gone]
        before = next((h.before for h in ground.held if (h.name, h.key) == (topic, key)), None)
        if left == _entries(before) and before is not None:
            put[key] = before
        elif not left:
            remove.append(key)
        else:
            subtract[key] = gone
    return AlterConfigs(
        target=ConfigTarget.TOPIC, name=topic, set=put, remove=tuple(remove), subtract=subtract
    )


def _of_broker(
    broker: int, ground: SweepInput, swept: Iterable[FoundThrottle], *, others_too: bool
) -> AlterConfigs:
    put: dict[str, str] = {}
    remove: list[str] = []
    own = {f.key: f for f in swept if f.target is ConfigTarget.BROKER and f.name == str(broker)}
    for key in THROTTLED_RATES:
        if key not in own:
            continue
        held = next((h for h in ground.held if h.place == (str(broker), key, "")), None)
        before = held.before if held is not None and own[key].plan_id else None
        if before is None or others_too:
            remove.append(key)
        else:
            put[key] = before
    return AlterConfigs(target=ConfigTarget.BROKER, name=str(broker), set=put, remove=tuple(remove))


def gone_since(ground: SweepInput) -> tuple[HeldThrottle, ...]:
    """Return throttles recorded as steward's that no longer exist, on visible topics and brokers."""
    return tuple(held for held in ground.held if _is_gone(held, ground))


def _is_gone(held: HeldThrottle, ground: SweepInput) -> bool:
    if held.kind is ThrottleKind.RATE:
        at = (int(held.name), held.key)
        return at in ground.rates and ground.rates[at] not in held.ours
    moving = any(
        str(r.partition.partition) == held.item.partition(":")[0] and r.partition.topic == held.name
        for r in ground.moving
    )
    listed = _entries(ground.lists.get((held.name, held.key)))
    return not moving and not (held.ours and held.item in listed)


def _entries(value: Value) -> list[str]:
    return [e for e in (value or "").split(",") if e]
