"""A document from outside as nodes with line numbers: the result of reading YAML, independent of the YAML library."""

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class ScalarNode:
    """A scalar; ``is_plain`` is true where it was written without quotes. Lines count from 1."""

    value: str
    line: int
    is_plain: bool


@dataclass(slots=True, eq=False)
class SequenceNode:
    """A list."""

    value: "list[Node]"
    line: int


@dataclass(slots=True, eq=False)
class MappingNode:
    """A map: keys are scalars, and none occurs twice."""

    value: "list[tuple[ScalarNode, Node]]"
    line: int


Node = ScalarNode | SequenceNode | MappingNode
