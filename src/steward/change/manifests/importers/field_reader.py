"""Read values from another tool's file; every value that is not read is reported."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from steward.change.manifests.problem import NOWHERE, Place
from steward.change.manifests.spelling import OPERATIONS, RESOURCE_TYPES, SPELLED
from steward.change.manifests.yaml_nodes import entries, is_null, place_of
from steward.documents.nodes import MappingNode, Node, ScalarNode, SequenceNode

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_YES = frozenset({"true", "yes", "on"})


@dataclass(frozen=True, slots=True, order=True)
class NotConverted:
    """A value that could not be converted: where it is, and why."""

    place: Place
    what: str
    why: str


class FieldReader:
    """A map of another tool's document; keys are marked as they are read."""

    def __init__(self, node: Node | None, file: str, path: str, left: list[NotConverted]) -> None:
        self._node = node
        self._file = file
        self._path = path
        self._left = left
        self._taken: set[str] = set()
        pairs = entries(node) if isinstance(node, MappingNode) else ()
        self._pairs: dict[str, tuple[Node, Node]] = {str(k.value): (k, v) for k, v in pairs}

    @property
    def place(self) -> Place:
        """Where it begins."""
        return place_of(self._node, self._file) if self._node is not None else NOWHERE

    def has(self, key: str) -> bool:
        """Return whether a key has a value."""
        return key in self._pairs and not is_null(self._pairs[key][1])

    @property
    def names(self) -> tuple[str, ...]:
        """Return the keys, in order."""
        return tuple(self._pairs)

    def text(self, *keys: str) -> str:
        """Read the first present of several spellings of a key, as text; empty if absent."""
        found = ""
        for key in keys:
            node = self._take(key)
            if isinstance(node, ScalarNode) and not is_null(node) and not found:
                found = str(node.value).strip()
            elif node is not None and not is_null(node) and not found:
                self.leave(key, "not a single value")
        return found

    def number(self, *keys: str) -> int | None:
        """Read a whole number; None if it is absent or invalid, which is reported."""
        text = self.text(*keys)
        if _WHOLE.fullmatch(text):
            return int(text)
        if text:
            self.leave(next(k for k in keys if self.has(k)), f"{text!r} is not a whole number")
        return None

    def fraction(self, *keys: str) -> float | None:
        """Read a number that may have a fraction."""
        text = self.text(*keys)
        try:
            found = float(text) if text else None
        except ValueError:
            found = math.nan
        if found is not None and not math.isfinite(found):
            self.leave(next(k for k in keys if self.has(k)), f"{text!r} is not a number")
            return None
        return found

    def flag(self, key: str) -> bool:
        """Read a boolean."""
        return self.text(key).lower() in _YES

    def inner(self, key: str) -> "FieldReader":
        """Read a map; empty if absent."""
        node = self._take(key)
        return FieldReader(node, self._file, self._under(key), self._left)

    def inners(self, key: str) -> Iterator["FieldReader"]:
        """Read a list of maps."""
        node = self._take(key)
        for number, item in enumerate(node.value if isinstance(node, SequenceNode) else ()):
            yield FieldReader(item, self._file, f"{self._under(key)}[{number}]", self._left)

    def named(self, key: str) -> Iterator[tuple[str, "FieldReader"]]:
        """Read a map of maps."""
        outer = self.inner(key)
        for name in outer.names:
            yield name, outer.inner(name)

    def texts(self, key: str) -> tuple[str, ...]:
        """Read a list of texts; a single text, or several with commas, counts as a list."""
        node = self._take(key)
        if isinstance(node, SequenceNode):
            return tuple(str(n.value).strip() for n in node.value if isinstance(n, ScalarNode))
        if isinstance(node, ScalarNode) and not is_null(node):
            return tuple(part.strip() for part in str(node.value).split(",") if part.strip())
        return ()

    def configs(self, key: str) -> dict[str, str]:
        """Read a map of Kafka's config keys; lists are joined by commas, as Kafka writes them."""
        outer = self.inner(key)
        return {name: outer.joined(name) for name in sorted(outer.names)}

    def joined(self, key: str) -> str:
        """Read a text, or a list as one text with commas."""
        found = self._pairs.get(key)
        is_list = found is not None and isinstance(found[1], SequenceNode)
        return ",".join(self.texts(key)) if is_list else self.text(key)

    def ignore(self, *keys: str) -> None:
        """Mark keys that mean nothing outside the tool."""
        self._taken |= set(keys)

    def leave(self, key: str, why: str) -> None:
        """Report a key that cannot be converted."""
        self._taken.add(key)
        place = place_of(self._pairs[key][0], self._file) if key in self._pairs else self.place
        self._left.append(NotConverted(place, self._under(key), why))

    def finish(self, why: str = "steward has no equivalent") -> None:
        """Report every key that was not read."""
        for key in self._pairs:
            if key not in self._taken:
                self.leave(key, why)

    def _take(self, key: str) -> Node | None:
        self._taken.add(key)
        found = self._pairs.get(key)
        return found[1] if found else None

    def _under(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key


RESOURCES = {ours.replace("_", "").lower(): ours for ours in RESOURCE_TYPES}
"""steward's resource types, by letters alone: tools write transactionalId, transactional_id, TRANSACTIONAL_ID."""


def operation_of(text: str) -> str | None:
    """Return one of Kafka's operations as manifests spell it; None if it is not one."""
    found = OPERATIONS.get(text.replace("_", "").lower())
    return None if found is None else SPELLED[found]


def moved(configs: dict[str, str], key: str) -> int | None:
    """Move a whole number from configs to a typed field; other values stay."""
    text = configs.get(key, "")
    if text != "-1" and (not _WHOLE.fullmatch(text) or text.startswith("-")):
        return None
    del configs[key]
    return int(text)
