"""A cluster as manifests, so that what exists can be kept as code."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from steward.change.manifests.from_cluster import ExportedManifests, manifests_of
from steward.change.manifests.writing import document, write
from steward.cluster.ports import ObservationRequest, Scope
from steward.commands.api.answers import answer, cluster_name, value_of
from steward.commands.api.context import Context
from steward.commands.api.observation import observe_in_steps
from steward.commands.api.registry import Answer, Capability, Notice, capability
from steward.commands.manifests.folder import place
from steward.documents.files import path_of
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.replication import lacks_replicas
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NOT_REQUESTED

KINDS: Mapping[str, frozenset[Part]] = {
    "topics": frozenset({Part.TOPICS, Part.TOPIC_CONFIGS}),
    "acls": frozenset({Part.ACLS}),
    "quotas": frozenset({Part.QUOTAS}),
    "users": frozenset({Part.USERS}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportParams:
    """What to write, and where."""

    only: Annotated[
        tuple[str, ...], Doc(f"write these alone: {', '.join(KINDS)}", metavar="KIND", commas=True)
    ] = ()
    layered: Annotated[
        bool, Doc("write also topics that Streams, Connect, MirrorMaker or a registry made")
    ] = False
    directory: Annotated[
        str, Doc("write files into this folder, by kind and prefix, instead of one text", metavar="DIR")
    ] = ""  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A cluster as manifests."""

    documents: Annotated[tuple[Mapping[str, Any], ...], Doc("the manifests, by kind and name")]
    counts: Annotated[Mapping[str, int], Doc("documents by kind")]
    files: Annotated[tuple[str, ...], Doc("files that were written, where --directory is given")]
    _text: str

    @property
    def verbatim(self) -> str:
        """The manifests as YAML, or what was written where."""
        return self._text


@capability(
    "export",
    parts=(Part.TOPICS, Part.TOPIC_CONFIGS, Part.REASSIGNMENTS, Part.ACLS, Part.QUOTAS, Part.USERS),
    examples=(
        "steward export > cluster.yaml",
        "steward export --only topics,acls --directory manifests",
    ),
)
def export(params: ExportParams, context: Context) -> Answer[Export]:
    """Write what a cluster has as manifests: topics, ACLs, quotas, SCRAM users.

    A plan of what was written is empty. Users come without passwords, which no broker tells; owners, labels and
    criticality have no place in Kafka. What could not be seen is left out, and said.
    """
    parts = _parts(params.only)
    snapshot = observe_in_steps(
        context, parts, _moves_if_uneven, scope=Scope(config_synonyms=False)
    )
    named = cluster_name(snapshot, context)
    written = manifests_of(snapshot, named.name, layered=params.layered)
    result = _result(
        params, written, f"Cluster {named.name}, id {named.id}: written by steward", context
    )
    if snapshot.reassignments != NOT_REQUESTED:
        parts |= {Part.REASSIGNMENTS}
    found = answer(result, snapshot, context, parts, warnings=_left_out(written))
    return replace(found, unknown=(*found.unknown, *written.missing))


def _moves_if_uneven(snapshot: ClusterSnapshot) -> ObservationRequest | None:
    """Ask for reassignments where replicas are missing or differ: those being added do not count."""
    topics = value_of(snapshot.topics, ())
    if any(t.is_uneven or any(lacks_replicas(p) for p in t.partitions) for t in topics):
        return frozenset({Part.REASSIGNMENTS}), Scope()
    return None


def _parts(only: tuple[str, ...]) -> frozenset[Part]:
    for kind in only:
        if kind not in KINDS:
            raise UsageError(
                f"there is no {kind!r} to export",
                remedy=f"use {', '.join(KINDS)}",
                object_name=kind,
            )
    return frozenset(part for kind in only or KINDS for part in KINDS[kind])


def _result(
    params: ExportParams, written: ExportedManifests, head: str, context: Context
) -> Export:
    manifests = written.manifests
    counts: dict[str, int] = {}
    for manifest in manifests:
        counts[manifest.kind] = counts.get(manifest.kind, 0) + 1
    files: tuple[str, ...] = ()
    if params.directory:
        files = place(manifests, path_of(params.directory, context.directory), head)
        text = "".join(f"{file}\n" for file in files)
    else:
        text = write(manifests, head)
    return Export(documents=tuple(map(document, manifests)), counts=counts, files=files, _text=text)


def _left_out(written: ExportedManifests) -> tuple[Notice, ...]:
    if not written.layered:
        return ()
    return (
        Notice(
            code="left_out",
            message=f"{len(written.layered)} topics of Streams, Connect and the like are left out",
            remedy="they are their makers' to declare; --layered writes them",
        ),
    )


CAPABILITIES: tuple[Capability, ...] = (export,)
