"""The page of output: formats, the JSON envelope, and the schema of each command."""

from steward.codec import schema_of
from steward.commands.api.envelope import ENVELOPE_KEYS, Document
from steward.commands.api.index import all_capabilities
from steward.commands.api.registry import Capability
from steward.interfaces.cli.options import FORMATS, REPORT_FORMATS
from steward.interfaces.reference.commands import command_name
from steward.interfaces.reference.markdown import (
    anchor,
    code,
    codes,
    fenced,
    link,
    page,
    plain,
    prose,
    table,
)
from steward.model.unknown import Why

FORMAT_MEANINGS = {
    "text": "tables and sentences; the default",
    "wide": "text with every column",
    "json": "one envelope, the complete answer",
    "yaml": "the same envelope as YAML",
    "csv": "the answer's table, all columns",
    "markdown": "a report for a pull request or a wiki",
    "html": "a report as one HTML file without external links",
    "sarif": "SARIF 2.1.0, for code scanning",
    "junit": "JUnit XML, for the test view of a CI system",
}

KEY_MEANINGS = {
    "schema": "name and version of the document's format",
    "cluster": "`id` as the cluster reports it and `name` of the profile; null where no cluster is involved",
    "observed_at": "when the last response arrived, ISO 8601 in UTC",
    "data": "the answer itself; null when there is none",
    "unknown": "facts that could not be read: `what`, `of` which object, and `why`; in `data` they are null",
    "warnings": "warnings: `code`, `message`, `object`, `remedy`",
    "errors": "failures, in the same format",
}

EXAMPLE = """{
  "schema": "steward/group.list/v1",
  "cluster": {"id": "5L6g3nShT-eMCtK--X86sw", "name": "prod"},
  "observed_at": "2026-03-01T12:00:00Z",
  "data": {"groups": []},
  "unknown": [{"what": "groups", "of": "cluster", "why": "not permitted: needs DESCRIBE on CLUSTER"}],
  "warnings": [],
  "errors": []
}"""


def output_page() -> str:
    """Return the page of output."""
    return page(
        "Output",
        prose("Standard output holds the answer only; progress, notes and errors go to standard error. "
              "Colour and width follow the terminal; `NO_COLOR` is respected. A table that is too wide for the "
              "terminal omits its less important columns and names them below, then long names end in `…`; words and "
              "numbers are never broken. `-o wide` shows every column, as names and values where a row does not fit. A "
              "pipe gets every column at any width."),
        "## Formats",
        table(("`--format`, `-o`", "Is"), ((code(f), FORMAT_MEANINGS[f]) for f in (*FORMATS, *REPORT_FORMATS))),
        prose("Report formats exist where a command's page lists them."),
        "## Envelope",
        prose("JSON is exactly one document, also on failure. Times are ISO 8601 in UTC, durations seconds, sizes "
              "bytes, rates bytes or records per second. A missing fact is null with an entry in `unknown`, never 0 "
              "and never omitted. Commands that watch print one envelope per line, and end with exit "
              "code 130 at Ctrl-C."),
        table(("Key", "Holds"), ((code(k), KEY_MEANINGS[k]) for k in ENVELOPE_KEYS)),
        fenced(EXAMPLE, "json"),
        prose(f"Reasons for an unknown fact: {', '.join(w.value.replace('_', ' ') for w in Why)}."),
        "## Schemas",
        prose("`steward schema-of NOUN.VERB` prints the JSON Schema (2020-12) of a command's document."),
        table(("Command", "Schema", "`data` holds"), (_schema(c) for c in all_capabilities())),
    )  # fmt: skip


def _schema(capability: Capability) -> tuple[str, str, str]:
    target = f"commands.md#{anchor(capability.name.replace('.', ' '))}"
    return link(code(command_name(capability)), target), code(capability.schema), _data(capability)


def _data(capability: Capability) -> str:
    if capability.result is Document:
        return "a document of its own, without envelope"
    schema = schema_of(capability.result)
    while "$ref" in schema:
        schema = {**schema["$defs"][schema["$ref"].rpartition("/")[2]]}
    return codes(schema["properties"]) if "properties" in schema else plain(schema["type"])
