"""Offset history as the store keeps it: one shard per poll, and one per layout of partitions.

Written at every poll, so that a killed daemon loses at most the current one. Times are stored by the wall clock,
because the monotonic clock restarts with the machine.
"""

import json
import zlib
from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import numpy as np

from steward.analysis.lag.offset_history import OffsetHistory, OffsetPoll
from steward.analysis.lag.offset_table import Topics

_POLL, _TOPICS = "look:", "topics:"
_LEVEL = 1


class OffsetHistoryShards:
    """Tracks one cluster's offset history: what to write, what to delete.

    `changes` is called at every poll; `written` confirms that its last result is stored. What was not stored is deleted
    later; a poll that could not be stored only leaves a wider gap.
    """

    def __init__(self) -> None:
        self._names: dict[float, str] = {}
        self._topics: dict[str, str] = {}
        self._uses: Counter[str] = Counter()
        self._drop: set[str] = set()

    def changes(
        self, poll: OffsetPoll, dropped: tuple[float, ...], clock_offset: float
    ) -> tuple[Mapping[str, bytes], frozenset[str]]:
        """Return the shards to write and those to delete after a poll."""
        layout = _layout(poll.topics)
        topics = _TOPICS + blake2b(layout, digest_size=12).hexdigest()
        name = f"{_POLL}{round((poll.at + clock_offset) * 1000)}"
        put = {name: _encoded(poll, topics, clock_offset)}
        if not self._uses[topics]:
            put[topics] = layout
        self._names[poll.at], self._topics[name] = name, topics
        self._uses[topics] += 1
        for at in dropped:
            self._release(self._names.pop(at, None))
        self._drop -= put.keys()
        return put, frozenset(self._drop)

    def written(self, dropped: frozenset[str]) -> None:
        """Record that the store has deleted these."""
        self._drop -= dropped

    def failed(self, put: Mapping[str, bytes]) -> None:
        """Record that these were not written: a layout among them is written again with the next poll."""
        for name in put:
            if name.startswith(_POLL):
                self._names = {at: n for at, n in self._names.items() if n != name}
                self._release(name)

    def _release(self, name: str | None) -> None:
        if name is None:
            return
        self._drop.add(name)
        topics = self._topics.pop(name, "")
        self._uses[topics] -= 1
        if not self._uses[topics]:
            self._drop.add(topics)

    def restore(
        self, shards: Mapping[str, bytes], history: OffsetHistory, clock_offset: float
    ) -> int:
        """Fill an offset history with stored polls, oldest first; return how many.

        Damaged polls, and those in the future because the clock was set back, are skipped and deleted.
        """
        restored, latest = 0, -np.inf
        for name in sorted(n for n in shards if n.startswith(_POLL)):
            decoded = _decoded(shards, name, clock_offset)
            if decoded is None or decoded[0].at <= latest:
                self._drop.add(name)
                continue
            poll, topics = decoded
            latest = poll.at
            self._names[poll.at], self._topics[name] = name, topics
            self._uses[topics] += 1
            for at in history.add(poll):
                self._release(self._names.pop(at, None))
            restored += 1
        unused = {n for n in shards if n.startswith(_TOPICS)} - set(self._topics.values())
        self._drop |= unused
        return restored


def is_from_the_future(shards: Mapping[str, bytes], now_ms: int) -> bool:
    """Return whether stored polls are in the future: the clock was set back, so none of their times can be used."""
    return any(int(n.removeprefix(_POLL)) > now_ms for n in shards if n.startswith(_POLL))


def _layout(topics: Topics) -> bytes:
    return zlib.compress(json.dumps(topics).encode(), _LEVEL)


def _encoded(poll: OffsetPoll, topics: str, clock_offset: float) -> bytes:
    head = {
        "topics": topics,
        "at": poll.at + clock_offset,
        "brokers": poll.brokers.tolist(),
        "sent": (poll.sent + clock_offset).tolist(),
        "received": (poll.received + clock_offset).tolist(),
    }
    columns = poll.ends.astype("<i8").tobytes() + poll.leaders.astype("<i4").tobytes()
    return json.dumps(head).encode() + b"\n" + zlib.compress(columns, _LEVEL)


def _decoded(
    shards: Mapping[str, bytes], name: str, clock_offset: float
) -> tuple[OffsetPoll, str] | None:
    try:
        line, columns = shards[name].split(b"\n", 1)
        head: dict[str, Any] = json.loads(line)
        named = json.loads(zlib.decompress(shards[head["topics"]]))
        topics: Topics = tuple((str(topic), int(count)) for topic, count in named)
        size = sum(count for _, count in topics)
        body = zlib.decompress(columns)
        poll = OffsetPoll(
            at=head["at"] - clock_offset,
            topics=topics,
            ends=np.frombuffer(body, "<i8", size).astype(np.int64),
            leaders=np.frombuffer(body, "<i4", size, size * 8).astype(np.int32),
            brokers=np.array(head["brokers"], np.int32),
            sent=np.array(head["sent"]) - clock_offset,
            received=np.array(head["received"]) - clock_offset,
        )
    except (ValueError, LookupError, TypeError, zlib.error):
        return None
    return poll, head["topics"]
