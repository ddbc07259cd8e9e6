"""A cluster's layout as a file, so that a rebalance can be planned without the cluster."""

import json
from collections.abc import Mapping, Sequence
from itertools import chain, repeat
from typing import Any, cast

import numpy as np

from steward.analysis.rebalance.layout import NONE, BrokerMask, Ints, ReplicaLayout
from steward.analysis.rebalance.reassignment_json import FormatError
from steward.documents.fault import DocumentError
from steward.documents.json_text import read_json
from steward.model.names import TopicPartition

SCHEMA = "steward/layout/v1"


def write_layout(layout: ReplicaLayout) -> str:
    """Write a layout.

    Shape: brokers with rack, whether they are alive, the bytes of logs that fit on their disks (null: unknown) and the
           bytes there that are no logs; partitions by topic, each as [number, leader, [replicas], [in sync], bytes,
           bytes in per second, bytes out per second].
    """
    topics: dict[str, list[Any]] = {}
    for row, key in enumerate(layout.partitions):
        there = layout.replicas[row] != NONE
        replicas = [layout.brokers[int(b)] for b in layout.replicas[row][there]]
        in_sync = [b for b, yes in zip(replicas, layout.in_sync[row][there], strict=True) if yes]
        leader = int(layout.leader[row])
        topics.setdefault(key.topic, []).append(
            [
                key.partition, NONE if leader == NONE else layout.brokers[leader], replicas, in_sync,
                round(float(layout.size[row])), round(float(layout.bytes_in[row]), 3),
                round(float(layout.bytes_out[row]), 3),
            ]
        )  # fmt: skip
    brokers = [
        {"id": b, "rack": layout.racks[i], "alive": bool(layout.alive[i]),
         "disk_bytes": None if np.isinf(layout.disk[i]) else round(float(layout.disk[i])),
         "disk_other_bytes": round(float(layout.not_logs[i]))}
        for i, b in enumerate(layout.brokers)
    ]  # fmt: skip
    return (
        json.dumps({"schema": SCHEMA, "brokers": brokers, "topics": topics}, separators=(",", ":"))
        + "\n"
    )


def read_layout(text: str) -> ReplicaLayout:
    """Read a layout.

    Errors: FormatError, if it is not one.
    """
    try:
        document: Any = read_json(text, "it")
        if (
            not isinstance(document, dict)
            or cast("Mapping[str, Any]", document).get("schema") != SCHEMA
        ):
            raise FormatError(f"it is not a {SCHEMA} document")
        return _layout(cast("Mapping[str, Any]", document))
    except DocumentError as error:
        raise FormatError(error.located) from None
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(f"it is damaged: {type(error).__name__}: {error}") from None


def _layout(document: Mapping[str, Any]) -> ReplicaLayout:
    brokers: list[Mapping[str, Any]] = sorted(document["brokers"], key=lambda b: b["id"])
    ids = tuple(int(b["id"]) for b in brokers)
    place = {broker: i for i, broker in enumerate(ids)}
    names: list[str] = []
    rows: list[list[Any]] = []
    for topic, found in sorted(document["topics"].items()):
        rows += sorted(found)
        names += [str(topic)] * len(found)
    columns = list(zip(*rows, strict=False)) or [()] * 7
    replicas, in_sync = _assignment(columns[2], columns[3], place)
    disks = [b.get("disk_bytes") for b in brokers]
    return ReplicaLayout(
        partitions=tuple(map(TopicPartition, names, map(int, columns[0]))),
        replicas=replicas,
        leader=np.array([place.get(leader, NONE) for leader in columns[1]], np.int32),
        in_sync=in_sync,
        size=np.array(list(map(float, columns[4])), np.float64),
        bytes_in=np.array(list(map(float, columns[5])), np.float64),
        bytes_out=np.array(list(map(float, columns[6])), np.float64),
        brokers=ids,
        racks=tuple(b.get("rack") for b in brokers),
        alive=np.array([bool(b.get("alive", True)) for b in brokers], np.bool_),
        disk=np.array([np.inf if d is None else float(d) for d in disks]),
        disk_other=np.array([float(b.get("disk_other_bytes", 0)) for b in brokers]),
    )


def _assignment(
    hosts: Sequence[list[int]], in_sync: Sequence[list[int]], place: Mapping[int, int]
) -> tuple[Ints, BrokerMask]:
    """Return replicas and which of them are in sync, one row per partition."""
    lengths = np.array(list(map(len, hosts)), np.intp)
    there = np.arange(int(lengths.max(initial=0))) < lengths[:, None]
    replicas = np.full(there.shape, NONE, np.int32)
    replicas[there] = list(map(place.get, chain.from_iterable(hosts), repeat(NONE)))
    synced = there.copy()
    for row, (held, alike) in enumerate(zip(hosts, in_sync, strict=True)):
        if held != alike:
            synced[row, : len(held)] = [broker in alike for broker in held]
    return replicas, synced
