"""The text files of a partition's directory: where leader epochs begin, and the id of its topic.

Source: LeaderEpochCheckpointFile.java, CheckpointFile.java and PartitionMetadata.java of Apache Kafka.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from itertools import pairwise

_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class LeaderEpoch:
    """A leader epoch and the first offset that was written in it."""

    epoch: int
    start_offset: int


@dataclass(frozen=True, slots=True)
class Malformed:
    """A file that cannot be read: the line, from 1, and what is wrong there."""

    line: int
    reason: str


def leader_epochs(data: bytes) -> tuple[LeaderEpoch, ...] | Malformed:
    """Read a ``leader-epoch-checkpoint``: version 0, the number of entries, then an entry a line.

    An empty file has no entries: nothing was written to the replica yet.
    """
    if not data.strip():
        return ()
    lines = data.decode("utf-8", "replace").splitlines()
    if lines[0].strip() != "0":
        return Malformed(1, "the first line is not version 0")
    if len(lines) < 2 or not re.fullmatch(r"\d+", lines[1].strip()):
        return Malformed(2, "the second line is not the number of entries")
    found: list[LeaderEpoch] = []
    for number, line in enumerate(lines[2:], 3):
        entry = re.fullmatch(r"\s*(-?\d+)\s+(-?\d+)\s*", line)
        if entry is None:
            return Malformed(number, "an entry is an epoch and an offset")
        found.append(LeaderEpoch(int(entry[1]), int(entry[2])))
    if len(found) != int(lines[1]):
        return Malformed(2, f"the file has {len(found)} entries, its second line says {lines[1]}")
    for number, (one, following) in enumerate(pairwise(found), 4):
        if following.epoch <= one.epoch or following.start_offset <= one.start_offset:
            return Malformed(number, "epochs and offsets do not rise")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class PartitionMetadata:
    """The id of the topic that a directory belongs to, as Kafka writes it."""

    topic_id: str


def partition_metadata(data: bytes) -> PartitionMetadata | Malformed:
    """Read a ``partition.metadata``: the lines ``version: 0`` and ``topic_id: ID``."""
    pairs = [line.partition(":") for line in data.decode("utf-8", "replace").splitlines()]
    named = {name.strip(): value.strip() for name, _, value in pairs}
    if named.get("version") != "0":
        return Malformed(1, "there is no line version: 0")
    topic_id = named.get("topic_id", "")
    if not _is_id(topic_id):
        return Malformed(2, "topic_id is not the id of a topic")
    return PartitionMetadata(topic_id)


def _is_id(text: str) -> bool:
    try:
        decoded = base64.b64decode(f"{text}==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(decoded) == _ID_BYTES and any(decoded)
