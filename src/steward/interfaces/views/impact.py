"""Layout of losses: a few in full, many as a table; and of the restart gate."""

from collections.abc import Iterator
from typing import Any

from steward.commands.broker.impact import ImpactReport
from steward.commands.broker.restart_gate import RestartGate
from steward.interfaces.views.blocks import Block, Column, Paragraph, Prose, Table
from steward.interfaces.views.blocks import table as derived
from steward.model.command import Hint, steward
from steward.model.impact import (
    Impact,
    PairTotals,
    Peak,
    RestartReason,
    TopicTolerance,
    TouchedGroup,
    TouchedProducer,
)
from steward.model.unknown import NotApplicable, Unknown
from steward.model.wording import rate, size

NAMED = 8
"""Maximum number of partitions or groups named in text; -o wide and -o json name all."""


def arrange_impact(report: ImpactReport, wide: bool) -> tuple[Block, ...]:
    """Lay out losses: those requested by name in full, all others as a table; then pairs and topics."""
    impacts: tuple[Impact, ...] = report.impacts
    blocks: list[Block] = []
    for impact in impacts[: report.asked]:
        blocks += _in_full(impact, wide)
    if others := impacts[report.asked :]:
        blocks.append(_table(others))
        blocks.append(
            Prose(
                Hint(
                    "counts include only new impact; one loss in full: ",
                    steward("broker impact", 1),
                ),
                "dim",
            )
        )
    if report.pairs is not None:
        blocks.append(Prose(_pairs(report.pairs)))
    if report.topics:
        blocks.append(derived("topics", report.topics, TopicTolerance))
    return tuple(blocks)


def _pairs(totals: PairTotals) -> str:
    return (
        f"{totals.pairs:,} pairs of brokers share a partition; {totals.with_offline:,} of them would take one offline, "
        f"{totals.with_below_min_isr:,} would stop writes; the worst {totals.shown:,} are shown. A pair that "
        "shares none has the combined impact of each alone."
    )


_HEADS = (
    ("scope", "LOST"), ("partitions_offline", "OFFLINE"), ("critical_offline", "CRIT-OFFLINE"),
    ("partitions_below_min_isr", "BELOW-MIN-ISR"), ("critical_below_min_isr", "CRIT-BELOW-ISR"),
    ("partitions_at_risk", "AT-RISK"), ("leaders_moved", "LEADERS-MOVED"), ("peak", "PEAK"),
    ("rebuild_bytes", "REBUILD"), ("partitions_without_target", "NO-TARGET"), ("groups", "GROUPS"),
)  # fmt: skip


def _table(impacts: tuple[Impact, ...]) -> Table:
    columns = tuple(Column(field, head) for field, head in _HEADS)
    return Table("", columns, tuple(tuple(_row(i)) for i in impacts))


def _row(impact: Impact) -> Iterator[object]:
    for field, _ in _HEADS:
        value: Any = getattr(impact, field)
        match field:
            case "scope":
                yield f"{impact.scope.kind} {impact.scope.name}"
            case "peak":
                yield _peak(value) if isinstance(value, Peak) else value
            case "groups":
                yield value if isinstance(value, Unknown) else len(value)
            case _:
                yield value


def _peak(peak: Peak) -> str:
    times = "" if peak.ratio is None else f", {peak.ratio:.1f}x"
    return f"{peak.broker}: {rate(peak.bytes_per_second)}{times}"


def _in_full(impact: Impact, wide: bool) -> Iterator[Block]:
    yield Paragraph(*_headline(impact), tuple(_lines(impact, wide)))
    heads = ("BROKER", "LEADERS", "BYTES-PER-SECOND")
    rows = tuple((to.broker, to.leaders, to.bytes_per_second) for to in impact.leaders_to)
    if rows:
        columns = tuple(Column(h.lower().replace("-", "_"), h) for h in heads)
        yield Table("leaders move to", columns, rows)
    if isinstance(impact.groups, tuple) and impact.groups:
        shown = impact.groups if wide else impact.groups[:NAMED]
        yield derived("groups affected", shown, TouchedGroup)
        if len(shown) < len(impact.groups):
            yield Prose(f"and {len(impact.groups) - len(shown):,} more groups (-o wide)", "dim")


def _headline(impact: Impact) -> tuple[str, str]:
    lost = f"LOSS OF {impact.scope.kind.upper()} {impact.scope.name}"
    if impact.scope.kind in ("rack", "host"):
        lost += f" (brokers {', '.join(map(str, impact.scope.ids))})"
    if impact.partitions_offline:
        return f"{lost}: {_partitions(impact.partitions_offline)} without a leader", "bold red"
    below = impact.partitions_below_min_isr
    if isinstance(below, Unknown):
        return f"{lost}: unknown whether writes stop", "bold magenta"
    if below:
        return f"{lost}: writes stop on {_partitions(below)}", "red"
    return f"{lost}: nothing stops", "bold green"


def _partitions(number: int) -> str:
    return f"{number:,} partition{'' if number == 1 else 's'}"


def _lines(impact: Impact, wide: bool) -> Iterator[tuple[str, str]]:
    offline, below = impact.partitions_offline, impact.partitions_below_min_isr
    yield "offline", _named(offline, impact.critical_offline, impact.offline, wide)
    yield "below min ISR", _named(below, impact.critical_below_min_isr, impact.below_min_isr, wide)
    yield (
        "at risk",
        f"{_number(impact.partitions_at_risk)} at min ISR: one more failure stops writes",
    )
    yield "one replica left", _size(impact.bytes_at_risk, " with at most one in-sync replica")
    if impact.unclean_elections:
        yield (
            "unclean",
            f"{impact.unclean_elections:,} leaders out of sync: acknowledged records are lost",
        )
    yield "leaders", f"{impact.leaders_moved:,} move"
    yield "peak", _carried(impact.peak)
    rebuild = _size(impact.rebuild_bytes, f" in {impact.replicas_lost:,} replicas, if not restored")
    if impact.partitions_without_target:
        rebuild += f"; {impact.partitions_without_target:,} partitions have no other broker or rack"
    yield "rebuild", rebuild
    groups, producers = impact.groups, impact.producers
    yield (
        "groups",
        f"unknown: {groups}" if isinstance(groups, Unknown) else f"{len(groups):,} affected",
    )
    yield "producers", _producers(producers)


def _producers(producers: tuple[TouchedProducer, ...] | Unknown | NotApplicable) -> str:
    if isinstance(producers, (Unknown, NotApplicable)):
        return f"unknown: {producers} (add --producers)"
    stopped = sum(bool(p.partitions_offline or p.partitions_below_min_isr) for p in producers)
    return f"{len(producers):,} affected, {stopped:,} of them stopped somewhere"


def _carried(peak: Peak | Unknown) -> str:
    if isinstance(peak, Unknown):
        return f"unknown: {peak}"
    verdict = ""
    if not isinstance(peak.carries, NotApplicable):
        verdict = ": within its capacity" if peak.carries else ": OVER its capacity"
    return f"broker {_peak(peak)}{verdict}"


def _named(number: Any, critical: Any, names: tuple[str, ...], wide: bool) -> str:
    if isinstance(number, Unknown):
        return f"unknown: {number}"
    if not number:
        return "0"
    shown = names if wide else names[:NAMED]
    more = f" and {number - len(shown):,} more" if shown and number > len(shown) else ""
    listed = f": {', '.join(shown)}{more}" if shown else ""
    share = "unknown" if isinstance(critical, Unknown) else f"{critical:,}"
    return f"{number:,} ({share} of critical topics){listed}"


def _number(value: int | Unknown) -> str:
    return f"unknown: {value}" if isinstance(value, Unknown) else f"{value:,}"


def _size(value: float | Unknown, what: str) -> str:
    return f"unknown: {value}" if isinstance(value, Unknown) else size(value) + what


def arrange_gate(gate: RestartGate, wide: bool) -> tuple[Block, ...]:
    """Lay out a restart gate: yes or no, reasons, warnings, and batches."""
    blocks: list[Block] = []
    if gate.may_restart is not None:
        blocks.append(Paragraph(*_answer(gate), tuple(_against(gate.reasons))))
    if gate.cautions:
        blocks.append(Paragraph("BEWARE", "yellow", tuple(_against(gate.cautions))))
    if gate.may_restart:
        blocks.append(
            Prose(
                f"meanwhile {gate.leaders_moved:,} leaders move, and one more failure would stop writes to "
                f"{gate.partitions_at_risk:,} partitions",
                "dim",
            )
        )
    if gate.batches or gate.blocked:
        rows = tuple((b.number, ", ".join(map(str, b.brokers))) for b in gate.batches)
        blocks.append(
            Table("batches", (Column("number", "BATCH"), Column("brokers", "BROKERS")), rows)
        )
    if gate.blocked:
        listed = ", ".join(map(str, gate.blocked))
        blocks.append(
            Prose(f"may not restart now even alone: {listed}; check one to see why", "red")
        )
    return tuple(blocks)


def _answer(gate: Any) -> tuple[str, str]:
    ids = ", ".join(map(str, gate.brokers))
    which = f"BROKER {ids}" if len(gate.brokers) == 1 else f"BROKERS {ids}"
    return (f"{which}: YES", "bold green") if gate.may_restart else (f"{which}: NO", "bold red")


def _against(reasons: tuple[RestartReason, ...]) -> Iterator[tuple[str, str]]:
    for reason in reasons:
        yield reason.rule.value, reason.summary
        yield "", reason.remedy


ARRANGEMENTS = {ImpactReport: arrange_impact, RestartGate: arrange_gate}
"""Layouts by result type."""
