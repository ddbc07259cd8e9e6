"""YAML 1.2 as located nodes: text stays text, and every node knows its line."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from steward.manifests.problem import Place, Problem

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{t}" for t in ("str", "int", "float", "bool", "null", "map", "seq")
)
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_TAGS: dict[type[Node], str] = {
    ScalarNode: "tag:yaml.org,2002:str",
    SequenceNode: "tag:yaml.org,2002:seq",
    MappingNode: "tag:yaml.org,2002:map",
}


class _Loader(_Base):
    """Resolves nothing: what a scalar means is decided by the field that it stands in.

    The library asks for a tag, and tells where it is, at every node of hundreds of thousands.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  as the library declares it

    def resolve(self, kind: type[Node], _value: object, _implicit: object) -> str:
        """Return the tag of a node that has none."""
        return _TAGS[kind]

    def descend_resolver(self, *_: object) -> None:
        """Keep no path: nothing is resolved by it."""

    def ascend_resolver(self) -> None:
        """Keep no path."""


@dataclass(frozen=True, slots=True)
class Source:
    """A text and the name that messages give it."""

    name: str
    text: str


def documents(source: Source, problems: list[Problem]) -> list[Node]:
    """Return a source's documents, without empty ones; what cannot be read becomes a problem.

    Shape: after a syntax error the documents before it are returned.
    """
    found: list[Node] = []
    try:
        loader = _Loader(source.text)
    except yaml.YAMLError as fault:
        problems.append(_problem(fault, source))
        return found
    except UnicodeError:
        problems.append(Problem(Place(source.name, 1), "not text in UTF-8", "save it as UTF-8"))
        return found
    try:
        while loader.check_node():
            node: Node | None = loader.get_node()
            if node is not None and not is_null(node):
                found.append(node)
    except yaml.YAMLError as fault:
        problems.append(_problem(fault, source))
    except RecursionError:
        problems.append(
            Problem(Place(source.name, 1), "the document is nested too deeply", "flatten it")
        )
    finally:
        loader.dispose()
    return found


def _problem(fault: yaml.YAMLError, source: Source) -> Problem:
    mark: Any = getattr(fault, "problem_mark", None) or getattr(fault, "context_mark", None)
    said = getattr(fault, "problem", None) or getattr(fault, "reason", None) or "it cannot be read"
    position = getattr(fault, "position", None)
    if mark is not None:
        line = mark.line + 1
    else:
        line = source.text.count("\n", 0, position) + 1 if isinstance(position, int) else 1
    said = " ".join(str(said).split())
    hint = (
        "indent with spaces" if "\\t" in said or "tab" in said else "check indentation and quotes"
    )
    return Problem(Place(source.name, line), f"not YAML: {said}", hint)


def place_of(node: Node, file: str) -> Place:
    """Return where a node begins."""
    return Place(file, node.start_mark.line + 1)


def is_null(node: Node) -> bool:
    """Tell whether a node says nothing."""
    return isinstance(node, ScalarNode) and not node.style and node.value in _NULLS


def odd_tag(node: Node) -> str:
    """Return an explicit tag that manifests have no use for, else an empty text."""
    return "" if node.tag in _PLAIN_TAGS else str(node.tag)


def entries(node: MappingNode) -> Iterator[tuple[Node, Node]]:
    """Return a mapping's keys and values."""
    return iter(node.value)


def child(node: Node, *path: str) -> Node | None:
    """Return the node of a path of keys, None where it is not written."""
    for step in path:
        if not isinstance(node, MappingNode):
            return None
        inner = next((v for k, v in entries(node) if k.value == step), None)
        if inner is None:
            return None
        node = inner
    return node


def described(node: Node) -> str:
    """Name what a node is, for messages."""
    if isinstance(node, MappingNode):
        return "a map"
    if isinstance(node, SequenceNode):
        return "a list"
    text = str(node.value)
    return repr(text if len(text) <= 40 else text[:39] + "…")
