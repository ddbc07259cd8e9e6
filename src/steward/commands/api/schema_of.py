"""The JSON Schema of what a command prints, and of manifests."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated

from steward.change.manifests.schema import manifest_schema
from steward.change.manifests.schema import names as manifest_names
from steward.commands.api.context import Context
from steward.commands.api.envelope import Document, envelope_schema
from steward.commands.api.index import all_capabilities
from steward.commands.api.registry import Answer, Capability, capability
from steward.model.doc import Doc
from steward.model.error import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaParams:
    """Which command or manifest kind."""

    name: Annotated[
        str,
        Doc(
            "the command, such as topic.list or check; a kind of manifest, such as Topic; manifest: all kinds",
            positional=True,
            metavar="NOUN.VERB",
        ),
    ]


@capability(
    "schema-of",
    needs_cluster=False,
    examples=(
        "steward schema-of topic.list",
        "steward schema-of check > check.schema.json",
        "steward schema-of manifest > steward.schema.json",
    ),
)
def schema_of(params: SchemaParams, _context: Context) -> Answer[Document]:
    """Print the JSON Schema of a command's JSON, or of a kind of manifest.

    The document is a JSON Schema (2020-12) of the whole envelope, or of a manifest. Every format prints it unchanged.
    An editor validates manifests that begin with ``# yaml-language-server: $schema=steward.schema.json``.
    """
    if params.name in manifest_names():
        return Answer(data=Document(manifest_schema(params.name)))
    return Answer(data=Document(envelope_schema(capability_named(params.name))))


def capability_named(name: str) -> Capability:
    """Return a capability by its name.

    Errors: UsageError, with the nearest name, or the verbs where only the noun was given.
    """
    known = {c.name: c for c in all_capabilities()}
    if name in known:
        return known[name]
    verbs = [n for n in known if n.startswith(f"{name}.")]
    close = get_close_matches(name, (*known, *manifest_names()), 1, 0.5)
    if verbs:
        remedy = f"add a verb: {', '.join(verbs)}"
    elif close:
        remedy = f"did you mean {close[0]}?"
    else:
        remedy = "pass a command as NOUN.VERB; --help lists them"
    raise UsageError(f"no command named {name!r}", remedy=remedy, object_name=name)


CAPABILITIES: tuple[Capability, ...] = (schema_of,)
