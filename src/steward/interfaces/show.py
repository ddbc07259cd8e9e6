"""Show an answer in the requested format."""

from collections.abc import Iterator
from typing import Any, TextIO

from steward.codec import UnknownFact, to_plain
from steward.commands.api.envelope import Document, DocumentText, encode, envelope
from steward.commands.api.registry import Answer, Capability
from steward.documents.writing import yaml_text
from steward.interfaces.local_time import in_local_time, local_text
from steward.interfaces.terminal import lines_of, write_line, write_notice
from steward.interfaces.views.arranged import arrange, arrange_for_csv
from steward.model.addressing import addressed
from steward.model.command import NOWHERE, ClusterTarget
from steward.model.printable import printable_lines


def show(
    capability: Capability,
    answer: Answer[Any],
    format: str,
    stream: TextIO,
    *,
    headers: bool = True,
    target: ClusterTarget = NOWHERE,
    local: bool = False,
) -> None:
    """Write an answer to a stream, with every command in it completed for a cluster.

    ``local``: text shows times in the zone of this machine; the other formats stay in UTC.
    """
    answer = addressed(answer, target)
    if isinstance(answer.data, Document):
        _show_document(answer.data, format, stream)
        return
    match format:
        case "json":
            print(encode(envelope(capability.schema, answer)), file=stream)
        case "yaml":
            stream.write(yaml_text(envelope(capability.schema, answer)))
        case "csv":
            from steward.interfaces.views.csv import write_csv

            write_csv(addressed(arrange_for_csv(answer), target), stream, headers=headers)
        case "text" | "wide" if isinstance(answer.data, DocumentText):
            stream.write(printable_lines(answer.data.verbatim))
        case "text" | "wide":
            from steward.interfaces.views.text import console, write_blocks

            wide = format == "wide"
            blocks = addressed(arrange(answer, wide=wide), target)
            blocks = in_local_time(blocks) if local else blocks
            write_blocks(blocks, console(stream), wide=wide, headers=headers)
        case _:
            from steward.interfaces.reports import write_report

            write_report(format, answer, stream)


def _show_document(document: Document, format: str, stream: TextIO) -> None:
    if format == "yaml" or (document.is_yaml and format != "json"):
        stream.write(yaml_text(dict(document.body)))
    else:
        print(encode(dict(document.body)), file=stream)


_NAMED = 3
_LINES = 12


def show_notes(
    answer: Answer[Any], stream: TextIO, target: ClusterTarget = NOWHERE, *, local: bool = False
) -> None:
    """Write unknown facts and warnings, one per line, to stderr."""
    answer = addressed(answer, target)
    for line in _unknown_lines((*answer.unknown, *to_plain(answer.data)[1])):
        write_line(local_text(line) if local else line, stream)
    for kind, notices in (("warning", answer.warnings), ("error", answer.errors)):
        for notice in notices:
            message = local_text(notice.message) if local else notice.message
            write_notice(kind, message, notice.remedy, stream)


def show_cancelled(answer: Answer[Any], stream: TextIO, target: ClusterTarget = NOWHERE) -> None:
    """Say that a plan was cancelled, and how to execute it later; the person who was asked has seen the plan."""
    for notice in addressed(answer, target).errors:
        write_line(notice.message, stream)
        for line in lines_of(notice.remedy) if notice.remedy else ():
            write_line(f"  {line}", stream)


def _unknown_lines(facts: tuple[UnknownFact, ...]) -> Iterator[str]:
    """Group facts that are unknown for the same reason; of very many, show the first and a count."""
    fields: dict[tuple[str, str], list[str]] = {}
    for fact in dict.fromkeys(facts):
        name = fact.what.rpartition(".")[2]
        fields.setdefault((fact.of, fact.why), []).append(name)
    owners: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for (of, why), names in fields.items():
        owners.setdefault((tuple(dict.fromkeys(names)), why), []).append(of)
    for (names, why), named in list(owners.items())[:_LINES]:
        yield f"unknown: {', '.join(names)}{_of(named)}: {why}"
    if len(owners) > _LINES:
        yield f"unknown: {len(owners) - _LINES} more facts; -o json has them all"


def _of(owners: list[str]) -> str:
    """Name the objects that lack the same fact for the same reason, the first of many."""
    named = [owner for owner in owners if owner and owner != "cluster"]
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return f" of {', '.join(named[:_NAMED])}{more}" if named else ""
