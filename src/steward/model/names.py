"""Names of things in Kafka."""

from typing import NamedTuple, NewType

BrokerId = NewType("BrokerId", int)
TopicName = NewType("TopicName", str)
GroupId = NewType("GroupId", str)


class TopicPartition(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int

    def __str__(self) -> str:
        """Write it as Kafka does, ``orders-3``."""
        return f"{self.topic}-{self.partition}"
