"""Signals from one poll: which objects are bad by which rule, and which can be judged neither bad nor good."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from steward.analysis.alerting.alert import AlertCondition
from steward.analysis.alerting.burn import BadMinutes
from steward.analysis.alerting.facts import DriftFacts, GroupFacts, TickFacts, Troubles
from steward.analysis.alerting.rules import FAST_BURN, SLOW_BURN, AlertRules, GroupRules, rules_for
from steward.analysis.alerting.wording import lag_text, remedy_of
from steward.model.command import ClusterTarget, steward
from steward.model.finding import Evidence, ObjectRef, Remedy
from steward.model.lag import Basis, Flag, LagSeconds
from steward.model.turnover import STORM_WINDOW_SECONDS, is_storm_rate
from steward.model.unknown import Unknown, Why
from steward.model.verdict import Cause, Verdict
from steward.model.wording import count, duration


class Level(Enum):
    """Level of an object by a rule; an object without a signal is good."""

    BAD = "bad"
    INDETERMINATE = "indeterminate"
    """neither bad nor good: an alert that fires continues, one that does not fire does not start"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Result of one rule for one object."""

    rule: AlertCondition
    object: ObjectRef
    level: Level
    summary: str = ""
    value: float | None = None
    threshold: float | None = None
    evidence: tuple[Evidence, ...] = ()
    remedy: Remedy | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """All signals of a poll; for ``unevaluated`` rules, objects without a signal are indeterminate, not good."""

    signals: tuple[Signal, ...]
    unevaluated: frozenset[AlertCondition]


GROUP_RULES = frozenset({
    AlertCondition.DATA_LOSS, AlertCondition.DATA_LOSS_IMMINENT, AlertCondition.LAG_OVER_OBJECTIVE,
    AlertCondition.LAG_BURN_FAST,
    AlertCondition.LAG_BURN_SLOW, AlertCondition.REBALANCE_STORM, AlertCondition.LAG_UNKNOWN,
})  # fmt: skip
_RIGHT = Remedy("grant steward the missing permission", steward("permissions"))
_LAG_RULES = (AlertCondition.DATA_LOSS, AlertCondition.DATA_LOSS_IMMINENT, AlertCondition.LAG_OVER_OBJECTIVE,
              AlertCondition.LAG_BURN_FAST, AlertCondition.LAG_BURN_SLOW)  # fmt: skip


def judge(
    facts: TickFacts,
    rules: AlertRules,
    bad_minutes: Mapping[str, BadMinutes],
    seconds_before: Mapping[str, float],
) -> Judgement:
    """Evaluate all rules for one tick.

    ``bad_minutes`` includes this poll's minute; ``seconds_before`` is the lag at the previous poll.
    """
    signals = list(_stale(facts, rules))
    unevaluated: set[AlertCondition] = set()
    if facts.unseen is not None:
        unevaluated = set(AlertCondition) - {AlertCondition.STALE}
    else:
        if not facts.groups_complete:
            unevaluated |= GROUP_RULES
        for group in facts.groups:
            before = seconds_before.get(group.group)
            signals += _of_group(facts, group, rules, bad_minutes.get(group.group), before)
        for name, why in facts.unknown_groups.items():
            signals += _of_unknown_group(facts, name, str(why))
        for rule, kind, troubles in _lists(facts):
            signals += _of_list(rule, kind, troubles)
            if isinstance(troubles, Unknown):
                unevaluated.add(rule)
        signals += _of_drift(facts.drift)
        if facts.drift.unseen is not None:
            unevaluated.add(AlertCondition.DRIFT)
    return Judgement(tuple(s for s in signals if _is_on(s, facts, rules)), frozenset(unevaluated))


def is_doubtful(seconds: LagSeconds, objective: float) -> bool:
    """Return whether a lag from the offset history may exceed the objective, without proof."""
    return seconds.basis is Basis.APPEND and seconds.value > objective >= seconds.low


def is_over(seconds: LagSeconds, objective: float) -> bool:
    """Return whether a lag exceeds the objective: by its proved lower bound, or by a timestamp search."""
    if seconds.low > objective:
        return True
    return seconds.value > objective and not is_doubtful(seconds, objective)


def _is_on(signal: Signal, facts: TickFacts, rules: AlertRules) -> bool:
    if signal.rule in rules.off:
        return False
    if signal.object.kind != "group":
        return True
    return signal.rule not in rules_for(rules, facts.cluster, signal.object.name).off


def _stale(facts: TickFacts, rules: AlertRules) -> Iterator[Signal]:
    limit = rules.stale_intervals * facts.interval_seconds
    why = f": {facts.unseen}" if facts.unseen is not None else ""
    if facts.age_seconds > limit:
        yield Signal(
            rule=AlertCondition.STALE,
            object=ObjectRef("cluster", facts.cluster),
            level=Level.BAD,
            summary=f"the last successful poll of cluster {facts.cluster} was {duration(facts.age_seconds)} ago{why}",
            value=facts.age_seconds,
            threshold=limit,
            evidence=(
                Evidence(
                    "collector", "age of the last successful poll", duration(facts.age_seconds)
                ),
            ),
            remedy=Remedy(
                "find out why the cluster does not answer",
                steward("doctor").at(ClusterTarget(cluster=facts.cluster)),
            ),
        )
    elif facts.unseen is not None:
        yield Signal(
            rule=AlertCondition.STALE,
            object=ObjectRef("cluster", facts.cluster),
            level=Level.INDETERMINATE,
        )


def _of_group(
    facts: TickFacts,
    group: GroupFacts,
    rules: AlertRules,
    minutes: BadMinutes | None,
    before: float | None,
) -> Iterator[Signal]:
    own = rules_for(rules, facts.cluster, group.group)
    about = ObjectRef("group", group.group)
    yield from _loss(facts, group, rules, about)
    yield from _storm(facts, group, rules, about)
    if isinstance(group.lag_seconds, Unknown):
        if group.lag_seconds.why is not Why.NOT_COMMITTED:
            yield from _of_unknown_group(facts, group.group, str(group.lag_seconds))
        return
    if group.unknown_partitions:
        yield Signal(rule=AlertCondition.DATA_LOSS, object=about, level=Level.INDETERMINATE)
        yield _unknown(facts, group.group, f"on {count(group.unknown_partitions, 'partition')}")
    yield from _over(facts, group, group.lag_seconds, own, rules.clear_ratio, before)
    if minutes is not None:
        yield from _burn(facts, group, rules, minutes)


def _loss(
    facts: TickFacts, group: GroupFacts, rules: AlertRules, about: ObjectRef
) -> Iterator[Signal]:
    if group.lost_records or Flag.DATA_LOSS in group.flags:
        lost = count(group.lost_records, "record") if group.lost_records else "some records"
        yield Signal(
            rule=AlertCondition.DATA_LOSS, object=about, level=Level.BAD,
            summary=f"group {group.group} lost {lost}: retention deleted them unread",
            value=float(group.lost_records), threshold=0.0,
            evidence=(Evidence("ListOffsets EARLIEST, OffsetFetch", "records deleted before they were read", lost),),
            remedy=remedy_of(facts.cluster, group), verdict=group.verdict,
        )  # fmt: skip
    left = group.loss_in_seconds
    if left is None:
        return
    catch_up = group.catch_up_seconds
    limit = max(rules.loss_within_seconds, 2 * catch_up if catch_up is not None else 0.0)
    if left < limit:
        yield Signal(
            rule=AlertCondition.DATA_LOSS_IMMINENT, object=about, level=Level.BAD,
            summary=f"group {group.group} loses records in {duration(left)}: retention overtakes it",
            value=left, threshold=limit,
            evidence=(Evidence("ListOffsets EARLIEST, OffsetFetch", "time to loss", duration(left)),),
            remedy=remedy_of(facts.cluster, group), verdict=group.verdict,
        )  # fmt: skip


def _storm(
    facts: TickFacts, group: GroupFacts, rules: AlertRules, about: ObjectRef
) -> Iterator[Signal]:
    unstable = group.not_stable_ratio > rules.storm_not_stable_ratio
    often = is_storm_rate(group.rebalances, STORM_WINDOW_SECONDS, in_window=rules.storm_rebalances)
    if often or unstable:
        share = f"{group.not_stable_ratio:.0%}"
        yield Signal(
            rule=AlertCondition.REBALANCE_STORM, object=about, level=Level.BAD,
            summary=f"group {group.group} rebalanced {count(group.rebalances, 'time')} in 5 minutes "
            f"and was not stable for {share} of the time",
            value=float(group.rebalances), threshold=float(rules.storm_rebalances),
            evidence=(
                Evidence("DescribeGroups, ConsumerGroupDescribe", "rebalances in 5 minutes", f"{group.rebalances}"),
                Evidence("DescribeGroups, ConsumerGroupDescribe", "share of time not stable", share),
            ),
            remedy=remedy_of(facts.cluster, group), verdict=group.verdict,
        )  # fmt: skip


def _over(
    facts: TickFacts,
    group: GroupFacts,
    seconds: LagSeconds,
    own: GroupRules,
    clear_ratio: float,
    before: float | None,
) -> Iterator[Signal]:
    """Compare lag with its objective: bad, well below, or in between."""
    objective = own.objective_seconds
    if is_over(seconds, objective) and not _is_silent(group, seconds, own, before):
        level = Level.BAD
    elif seconds.high is not None and seconds.high < clear_ratio * objective:
        return
    else:
        level = Level.INDETERMINATE
    yield Signal(
        rule=AlertCondition.LAG_OVER_OBJECTIVE,
        object=ObjectRef("group", group.group),
        level=level,
        summary=f"group {group.group} lags by {lag_text(seconds)}, objective {duration(objective)}",
        value=seconds.value,
        threshold=objective,
        evidence=(
            Evidence("ListOffsets, OffsetFetch", "age of the oldest unread record", lag_text(seconds)),
            Evidence("ListOffsets, OffsetFetch", "unread records",
                     "unknown" if group.lag_records is None else f"{group.lag_records:,}"),
        ),
        remedy=remedy_of(facts.cluster, group),
        verdict=group.verdict,
    )  # fmt: skip


def _is_silent(
    group: GroupFacts, seconds: LagSeconds, own: GroupRules, before: float | None
) -> bool:
    """Return whether a lag needs no alert: only markers are left, or it falls and will soon be over."""
    if Flag.MARKER_ONLY in group.flags or (
        group.verdict is not None and group.verdict.cause is Cause.MARKER_ONLY
    ):
        return True
    falls = before is not None and seconds.value < before
    left = group.catch_up_seconds
    return falls and left is not None and left <= own.allowed_catch_up_seconds


def _burn(
    facts: TickFacts, group: GroupFacts, rules: AlertRules, minutes: BadMinutes
) -> Iterator[Signal]:
    for rule, factor, short, long in (
        (AlertCondition.LAG_BURN_FAST, FAST_BURN, 5, 60),
        (AlertCondition.LAG_BURN_SLOW, SLOW_BURN, 30, 360),
    ):
        burns = [minutes.burn(window, rules.good_minutes_ratio) for window in (short, long)]
        if min(burns) < factor:
            continue
        bad = minutes.count(long)
        yield Signal(
            rule=rule,
            object=ObjectRef("group", group.group),
            level=Level.BAD,
            summary=f"group {group.group} was over its objective in {bad} of the last {long} minutes: "
            f"{min(burns):.0f} times the rate that a target of {rules.good_minutes_ratio:.2%} good minutes allows",
            value=min(burns),
            threshold=factor,
            evidence=(
                Evidence("history", f"bad minutes of the last {short}", f"{minutes.count(short)}"),
                Evidence("history", f"bad minutes of the last {long}", f"{bad}"),
            ),
            remedy=remedy_of(facts.cluster, group),
            verdict=group.verdict,
        )


def _of_unknown_group(facts: TickFacts, name: str, why: str) -> Iterator[Signal]:
    """Report a group that could not be measured; firing alerts on its lag continue."""
    for rule in _LAG_RULES:
        yield Signal(rule=rule, object=ObjectRef("group", name), level=Level.INDETERMINATE)
    yield _unknown(facts, name, why)


def _unknown(facts: TickFacts, name: str, why: str) -> Signal:
    return Signal(
        rule=AlertCondition.LAG_UNKNOWN,
        object=ObjectRef("group", name),
        level=Level.BAD,
        summary=f"lag of group {name} is unknown: {why}",
        evidence=(Evidence("ListOffsets, OffsetFetch", "unknown", why),),
        remedy=Remedy(
            "list the group's partitions to see what is missing",
            steward("lag", name, by="partition").at(ClusterTarget(cluster=facts.cluster)),
        ),
    )


def _lists(facts: TickFacts) -> Iterable[tuple[AlertCondition, str, Troubles]]:
    return (
        (AlertCondition.PARTITION_OFFLINE, "partition", facts.partitions_offline),
        (AlertCondition.UNDER_MIN_ISR, "partition", facts.partitions_under_min_isr),
        (AlertCondition.TRANSACTION_HANGING, "transaction", facts.transactions_hanging),
        (AlertCondition.QUARANTINE_OVER, "topic", facts.quarantines_over),
    )


def _of_drift(drift: DriftFacts) -> Iterator[Signal]:
    yield from _of_list(AlertCondition.DRIFT, "", drift.troubles)
    if drift.unseen is not None:
        remedy = Remedy("fix the named problem; the next poll compares again")
        yield from _of_list(AlertCondition.DRIFT, "", drift.unseen, remedy)


def _of_list(
    rule: AlertCondition, kind: str, troubles: Troubles, missing: Remedy = _RIGHT
) -> Iterator[Signal]:
    if isinstance(troubles, Unknown):
        if troubles.why is not Why.NOT_REQUESTED:
            yield Signal(
                rule=AlertCondition.UNSEEN,
                object=ObjectRef("rule", rule.value),
                level=Level.BAD,
                summary=f"{rule.value} cannot be evaluated: {troubles}",
                evidence=(Evidence("collector", "unknown", str(troubles)),),
                remedy=_RIGHT if troubles.why is Why.DENIED else missing,
            )
        return
    for trouble in troubles:
        yield Signal(
            rule=rule,
            object=ObjectRef(trouble.kind or kind, trouble.name),
            level=Level.BAD,
            summary=trouble.summary,
            evidence=trouble.evidence or (Evidence(trouble.source, rule.value, trouble.name),),
            remedy=trouble.remedy,
        )
