"""Layout of a log verification: the verdict, damage by kind with what to do once, notes, and what was checked."""

from collections.abc import Iterator

from steward.commands.log.verify import LogVerification, NoteRow, ProblemRow, VerifiedPartition
from steward.interfaces.views.blocks import Block, Column, Paragraph, Prose, Table, table
from steward.model.wording import count, size

SHOWN = 8
"""Places listed under one kind before "and N more"; JSON and -o wide have them all."""
SHOWN_PARTITIONS = 20


def arrange_verification(report: LogVerification, wide: bool) -> tuple[Block, ...]:
    """Lay out a verification: damage first."""
    shown = report.partitions if wide else report.partitions[:SHOWN_PARTITIONS]
    left_out = len(report.partitions) - len(shown)
    return (
        Prose(headline(report), "bold red" if report.problems else "bold green"),
        *_problems(report.problems, wide),
        *_notes(report.notes, wide),
        table("checked", shown, VerifiedPartition),
        *((Prose(f"and {count(left_out, 'partition')} more (all: -o wide)", "dim"),) if left_out else ()),
    )  # fmt: skip


def headline(report: LogVerification) -> str:
    """State the verdict and what it rests on."""
    read = sum(p.bytes for p in report.partitions)
    batches = sum(p.batches for p in report.partitions)
    found = count(len(report.problems), "problem") if report.problems else "no damage"
    return (
        f"{report.verdict}: {found} in {count(len(report.partitions), 'partition')}, "
        f"{count(batches, 'batch')}, {size(read)} read"
    )


def _problems(problems: tuple[ProblemRow, ...], wide: bool) -> Iterator[Paragraph]:
    for kind in dict.fromkeys(p.kind for p in problems):
        rows = [p for p in problems if p.kind == kind]
        shown = rows if wide else rows[:SHOWN]
        lines = [("", f"{_place(p)}: {p.detail}") for p in shown]
        if len(rows) > len(shown):
            lines.append(("", f"and {len(rows) - len(shown)} more (all: -o wide)"))
        lines += [("means", rows[0].consequence), ("do", rows[0].remedy)]
        yield Paragraph(f"DAMAGED  {kind}", "bold red", tuple(lines))


def _notes(notes: tuple[NoteRow, ...], wide: bool) -> Iterator[Paragraph]:
    if not notes:
        return
    shown = notes if wide else notes[:SHOWN]
    lines = [(note.kind, f"{_place(note)}: {note.detail}") for note in shown]
    if len(notes) > len(shown):
        lines.append(("", f"and {len(notes) - len(shown)} more (all: -o wide)"))
    yield Paragraph("NOTES", "bold", tuple(lines))


def _place(row: ProblemRow | NoteRow) -> str:
    position = "" if row.position is None else f", position {row.position}"
    offset = "" if row.offset is None else f", offset {row.offset}"
    return f"{row.file}{position}{offset}"


def table_of_problems(report: LogVerification, wide: bool) -> tuple[Block, ...]:
    """Lay out a verification for a spreadsheet: a row per problem."""
    del wide
    names = ("file", "position", "offset", "kind", "detail", "consequence", "remedy")
    rows = tuple(tuple(getattr(p, name) for name in names) for p in report.problems)
    return (Table("problems", tuple(Column(n, n.upper()) for n in names), rows),)


ARRANGEMENTS = {LogVerification: arrange_verification}
"""Layouts by result type."""
TABLES = {LogVerification: table_of_problems}
"""Layouts by result type, as the single table for CSV."""
