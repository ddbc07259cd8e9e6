"""Layout of a diagnosis: the verdict, what to do, the evidence; then the rest."""

from collections.abc import Iterable
from typing import Any

from steward.commands.lag.diagnose import GroupDiagnosis
from steward.interfaces.views.blocks import (
    Block,
    Column,
    Paragraph,
    Prose,
    Table,
    command_line,
)
from steward.model.command import Hint, steward
from steward.model.unknown import NotApplicable
from steward.model.verdict import Action, Cause, Certainty, Verdict
from steward.model.wording import count, duration

EVIDENCE_SHOWN = 6
OTHER_CAUSES_SHOWN = 3
_EVIDENCE = (Column("fact", "FACT"), Column("value", "VALUE"), Column("source", "REQUEST"))
_STYLES = {Certainty.KNOWN: "bold red", Certainty.LIKELY: "red", Certainty.POSSIBLE: "yellow"}
_CALM = frozenset({Cause.HEALTHY, Cause.CATCHING_UP, Cause.MARKER_ONLY})
_ABOUT_CAPACITY = frozenset({Cause.UNDER_CAPACITY, Cause.CATCHING_UP, Cause.RETENTION_OVERRUN})


def arrange_diagnosis(found: GroupDiagnosis, wide: bool) -> tuple[Block, ...]:
    """Lay out a diagnosis: verdict, actions, evidence, other causes, capacity, and missing evidence."""
    verdict: Verdict = found.verdict
    return (
        _headline(found, verdict),
        *_notes(found.notes),
        *_actions("do", verdict.actions),
        *_evidence(verdict, wide),
        *_other_causes(found.runners_up, wide),
        *_capacity(found, wide),
        *(_members(found.members) if wide else ()),
        *(_actions("calmer", found.advice) if wide else ()),
        *_more_certain_with(verdict),
        *_missing(found, wide),
        Prose(_footer(found), "dim"),
    )


def _headline(found: Any, verdict: Verdict) -> Block:
    calm = verdict.cause in _CALM
    style = "bold green" if calm else _STYLES[verdict.confidence]
    title = f"{verdict.cause.value.upper()}  ({verdict.confidence.value})  group {found.group}"
    return Paragraph(title, style, (("", verdict.summary),))


def _evidence(verdict: Verdict, wide: bool) -> Iterable[Block]:
    shown = verdict.evidence if wide else verdict.evidence[:EVIDENCE_SHOWN]
    if shown:
        rows = tuple((e.fact, e.value, e.source) for e in shown)
        yield Table("proof", _EVIDENCE, rows)


def _notes(notes: tuple[str, ...]) -> Iterable[Block]:
    if notes:
        yield Paragraph("NOTE", "bold", tuple(("", note) for note in notes))


def _actions(title: str, actions: Iterable[Action]) -> Iterable[Block]:
    lines: list[tuple[str, str]] = []
    for number, action in enumerate(actions, start=1):
        lines.append((f"{number}.", action.summary))
        if action.command:
            lines.append(("", command_line(action.command)))
        if action.caution:
            lines.append(("", Hint("caution: ", action.caution)))
    if lines:
        yield Paragraph(title.upper(), "bold", tuple(lines))


def _more_certain_with(verdict: Verdict) -> Iterable[Block]:
    if verdict.settles:
        yield Paragraph(
            "MORE CERTAIN WITH", "magenta", tuple(("", text) for text in verdict.settles)
        )


def _other_causes(verdicts: tuple[Verdict, ...], wide: bool) -> Iterable[Block]:
    shown = verdicts if wide else verdicts[:OTHER_CAUSES_SHOWN]
    if shown:
        lines = tuple((f"{v.cause.value} ({v.confidence.value})", v.summary) for v in shown)
        yield Paragraph("ALSO FITS", "bold", lines)


def _capacity(found: Any, wide: bool) -> Iterable[Block]:
    """Show the capacity calculation where it applies: with a hot partition or a stuck member it would mislead."""
    capacity = found.capacity
    causes = {v.cause for v in (found.verdict, *found.runners_up[:1])}
    if not capacity.options or not (wide or causes & _ABOUT_CAPACITY):
        return
    heads = ("MEMBERS", "PARTITIONS-OF-BUSIEST", "SUSTAINS/S", "UTILISATION", "CATCHES-UP-IN")
    columns = tuple(Column(h.lower().replace("-", "_"), h) for h in heads)
    rows = tuple(
        (
            o.members,
            o.busiest_partitions,
            round(o.capacity_per_second, 1),
            f"{o.utilisation:.0%}",
            _time(o.catch_up_seconds),
        )
        for o in capacity.options
    )
    yield Table("capacity", columns, rows)
    yield Prose(
        f"{capacity.arrivals_per_second:,.1f} records/s arrive on {count(capacity.partitions, 'partition')}; a member "
        f"takes {_service_time(capacity.service_seconds)} per record. Keep utilisation below "
        f"{capacity.target_utilisation * 100:.0f}%.",
        "dim",
    )
    if wide and capacity.cautions:
        yield Paragraph("BEWARE", "bold", tuple(("", text) for text in capacity.cautions))


def _service_time(seconds: float | NotApplicable) -> str:
    return str(seconds) if isinstance(seconds, NotApplicable) else duration(seconds)


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "never"
    return duration(round(seconds))


def _members(members: Iterable[Any]) -> Iterable[Block]:
    heads = (
        ("client_id", "CLIENT-ID"), ("host", "HOST"), ("instance_id", "INSTANCE-ID"), ("assignment", "ASSIGNMENT"),
        ("lag_records", "LAG-RECORDS"), ("lag_seconds", "LAG-SECONDS"), ("arrivals_per_second", "ARRIVES"),
        ("consumed_per_second", "CONSUMED"), ("utilisation", "UTILISATION"),
    )  # fmt: skip
    rows = tuple(tuple(_of_member(m, field) for field, _ in heads) for m in members)
    yield Table("members", tuple(Column(f, h) for f, h in heads), rows, "no members")


def _of_member(member: Any, field: str) -> object:
    value: object = getattr(member, field)
    return f"{value:.0%}" if field == "utilisation" and isinstance(value, float) else value


def _missing(found: Any, wide: bool) -> Iterable[Block]:
    """List missing evidence, a line each, except what is already listed under the verdict."""
    if found.verdict.confidence is Certainty.KNOWN and not wide:
        return  # a proven cause needs no more evidence
    said = " ".join(found.verdict.settles)
    lines = tuple(
        ("", Hint(f"{m.evidence}: {m.why}. {_settles(m)}", m.remedy))
        for m in found.missing_evidence
        if wide or m.remedy not in said
    )
    if lines:
        yield Paragraph("NOT OBSERVED", "magenta", lines)


def _settles(missing: Any) -> str:
    return f"Would confirm {missing.settles}: " if missing.settles else ""


def _footer(found: Any) -> str:
    return Hint(
        f"{found.type} group, {found.state}; {found.looks} samples over {duration(round(found.watched_seconds))}; "
        f"objective {duration(found.objective_seconds)}. More: -o wide, -o json. By partition: ",
        steward("lag", found.group, by="partition"),
    )


ARRANGEMENTS = {GroupDiagnosis: arrange_diagnosis}
"""Layouts by result type."""
