"""Export a cluster as manifests, to manage existing objects as code."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from steward.change.manifests.from_cluster import ExportedManifests, manifests_of
from steward.change.manifests.writing import document, write
from steward.cluster.ports import ObservationRequest, Scope
from steward.commands.api.answers import answer, cluster_name
from steward.commands.api.context import Context
from steward.commands.api.observation import observe_in_steps
from steward.commands.api.registry import Answer, Capability, Notice, capability
from steward.commands.manifests.folder import place
from steward.documents.files import path_of
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.replication import lacks_replicas
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NOT_REQUESTED, value_or

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
        tuple[str, ...], Doc(f"write only these: {', '.join(KINDS)}", metavar="KIND", commas=True)
    ] = ()
    layered: Annotated[
        bool, Doc("include topics created by Streams, Connect, MirrorMaker or a schema registry")
    ] = False
    directory: Annotated[
        str, Doc("write files into this folder, by kind and prefix, instead of one document", metavar="DIR")
    ] = ""  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A cluster as manifests."""

    documents: Annotated[tuple[Mapping[str, Any], ...], Doc("the manifests, by kind and name")]
    counts: Annotated[Mapping[str, int], Doc("documents by kind")]
    files: Annotated[tuple[str, ...], Doc("files written, with --directory")]
    _text: str

    @property
    def verbatim(self) -> str:
        """The manifests as YAML, or the files written."""
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
    """Write a cluster's topics, ACLs, quotas and SCRAM users as manifests.

    A plan of the exported manifests is empty. Users are exported without passwords, which brokers do not return; Kafka
    does not store owners, labels and criticality. What could not be read is left out, with a warning.
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
    """Request reassignments where replicas are out of sync or counts differ: replicas being added do not count."""
    topics = value_or(snapshot.topics, ())
    if any(t.is_uneven or any(lacks_replicas(p) for p in t.partitions) for t in topics):
        return frozenset({Part.REASSIGNMENTS}), Scope()
    return None


def _parts(only: tuple[str, ...]) -> frozenset[Part]:
    for kind in only:
        if kind not in KINDS:
            raise UsageError(
                f"cannot export {kind!r}",
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
            message=f"{len(written.layered)} topics of Streams, Connect and similar are left out",
            remedy="their owners declare them; --layered writes them",
        ),
    )


CAPABILITIES: tuple[Capability, ...] = (export,)
