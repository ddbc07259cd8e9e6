"""Group samples as bytes and back, so that a daemon can store them and a diagnosis can start from them."""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from steward.analysis.diagnosis.samples import GroupSample
from steward.model.group import Group, GroupDetail, GroupType, Member
from steward.model.names import TopicPartition
from steward.model.topic import PartitionOffsets
from steward.model.unknown import NotApplicable, Unknown, Why

_VERSION = 1
_NO_EPOCH = NotApplicable("unknown at this sample, or not part of this group type")
_NOT_KEPT = Unknown(Why.NEEDS_HISTORY, "the members are unknown at this sample")
_LARGEST_BYTES = 64 * 1024 * 1024

Numbers = Mapping[str, list[list[int]]]
"""By topic, rows of numbers that start with the partition number."""


def pack(sample: GroupSample) -> bytes:
    """Encode a sample, without unknown offsets and without the reason why the group could not be read."""
    body = {
        "v": _VERSION,
        "at": sample.at,
        "group": None if sample.group is None else _group(sample.group),
        "committed": _by_topic((p, (c,)) for p, c in sample.committed.items()),
        "offsets": _by_topic(
            (p, (o.start, o.end, o.last_stable))
            for p, o in sample.offsets.items()
            if isinstance(o, PartitionOffsets)
        ),
        "ids": dict(sample.topic_ids),
        "leaders": _by_topic(sample.leaders.items()),
    }
    return zlib.compress(json.dumps(body, separators=(",", ":")).encode())


def unpack(body: bytes, group: str | None = None) -> GroupSample | None:
    """Decode a sample; None if it is damaged, of another version, or of a group other than ``group``."""
    try:
        plain = zlib.decompressobj().decompress(body, _LARGEST_BYTES)
        found = json.loads(plain)
        sample = _sample(found) if found["v"] == _VERSION else None
    except (ValueError, KeyError, TypeError, AttributeError, zlib.error):
        return None
    is_other = sample is not None and sample.group is not None and sample.group.id != group
    return None if group is not None and is_other else sample


def _by_topic(
    found: Iterable[tuple[TopicPartition, tuple[int, ...]]],
) -> dict[str, list[list[int]]]:
    rows: dict[str, list[list[int]]] = {}
    for partition, numbers in found:
        rows.setdefault(partition.topic, []).append([partition.partition, *numbers])
    return rows


def _group(group: Group) -> dict[str, Any]:
    detail = group.detail
    return {
        "id": group.id,
        "type": group.type.value,
        "state": group.state,
        "protocol": group.protocol_type,
        "coordinator": group.coordinator,
        "detail": None if isinstance(detail, Unknown) else _detail(detail),
    }


def _detail(detail: GroupDetail) -> dict[str, Any]:
    return {
        "assignor": detail.assignor,
        "epoch": _epoch(detail.epoch),
        "assignment_epoch": _epoch(detail.assignment_epoch),
        "members": [_member(m) for m in detail.members],
    }


def _epoch(epoch: int | NotApplicable) -> int | None:
    return epoch if isinstance(epoch, int) else None


def _member(member: Member) -> dict[str, Any]:
    target = member.target
    return {
        "id": member.id,
        "instance": member.instance_id,
        "client": member.client_id,
        "host": member.host,
        "rack": member.rack,
        "epoch": _epoch(member.epoch),
        "topics": list(member.subscribed_topics),
        "regex": member.subscribed_regex,
        "assignment": _by_topic((p, ()) for p in member.assignment),
        "target": None if isinstance(target, NotApplicable) else _by_topic((p, ()) for p in target),
    }


def _sample(found: Mapping[str, Any]) -> GroupSample:
    return GroupSample(
        at=float(found["at"]),
        group=None if found["group"] is None else _read_group(found["group"]),
        committed={p: c for p, (c,) in _rows(found["committed"])},
        offsets={p: PartitionOffsets(*numbers) for p, numbers in _rows(found["offsets"])},
        topic_ids={str(t): str(i) for t, i in found["ids"].items()},
        leaders={p: (leader, epoch) for p, (leader, epoch) in _rows(found["leaders"])},
    )


def _rows(found: Numbers) -> Iterator[tuple[TopicPartition, list[int]]]:
    for topic, rows in found.items():
        for number, *rest in rows:
            yield TopicPartition(topic, number), rest


def _read_group(found: Mapping[str, Any]) -> Group:
    detail = found["detail"]
    return Group(
        id=found["id"],
        type=GroupType(found["type"]),
        state=found["state"],
        protocol_type=found["protocol"],
        coordinator=found["coordinator"],
        detail=_NOT_KEPT if detail is None else _read_detail(detail),
    )


def _read_detail(found: Mapping[str, Any]) -> GroupDetail:
    return GroupDetail(
        assignor=found["assignor"],
        epoch=_read_epoch(found["epoch"]),
        assignment_epoch=_read_epoch(found["assignment_epoch"]),
        members=tuple(_read_member(m) for m in found["members"]),
    )


def _read_epoch(epoch: int | None) -> int | NotApplicable:
    return _NO_EPOCH if epoch is None else epoch


def _read_member(found: Mapping[str, Any]) -> Member:
    target = found["target"]
    return Member(
        id=found["id"],
        instance_id=found["instance"],
        client_id=found["client"],
        host=found["host"],
        rack=found["rack"],
        epoch=_read_epoch(found["epoch"]),
        subscribed_topics=tuple(found["topics"]),
        subscribed_regex=found["regex"],
        assignment=tuple(p for p, _ in _rows(found["assignment"])),
        target=_NO_EPOCH if target is None else tuple(p for p, _ in _rows(target)),
    )
