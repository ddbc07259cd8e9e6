"""Read manifests: sources to typed documents, with every problem's file and line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from steward.change.manifests.decoding import Decoding, Wrong, decode, mapping
from steward.change.manifests.kinds import API_VERSION, KINDS, Manifest, Metadata
from steward.change.manifests.problem import ManifestsInvalid, Problem, nearest
from steward.change.manifests.validity import Located, judge
from steward.change.manifests.yaml_nodes import (
    Source,
    child,
    described,
    documents,
    is_null,
    place_of,
)
from steward.documents.nodes import MappingNode, Node, ScalarNode

S = TypeVar("S")

_TOP = ("apiVersion", "kind", "metadata", "spec")


@dataclass(frozen=True, slots=True)
class Manifests:
    """Documents in the order in which they were read."""

    documents: tuple[Manifest, ...]

    def of(self, spec: type[S]) -> Iterator[tuple[Manifest, S]]:
        """Return the documents of one kind, by the type of their spec."""
        for document in self.documents:
            if type(document.spec) is spec:
                yield document, document.spec


def read(sources: Iterable[Source]) -> Manifests:
    """Read sources.

    Errors: ManifestsInvalid, with every problem of every source.
    """
    manifests, problems = examine(sources)
    if problems:
        raise ManifestsInvalid(problems)
    return manifests


def examine(sources: Iterable[Source]) -> tuple[Manifests, tuple[Problem, ...]]:
    """Read what is readable, and report problems in order of place."""
    problems: list[Problem] = []
    located: list[Located] = []
    for source in sources:
        for node in documents(source, problems):
            found = _document(node, source, problems)
            if found is not None:
                located.append(Located(found, node))
    judge(located, problems)
    return Manifests(tuple(d.manifest for d in located)), tuple(sorted(set(problems)))


def _document(node: Node, source: Source, problems: list[Problem]) -> Manifest | None:
    decoding = Decoding(source.name, problems)
    try:
        pairs = {str(k.value): (k, v) for k, v in mapping(decoding, node, "the document")}
    except Wrong:
        return None
    for key, (key_node, _) in pairs.items():
        if key not in _TOP:
            decoding.note(key_node, f"a manifest has no key {key!r}", nearest(key, _TOP))
    kind = _kind(node, decoding)
    if kind is None:
        return None
    inner: dict[str, Node] = {k: v for k, (_, v) in pairs.items()}
    metadata = _part(Metadata, "metadata", inner, node, decoding)
    spec = _part(KINDS[kind], "spec", inner, node, decoding)
    if metadata is None or spec is None:
        return None
    return Manifest(kind=kind, metadata=metadata, spec=spec, place=place_of(node, source.name))


def _part(
    cls: type[S], key: str, inner: dict[str, Node], node: Node, decoding: Decoding
) -> S | None:
    found = inner.get(key)
    if found is None or is_null(found):
        found = MappingNode([], node.line)
    try:
        return decode(cls, found, decoding, key)
    except Wrong:
        return None


def _kind(node: Node, decoding: Decoding) -> str | None:
    """Return a document's kind; None, with a recorded problem, if it is not one of steward's."""
    version, kind = child(node, "apiVersion"), child(node, "kind")
    written = str(version.value) if isinstance(version, ScalarNode) else ""
    if written != API_VERSION:
        said = (
            f"apiVersion is {described(version)}"
            if version is not None
            else "apiVersion is missing"
        )
        remedy = f"write apiVersion: {API_VERSION}"
        if written and "/" in written:
            remedy += "; the import command converts files of other tools"
        decoding.note(version or node, said, remedy)
        return None
    if not isinstance(kind, ScalarNode):
        decoding.note(kind or node, "kind is missing", f"use one of {', '.join(KINDS)}")
        return None
    if kind.value not in KINDS:
        decoding.note(kind, f"there is no kind {kind.value!r}", nearest(str(kind.value), KINDS))
        return None
    return str(kind.value)
