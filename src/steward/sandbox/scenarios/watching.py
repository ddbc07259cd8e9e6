"""What a scenario looks at to know that its trouble is there: commits, lag, members, replicas."""

from typing import TYPE_CHECKING, Any

from steward.sandbox.scenarios.clients import REQUEST_S, admin, admin_types
from steward.sandbox.scenarios.run import Run

if TYPE_CHECKING:
    from confluent_kafka import TopicPartition


def committed(client: Any, group: str) -> dict[tuple[str, int], int]:
    """Look up what a group has committed, by topic and partition."""
    from confluent_kafka import ConsumerGroupTopicPartitions

    request = ConsumerGroupTopicPartitions(group)
    (answer,) = client.list_consumer_group_offsets([request], request_timeout=REQUEST_S).values()
    found = answer.result(timeout=REQUEST_S).topic_partitions
    return {(one.topic, one.partition): one.offset for one in found if one.offset >= 0}


def end_offsets(
    client: Any, topic: str, *, committed_only: bool = False
) -> dict[tuple[str, int], int]:
    """Look up where each partition of a topic ends: its high watermark, or its last stable offset."""
    from confluent_kafka import IsolationLevel

    level = IsolationLevel.READ_COMMITTED if committed_only else IsolationLevel.READ_UNCOMMITTED
    wanted = {
        partition: admin_types().OffsetSpec.latest() for partition in partitions_of(client, topic)
    }
    answers = client.list_offsets(wanted, isolation_level=level, request_timeout=REQUEST_S)
    return {
        (one.topic, one.partition): answer.result(timeout=REQUEST_S).offset
        for one, answer in answers.items()
    }


def committed_all(run: Run, group: str, topic: str) -> None:
    """Wait until a group has committed on every partition of a topic."""
    client = admin(run.sandbox)

    def all_there() -> bool:
        wanted = {(one.topic, one.partition) for one in partitions_of(client, topic)}
        return wanted <= committed(client, group).keys()

    run.until(
        all_there,
        f"group {group} has committed on all partitions of {topic}",
    )


def lag(client: Any, group: str, topic: str) -> int:
    """Sum how far a group is behind the end of a topic; 0 until it has committed anything."""
    done = committed(client, group)
    ends = end_offsets(client, topic)
    return sum(end - done[where] for where, end in ends.items() if where in done)


def members(client: Any, group: str) -> frozenset[str]:
    """Look up the member ids of a group."""
    (answer,) = client.describe_consumer_groups([group], request_timeout=REQUEST_S).values()
    return frozenset(one.member_id for one in answer.result(timeout=REQUEST_S).members)


def partitions_of(client: Any, topic: str) -> list["TopicPartition"]:
    """List the partitions of a topic."""
    from confluent_kafka import KafkaException, TopicPartition

    found = client.list_topics(topic, timeout=REQUEST_S).topics[topic]
    if found.error is not None:
        raise KafkaException(found.error)
    return [TopicPartition(topic, number) for number in sorted(found.partitions)]
