"""Partitions that options keep in place: topics not selected, topics excluded, topics and partitions pinned."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from steward.commands.api.answers import wanted
from steward.commands.api.matching import chosen
from steward.commands.reassignment.goal_options import GoalOptions
from steward.model.error import ObjectNotFound, UsageError
from steward.model.names import TopicPartition

if TYPE_CHECKING:  # imports numpy: loaded only when planning
    from steward.analysis.rebalance.goal import StayReason
    from steward.analysis.rebalance.layout import BrokerMask, ReplicaLayout

_PARTITIONS = re.compile(r"(?P<topic>[^:]+):(?P<numbers>\d+(-\d+)?)")


@dataclass(frozen=True, slots=True)
class KeptPartitions:
    """Partitions that stay, as masks by reason."""

    stays: "BrokerMask"
    by: "Mapping[StayReason, BrokerMask]"

    @property
    def mask(self) -> "BrokerMask | None":
        """The partitions that stay; None if all may move."""
        return self.stays if self.by else None


def kept_partitions(asked: GoalOptions, layout: "ReplicaLayout") -> KeptPartitions:
    """Return which partitions may not move, and why.

    Errors: UsageError for a topic that is both selected and kept; ObjectNotFound for topics and partitions that do not
            exist, also in a file, as kafka-reassign-partitions requires.
    """
    import numpy as np

    from steward.analysis.rebalance.goal import StayReason

    if not (asked.topics or asked.listed or asked.exclude_topics or asked.pin):
        return KeptPartitions(np.zeros(len(layout.partitions), np.bool_), {})
    names = frozenset(p.topic for p in layout.partitions)
    excluded = chosen(asked.exclude_topics, names, "topic")
    pinned = frozenset(_pinned(asked, layout, names))
    selected = _selected(asked, names)
    _contradictions(asked, layout, excluded, pinned)
    masks = {
        StayReason.NOT_SELECTED: [p.topic not in selected for p in layout.partitions],
        StayReason.PINNED: [p in pinned for p in layout.partitions],
        StayReason.EXCLUDED_TOPIC: [p.topic in excluded for p in layout.partitions],
    }
    by = {reason: np.array(kept, np.bool_) for reason, kept in masks.items() if any(kept)}
    stays = np.zeros(len(layout.partitions), np.bool_)
    for mask in by.values():
        stays |= mask
    return KeptPartitions(stays, by)


def _selected(asked: GoalOptions, names: frozenset[str]) -> frozenset[str]:
    if not asked.topics and not asked.listed:
        return names
    wanted(asked.listed, names, "topic", complete=True)
    return frozenset(asked.listed) | chosen(asked.topics, names, "topic")


def _pinned(
    asked: GoalOptions, layout: "ReplicaLayout", names: frozenset[str]
) -> Iterator[TopicPartition]:
    for word in asked.pin:
        found = _PARTITIONS.fullmatch(word)
        topics = chosen((found["topic"] if found else word,), names, "topic")
        of = [p for p in layout.partitions if p.topic in topics]
        if found is None:
            yield from of
            continue
        first, _, last = found["numbers"].partition("-")
        numbers = range(int(first), int(last or first) + 1)
        highest = max(p.partition for p in of)
        if not numbers or numbers[-1] > highest:
            raise ObjectNotFound(
                f"--pin {word}: {found['topic']} has partitions 0 to {highest}",
                remedy=f"for example --pin {found['topic']}:0-{highest}", object_name=word,
            )  # fmt: skip
        yield from (p for p in of if p.partition in numbers)


def _contradictions(
    asked: GoalOptions,
    layout: "ReplicaLayout",
    excluded: frozenset[str],
    pinned: frozenset[TopicPartition],
) -> None:
    """Reject a word of --topics, or a file, of which nothing may move."""
    names = frozenset(p.topic for p in layout.partitions)
    words = [(f"--topics {word}", chosen((word,), names, "topic")) for word in asked.topics]
    if asked.listed:
        words.append(("--topics-file", frozenset(asked.listed)))
    for what, topics in words:
        partitions = [p for p in layout.partitions if p.topic in topics]
        if not partitions or not all(p.topic in excluded or p in pinned for p in partitions):
            continue
        by = "--exclude-topics" if topics <= excluded else "--pin"
        raise UsageError(
            f"{what} selects nothing that may move: {by} keeps all of it",
            remedy="remove it from one of them",
        )
