"""Lag over time, from the samples saved by `steward serve`; works while the cluster is down."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

from steward.codec import UnknownFact
from steward.commands.api.context import Context
from steward.commands.api.history_owner import answering_cluster, history_owner
from steward.commands.api.matching import chosen
from steward.commands.api.open_store import open_store
from steward.commands.api.registry import ClusterName, Notice
from steward.model.doc import Doc
from steward.model.history import EventKind, HistorySpan
from steward.model.instant import Instant
from steward.model.lag import Basis, LagSeconds, LagStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPoint:
    """One sample, or the samples of an interval merged to the worst values."""

    at: Annotated[Instant, Doc("start")]
    span_seconds: Annotated[int, Doc("length; 0 for a single sample")]
    samples: Annotated[int, Doc("number of samples")]
    unknown_samples: Annotated[int, Doc("samples with unknown seconds")]
    lag_seconds: Annotated[
        LagSeconds | None, Doc("the largest; null where unknown in every sample")
    ]
    best_seconds: Annotated[float | None, Doc("the smallest of all samples")]
    lag_records: Annotated[int | None, Doc("the largest; null where unknown in every sample")]
    lost_records: Annotated[int, Doc("offsets deleted before they were consumed")]
    status: Annotated[LagStatus, Doc("the worst")]
    members: Annotated[int | None, Doc("the largest")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupHistory:
    """One group over time."""

    group: str
    worst_seconds: Annotated[float | None, Doc("the largest lag; null where it was never known")]
    latest_seconds: Annotated[float | None, Doc("of the last sample or interval")]
    over_objective_ratio: Annotated[
        float | None,
        Doc(
            "share of samples with a known lag over the objective; merged samples count by their worst"
        ),
    ]
    rebalances: Annotated[int, Doc("rebalances observed")]
    joined: Annotated[int, Doc("members that joined")]
    left: Annotated[int, Doc("members that left")]
    lost_records: Annotated[int, Doc("largest number of offsets lost at once")]
    points: Annotated[tuple[HistoryPoint, ...], Doc("oldest first")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LagHistory:
    """History of a period: groups, unknown facts and warnings."""

    cluster: ClusterName
    groups: tuple[GroupHistory, ...]
    unknown: tuple[UnknownFact, ...]
    warnings: tuple[Notice, ...]


def history_since(
    context: Context,
    words: tuple[str, ...],
    *,
    since_seconds: float,
    objective_of: Callable[[str], float],
) -> LagHistory:
    """Read the saved samples of groups (all, or those selected), the worst first.

    Errors: StoreUnavailable, ConfigurationError; ObjectNotFound for a word that selects nothing.
    """
    since_ms = context.now_ms() - round(since_seconds * 1000)
    answering = answering_cluster(context)
    with open_store(context) as store:
        owner = history_owner(context, store, answering)
        spans = store.history.read(owner.key, since_ms=since_ms)
        counts = store.events.counts(owner.key, since_ms=since_ms)
    by_group: dict[str, list[HistorySpan]] = {}
    for span in spans:
        by_group.setdefault(span.worst.group, []).append(span)
    names = chosen(words, by_group, "group") if words and by_group else frozenset(by_group)
    groups = [_history(g, by_group[g], counts, objective_of(g)) for g in sorted(names)]
    return LagHistory(
        cluster=owner.cluster,
        groups=tuple(sorted(groups, key=lambda g: -(g.worst_seconds or 0.0))),
        unknown=tuple(fact for g in groups for fact in _unknown(g)),
        warnings=(*owner.warnings, *(() if spans else (_nothing(owner.cluster.name),))),
    )


def _history(
    group: str,
    spans: Iterable[HistorySpan],
    counts: Mapping[tuple[str, EventKind], int],
    objective: float,
) -> GroupHistory:
    points = tuple(_point(s) for s in spans)
    known_samples = [
        (p.lag_seconds.value, p.samples - p.unknown_samples) for p in points if p.lag_seconds
    ]
    known = [seconds for seconds, _ in known_samples]
    over = sum(number for seconds, number in known_samples if seconds > objective)
    return GroupHistory(
        group=group,
        worst_seconds=max(known, default=None),
        latest_seconds=known[-1] if known else None,
        over_objective_ratio=round(over / sum(n for _, n in known_samples), 4)
        if known_samples
        else None,
        rebalances=counts.get((group, EventKind.REBALANCE), 0),
        joined=counts.get((group, EventKind.MEMBER_JOINED), 0),
        left=counts.get((group, EventKind.MEMBER_LEFT), 0),
        lost_records=max((p.lost_records for p in points), default=0),
        points=points,
    )


def _point(span: HistorySpan) -> HistoryPoint:
    worst = span.worst
    return HistoryPoint(
        at=Instant(span.at_ms),
        span_seconds=span.seconds,
        samples=span.samples,
        unknown_samples=span.unknown_samples,
        lag_seconds=None
        if worst.lag_seconds is None
        else LagSeconds(
            value=worst.lag_seconds,
            low=worst.lag_seconds if worst.low is None else worst.low,
            high=worst.high,
            basis=worst.basis or Basis.CREATE_TIME,
        ),
        best_seconds=span.best_seconds,
        lag_records=worst.lag_records,
        lost_records=worst.lost_records,
        status=worst.status,
        members=worst.members,
    )


def _unknown(group: GroupHistory) -> Iterable[UnknownFact]:
    """Report once per group what is unknown in its samples."""
    missing = sum(p.unknown_samples for p in group.points)
    if missing:
        total = sum(p.samples for p in group.points)
        yield UnknownFact(
            "history.lag_seconds", group.group, f"unknown in {missing} of {total} samples"
        )


def _nothing(cluster: str) -> Notice:
    return Notice(
        code="no_history",
        message=f"no samples of {cluster} in this period",
        object=cluster,
        remedy="steward serve saves samples while it runs",
    )
