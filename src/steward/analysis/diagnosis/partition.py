"""One partition of a case: its lag, its readers, its rates and the rhythm of its commits."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from steward.model.group import Member
from steward.model.lag import Flag, LagSeconds, PartitionLag
from steward.model.names import TopicPartition
from steward.model.topic import Partition


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionSummary:
    """One partition of the case. Rates in records a second over all looks."""

    partition: TopicPartition
    lag: PartitionLag
    state: Partition | None
    owner: Member | None
    owners: frozenset[str]
    """ids of all members that were seen to read it"""
    owners_since: frozenset[str]
    """ids of those seen to read it since the commit last moved"""
    arrivals: float
    consumed: float
    steps: int
    """how often the commit was seen to move"""
    flat_seconds: float
    """since the commit was last seen to move; the length of the looks if never"""
    commit_gaps: tuple[float, ...]
    went_back: int
    """records by which the commit moved backwards and stayed"""
    least_unread: int
    """what was unread when the commit was closest to the end"""
    start_rate: float
    stable: int | None
    """the last stable offset, None where unknown"""
    stable_moved: bool
    end_moved: bool
    leader_changed: bool

    @property
    def unread(self) -> int:
        """Records that are there to be read: 0 where unknown, and where only markers are left."""
        if Flag.MARKER_ONLY in self.lag.flags:
            return 0
        return self.lag.lag_records if isinstance(self.lag.lag_records, int) else 0

    @property
    def seconds(self) -> float:
        """Estimated lag in seconds, 0 where unknown."""
        return self.lag.lag_seconds.value if isinstance(self.lag.lag_seconds, LagSeconds) else 0.0

    @property
    def at_least_seconds(self) -> float:
        """Proved lag in seconds, 0 where unknown."""
        return self.lag.lag_seconds.low if isinstance(self.lag.lag_seconds, LagSeconds) else 0.0

    @property
    def committed(self) -> int:
        """The commit, -1 without one."""
        found = self.lag.committed_offset
        return found if isinstance(found, int) else -1

    @property
    def leader(self) -> int:
        """The broker that leads it, -1 for none or unknown."""
        return -1 if self.state is None else self.state.leader


@dataclass(frozen=True, slots=True)
class CommitGaps:
    """The longest gaps between commits: from each rate of arrivals upwards, and by owner.

    Shape: ``arrivals`` ascend; ``longest_from[i]`` is the longest gap of all that have ``arrivals[i]`` or more, with a
           0 at the end. One pass, so that a group of ten thousand partitions is judged in seconds.
    """

    arrivals: list[float]
    longest_from: list[float]
    of_owner: Mapping[str | None, float]

    @classmethod
    def of(cls, rows: Iterable[PartitionSummary]) -> "CommitGaps":
        """Take the gaps of rows; one without any counts for nothing."""
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
    """Return rows by a key of theirs, in order."""
    found: dict[str, list[PartitionSummary]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return {name: tuple(own) for name, own in found.items()}
