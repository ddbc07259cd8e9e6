"""Convert other tools' files to manifests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from steward.change.manifests.importers.convert import TOOLS, import_from
from steward.change.manifests.writing import document, write
from steward.commands.api.context import Context
from steward.commands.api.manifest_files import sources
from steward.commands.api.registry import Answer, Capability, Effect, Notice, capability
from steward.model.doc import Doc
from steward.model.instant import Instant
from steward.model.wording import count


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportParams:
    """Which files, and of which tool."""

    paths: Annotated[
        tuple[str, ...],
        Doc("files or folders of another tool; - is standard input", positional=True, metavar="PATH..."),
    ]  # fmt: skip
    from_: Annotated[
        str, Doc("the tool; default: recognised from each document", choices=("auto", *TOOLS))
    ] = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotImported:
    """A key that could not be converted."""

    place: Annotated[str, Doc("file and line")]
    what: Annotated[str, Doc("the key")]
    why: Annotated[str, Doc("reason, and what to do instead")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What other tools' files declare, as manifests."""

    tools: Annotated[tuple[str, ...], Doc("tools whose files were recognised")]
    documents: Annotated[tuple[Mapping[str, Any], ...], Doc("the manifests, by kind and name")]
    left: Annotated[tuple[NotImported, ...], Doc("what could not be converted")]
    _text: str

    @property
    def verbatim(self) -> str:
        """The manifests as YAML."""
        return self._text


@capability(
    "import",
    effect=Effect.LOCAL,
    needs_cluster=False,
    examples=("steward import topics/ > manifests.yaml", "steward import state.yaml --from kafka-gitops -o json"),
)  # fmt: skip
def import_(params: ImportParams, context: Context) -> Answer[Import]:
    """Convert files of topicctl, kafka-gitops, julie, Strimzi or jikkou to manifests.

    The manifests go to standard output; what could not be converted, with file and line, goes to standard error. Lint
    the manifests, then check them with a plan against the cluster: it is empty where they match the cluster.
    """
    found = import_from(
        sources(params.paths, context.directory), "" if params.from_ == "auto" else params.from_
    )
    left = tuple(NotImported(place=str(x.place), what=x.what, why=x.why) for x in found.left)
    rest = f"{count(len(left), 'key')} could not be converted" if left else "fully converted"
    head = f"From files of {', '.join(found.tools)}; {rest}"
    return Answer(
        data=Import(
            tools=found.tools,
            documents=tuple(map(document, found.manifests)),
            left=left,
            _text=write(found.manifests, head),
        ),
        observed_at=Instant(context.now_ms()),
        warnings=tuple(
            Notice(code="left_behind", message=f"{x.place}: {x.what}: {x.why}", object=x.place)
            for x in left
        ),
    )


CAPABILITIES: tuple[Capability, ...] = (import_,)
