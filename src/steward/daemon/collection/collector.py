"""Collector of one cluster: polls offsets, takes ages from offset history, searches timestamps within a budget."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from steward.analysis.lag.columns import (
    LagColumns,
    RowTraits,
    apply_markers,
    apply_record_times,
    measure,
    pairs_of,
    search_priority,
)
from steward.analysis.lag.group_summary import (
    EarlierPoll,
    earlier_poll,
    group_rates,
    summaries,
    with_simple_consumers,
)
from steward.analysis.lag.offset_history import OffsetHistory, poll_of
from steward.analysis.lag.offset_table import ABSENT, Doubles, OffsetTable
from steward.analysis.lag.search_pool import SearchPool, TimestampQuestion
from steward.analysis.lag.status import OK_RATIO
from steward.analysis.lag.subscription import SubscribedCommits
from steward.analysis.lag.timestamp_cache import TimestampBracket, TimestampCache
from steward.analysis.lag.trend import GroupRates
from steward.cluster.ports import Observer
from steward.cluster.timestamp_search import search_timestamps
from steward.daemon.collection.broker_load import BrokerLoadSampler
from steward.daemon.collection.marker_cache import MarkerCache
from steward.daemon.collection.metadata_cache import MetadataCache
from steward.daemon.collection.poll import ClusterPoll
from steward.daemon.collection.rebalance_counter import RebalanceCounter
from steward.model.command import NOWHERE, ClusterTarget
from steward.model.error import ClusterReplaced
from steward.model.group import Group
from steward.model.lag import OBJECTIVE_SECONDS
from steward.model.unknown import Unknown

_EVERY = 2
"""Log starts and last stable offsets are read alternately: reading both in one poll would exceed its budget by one
request per broker.
"""
_START_TURN, _STABLE_TURN = 0, 1
_QUERIES_A_QUESTION = 6
_MARK_SECONDS = 60.0
_ALONG = 10
"""Positions per searched partition that may use its answer, in one poll."""


def _default_objective(_: str) -> float:
    """The lag objective in seconds, unless configured otherwise."""
    return OBJECTIVE_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorPlan:
    """How a cluster is collected.

    Units: seconds; ``budget`` is timestamp queries per poll, one partition each; searches stop after
           ``search_seconds``. ``objective_of`` returns a group's lag objective, ``ok_ratio`` is the share of it up to
           which its status is ok. ``target`` completes the commands that are printed.
    """

    interval: float = 10.0
    budget: int = 2_000
    search_seconds: float = 4.0
    metadata_interval: float = 60.0
    objective_of: Callable[[str], float] = _default_objective
    ok_ratio: float = OK_RATIO
    target: ClusterTarget = NOWHERE


class Collector:
    """Polls one cluster, with state that makes the next poll cheap and its ages narrow.

    ``monotonic`` is the clock of the observer's polls; ``history`` may be a restored one; ``history_of`` returns the
    offset history of the cluster with an id.
    """

    def __init__(
        self,
        observer: Observer,
        plan: CollectorPlan,
        *,
        monotonic: Callable[[], float],
        history: OffsetHistory | None = None,
        history_of: Callable[[str], OffsetHistory] | None = None,
    ) -> None:
        self._cluster_id: str | None = None
        self._history_of = history_of
        self._observer = observer
        self._plan = plan
        self._monotonic = monotonic
        self.history = history or OffsetHistory(interval=plan.interval)
        self._timestamps = TimestampCache()
        self._metadata = MetadataCache(observer, plan.metadata_interval)
        self._markers = MarkerCache(observer)
        self._subscribed = SubscribedCommits()
        self._rebalances = RebalanceCounter()
        self._loads = BrokerLoadSampler(observer)
        self._marks: list[EarlierPoll] = []
        self._turn = 0
        self._before: OffsetTable | None = None
        self._traits: tuple[object, object, RowTraits] | None = None

    def poll(self) -> ClusterPoll:
        """Take one poll.

        Errors: StewardError when not even topics or groups could be listed; anything less is Unknown in the poll.
                ClusterReplaced when the brokers report another id than before: this collector must be discarded.
        """
        began = self._monotonic()
        sent = self._observer.requests_sent()
        table = self._table()
        self._identify(table.cluster_id)
        due = self._metadata.refresh(table)
        self._forget_truncated(table)
        added = poll_of(table)
        dropped = self.history.add(added)
        pairs = pairs_of(self._subscribed.of(table, self._metadata.subscriptions))
        traits = self._row_traits(table)
        columns = measure(table, pairs, self.history, traits)
        apply_markers(columns, self._markers.places(table, columns))
        unsearched = sum(self._observer.requests_sent().values())
        objectives = [self._plan.objective_of(g.group) for g in pairs.groups]
        queries = self._search(table, columns, traits, objectives, began)
        time_requests = sum(self._observer.requests_sent().values()) - unsearched
        if due:
            self._markers.refresh(table, columns, objectives)
        apply_markers(columns, self._markers.places(table, columns))
        groups = summaries(columns, table, objectives, self._plan.ok_ratio)
        at_ms = int(columns.now_ms)
        events = self._rebalances.take(table.now, at_ms, groups, self._metadata.members)
        pace = self._paces(table, columns)
        loads = self._loads.refresh(table.now)
        poll = ClusterPoll(
            at_ms=at_ms,
            duration_seconds=self._monotonic() - began,
            table=table,
            columns=columns,
            groups=with_simple_consumers(groups, pace),
            group_rates=pace,
            members={g: len(ids) for g, ids in self._metadata.members.items()},
            stability=self._rebalances.by_group(),
            events=events,
            topics=self._metadata.health(table),
            hanging=self._metadata.hanging,
            requests=_increases(sent, self._observer.requests_sent()),
            timestamp_queries=queries,
            time_requests=time_requests,
            history_polls=self.history.polls,
            history_bytes=self.history.size_bytes,
            history_added=added,
            history_dropped=dropped,
            loads=loads,
        )
        self._mark(table, poll)
        return poll

    @property
    def described(self) -> Mapping[str, Group]:
        """Groups with their members, if the last poll requested them."""
        return self._metadata.described

    def _identify(self, cluster_id: str) -> None:
        if self._cluster_id is None:
            self._cluster_id = cluster_id
            self.history = (
                self.history if self._history_of is None else self._history_of(cluster_id)
            )
        elif self._cluster_id != cluster_id:
            raise ClusterReplaced(
                f"the brokers report cluster id {cluster_id or 'none'}, previously {self._cluster_id or 'none'}",
                remedy="collect it as another cluster",
            )

    def _table(self) -> OffsetTable:
        turn, self._turn = self._turn % _EVERY, self._turn + 1
        return self._observer.offset_table(
            with_start=turn == _START_TURN, with_stable=turn == _STABLE_TURN
        )

    def _paces(self, table: OffsetTable, columns: LagColumns) -> Mapping[str, GroupRates]:
        return group_rates(self._marks[0], table, columns.pairs) if self._marks else {}

    def _forget_truncated(self, table: OffsetTable) -> None:
        """Drop search results of partitions whose end fell: their records may be different ones now."""
        before, self._before = self._before, table
        self._timestamps.align(table.topics)
        if before is not None and before.topics == table.topics:
            fell = (table.end != ABSENT) & (before.end > table.end)
            if fell.any():
                self._timestamps.drop(np.flatnonzero(fell))

    def _row_traits(self, table: OffsetTable) -> RowTraits:
        """Spread configurations over rows, only when either has changed."""
        known, traits = self._traits, self._metadata.traits
        if known is None or known[0] is not table.states or known[1] is not traits:
            known = self._traits = (table.states, traits, RowTraits.of(table, traits))
        return known[2]

    def _mark(self, table: OffsetTable, poll: ClusterPoll) -> None:
        """Keep one poll per minute, two at most: rates are computed over one to two minutes."""
        if not self._marks or table.now - self._marks[-1].at >= _MARK_SECONDS:
            self._marks = [*self._marks[-1:], earlier_poll(table, poll.columns.pairs)]

    # Searches

    def _search(
        self,
        table: OffsetTable,
        columns: LagColumns,
        traits: RowTraits,
        objectives: Sequence[float],
        began: float,
    ) -> int:
        """Look up timestamps where offset history does not suffice, most urgent first; return the number of queries."""
        apply_record_times(columns, self._timestamps, traits)
        self._timestamps.retain(columns.cached)
        apply_record_times(columns, self._timestamps, traits)
        asked = 0
        deadline = began + self._plan.search_seconds
        while asked < self._plan.budget and self._monotonic() < deadline:
            left = self._plan.budget - asked
            weight = search_priority(columns, self._timestamps, objectives)
            most = max(1, left // _QUERIES_A_QUESTION)
            questions = self._questions(table, columns, traits, weight, most)
            if not questions:
                break
            pool = SearchPool(questions.values(), now_ms=int(columns.now_ms), budget=left)
            search_timestamps(pool, self._observer, may_go_on=lambda: self._monotonic() < deadline)
            asked += pool.asked
            self._timestamps.add(_stamps(pool, questions))
            apply_record_times(columns, self._timestamps, traits)
            if pool.failed or not pool.asked:
                break
        return asked

    def _questions(
        self,
        table: OffsetTable,
        columns: LagColumns,
        traits: RowTraits,
        weight: Doubles,
        most: int,
    ) -> Mapping[tuple[int, int], TimestampQuestion]:
        """Choose the positions to search, by row and offset, each record once.

        ``weight`` is per unread pair. Chosen are the positions of the ``most`` most urgent partitions: one answer
        serves all groups that wait on a partition, so all its unsettled positions are included.
        """
        places = np.flatnonzero(weight > 0)
        places = places[np.argsort(-weight[places], kind="stable")]
        rows = columns.pairs.rows[columns.unread[places]]
        firsts = np.unique(rows, return_index=True)[1]
        wanted = np.isin(rows, rows[np.sort(firsts)[:most]])
        found: dict[tuple[int, int], TimestampQuestion] = {}
        for place in places[wanted].tolist():
            row = int(columns.pairs.rows[columns.unread[place]])
            offset = int(columns.oldest[place])
            if (row, offset) not in found:
                found[row, offset] = self._question(table, columns, traits, place)
                if len(found) >= most * _ALONG:
                    break
        return found

    def _question(
        self, table: OffsetTable, columns: LagColumns, traits: RowTraits, place: int
    ) -> TimestampQuestion:
        at = int(columns.unread[place])
        row, cached = int(columns.pairs.rows[at]), int(columns.cached[place])
        return TimestampQuestion(
            partition=table.partitions[row],
            offset=int(columns.oldest[place]),
            end=int(table.end[row]),
            compacted=bool(traits.compacted[row]),
            expected_ms=_expected(columns, at) if cached < 0 else None,
            known_ms=(None, None) if cached < 0 else self._timestamps.bracket(cached),
        )


def _stamps(
    pool: SearchPool, questions: Mapping[tuple[int, int], TimestampQuestion]
) -> Iterator[TimestampBracket]:
    for (row, offset), question in questions.items():
        search = pool.result(question.partition, offset)
        if not isinstance(search, Unknown) and not search.nothing_left:
            yield TimestampBracket.of(row, search)


def _increases(before: Mapping[str, int], after: Mapping[str, int]) -> Mapping[str, int]:
    return {k: n - before.get(k, 0) for k, n in sorted(after.items()) if n > before.get(k, 0)}


def _expected(columns: LagColumns, at: int) -> tuple[int, int] | None:
    """The record's time according to offset history; None where that is unknown, or the record is very recent."""
    low, high = float(columns.low[at]), float(columns.high[at])
    if np.isnan(high) or low < 1.0:
        return None
    return int(columns.now_ms - high * 1000), int(columns.now_ms - low * 1000) + 1
