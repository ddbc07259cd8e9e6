"""YAML from outside, as located nodes: scalars stay text, aliases count in full, no recursion.

The library's own composer recurses in C: a deeply nested document would crash the process.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml import events

from steward.documents.fault import DEEPEST, DOCUMENT, Bounds, DocumentError, too_deep, too_many
from steward.documents.nodes import MappingNode, Node, ScalarNode, SequenceNode

_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{t}" for t in ("str", "int", "float", "bool", "null", "map", "seq")
)
_NOTED = 100
"""Maximum number of reported problems per document."""


Note = Callable[[int, str, str], None]
"""Receives a problem that leaves the rest of the document readable: line, message, remedy."""


@dataclass(slots=True, eq=False)
class _Frame:
    """A map or list in progress."""

    node: SequenceNode | MappingNode
    anchor: str | None
    key: "Node | None" = None
    keys: set[str] = field(default_factory=set[str])
    weight: int = 1
    height: int = 0


class _Composer:
    """The nodes of one stream of documents."""

    def __init__(self, name: str, note: Note, bounds: Bounds) -> None:
        self._name = name
        self._note = note
        self._bounds = bounds
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Node, int, int]] = {}
        self._nodes = 0
        self._noted = 0

    def take(self, event: Any) -> Node | None:
        """Take the parser's next event; return a document at its end."""
        match event:
            case events.ScalarEvent():
                node = ScalarNode(event.value, event.start_mark.line + 1, not event.style)
                self._check_tag(event, node.line)
                return self._done(node, event.anchor, 1, 0)
            case events.MappingStartEvent() | events.SequenceStartEvent():
                self._begin(event)
            case events.MappingEndEvent() | events.SequenceEndEvent():
                frame = self._stack.pop()
                return self._done(frame.node, frame.anchor, frame.weight, frame.height)
            case events.AliasEvent():
                return self._alias(event)
            case events.DocumentStartEvent():
                self._anchors = {}
            case _:
                pass
        return None

    def _begin(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if len(self._stack) >= DEEPEST:
            raise too_deep(self._name, line)
        self._check_tag(event, line)
        is_map = isinstance(event, events.MappingStartEvent)
        self._stack.append(
            _Frame(MappingNode([], line) if is_map else SequenceNode([], line), event.anchor)
        )

    def _alias(self, event: Any) -> Node | None:
        line, name = event.start_mark.line + 1, event.anchor
        if any(frame.anchor == name for frame in self._stack):
            raise DocumentError(
                self._name, f"*{name} refers to itself", line=line, remedy="write it out"
            )
        if name not in self._anchors:
            raise DocumentError(
                self._name, f"*{name} has no anchor &{name}", line=line, remedy="write it out"
            )
        node, weight, height = self._anchors[name]
        if len(self._stack) + height > DEEPEST:
            raise too_deep(self._name, line)
        return self._done(node, None, weight, height)

    def _done(self, node: Node, anchor: str | None, weight: int, height: int) -> Node | None:
        """Add a complete node to its parent."""
        if anchor is not None:
            self._anchors[anchor] = (node, weight, height)
        if not self._stack:
            return node
        frame = self._stack[-1]
        frame.weight += weight
        frame.height = max(frame.height, height + 1)
        self._nodes += 1
        if max(self._nodes, frame.weight) > self._bounds.most_nodes:
            raise too_many(self._name, self._bounds, node.line)
        outer = frame.node
        if isinstance(outer, SequenceNode):
            outer.value.append(node)
        elif frame.key is None:
            frame.key = node
        else:
            self._entry(frame, outer, frame.key, node)
            frame.key = None
        return None

    def _entry(self, frame: _Frame, outer: MappingNode, key: Node, value: Node) -> None:
        if not isinstance(key, ScalarNode):
            kind = "a map" if isinstance(key, MappingNode) else "a list"
            self._say(key.line, f"{self._path(1)} has {kind} as a key", "write keys as plain words")
        elif key.value in frame.keys:
            self._say(key.line, f"duplicate key {self._path()}", "remove one of them")
        elif key.value == "<<" and key.is_plain:
            self._say(key.line, f"{self._path(1)} uses a merge key (<<)", "write the keys out")
        else:
            frame.keys.add(key.value)
            outer.value.append((key, value))

    def _check_tag(self, event: Any, line: int) -> None:
        if event.tag and event.tag not in _PLAIN_TAGS and event.tag != "!":
            self._say(
                line, f"{self._path()} has the tag {event.tag}", "remove it: manifests use no tags"
            )

    def _say(self, line: int, message: str, remedy: str) -> None:
        self._noted += 1
        if self._noted <= _NOTED:
            self._note(line, message, remedy)

    def _path(self, leave_out: int = 0) -> str:
        """Return the path of the node being read."""
        path = ""
        for frame in self._stack[: len(self._stack) - leave_out] if leave_out else self._stack:
            if isinstance(frame.node, SequenceNode):
                path += f"[{len(frame.node.value)}]"
            elif isinstance(frame.key, ScalarNode):
                path += f".{frame.key.value}" if path else frame.key.value
        return path or "the document"


def read_yaml(text: str, name: str, note: Note, bounds: Bounds = DOCUMENT) -> Iterator[Node]:
    """Yield a text's documents.

    Errors: DocumentError with the line from which nothing more can be read.
    """
    if len(text) > bounds.most_bytes:
        raise DocumentError(name, f"it is larger than {bounds.most_bytes:,} bytes")
    composer = _Composer(name, note, bounds)
    try:
        parser = _Parser(text)
    except yaml.YAMLError as fault:
        raise _not_yaml(fault, name, text) from None
    except UnicodeError:
        raise DocumentError(name, "not UTF-8 text", line=1, remedy="save it as UTF-8") from None
    try:
        while parser.check_event():
            node = composer.take(parser.get_event())
            if node is not None:
                yield node
    except yaml.YAMLError as fault:
        raise _not_yaml(fault, name, text) from None
    finally:
        parser.dispose()


def _not_yaml(fault: yaml.YAMLError, name: str, text: str) -> DocumentError:
    mark: Any = getattr(fault, "problem_mark", None) or getattr(fault, "context_mark", None)
    said = getattr(fault, "problem", None) or getattr(fault, "reason", None) or "it is not readable"
    position = getattr(fault, "position", None)
    line = 1 if mark is None else mark.line + 1
    if mark is None and isinstance(position, int):
        line = text.count("\n", 0, position) + 1
    said = " ".join(str(said).split())
    hint = (
        "indent with spaces" if "\\t" in said or "tab" in said else "check indentation and quotes"
    )
    return DocumentError(name, f"not YAML: {said}", line=line, remedy=hint)
