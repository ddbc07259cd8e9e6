"""How far topics are behind: the group that has the most left to read of each, in records."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from steward.analysis.lag.unread import lag_records
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import PartitionOffsets
from steward.model.unknown import NotApplicable, Observed, Unknown, Why

_NO_READER = NotApplicable("no group has committed on it")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicLag:
    """The group that is furthest behind on a topic, and by how many records."""

    records: int
    group: str


def topic_lags(
    snapshot: ClusterSnapshot,
) -> Callable[[str], TopicLag | Unknown | NotApplicable]:
    """Return how to read a topic's largest lag, of the groups whose offsets are known.

    Unknown where the end of a partition is not known, with what is certain, and where nothing is known of a topic
    while offsets of some group are unknown.
    """
    commits, ends = snapshot.group_offsets, snapshot.offsets
    if isinstance(commits, Unknown) or isinstance(ends, Unknown):
        why = commits if isinstance(commits, Unknown) else ends
        return lambda _: why if isinstance(why, Unknown) else _NO_READER
    lags: dict[str, dict[str, int]] = defaultdict(dict)
    missing: dict[str, Unknown] = {}
    for group, offsets in commits.value.items():
        if isinstance(offsets, Unknown):
            continue
        for partition, committed in offsets.committed.items():
            end = _end(ends, partition)
            if isinstance(end, Unknown):
                missing.setdefault(partition.topic, end)
                continue
            of_topic = lags[partition.topic]
            of_topic[group] = of_topic.get(group, 0) + lag_records(committed, end)
    unread = next((o for o in commits.value.values() if isinstance(o, Unknown)), None)

    def lag(topic: str) -> TopicLag | Unknown | NotApplicable:
        if topic not in lags and topic not in missing:
            return unread or _NO_READER
        return _furthest(lags.get(topic, {}), missing.get(topic))

    return lag


def _end(
    ends: Observed[Mapping[TopicPartition, PartitionOffsets | Unknown]], partition: TopicPartition
) -> int | Unknown:
    found = ends.value.get(partition)
    if found is None:
        return Unknown(Why.TRUNCATED, f"no broker reported offsets of {partition}")
    return found if isinstance(found, Unknown) else found.end


def _furthest(by_group: Mapping[str, int], missing: Unknown | None) -> TopicLag | Unknown:
    group = max(sorted(by_group), key=lambda name: by_group[name], default="")
    if missing is None:
        return TopicLag(records=by_group[group], group=group)
    certain = f"; at least {by_group[group]:,} records, by group {group}" if group else ""
    return Unknown(missing.why, f"{missing}{certain}", missing.acl)
