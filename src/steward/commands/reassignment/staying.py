"""Replicas that a drain leaves on its brokers: rows with the reason, and what to do about them."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypedDict

from steward.commands.api.registry import Notice
from steward.model.command import Command, Hint, steward
from steward.model.doc import Doc
from steward.model.wording import count

if TYPE_CHECKING:  # imports numpy: loaded only when planning
    from steward.analysis.rebalance.goal import RebalanceGoal
    from steward.analysis.rebalance.layout import Ints, ReplicaLayout

_WHY = {
    "excluded_topic": "its topic is excluded",
    "not_selected": "its topic is not among those to move",
    "pinned": "it is pinned",
    "no_leader": "no live broker leads it, so nothing can be copied",
    "no_eligible_broker": "every other eligible broker has a replica of it, or is in a rack that has",
}
_KEPT = {
    "excluded_topic": "of excluded topics",
    "not_selected": "of topics that were not selected",
    "pinned": "pinned",
    "no_leader": "without a live leader",
    "no_eligible_broker": "without another eligible broker",
}
_BY_OPTIONS = ("excluded_topic", "not_selected", "pinned")
"""Reasons that other options would remove."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StayingRow:
    """A replica that stays on a broker to drain."""

    topic: str
    partition: int
    broker: int
    reason: Annotated[
        str,
        Doc(
            "excluded_topic; not_selected: --topics or --topics-file lists others; pinned; no_leader: no live broker "
            "leads it; no_eligible_broker: no other broker may hold it"
        ),
    ]
    why: Annotated[str, Doc("the reason as a sentence")]


class StayingFacts(TypedDict):
    """The fields of a plan's report that say whether a drain is complete."""

    staying: tuple[StayingRow, ...]
    brokers_emptied: tuple[int, ...]


def staying_facts(goal: "RebalanceGoal", layout: "ReplicaLayout", replicas: "Ints") -> StayingFacts:
    """Return the replicas that a plan leaves on the brokers to drain, all of them, and the brokers that it empties."""
    from steward.analysis.rebalance.staying import emptied_brokers, staying_replicas

    rows = tuple(
        StayingRow(
            topic=r.partition.topic,
            partition=r.partition.partition,
            broker=r.broker,
            reason=r.reason.value,
            why=_WHY[r.reason.value],
        )
        for r in staying_replicas(goal, layout, replicas)
    )
    return StayingFacts(staying=rows, brokers_emptied=emptied_brokers(goal, layout, replicas))


def incomplete(
    rows: tuple[StayingRow, ...], goal: "RebalanceGoal | None", snapshot: str
) -> tuple[Notice, ...]:
    """Warn about every broker that a drain does not empty; ``snapshot`` is the file that is planned over, if any."""
    if goal is None:
        return ()
    again = steward(
        "reassignment plan", "drain", brokers=_ids(goal.brokers), exclude_brokers=_ids(goal.excluded),
        snapshot=snapshot or None,
    )  # fmt: skip
    return tuple(
        _warning(broker, [row for row in rows if row.broker == broker], again)
        for broker in sorted({row.broker for row in rows})
    )


def _ids(brokers: frozenset[int]) -> str | None:
    return ",".join(map(str, sorted(brokers))) or None


def _warning(broker: int, rows: list[StayingRow], again: Command) -> Notice:
    kept = Counter(row.reason for row in rows)
    by_options = any(reason in _BY_OPTIONS for reason in kept)
    return Notice(
        code="drain_incomplete",
        message=f"broker {broker} keeps {count(len(rows), 'replica')} and must not be unregistered: "
        + ", ".join(f"{number:,} {_KEPT[reason]}" for reason, number in sorted(kept.items())),
        object=f"broker {broker}",
        remedy=Hint("to move the replicas that options keep, plan without these options: ", again)
        if by_options
        else "more brokers, brokers in more racks, or a live broker with an in-sync replica; then plan again",
    )
