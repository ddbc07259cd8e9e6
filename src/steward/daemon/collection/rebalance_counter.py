"""Rebalance counter: rebalances and share of time not stable, from poll to poll."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from steward.analysis.lag.group_summary import GroupLagSummary
from steward.daemon.collection.metadata_cache import Members
from steward.daemon.collection.poll import RebalanceCount
from steward.model.history import EventKind, GroupEvent
from steward.model.turnover import STORM_WINDOW_SECONDS, UNSTABLE_STATES

WINDOW_SECONDS = STORM_WINDOW_SECONDS


@dataclass(slots=True)
class _Past:
    members: frozenset[str] | None = None
    unstable: bool = False
    rebalances: int = 0
    states: deque[tuple[float, bool]] = field(default_factory=deque[tuple[float, bool]])
    seen: deque[float] = field(default_factory=deque[float])


class RebalanceCounter:
    """Counts rebalances; one that starts and ends between two polls is visible only by changed members."""

    def __init__(self) -> None:
        self._past: dict[str, _Past] = {}

    def take(
        self, now: float, at_ms: int, groups: Iterable[GroupLagSummary], members: Members
    ) -> tuple[GroupEvent, ...]:
        """Compare a poll with the previous one, and return the events; deleted groups are forgotten."""
        present: dict[str, _Past] = {}
        events: list[GroupEvent] = []
        for group in groups:
            past = self._past.get(group.group) or _Past()
            unstable = group.state in UNSTABLE_STATES
            ids = members.get(group.group)
            changed = past.members is not None and ids is not None and ids != past.members
            if (unstable and not past.unstable and past.states) or (changed and not past.unstable):
                past.rebalances += 1
                past.seen.append(now)
                events.append(GroupEvent(at_ms=at_ms, group=group.group, kind=EventKind.REBALANCE))
            if unstable:
                events.append(_not_stable(at_ms, group))
            if ids is not None and past.members is not None:
                events += _joined_and_left(at_ms, group.group, past.members, ids)
            past.unstable = unstable
            past.members = past.members if ids is None else ids
            past.states.append((now, unstable))
            _forget(past, now - WINDOW_SECONDS)
            present[group.group] = past
        self._past = present
        return tuple(events)

    def by_group(self) -> Mapping[str, RebalanceCount]:
        """Return the counts."""
        return {
            group: RebalanceCount(
                rebalances=past.rebalances,
                rebalances_in_5m=len(past.seen),
                unstable_share=sum(u for _, u in past.states) / len(past.states),
            )
            for group, past in self._past.items()
        }


def _not_stable(at_ms: int, group: GroupLagSummary) -> GroupEvent:
    kind = EventKind.NOT_STABLE
    return GroupEvent(at_ms=at_ms, group=group.group, kind=kind, detail=group.state)


def _joined_and_left(
    at_ms: int, group: str, before: frozenset[str], now: frozenset[str]
) -> Iterator[GroupEvent]:
    for kind, ids in (
        (EventKind.MEMBER_JOINED, now - before),
        (EventKind.MEMBER_LEFT, before - now),
    ):
        if ids:
            yield GroupEvent(at_ms=at_ms, group=group, kind=kind, count=len(ids))


def _forget(past: _Past, before: float) -> None:
    while past.states[0][0] < before:
        past.states.popleft()
    while past.seen and past.seen[0] < before:
        past.seen.popleft()
