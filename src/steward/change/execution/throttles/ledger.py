"""steward's own throttles, as stored: recorded before they are set, deleted once removed."""

from collections.abc import Iterable

from steward.analysis.rebalance.throttles.rates import ThrottledBroker, ThrottledReplica, item_from
from steward.change.planning.config_effects import items_of
from steward.model.names import TopicPartition
from steward.model.throttle import RATE_OF, HeldThrottle, ThrottleKind
from steward.store.leases import FencingToken
from steward.store.throttles import ThrottleTable as Stored


class ThrottleLedger:
    """One cluster's throttles set by steward, the same in memory and in the store.

    Errors: StoreUnavailable or LeaseLost, before memory is changed.
    """

    def __init__(self, stored: Stored, cluster_id: str, fence: FencingToken) -> None:
        self._stored = stored
        self._cluster = cluster_id
        self._fence = fence
        self._held = {held.place: held for held in stored.held(cluster_id)}
        self._lists: dict[tuple[str, str], dict[str, HeldThrottle]] = {}
        for held in self._held.values():
            self._add_item(held)
        self._origins: dict[tuple[str, str], str | None] = {}
        self._once_ours: dict[tuple[str, str], set[str]] = {}

    def write(self, put: Iterable[HeldThrottle] = (), drop: Iterable[HeldThrottle] = ()) -> None:
        """Add and delete entries; they are stored when it returns."""
        added, gone = tuple(put), tuple(drop)
        if not added and not gone:
            return
        self._stored.write(self._cluster, self._fence, added, gone)
        for held in gone:
            self._held.pop(held.place, None)
            self._lists.get((held.name, held.key), {}).pop(held.item, None)
        for held in added:
            self._held[held.place] = held
            self._add_item(held)
            self._origins[held.name, held.key] = held.before
            self._once_ours.setdefault((held.name, held.key), set()).update(held.ours)

    def _add_item(self, held: HeldThrottle) -> None:
        if held.kind is ThrottleKind.REPLICA:
            self._lists.setdefault((held.name, held.key), {})[held.item] = held

    def without_own(
        self, topic: str, key: str, value: str | None
    ) -> tuple[str | None, tuple[str, ...]]:
        """Return a list as it was before steward's changes, and the items in it that others added.

        A broker that lags behind may still report steward's removed items, or an emptied list as empty instead of
        unset: if the rest equals the former list, that is returned.
        """
        held = self.of_list(topic, key)
        ours = {o for h in held for o in h.ours} | self._once_ours.get((topic, key), set())
        others = tuple(item for item in items_of(value) if item not in ours)
        origin = held[0].before if held else self._origins.get((topic, key), value)
        if held or list(others) == [i for i in items_of(origin) if i not in ours]:
            return origin, others
        return value, others

    @property
    def held(self) -> tuple[HeldThrottle, ...]:
        """All entries, in order of place."""
        return tuple(held for _, held in sorted(self._held.items()))

    @property
    def replicas(self) -> tuple[HeldThrottle, ...]:
        """The entries of lists."""
        return tuple(h for h in self.held if h.kind is ThrottleKind.REPLICA)

    @property
    def rates(self) -> tuple[HeldThrottle, ...]:
        """The entries of broker rates."""
        return tuple(h for h in self.held if h.kind is ThrottleKind.RATE)

    @property
    def items(self) -> tuple[ThrottledReplica, ...]:
        """The throttled replicas, also those throttled before steward."""
        found = (item_from(h.name, h.key, h.item) for h in self.replicas)
        return tuple(item for item in found if item is not None)

    def item(self, item: ThrottledReplica) -> HeldThrottle | None:
        """Return a replica's entry."""
        return self._held.get((item.partition.topic, item.key, item.text))

    def rate(self, at: ThrottledBroker) -> HeldThrottle | None:
        """Return a broker rate's entry."""
        return self._held.get((str(at.broker), at.key, ""))

    def of_list(self, topic: str, key: str) -> tuple[HeldThrottle, ...]:
        """Return a list's entries."""
        return tuple(held for _, held in sorted(self._lists.get((topic, key), {}).items()))

    def of(self, partitions: Iterable[TopicPartition]) -> tuple[HeldThrottle, ...]:
        """Return partitions' entries."""
        wanted = set(partitions)
        return tuple(h for h in self.replicas if partition_of(h) in wanted)

    def unused_rates(self) -> tuple[HeldThrottle, ...]:
        """Return the rates of brokers without any other entry."""
        needed = {(item.broker, RATE_OF[item.key]) for item in self.items}
        return tuple(h for h in self.rates if (int(h.name), h.key) not in needed)


def partition_of(held: HeldThrottle) -> TopicPartition | None:
    """Return an entry's partition."""
    item = item_from(held.name, held.key, held.item)
    return item.partition if item else None
