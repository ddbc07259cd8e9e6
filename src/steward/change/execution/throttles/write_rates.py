"""Producers' write rates to moving partitions, from two polls of end offsets."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from steward.cluster.ports import Observer, Scope
from steward.model.broker import LogDir
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import Observed, Unknown

MEASURED_SECONDS = 3.0
"""Duration of the first measurement, in seconds."""

VALID_SECONDS = 60.0
"""Validity of a measurement, in seconds."""

_PARTS = frozenset({Part.TOPICS, Part.OFFSETS})


@dataclass(kw_only=True)
class WriteRates:
    """Growth of partitions in bytes per second, measured on first use; then for all ``topics``.

    Unknown counts as 0: the minimum rate is too low then, and the plan's rate applies.
    """

    observer: Observer
    topics: frozenset[str] = frozenset()
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    rates: Mapping[TopicPartition, float] = field(default_factory=dict[TopicPartition, float])
    _samples: dict[str, tuple[float, ClusterSnapshot]] = field(
        default_factory=dict[str, tuple[float, ClusterSnapshot]], init=False
    )

    def learn(self, topics: Collection[str], meanwhile: Callable[[], None] = lambda: None) -> None:
        """Measure topics without a recent measurement.

        The first one takes seconds, during which ``meanwhile`` runs; it runs in any case.
        """
        now = self.clock()
        asked = {*topics, *(() if self._samples else self.topics)}
        new = {t for t in asked if t not in self._samples}
        old = {
            t for t in topics if t in self._samples and now - self._samples[t][0] >= VALID_SECONDS
        }
        if new:
            self._keep(new)
        meanwhile()
        if not new and not old:
            return
        if new:
            self.sleep(max(0.0, MEASURED_SECONDS - (self.clock() - now)))
        self._measure(new | old)

    def _keep(self, topics: Collection[str]) -> ClusterSnapshot:
        found = self.observer.observe(_PARTS, Scope(topics=frozenset(topics)))
        self._samples |= dict.fromkeys(topics, (self.clock(), found))
        return found

    def _measure(self, topics: Collection[str]) -> None:
        from steward.analysis.rebalance.from_snapshot import written_rates

        before = {t: self._samples[t][1] for t in topics}
        after = self._keep(topics)
        sizes = self.observer.observe(
            frozenset({Part.TOPICS, Part.LOG_DIRS}), Scope(topics=frozenset(topics))
        )
        if not isinstance(after.offsets, Observed):
            return
        found = dict(self.rates)
        for topic in sorted(topics):
            then = before[topic].offsets
            if not isinstance(then, Observed):
                continue
            seconds = (after.offsets.at_ms - then.at_ms) / 1000
            now = {p: o for p, o in after.offsets.value.items() if p.topic == topic}
            for partition in now:
                found.pop(partition, None)
            found |= written_rates(then.value, now, seconds, _dirs(sizes))
        self.rates = found


def _dirs(seen: ClusterSnapshot) -> tuple[LogDir, ...]:
    if not isinstance(seen.log_dirs, Observed):
        return ()
    known = [dirs for dirs in seen.log_dirs.value.values() if not isinstance(dirs, Unknown)]
    return tuple(d for dirs in known for d in dirs)
