"""Layout of a plan: old -> new for every step with its risk and effect, impossible changes, the guard's decision."""

from collections.abc import Iterator, Sequence
from shlex import join

from steward.commands.api.plan_report import PlannedStep, PlanReport
from steward.commands.manifests.drift import DriftedStep, DriftReport
from steward.interfaces.views.blocks import (
    Block,
    Column,
    Diff,
    Paragraph,
    Prose,
    Table,
    command_line,
)
from steward.model.command import Command, Hint, steward
from steward.model.plan import IMPOSSIBLE, GuardReason, Risk, Ruling
from steward.model.quota import BYTE_RATES
from steward.model.unknown import Unknown
from steward.model.wording import count, duration, rate_text, size

SHOWN = 60
"""Maximum number of safe steps shown; steps that are not safe are always shown; -o wide has all."""
_RULINGS = {
    Ruling.ALLOW: ("allowed by policy", "green"),
    Ruling.APPROVE: ("confirmation required", "yellow"),
    Ruling.REFUSE: ("blocked by policy", "bold red"),
}
_IDENTITY = frozenset({"topic_id"})
"""Fields that identify an object; no step changes them."""


def arrange_plan(report: PlanReport, wide: bool) -> tuple[Block, ...]:
    """Lay out a plan: headline, diff, what stays, the guard's decision, how to execute; wide adds Kafka's commands."""
    return (
        Prose(headline(report), "bold"),
        *_programs(report),
        *diff(report, wide=wide),
        *_remaining(report),
        *_unmanaged(report, wide),
        *_guard(report, wide),
        *_next(report),
    )


def _unmanaged(report: PlanReport, wide: bool) -> tuple[Block, ...]:
    """Name objects of a set's scope that no manifest declares."""
    if not isinstance(report, DriftReport) or not report.unmanaged:
        return ()
    shown = report.unmanaged if wide else report.unmanaged[:SHOWN]
    lines = [(str(one.object), f"set {one.set}, prune: {one.prune}") for one in shown]
    hidden = len(report.unmanaged) - len(shown)
    if hidden:
        lines.append(("", f"and {hidden} more (all of them: -o wide)"))
    return (Paragraph("unmanaged: in scope, declared by no manifest", "yellow", tuple(lines)),)


def closing(report: PlanReport, *, wide: bool) -> tuple[Block, ...]:
    """Return impossible changes, the guard's decision, and how to execute, for plans that lay out their own steps."""
    lines = tuple((str(one.object), one.reason) for one in report.impossible)
    impossible = (Paragraph("impossible", "bold red", lines),) if lines else ()
    return (*impossible, *_guard(report, wide), *_next(report))


def headline(report: PlanReport) -> str:
    """Name the plan, its purpose, and how much it changes, in one line."""
    rate = report.rate_bytes_per_second
    limit = f", replicas move at up to {rate_text(rate)}" if rate else ""
    return f"plan {report.id}: {report.title}: {report.summary}{limit} ({report.environment})"


def _programs(report: PlanReport) -> tuple[Block, ...]:
    """Show which programs executing a plan runs on this machine, above everything else."""
    lines = tuple(("", command_line(Command(words), prompt="")) for words in report.programs)
    return (Paragraph(RUNS, "bold yellow", lines),) if lines else ()


RUNS = "runs on the machine that executes it"


def diff(report: PlanReport, *, wide: bool) -> tuple[Block, ...]:
    """Return the steps as a diff, and the impossible changes."""
    steps = report.steps if wide else _shown(report.steps)
    lines = [line for step in steps for line in step_lines(step, wide=wide)]
    hidden = len(report.steps) - len(steps)
    if hidden:
        lines.append(("", 0, f"and {hidden} more safe steps (all: -o wide)"))
    for one in report.impossible:
        lines.append(("!", 0, Hint(f"{one.object}: impossible: ", one.reason)))
        lines += [("", 1, one.remedy)] if one.remedy else []
    if not lines:
        return ()
    return (Diff("", tuple(lines), _table(report.steps)),)


def _shown(steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """Omit safe steps beyond the maximum."""
    room = max(SHOWN - sum(s.risk is not Risk.SAFE for s in steps), 0)
    kept: list[PlannedStep] = []
    for step in steps:
        if step.risk is Risk.SAFE:
            if room == 0:
                continue
            room -= 1
        kept.append(step)
    return tuple(kept)


def sign_of(step: PlannedStep) -> str:
    """Return ``+`` for created objects, ``-`` for deleted ones, ``~`` for changed ones."""
    if not step.before and step.after:
        return "+"
    return "-" if step.before and not step.after else "~"


def step_lines(step: PlannedStep, *, wide: bool) -> Iterator[tuple[str, int, str]]:
    """Yield a step's lines: what it changes, old -> new, effects, whether it can be undone."""
    sign = sign_of(step)
    risk = "" if step.risk is Risk.SAFE else f"   [{step.risk.value}]"
    changed = changes_of(step)
    if len(changed) <= 2 and all(len(c) < 60 for c in changed):
        text = f": {', '.join(changed)}" if changed else ""
        yield sign, 0, f"{step.object}{text}{risk}"
    else:
        yield sign, 0, f"{step.object}{risk}"
        yield from (("", 1, line) for line in changed)
    yield from (("", 1, effect) for effect in step.effects)
    if isinstance(step, DriftedStep):
        yield "", 1, _since(step)
    if step.risk is not Risk.SAFE and not step.reversible:
        yield "", 1, f"cannot be undone: {step.irreversible}"
    if wide and step.command:
        yield "", 1, step.command


def _since(step: DriftedStep) -> str:
    if isinstance(step.appeared_at, Unknown):
        return f"differs since an unknown time: {step.appeared_at}"
    by = f", by {step.changed_by}" if step.changed_by else ""
    if step.absent_at is None:
        return f"differs since {step.appeared_at} at the latest: the first comparison with these manifests{by}"
    return f"appeared between {step.absent_at} and {step.appeared_at}{by}"


def changes_of(step: PlannedStep) -> list[str]:
    """Format what a step sets, removes and alters, old -> new."""
    if step.object.kind == "acl" or sign_of(step) == "-":
        return []
    keys = [k for k in {**step.before, **step.after} if k not in _IDENTITY]
    if sign_of(step) == "+":
        return [f"{_named(k)} {value(k, step.after[k])}" for k in sorted(keys, key=_first_counts)]
    changed = [k for k in sorted(keys) if step.before.get(k) != step.after.get(k)]
    if not changed and step.kind == "AlterUserScramCredentials":
        return [f"{k}: a new password" for k in sorted(keys)]
    return [
        f"{_named(k)}: {value(k, step.before.get(k))} -> {value(k, step.after.get(k))}"
        for k in changed
    ]


def _first_counts(key: str) -> tuple[bool, str]:
    return key not in ("partitions", "replication_factor"), key


def _named(key: str) -> str:
    return key.replace("_", " ") if key in ("partitions", "replication_factor") else key


def value(key: str, text: str | None) -> str:
    """Format a value as Kafka stores it, and in units where its key defines them."""
    if text is None:
        return "not set"
    if not text.isdigit() or len(text) < 4:
        return text or '""'
    if key.endswith(".ms"):
        return f"{text} ({duration(int(text) / 1000)})" if int(text) < 2**53 else text
    if key.endswith(".bytes"):
        return f"{text} ({size(int(text))})"
    if key in BYTE_RATES:
        return f"{text} ({rate_text(int(text))})"
    return text


def _table(steps: Sequence[PlannedStep]) -> Table:
    names = ["kind", "object", "change", "risk", "reversible", "effects", "command", "runs"]
    if any(isinstance(step, DriftedStep) for step in steps):
        names += ["appeared_at", "absent_at", "changed_by"]
    rows = tuple(
        (
            step.kind,
            str(step.object),
            "; ".join(changes_of(step)),
            step.risk.value,
            step.reversible,
            "; ".join(step.effects),
            step.command,
            join(step.runs),
            *_appearance(step),
        )
        for step in steps
    )
    return Table("steps", tuple(Column(n, n.upper()) for n in names), rows)


def _appearance(step: PlannedStep) -> tuple[object, ...]:
    if not isinstance(step, DriftedStep):
        return ()
    return (step.appeared_at, step.absent_at, step.changed_by)


def _remaining(report: PlanReport) -> tuple[Block, ...]:
    if not report.remaining:
        return ()
    lines: list[tuple[str, str]] = []
    for one in report.remaining:
        lines.append((str(one.object), one.reason))
        lines += [("", one.remedy)] if one.remedy else []
    return (Paragraph("differs, not changed", "yellow", tuple(lines)),)


def _guard(report: PlanReport, wide: bool) -> tuple[Block, ...]:
    guard = report.guard
    text, style = _RULINGS[guard.ruling]
    if not (report.steps or report.impossible) and guard.ruling is Ruling.ALLOW:
        return ()
    reasons = [r for r in guard.reasons if r.rule != IMPOSSIBLE]
    shown = reasons if wide else reasons[:SHOWN]
    lines = [line for r in shown for line in _reason_lines(r.ruling.value, r)]
    if len(reasons) > len(shown):
        lines.append(("", f"and {len(reasons) - len(shown)} more (all: -o wide)"))
    lines += [line for r in guard.waived for line in _reason_lines("waived", r)]
    return (Paragraph(text, style, tuple(lines)),)


def reason_text(reason: GuardReason) -> str:
    """Format one of the guard's reasons on a line, without its remedy."""
    about = "" if reason.object.kind == "plan" else f"{reason.object}: "
    return f"{about}{reason.message} [{reason.rule}]"


def _reason_lines(label: str, reason: GuardReason) -> Iterator[tuple[str, str]]:
    yield label, reason_text(reason)
    if reason.remedy:
        yield "", reason.remedy


def _next(report: PlanReport) -> tuple[Block, ...]:
    if not report.steps or not report.kept:
        return ()
    if report.partial:
        left_out = count(len(report.impossible), "impossible change")
        run = steward("plan execute", report.id, allow_partial=True)
        return (
            Prose(f"partial: {left_out} left out", "yellow"),
            Prose(Hint("to execute the possible steps: ", run), "dim"),
        )
    if report.guard.ruling is not Ruling.REFUSE:
        return (
            Prose(Hint("to execute exactly this: ", steward("plan execute", report.id)), "dim"),
        )
    refusing = {r.rule for r in report.guard.reasons if r.ruling is Ruling.REFUSE}
    if refusing != {IMPOSSIBLE}:
        return ()
    run = steward("plan execute", report.id, allow_partial=True)
    return (Prose(Hint("to execute the possible steps alone: ", run), "dim"),)


ARRANGEMENTS = {PlanReport: arrange_plan}
"""Layouts by result type."""
