"""Samples of record keys for a diagnosis: read where advice depends on keys, and kept for ten minutes."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from steward.analysis.diagnosis.causes.hot_partition import hottest
from steward.analysis.diagnosis.causes.load import rows_to_grow
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.record_keys import ranges_of
from steward.cluster.ports import Progress, Scope
from steward.model.names import TopicPartition
from steward.model.record_key import KeySample
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import Observed, Unknown, Why

KEEP_SECONDS = 600.0
_BYTES = 1024 * 1024
_NOTHING = Unknown(Why.REFUSED, "no records are stored in the sampled range")

Observe = Callable[[frozenset[Part], Scope], ClusterSnapshot]


class KeySampler:
    """Samples the keys of a group's partitions, each at most once in ten minutes."""

    def __init__(self) -> None:
        self._known: dict[TopicPartition, tuple[float, KeySample | Unknown]] = {}

    def added_to(
        self, case: DiagnosisInput, observe: Observe, progress: Progress
    ) -> DiagnosisInput:
        """Return the input with the keys of its hot partition, or of the topics that would get more partitions."""
        row = hottest(case)
        ranges = ranges_of((row,) if row is not None else rows_to_grow(case))
        if not ranges:
            return case
        now = case.now_ms / 1000
        wanted = {p: r for p, r in ranges.items() if not self._is_fresh(p, now)}
        if wanted:
            progress("sampling record keys")
            found = _sampled(wanted, observe)
            self._known |= {p: (now, found.get(p, _NOTHING)) for p in wanted}
        return replace(case, keys={p: self._known[p][1] for p in ranges})

    def _is_fresh(self, partition: TopicPartition, now: float) -> bool:
        known = self._known.get(partition)
        return known is not None and now - known[0] < KEEP_SECONDS


def _sampled(
    ranges: Mapping[TopicPartition, tuple[int, int]], observe: Observe
) -> Mapping[TopicPartition, KeySample | Unknown]:
    scope = Scope(topics=frozenset(p.topic for p in ranges), key_ranges=ranges, key_bytes=_BYTES)
    found = observe(frozenset({Part.KEYS}), scope).keys
    return found.value if isinstance(found, Observed) else dict.fromkeys(ranges, found)
