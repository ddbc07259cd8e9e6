"""The largest timestamps of topics that applications write, topic by topic."""

from collections.abc import Iterator, Mapping

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.missing import require_all
from steward.analysis.checks.topic_kinds import is_layered
from steward.model.names import TopicPartition
from steward.model.topic import MaxTimestamp, Topic
from steward.model.unknown import Unknown

Newest = Mapping[TopicPartition, MaxTimestamp]


def newest_by_topic(facts: Facts) -> Iterator[tuple[Topic, Newest]]:
    """Yield each topic with the largest timestamps of its partitions; topics of Kafka's own layers are left out."""
    found: dict[str, dict[TopicPartition, MaxTimestamp]] = {}
    for partition, newest in facts.max_timestamps.items():
        if not isinstance(newest, Unknown) and not is_layered(partition.topic):
            found.setdefault(partition.topic, {})[partition] = newest
    for name in sorted(found.keys() & facts.topic_by_name.keys()):
        if not facts.topic_by_name[name].is_internal:
            yield facts.topic_by_name[name], found[name]


def require_all_timestamps(facts: Facts) -> None:
    """Stop a check with Unknown, after it has judged the rest, if timestamps of other topics are missing."""
    missing: dict[str, Unknown] = {}
    for partition, newest in facts.max_timestamps.items():
        if isinstance(newest, Unknown) and not is_layered(partition.topic):
            missing.setdefault(partition.topic, newest)
    require_all(sorted(missing.items()))
