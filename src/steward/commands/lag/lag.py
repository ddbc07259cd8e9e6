"""Consumer lag in seconds with bounds: the age of the oldest unprocessed record of each group."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from steward.analysis.diagnosis.samples import GroupSample
from steward.cluster.ports import Observer
from steward.codec import UnknownFact
from steward.commands.api.answers import cluster_name
from steward.commands.api.context import Context
from steward.commands.api.matching import chosen, selected_names
from steward.commands.api.objectives import objectives_in
from steward.commands.api.open_store import configuration_warnings
from steward.commands.api.registry import (
    Answer,
    Capability,
    Notice,
    Outcome,
    capability,
)
from steward.commands.lag.history import GroupHistory, history_since
from steward.commands.lag.stored_samples import saved_samples
from steward.model.command import Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import UsageError
from steward.model.group import Group
from steward.model.instant import Instant
from steward.model.lag import GroupLag, LagSeconds, LagStatus
from steward.model.membership import never_had_members
from steward.model.names import TopicPartition
from steward.model.progress import ProgressStep
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import Unknown, known_or, value_or

if TYPE_CHECKING:  # column storage needs numpy: imported only when the command runs
    from steward.analysis.lag.assess import TopicTraits
    from steward.analysis.lag.offset_table import GroupCommits, OffsetTable
    from steward.analysis.lag.trend import Trend

_STANDS_AFTER_SECONDS = 60.0
"""Commits that have not moved for this long are stalled: the group does not commit anymore."""
_MOST_HISTORIES = 50
"""Number of groups whose saved samples one run reads."""
_RECENT_POLLS = 20
"""Polls of --watch that are remembered."""
FAIL_ON = ("lagging", "over_objective", "data_loss", "unknown", "never")


_BY = ("group", "topic", "partition")


@dataclass(frozen=True, slots=True, kw_only=True)
class LagParams:
    """Which groups, how precisely, how long."""

    groups: Annotated[tuple[str, ...], selected_names("[GROUP]...", Candidates.GROUPS)] = ()
    topic: Annotated[
        tuple[str, ...],
        Doc("count only these topics", metavar="TOPIC", commas=True, completes=Candidates.TOPICS),
    ] = ()
    over: Annotated[
        float | None, Doc("show only groups with at least this lag", metavar="DURATION")
    ] = None
    objective: Annotated[
        float | None,
        Doc(
            "maximum lag of a group; default: [alerts], or 60s",
            metavar="DURATION",
        ),
    ] = None
    by: Annotated[str, Doc("what a row of text output is", choices=_BY)] = "group"
    watch: Annotated[bool, Doc("repeat until Ctrl-C", short="w")] = False
    interval: Annotated[float, Doc("seconds between samples of --watch", metavar="DURATION")] = 5.0
    since: Annotated[
        float | None,
        Doc(
            "show the history of steward serve for this period, without sampling",
            metavar="DURATION",
        ),
    ] = None
    budget: Annotated[
        int, Doc("maximum records read and timestamp queries per sample", unit="requests")
    ] = 4_000
    fail_on: Annotated[
        str, Doc("exit with 3 when a group has this status or worse", choices=FAIL_ON)
    ] = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A group's trend between two samples; null where unknown."""

    group: str
    arrivals_per_second: Annotated[float, Doc("records written per second")]
    consumed_per_second: Annotated[float, Doc("records committed per second")]
    catch_up_seconds: Annotated[
        float | None, Doc("until it has caught up; null: never at this rate")
    ]
    data_loss_seconds: Annotated[
        float | None, Doc("until retention deletes unread records; null: not expected")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentLag:
    """A group's lag in the last polls of --watch."""

    group: str
    lag_records: Annotated[
        tuple[int | None, ...], Doc("oldest poll first; null where it is unknown")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class LagReport:
    """Every group's lag, worst first."""

    groups: tuple[GroupLag, ...]
    objective_seconds: Annotated[float, Doc("maximum lag of a group")]
    forecasts: Annotated[tuple[Forecast, ...], Doc("from the second sample on")]
    by: Annotated[str, Doc("what a row of text output is", choices=_BY)]
    requests: Annotated[int, Doc("requests sent for this sample")]
    timestamp_queries: Annotated[int, Doc("records read and timestamp queries")]
    ok_seconds: Annotated[float, Doc("lag up to which the status is ok: alerts.ok_ratio")]
    history: Annotated[tuple[GroupHistory, ...], Doc("history, with --since only")] = ()
    since: Annotated[Instant | None, Doc("start of the history; null without --since")] = None
    recent: Annotated[tuple[RecentLag, ...], Doc("the last polls, with --watch only")] = ()


@capability(
    "lag",
    parts=(
        Part.GROUPS,
        Part.GROUP_OFFSETS,
        Part.OFFSETS,
        Part.TOPICS,
        Part.TOPIC_CONFIGS,
        Part.SAMPLES,
    ),
    long=True,
    replaces=True,
    examples=(
        "steward lag",
        "steward lag payments --by partition",
        "steward lag --over 60s -o json",
        "steward lag --watch --interval 10s",
        "steward lag --since 6h",
    ),
)
def lag(params: LagParams, context: Context) -> Answer[LagReport] | Iterator[Answer[LagReport]]:
    """Measure consumer lag in seconds, with bounds, and in records.

    Lag in seconds is the age of the oldest unprocessed record of each group: its own timestamp, read from the record
    where READ on the topic allows it, otherwise found by timestamp queries. The true age lies between low and high;
    without READ, high is known only where brokers set the timestamps (LogAppendTime). --watch redraws
    the table at a terminal, and appends lines with their time elsewhere; Ctrl-C ends it with exit code 130.
    """
    if params.budget < 1 or params.interval <= 0:
        raise UsageError(
            "--budget and --interval must be above 0", remedy=Hint(steward("lag", help=True))
        )
    if params.since is not None:
        return _since(params, context, params.since)
    if params.watch:
        return _watch(params, context)
    with context.connect(context.connection) as observer:
        return _Watcher(observer, params, context).poll()


def _since(params: LagParams, context: Context, since: float) -> Answer[LagReport]:
    """Answer from the store."""
    if params.watch or params.topic or params.by != "group" or since <= 0:
        raise UsageError(
            "--since shows the history and cannot be combined with --watch, --topic and --by",
            remedy=Hint(steward("lag", since="6h")),
        )
    objectives = objectives_in(context, params.objective)
    found = history_since(
        context, params.groups, since_seconds=since, objective_of=objectives.of_group
    )
    over = params.over
    shown = tuple(g for g in found.groups if over is None or (g.worst_seconds or 0.0) >= over)
    now = context.now_ms()
    return Answer(
        data=LagReport(
            groups=(), objective_seconds=objectives.seconds, forecasts=(), by=params.by, requests=0,
            timestamp_queries=0, ok_seconds=objectives.seconds * context.settings.alerts.ok_ratio,
            history=shown, since=Instant(now - round(since * 1000)),
        ),
        cluster=found.cluster,
        observed_at=Instant(now),
        unknown=found.unknown,
        warnings=(*configuration_warnings(context), *found.warnings),
        outcome=_worst_of(shown, params.fail_on),
    )  # fmt: skip


def _worst_of(groups: tuple[GroupHistory, ...], fail_on: str) -> Outcome:
    """Return whether any group had, at any time, a status that counts as failed."""
    bad = _bad(fail_on)
    was = {p.status for g in groups for p in g.points}
    return Outcome.FINDINGS if was & bad else Outcome.DONE


def _watch(params: LagParams, context: Context) -> Iterator[Answer[LagReport]]:
    with context.connect(context.connection) as observer:
        watcher = _Watcher(observer, params, context)
        while True:
            yield watcher.poll()
            context.sleep(params.interval)


class _Watcher:
    """Samples lag through one observer, and remembers the previous sample."""

    def __init__(self, observer: Observer, params: LagParams, context: Context) -> None:
        self._observer = observer
        self._params = params
        self._context = context
        self._objectives = objectives_in(context, params.objective)
        self._trend: Trend | None = None
        self._simple: dict[str, tuple[GroupSample, ...]] = {}
        """of groups that never had members: the first sample and the latest"""
        self._recent: dict[str, deque[int | None]] = {}

    def poll(self) -> Answer[LagReport]:
        from steward.analysis.lag.trend import Trend

        self._context.progress(
            ProgressStep("reading groups and configurations:", number=1, total=3)
        )
        about = self._observer.observe(frozenset({Part.IDENTITY, Part.GROUPS, Part.TOPIC_CONFIGS}))
        self._context.progress(ProgressStep("reading offsets:", number=2, total=3))
        table = self._observer.offset_table()
        groups, asked = self._measured(table, about)
        trend = Trend(table)
        report = LagReport(
            groups=tuple(sorted(groups, key=worst_first)),
            objective_seconds=self._objectives.seconds,
            forecasts=tuple(forecasts(groups, self._trend, trend)),
            by=self._params.by,
            requests=sum(table.requests.values()),
            timestamp_queries=asked,
            ok_seconds=self._objectives.seconds * self._context.settings.alerts.ok_ratio,
            recent=self._with_recent(groups) if self._params.watch else (),
        )
        self._trend = trend
        return self._answer(report, table, about)

    def _with_recent(self, groups: list[GroupLag]) -> tuple[RecentLag, ...]:
        """Add these lags to those of the last polls, and return them; groups that are gone are forgotten."""
        before = self._recent
        self._recent = {g.group: before.get(g.group, deque(maxlen=_RECENT_POLLS)) for g in groups}
        for g in groups:
            records = g.lag_records
            self._recent[g.group].append(known_or(records, None))
        return tuple(RecentLag(group=n, lag_records=tuple(p)) for n, p in self._recent.items())

    def _measured(self, table: "OffsetTable", about: ClusterSnapshot) -> tuple[list[GroupLag], int]:
        from steward.analysis.lag.assess import lag_of_group, positions_of, questions, searched_age
        from steward.analysis.lag.search_pool import SearchPool
        from steward.cluster.timestamp_search import search_timestamps

        traits = traits_of(about)
        assigned = assigned_of(about)
        wanted = self._wanted(table)
        positions = {
            g.group: tuple(
                p
                for p in positions_of(table, g, traits, assigned.get(g.group, ()))
                if not self._params.topic or p.partition.topic in self._params.topic
            )
            for g in table.groups
            if g.group in wanted
        }
        now_ms = self._context.now_ms()
        pool = SearchPool(
            questions(p for group in positions.values() for p in group),
            now_ms=now_ms,
            budget=self._params.budget,
        )
        search_timestamps(pool, self._observer, self._context.progress)
        age = searched_age(pool, traits, now_ms)
        described = {g.id: g for g in _groups(about)}
        measured = [
            lag_of_group(
                g, positions[g.group], age,
                objective_seconds=self._objectives.of_group(g.group),
                state=described[g.group].state if g.group in described else None,
                described=described.get(g.group),
                is_simple=self._is_simple(table, g, described.get(g.group)),
                ok_ratio=self._context.settings.alerts.ok_ratio,
            )
            for g in table.groups
            if g.group in positions
        ]  # fmt: skip
        return [g for g in measured if self._is_over(g)], pool.asked

    def _is_simple(
        self, table: "OffsetTable", commits: "GroupCommits", described: Group | None
    ) -> bool:
        """Return whether a group commits without membership: it never had members, and its commits advance."""
        from steward.analysis.diagnosis.sample_columns import sample_of_table

        if described is None or not never_had_members(described) or not len(commits.partitions):
            return False
        now = sample_of_table(table, commits, described)
        seen = self._simple.get(commits.group, ())
        if not seen and len(self._simple) < _MOST_HISTORIES:
            seen = saved_samples(
                self._context, commits.group, self._context.now_ms(), table.cluster_id
            )
        self._simple[commits.group] = (*seen[:1], now)
        moved = any(then.committed != now.committed for then in seen)
        return moved or not seen or now.at - seen[0].at < _STANDS_AFTER_SECONDS

    def _wanted(self, table: "OffsetTable") -> frozenset[str]:
        known = {g.group for g in table.groups} | set(table.unknown_groups)
        if not self._params.groups:
            return frozenset(known)
        return chosen(self._params.groups, known, "group", complete=not table.gaps)

    def _is_over(self, group: GroupLag) -> bool:
        if self._params.over is None or isinstance(group.lag_seconds, Unknown):
            return True
        high = group.lag_seconds.high
        return high is None or max(high, group.lag_seconds.value) >= self._params.over

    def _answer(
        self, report: LagReport, table: "OffsetTable", about: ClusterSnapshot
    ) -> Answer[LagReport]:
        unknown = [UnknownFact("lag", g, str(why)) for g, why in table.unknown_groups.items()]
        unknown += [UnknownFact("groups", "cluster", str(gap)) for gap in table.gaps]
        if isinstance(about.topic_configs, Unknown):
            unknown.append(UnknownFact("topic_configs", "cluster", str(about.topic_configs)))
        return Answer(
            data=report,
            cluster=cluster_name(about, self._context),
            observed_at=Instant(self._context.now_ms()),
            unknown=tuple(unknown),
            warnings=tuple(
                Notice(code="configuration", message=w) for w in self._context.settings.warnings
            ),
            outcome=outcome_of(report, self._params.fail_on),
        )


def traits_of(about: ClusterSnapshot) -> "Mapping[str, TopicTraits]":
    """Return from topics' configurations which timestamps they have and whether they are compacted."""
    from steward.analysis.lag.assess import traits_of_configs

    configs = about.topic_configs
    return traits_of_configs(value_or(configs, {}))


def _groups(about: ClusterSnapshot) -> tuple[Group, ...]:
    return value_or(about.groups, ())


def assigned_of(about: ClusterSnapshot) -> Mapping[str, tuple[TopicPartition, ...]]:
    """Return the partitions assigned to each group's members."""
    return {
        g.id: tuple(p for m in g.detail.members for p in m.assignment)
        for g in _groups(about)
        if not isinstance(g.detail, Unknown)
    }


def worst_first(group: GroupLag) -> tuple[int, float, str]:
    """Order groups: data loss first, then by seconds of lag; unknown before ok."""
    rank = {LagStatus.DATA_LOSS: 0, LagStatus.OVER_OBJECTIVE: 1, LagStatus.UNKNOWN: 2}
    seconds = group.lag_seconds.value if isinstance(group.lag_seconds, LagSeconds) else 0.0
    return rank.get(group.status, 3), -seconds, group.group


def forecasts(groups: list[GroupLag], before: "Trend | None", now: "Trend") -> Iterator[Forecast]:
    """Return the groups' trends, from the second sample on."""
    if before is None:
        return
    for group in groups:
        rates = now.rates(before, group.group)
        if rates is None:
            continue
        yield Forecast(
            group=group.group,
            arrivals_per_second=round(rates.arrivals, 3),
            consumed_per_second=round(rates.consumed, 3),
            catch_up_seconds=rates.catch_up_seconds,
            data_loss_seconds=rates.data_loss_seconds,
        )


def outcome_of(report: LagReport, fail_on: str) -> Outcome:
    """Return whether any group has a status that counts as failed."""
    bad = _bad(fail_on)
    return Outcome.FINDINGS if any(g.status in bad for g in report.groups) else Outcome.DONE


def _bad(fail_on: str) -> frozenset[LagStatus]:
    """Return the statuses that count as failed."""
    order = [LagStatus.LAGGING, LagStatus.OVER_OBJECTIVE, LagStatus.DATA_LOSS]
    if fail_on == "never":
        return frozenset()
    if fail_on == "unknown":
        return frozenset({LagStatus.UNKNOWN})
    return frozenset(order[order.index(LagStatus(fail_on)) :])


CAPABILITIES: tuple[Capability, ...] = (lag,)
