"""Warnings about an offset that was found by time in a log whose timestamps are not in order."""

from collections.abc import Callable, Iterable, Iterator

from steward.cluster.offsets_at_time import OffsetsByTime
from steward.model.command import Phrase
from steward.model.names import TopicPartition
from steward.model.notice import Notice
from steward.model.unknown import Unknown, Why

_MEANING = (
    "offset {offset} is its first record stamped at the time or later. Records after it may be older, and records that "
    "arrived later with an earlier timestamp lie before it"
)


def order_warnings(
    found: OffsetsByTime,
    partitions: Iterable[TopicPartition],
    safer: Callable[[TopicPartition], Phrase],
) -> Iterator[Notice]:
    """Say of each partition whether its timestamps are out of order, what that means, and the ``safer`` choice.

    Shape: topics whose records could not be read to see it are named once each.
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
            message=f"topic {topic}: whether its timestamps are in order was not seen: {why}",
            object=topic,
            remedy=f"allow READ on topic {topic}"
            if why.why is Why.DENIED
            else safer(TopicPartition(topic, 0)),
        )
