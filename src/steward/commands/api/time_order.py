"""Warnings about offsets found by time in logs whose timestamps are out of order."""

from collections.abc import Callable, Iterable, Iterator

from steward.cluster.offsets_at_time import OffsetsByTime
from steward.model.command import Phrase
from steward.model.names import TopicPartition
from steward.model.notice import Notice
from steward.model.unknown import Unknown, Why

_MEANING = (
    "offset {offset} is its first record at or after the time. Later records may be older, and records that "
    "arrived later with an earlier timestamp precede it"
)


def order_warnings(
    found: OffsetsByTime,
    partitions: Iterable[TopicPartition],
    safer: Callable[[TopicPartition], Phrase],
) -> Iterator[Notice]:
    """Warn about each partition with timestamps out of order, with the effect and the ``safer`` choice.

    Topics whose records could not be read are named once each.
    """
    unread: dict[str, Unknown] = {}
    for partition in partitions:
        if (disorder := found.disorder.get(partition)) is not None:
            meaning = _MEANING.format(offset=found.offsets.get(partition))
            yield Notice(
                code="timestamps_out_of_order",
                message=f"{partition}: timestamps are out of order ({disorder}): {meaning}",
                object=str(partition),
                remedy=safer(partition),
            )
        elif (why := found.unread.get(partition)) is not None:
            unread.setdefault(partition.topic, why)
    for topic, why in sorted(unread.items()):
        yield Notice(
            code="timestamp_order_unknown",
            message=f"topic {topic}: unknown whether its timestamps are in order: {why}",
            object=topic,
            remedy=f"grant READ on topic {topic}"
            if why.why is Why.DENIED
            else safer(TopicPartition(topic, 0)),
        )
