"""One partition of a diagnosis: lag, consumers, rates and commit intervals."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from steward.model.group import Member
from steward.model.lag import Flag, LagSeconds, PartitionLag
from steward.model.names import TopicPartition
from steward.model.topic import Partition


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionSummary:
    """One partition of a diagnosis. Rates are records per second over all samples."""

    partition: TopicPartition
    lag: PartitionLag
    state: Partition | None
    owner: Member | None
    owners: frozenset[str]
    """ids of all members observed as owner"""
    owners_since: frozenset[str]
    """ids of members observed as owner since the commit last moved"""
    arrivals: float
    consumed: float
    steps: int
    """number of samples in which the commit had moved"""
    flat_seconds: float
    """seconds since the commit last moved; the whole observation if it never did"""
    commit_gaps: tuple[float, ...]
    went_back: int
    """records by which the commit moved backwards and stayed"""
    least_unread: int
    """unread records when the commit was closest to the end"""
    start_rate: float
    stable: int | None
    """the last stable offset, None if unknown"""
    stable_moved: bool
    end_moved: bool
    leader_changed: bool

    @property
    def unread(self) -> int:
        """Unread records: 0 if unknown, or if only markers are left."""
        if Flag.MARKER_ONLY in self.lag.flags:
            return 0
        return self.lag.lag_records if isinstance(self.lag.lag_records, int) else 0

    @property
    def seconds(self) -> float:
        """Estimated lag in seconds, 0 if unknown."""
        return self.lag.lag_seconds.value if isinstance(self.lag.lag_seconds, LagSeconds) else 0.0

    @property
    def at_least_seconds(self) -> float:
        """Proved lag in seconds, 0 if unknown."""
        return self.lag.lag_seconds.low if isinstance(self.lag.lag_seconds, LagSeconds) else 0.0

    @property
    def committed(self) -> int:
        """The committed offset, -1 without a commit."""
        found = self.lag.committed_offset
        return found if isinstance(found, int) else -1

    @property
    def leader(self) -> int:
        """The leader's broker id, -1 if there is none or it is unknown."""
        return -1 if self.state is None else self.state.leader


@dataclass(frozen=True, slots=True)
class CommitGaps:
    """The longest gaps between commits, by minimum arrival rate and by owner.

    Shape: ``arrivals`` ascend; ``longest_from[i]`` is the longest gap of all partitions with ``arrivals[i]`` or more,
           with a 0 at the end.

    One pass computes it, so that a group of ten thousand partitions is diagnosed in seconds.
    """

    arrivals: list[float]
    longest_from: list[float]
    of_owner: Mapping[str | None, float]

    @classmethod
    def of(cls, rows: Iterable[PartitionSummary]) -> "CommitGaps":
        """Collect the gaps of partitions; those without any are ignored."""
        ordered = sorted((r for r in rows if r.commit_gaps), key=lambda r: r.arrivals)
        longest = [0.0]
        owners: dict[str | None, float] = {}
        for row in reversed(ordered):
            gap = max(row.commit_gaps)
            longest.append(max(gap, longest[-1]))
            owner = row.owner.id if row.owner else None
            owners[owner] = max(gap, owners.get(owner, 0.0))
        return cls([r.arrivals for r in ordered], longest[::-1], owners)


def grouped(
    rows: Iterable[PartitionSummary], key: Callable[[PartitionSummary], str]
) -> Mapping[str, tuple[PartitionSummary, ...]]:
    """Group partitions by a key, in order."""
    found: dict[str, list[PartitionSummary]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return {name: tuple(own) for name, own in found.items()}
