"""A plan as Markdown, for a pull request: the decision first, then the diff, then warnings."""

from collections.abc import Iterator
from shlex import join

from steward.commands.api.plan_report import PlanReport
from steward.commands.api.registry import Answer
from steward.commands.manifests.drift import DriftReport
from steward.interfaces.reports.markdown_text import code_span, escaped, fenced
from steward.interfaces.terminal import lines_of
from steward.interfaces.views.plan import RUNS, reason_text, step_lines
from steward.model.command import Command, Hint, apart
from steward.model.plan import IMPOSSIBLE, Risk, Ruling
from steward.model.printable import printable
from steward.model.wording import count

MOST_CHARACTERS = 60_000
"""Forges accept slightly more than this in a comment (GitHub: 65,536)."""
_ROOM = 200
"""Space for the fence around the diff and the line that reports the cut."""
_RULINGS = {
    Ruling.ALLOW: "allowed by policy",
    Ruling.APPROVE: "confirmation required",
    Ruling.REFUSE: "**blocked by policy**",
}
_TITLES = {False: "Plan for", True: "Drift of"}
_SIGNS = {"~": "!"}
"""Signs that forges colour in a diff: + and -, and ! for changes."""


def plan_markdown(answer: Answer[PlanReport]) -> str:
    """Return the text; a diff that is too long for a comment is cut, with a note."""
    report = answer.data
    cluster = answer.cluster.name if answer.cluster else report.cluster_id
    title = f"{_TITLES[isinstance(report, DriftReport)]} {escaped(cluster)}"
    head = [
        f"### {title} ({escaped(str(report.environment))}): {escaped(report.summary)}",
        "",
        f"{code_span(report.id)}, {escaped(report.title)}; {_RULINGS[report.guard.ruling]}.",
        f"Created {escaped(str(report.created_at))}, valid until {escaped(str(report.expires_at))}.",
        "",
        *_partial(report),
        *_programs(report),
    ]
    tail = [*_unmanaged(report), *_reasons(report), *_notes(answer)]
    room = MOST_CHARACTERS - _ROOM - sum(len(line) + 1 for line in (*head, *tail))
    return "\n".join((*head, *_diff(report, room), *tail))


def _partial(report: PlanReport) -> Iterator[str]:
    if report.partial:
        yield f"**Partial: {count(len(report.impossible), 'impossible change')} left out.**"
        yield ""


def _unmanaged(report: PlanReport) -> Iterator[str]:
    if not isinstance(report, DriftReport) or not report.unmanaged:
        return
    yield "Unmanaged (in scope, declared by no manifest):"
    yield ""
    for one in report.unmanaged[:_MOST]:
        yield f"- {escaped(str(one.object))} (set {escaped(one.set)})"
    yield from _rest(len(report.unmanaged))


def _programs(report: PlanReport) -> Iterator[str]:
    """Show the programs that executing it runs, outside the diff so that they are never cut."""
    if report.programs:
        yield f"**{RUNS.capitalize()}:**"
        yield ""
        yield from (f"- {escaped(join(words))}" for words in report.programs[:_MOST])
        yield from _rest(len(report.programs))


def _diff(report: PlanReport, room: int) -> Iterator[str]:
    lines = [
        f"{_SIGNS.get(sign, sign) or ' '} {'    ' * depth}{text}"
        for step in sorted(report.steps, key=lambda s: -list(Risk).index(s.risk))
        for sign, depth, text in step_lines(step, wide=False)
    ]
    lines += [
        line
        for one in report.impossible
        for line in _listed(Hint(f"impossible: {one.object}: ", one.reason), one.remedy)
    ]
    if not lines:
        return
    yield from fenced(_cut(lines, room), "diff")
    yield ""


def _listed(first: str, *further: str) -> Iterator[str]:
    """Write texts below one another within a diff, each command on a line of its own."""
    for number, line in enumerate(
        line for text in (first, *further) if text for line in lines_of(text)
    ):
        yield f"{'     ' if number else '- '}{line}"


def _item(first: str, *further: str) -> Iterator[str]:
    """Write texts as a list item, each command as a block of code below it."""
    yield f"- {escaped(first)}"
    for part in (part for text in further for part in apart(text) if part):
        lines = fenced([part.line], "sh") if isinstance(part, Command) else [escaped(part)]
        yield from ("", *(f"  {line}" for line in lines))


def _cut(lines: list[str], room: int) -> Iterator[str]:
    """Cut what does not fit, with a note."""
    for number, line in enumerate(map(printable, lines)):
        room -= len(line) + 1
        if room < 0:
            yield f"  ... and {len(lines) - number} more lines: all are in the JSON (-o json)"
            return
        yield line


def _reasons(report: PlanReport) -> Iterator[str]:
    reasons = [r for r in report.guard.reasons if r.rule != IMPOSSIBLE]
    if reasons:
        yield "Policy:"
        yield ""
        for r in reasons[:_MOST]:
            yield from _item(f"{r.ruling.value}: {reason_text(r)}", r.remedy)
        yield from _rest(len(reasons))
    if report.guard.waived:
        yield "Waived:"
        yield ""
        yield from (f"- {escaped(reason_text(r))}" for r in report.guard.waived[:_MOST])
        yield from _rest(len(report.guard.waived))


_MOST = 50


def _rest(count: int) -> Iterator[str]:
    if count > _MOST:
        yield f"- and {count - _MOST} more"
    yield ""


def _notes(answer: Answer[PlanReport]) -> Iterator[str]:
    remaining = [(f"{one.object}:", one.reason, one.remedy) for one in answer.data.remaining]
    unknown = [(f"unknown: {fact.what} of {fact.of}: {fact.why}",) for fact in answer.unknown]
    notes = [*remaining, *((w.message, w.remedy) for w in answer.warnings), *unknown]
    if notes:
        yield "Beware:"
        yield ""
        for note in notes[:_MOST]:
            yield from _item(*note)
        yield from _rest(len(notes))
