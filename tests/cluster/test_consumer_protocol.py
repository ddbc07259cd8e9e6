"""Subscriptions and assignments of classic consumers, written by another library."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from steward.cluster.adapters.consumer_protocol import assignment, subscription
from steward.model.names import TopicPartition


def _text(value: str) -> bytes:
    return struct.pack(">h", len(value)) + value.encode()


def _partitions(topic: str, *numbers: int) -> bytes:
    body = b"".join(struct.pack(">i", n) for n in numbers)
    return struct.pack(">i", 1) + _text(topic) + struct.pack(">i", len(numbers)) + body


def test_assignment() -> None:
    data = struct.pack(">h", 1) + _partitions("orders", 2, 0) + struct.pack(">i", -1)
    assert assignment(data) == (TopicPartition("orders", 0), TopicPartition("orders", 2))


def test_subscription_with_rack() -> None:
    data = (
        struct.pack(">hi", 3, 2)
        + _text("b")
        + _text("a")
        + struct.pack(">i", 4)
        + b"\x80\x81\x82\x83"
        + _partitions("a", 1)
        + struct.pack(">i", 5)
        + _text("r1")
    )
    found = subscription(data)
    assert (found.topics, found.rack) == (("a", "b"), "r1")


def test_old_subscription_has_no_rack() -> None:
    data = struct.pack(">hi", 0, 1) + _text("a") + struct.pack(">i", -1)
    assert subscription(data).rack is None
    assert subscription(data).topics == ("a",)


@given(st.binary(max_size=200))
def test_bytes_of_other_protocols_are_survived(data: bytes) -> None:
    assignment(data)
    subscription(data)
