"""The one JSON document that every command prints, on success and on failure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from steward.codec import UnknownFact, schema_of, to_plain
from steward.commands.api.registry import Answer, Capability, Notice
from steward.documents.writing import json_text

ENVELOPE_KEYS = (
    "schema", "cluster", "observed_at", "data", "unknown", "warnings", "errors",
)  # fmt: skip

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class Document:
    """A result that is a document of its own: every format prints it unchanged, without envelope.

    ``is_yaml``: the document is normally written as YAML, so text is YAML; ``-o json`` is still JSON.
    """

    body: Mapping[str, Any]
    is_yaml: bool = False


@runtime_checkable
class DocumentText(Protocol):
    """A result whose text is a document, such as YAML that another command reads."""

    @property
    def verbatim(self) -> str:
        """The text to write."""
        ...


def envelope(schema: str, answer: Answer[Any]) -> dict[str, Any]:
    """Return an answer's envelope as plain data; unknown facts inside the data are added to ``unknown``."""
    data, missing = to_plain(answer.data)
    return {
        "schema": schema,
        "cluster": to_plain(answer.cluster)[0],
        "observed_at": to_plain(answer.observed_at)[0],
        "data": data,
        "unknown": to_plain(tuple(dict.fromkeys((*answer.unknown, *missing))))[0],
        "warnings": to_plain(answer.warnings)[0],
        "errors": to_plain(answer.errors)[0],
    }


def failure(schema: str, errors: tuple[Notice, ...]) -> dict[str, Any]:
    """Return the envelope of a command that failed."""
    return envelope(schema, Answer(data=None, errors=errors))


def encode(document: dict[str, Any], *, one_line: bool = False) -> str:
    """Write a document as JSON: indented for terminals, on one line in streams."""
    return json_text(document, indented=not one_line)


def envelope_schema(capability: Capability) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a capability's envelope."""
    if capability.result is Document:
        return {"$schema": DIALECT, "title": capability.summary, "$ref": DIALECT}
    data = schema_of(capability.result)
    definitions = data.pop("$defs", {})
    for part in (Notice, UnknownFact):
        found = schema_of(part)
        definitions.update(found["$defs"])
    text_or_null = {"type": ["string", "null"]}
    return {
        "$schema": DIALECT,
        "$id": capability.schema,
        "title": capability.summary,
        "type": "object",
        "required": list(ENVELOPE_KEYS),
        "properties": {
            "schema": {"const": capability.schema},
            "cluster": {
                "anyOf": [
                    {"type": "null"},
                    {
                        "type": "object",
                        "properties": {"id": text_or_null, "name": {"type": "string"}},
                    },
                ]
            },
            "observed_at": {"type": ["string", "null"], "format": "date-time"},
            "data": {"anyOf": [data, {"type": "null"}]},
            "unknown": {"type": "array", "items": {"$ref": "#/$defs/UnknownFact"}},
            "warnings": {"type": "array", "items": {"$ref": "#/$defs/Notice"}},
            "errors": {"type": "array", "items": {"$ref": "#/$defs/Notice"}},
        },
        "$defs": definitions,
    }
