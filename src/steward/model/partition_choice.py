"""Selected partitions and their offsets: values of ``--topics``, and files of offsets."""

import csv
from collections.abc import Iterable, Mapping

from steward.model.error import UsageError
from steward.model.names import TopicPartition

PartitionChoice = Mapping[str, frozenset[int] | None]
"""Topics, each with its partitions; None for all of them."""

_HEAD = ("topic", "partition", "offset")
_MAX_PARTITION = 2**31 - 1
_MAX_OFFSET = 2**63 - 1


def choice_of(text: str) -> PartitionChoice:
    """Parse ``a,b:0,2``: all of topic a, and partitions 0 and 2 of topic b.

    A number after ``topic:N`` is another partition of that topic; a topic whose name is a number must come first.
    Errors: UsageError.
    """
    found: dict[str, set[int] | None] = {}
    topic = ""
    for word in (piece.strip() for piece in text.split(",")):
        name, colon, number = word.rpartition(":")
        if topic and word.isascii() and word.isdigit():
            _add(found, topic, word, text)
        elif colon and name:
            topic = name
            _add(found, topic, number, text)
        elif word and not colon:
            if found.setdefault(word) is not None:
                raise _both(text, word)
            topic = ""
        else:
            raise _no_choice(text)
    return {name: None if n is None else frozenset(n) for name, n in found.items()}


def _add(found: dict[str, set[int] | None], topic: str, number: str, text: str) -> None:
    is_number = number.isascii() and number.isdigit() and len(number) <= 10
    if not is_number or int(number) > _MAX_PARTITION:
        raise _no_choice(text)
    if topic in found and found[topic] is None:
        raise _both(text, topic)
    known = found.get(topic) or set[int]()
    found[topic] = known | {int(number)}


def _both(text: str, topic: str) -> UsageError:
    return UsageError(
        f"--topics {text!r} names all of topic {topic!r} and also single partitions of it",
        remedy="name one or the other",
    )


def _no_choice(text: str) -> UsageError:
    return UsageError(
        f"invalid value --topics {text!r}", remedy="write it as --topics orders,payments:0,2"
    )


def offsets_of_file(lines: Iterable[str], place: str, group: str) -> Mapping[TopicPartition, int]:
    """Parse ``topic,partition,offset`` lines, as written by kafka-consumer-groups --export.

    A first column with group names, as in its export of several groups, is understood; lines of other groups, the
    header and empty lines are skipped.
    Errors: UsageError with file and line, or where no offset is found.
    """
    found: dict[TopicPartition, int] = {}
    for number, row in enumerate(csv.reader(lines), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or tuple(c.lower() for c in cells[-3:]) == _HEAD:
            continue
        if len(cells) == 4:
            if cells[0] != group:
                continue
            cells = cells[1:]
        partition, offset = _line(cells, f"{place}:{number}")
        if partition in found:
            raise UsageError(
                f"{place}:{number} repeats partition {partition}",
                remedy="keep one line for each partition",
            )
        found[partition] = offset
    if not found:
        raise UsageError(
            f"{place} has no offset of group {group}",
            remedy="write one line per partition: topic,partition,offset",
        )
    return found


def _line(cells: list[str], place: str) -> tuple[TopicPartition, int]:
    if len(cells) == 3:
        topic, partition, offset = cells
        if topic and _is_number(partition, _MAX_PARTITION) and _is_number(offset, _MAX_OFFSET):
            return TopicPartition(topic, int(partition)), int(offset)
    raise UsageError(
        f"{place}: {','.join(cells)!r} is not topic,partition,offset",
        remedy="partition and offset are integers of 0 or more: orders,0,1234",
    )


def _is_number(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= most
