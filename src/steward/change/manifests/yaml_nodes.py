"""YAML 1.2 as located nodes: text stays text, and every node has its line."""

from collections.abc import Iterator
from dataclasses import dataclass

from steward.change.manifests.problem import Place, Problem
from steward.documents.fault import DocumentError
from steward.documents.nodes import MappingNode, Node, ScalarNode, SequenceNode

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Source:
    """A text, and its name in messages."""

    name: str
    text: str


def documents(source: Source, problems: list[Problem]) -> list[Node]:
    """Return a source's documents, without empty ones; unreadable ones become problems.

    After a syntax error the documents before it are returned.
    """
    from steward.documents.yaml_text import (
        read_yaml,
    )  # takes 30 ms; needed only where manifests are read

    found: list[Node] = []

    def note(line: int, message: str, remedy: str) -> None:
        problems.append(Problem(Place(source.name, line), message, remedy))

    try:
        for node in read_yaml(source.text, source.name, note):
            if not is_null(node):
                found.append(node)  # noqa: PERF401  those before a fault are kept
    except DocumentError as fault:
        note(fault.line or 1, fault.reason, fault.remedy)
    return found


def place_of(node: Node, file: str) -> Place:
    """Return where a node begins."""
    return Place(file, node.line)


def is_null(node: Node) -> bool:
    """Return whether a node is empty."""
    return isinstance(node, ScalarNode) and node.is_plain and node.value in _NULLS


def entries(node: MappingNode) -> Iterator[tuple[ScalarNode, Node]]:
    """Return a mapping's keys and values."""
    return iter(node.value)


def child(node: Node, *path: str) -> Node | None:
    """Return the node at a path of keys, None if absent."""
    for step in path:
        if not isinstance(node, MappingNode):
            return None
        inner = next((v for k, v in entries(node) if k.value == step), None)
        if inner is None:
            return None
        node = inner
    return node


def described(node: Node) -> str:
    """Describe a node for messages."""
    if isinstance(node, MappingNode):
        return "a map"
    if isinstance(node, SequenceNode):
        return "a list"
    text = str(node.value)
    return repr(text if len(text) <= 40 else text[:39] + "…")
