"""Showing an answer in the format that was asked for."""

from collections.abc import Iterator
from typing import Any, TextIO

from steward.capabilities.envelope import Document, encode, envelope
from steward.capabilities.registry import Answer, Capability
from steward.surfaces.views.arranged import arrange
from steward.wire import UnknownFact, to_plain


def show(
    capability: Capability,
    answer: Answer[Any],
    format: str,
    stream: TextIO,
    *,
    headers: bool = True,
) -> None:
    """Write an answer to a stream."""
    if isinstance(answer.data, Document):
        _show_document(answer.data, format, stream)
        return
    match format:
        case "json":
            print(encode(envelope(capability.schema, answer)), file=stream)
        case "yaml":
            import yaml

            document = envelope(capability.schema, answer)
            yaml.safe_dump(document, stream, sort_keys=False, allow_unicode=True)
        case "csv":
            from steward.surfaces.views.csv import write_csv

            write_csv(arrange(answer, wide=True), stream, headers=headers)
        case "text" | "wide":
            from steward.surfaces.views.text import console, write_blocks

            wide = format == "wide"
            write_blocks(arrange(answer, wide=wide), console(stream), wide=wide, headers=headers)
        case _:
            from steward.surfaces.reports import write_report

            write_report(format, answer, stream)


def _show_document(document: Document, format: str, stream: TextIO) -> None:
    if format == "yaml":
        import yaml

        yaml.safe_dump(dict(document.body), stream, sort_keys=False, allow_unicode=True)
    else:
        print(encode(dict(document.body)), file=stream)


_NAMED = 3


def show_notes(answer: Answer[Any], stream: TextIO) -> None:
    """Write what is unknown and what to beware of, a line each, to the stream for people."""
    for line in _unknown_lines((*answer.unknown, *to_plain(answer.data)[1])):
        print(line, file=stream)
    for kind, notices in (("warning", answer.warnings), ("error", answer.errors)):
        for notice in notices:
            remedy = f" ({notice.remedy})" if notice.remedy else ""
            print(f"{kind}: {notice.message}{remedy}", file=stream)


def _unknown_lines(facts: tuple[UnknownFact, ...]) -> Iterator[str]:
    """Say once what several objects miss for one reason, and name the first reasons of many."""
    reasons: dict[str, dict[str, list[str]]] = {}
    for fact in dict.fromkeys(facts):
        reasons.setdefault(fact.what, {}).setdefault(fact.why, []).append(fact.of)
    for what, by_why in reasons.items():
        for why, owners in list(by_why.items())[:_NAMED]:
            yield f"unknown: {what}{_of(owners)}: {why}"
        if len(by_why) > _NAMED:
            yield f"unknown: {what}: {len(by_why) - _NAMED} more reasons, all of them with -o json"


def _of(owners: list[str]) -> str:
    """Name the objects that miss the same fact for the same reason, the first of many."""
    named = [owner for owner in owners if owner and owner != "cluster"]
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return f" of {', '.join(named[:_NAMED])}{more}" if named else ""
