"""Layout of the daemon's log: a line per event."""

from steward.commands.daemon.serve import ServeReport
from steward.interfaces.views.blocks import Block, Column, Prose, Table
from steward.model.command import Hint

_STYLES = {"broken": "red", "store_away": "yellow", "serving": "bold"}


def arrange_serve(report: ServeReport, wide: bool) -> tuple[Block, ...]:
    """Format a line per event: time, event, cluster, remedy."""
    lines: list[Block] = []
    for notice in report.notices:
        about = f" {notice.cluster}" if notice.cluster else ""
        text = f"{notice.at} {notice.event}{about}: {notice.detail}"
        said = Hint(f"{text}; try: ", notice.remedy) if notice.remedy else text
        lines.append(Prose(said, _STYLES.get(notice.event, "")))
    return tuple(lines)


def table_of_serve(report: ServeReport, wide: bool) -> tuple[Block, ...]:
    """Return a row per event, for CSV."""
    heads = ("TIME", "EVENT", "CLUSTER", "DETAIL", "REMEDY")
    rows = tuple((n.at, n.event, n.cluster, n.detail, n.remedy) for n in report.notices)
    return (Table("", tuple(Column(head.lower(), head) for head in heads), rows, ""),)


ARRANGEMENTS = {ServeReport: arrange_serve}
"""Layouts by result type."""
TABLES = {ServeReport: table_of_serve}
"""Tables of CSV by result type."""
