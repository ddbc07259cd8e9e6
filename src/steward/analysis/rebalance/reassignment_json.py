"""The JSON of kafka-reassign-partitions, parsed as strictly as the tool does, and written.

Source: ReassignPartitionsCommand.parsePartitionReassignmentData and parseTopicsData.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from steward.documents.fault import DocumentError
from steward.documents.json_text import read_json
from steward.model.names import TopicPartition

Assignment = Mapping[TopicPartition, tuple[int, ...]]
"""Broker ids by partition, the preferred leader first."""


class FormatError(ValueError):
    """Why a file is not a valid reassignment, in one line."""


def write_assignment(assignment: Assignment) -> str:
    """Write the input of ``--reassignment-json-file``; also used for the original assignment, to restore it."""
    partitions = [
        {"topic": p.topic, "partition": p.partition, "replicas": list(replicas)}
        for p, replicas in sorted(assignment.items())
    ]
    return json.dumps({"version": 1, "partitions": partitions}, indent=1) + "\n"


def write_topics(topics: Iterable[str]) -> str:
    """Write the input of ``--topics-to-move-json-file``."""
    return json.dumps({"version": 1, "topics": [{"topic": t} for t in sorted(topics)]}) + "\n"


def read_assignment(text: str) -> Assignment:
    """Read a reassignment.

    ``log_dirs`` must be "any": named directories are rejected, because steward does not move replicas between the disks
    of a broker.

    Errors: FormatError.
    """
    found: dict[TopicPartition, tuple[int, ...]] = {}
    for entry in _entries(_document(text), "partitions"):
        key = TopicPartition(_text(entry, "topic"), _number(entry.get("partition"), "partition"))
        replicas = _replicas(entry, key)
        if key in found:
            raise FormatError(f"partition {key} is listed twice")
        found[key] = replicas
    if not found:
        raise FormatError("the partition list is empty")
    return found


def read_topics(text: str) -> tuple[str, ...]:
    """Read topics to move.

    Errors: FormatError.
    """
    names = [_text(entry, "topic") for entry in _entries(_document(text), "topics")]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise FormatError(f"topic {twice[0]} is listed twice")
    return tuple(names)


def _document(text: str) -> Mapping[str, Any]:
    try:
        found = read_json(text, "it")
    except DocumentError as error:
        raise FormatError(error.located) from None
    if not isinstance(found, dict):
        raise FormatError("it is not a JSON object")
    document = cast("Mapping[str, Any]", found)
    if document.get("version", 1) != 1:
        raise FormatError(f"version {document['version']} is not supported, only 1")
    return document


def _entries(document: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    found = document.get(key)
    if not isinstance(found, list):
        raise FormatError(f"it has no list of {key}")
    entries = cast("list[Any]", found)
    if not all(isinstance(e, dict) for e in entries):
        raise FormatError(f"an entry of {key} is not an object")
    return cast("Sequence[Mapping[str, Any]]", entries)


def _text(entry: Mapping[str, Any], key: str) -> str:
    found = entry.get(key)
    if not isinstance(found, str) or not found:
        raise FormatError(f"an entry has no {key}")
    return found


def _number(found: Any, what: str) -> int:
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise FormatError(f"{what} is {found!r}, not a non-negative number")
    return found


def _replicas(entry: Mapping[str, Any], key: TopicPartition) -> tuple[int, ...]:
    found = entry.get("replicas")
    if not isinstance(found, list) or not found:
        raise FormatError(f"the replica list of {key} is empty")
    replicas = tuple(_number(b, f"a replica of {key}") for b in cast("list[Any]", found))
    if len(set(replicas)) < len(replicas):
        raise FormatError(f"the replica list of {key} names a broker twice")
    dirs = entry.get("log_dirs")
    if dirs is not None:
        if not isinstance(dirs, list) or len(cast("list[Any]", dirs)) != len(replicas):
            raise FormatError(f"log_dirs of {key} has another length than its replicas")
        if any(d != "any" for d in cast("list[Any]", dirs)):
            raise FormatError(
                f"log_dirs of {key} name directories: steward leaves the choice to the broker"
            )
    return replicas
