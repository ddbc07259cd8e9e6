"""Samples of single groups of the last minutes: what a diagnosis needs to answer at once."""

from collections import deque
from collections.abc import Iterator, Mapping

from steward.analysis.diagnosis.sample_codec import pack, unpack
from steward.analysis.diagnosis.sample_columns import sample_of_table
from steward.analysis.diagnosis.samples import GroupSample
from steward.analysis.lag.group_summary import GroupLagSummary
from steward.daemon.collection.poll import ClusterPoll
from steward.model.group import Group

REACH_SECONDS = 1_200.0
MOST_PAIRS = 10_000
"""Pairs of group and partition kept per poll: about 0.05 s of work and 50 KB."""


class RecentSamples:
    """Keeps the latest encoded samples of one cluster's groups; those with most lag first, within the limit."""

    def __init__(self, most_pairs: int = MOST_PAIRS) -> None:
        self._most_pairs = most_pairs
        self._kept: dict[str, deque[tuple[float, bytes]]] = {}

    def take(self, poll: ClusterPoll, described: Mapping[str, Group]) -> Mapping[str, bytes]:
        """Keep and return a poll's samples of groups; ``described`` are the groups that it also described."""
        commits = {g.group: g for g in poll.table.groups}
        taken: dict[str, bytes] = {}
        for group in self._affordable(
            poll.groups, {n: len(g.partitions) for n, g in commits.items()}
        ):
            one = sample_of_table(poll.table, commits[group], described.get(group))
            taken[group] = pack(one)
            self._kept.setdefault(group, deque()).append((one.at, taken[group]))
        self._forget(poll.at_ms / 1000 - REACH_SECONDS)
        return taken

    def clear(self) -> None:
        """Discard everything: it belongs to another cluster."""
        self._kept.clear()

    def of(self, group: str, most: int) -> tuple[GroupSample, ...]:
        """Return a group's samples, oldest first; of more than ``most``, evenly spaced ones."""
        kept = [body for _, body in self._kept.get(group, ())]
        step = max(1, -(-len(kept) // max(1, most)))
        found = (unpack(body, group) for body in kept[::-step][::-1])
        return tuple(sample for sample in found if sample is not None)

    def _affordable(
        self, groups: tuple[GroupLagSummary, ...], sizes: Mapping[str, int]
    ) -> Iterator[str]:
        left = self._most_pairs
        for group in sorted(groups, key=_urgency):
            size = sizes.get(group.group, 0)
            if 0 < size <= left:
                left -= size
                yield group.group

    def _forget(self, before: float) -> None:
        for group, samples in list(self._kept.items()):
            while samples and samples[0][0] < before:
                samples.popleft()
            if not samples:
                del self._kept[group]


def _urgency(group: GroupLagSummary) -> tuple[float, str]:
    return -max(group.value or 0.0, group.low or 0.0), group.group
