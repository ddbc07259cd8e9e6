"""Faults of documents from outside, and the limits that apply to every one."""

from dataclasses import dataclass

from steward.model.error import ConfigurationError

DEEPEST = 64
"""Levels of nesting: deeper than any document that steward reads."""
LARGEST_INTEGER = 2**63 - 1
"""Kafka's largest number; a larger one fits no field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Limits of a document: its size in bytes, and its values, each key and element counted."""

    most_bytes: int = 64 * 1024 * 1024
    most_nodes: int = 4_000_000


DOCUMENT = Bounds()
"""A file that describes a cluster: manifests, reassignments, layouts, answers of services."""
SETTINGS = Bounds(most_bytes=4 * 1024 * 1024, most_nodes=200_000)
"""A file that people write: settings, lock files."""


class DocumentError(ConfigurationError):
    """A document cannot be read; ``reason`` is the summary without its name, ``line`` is 0 where it is unknown."""

    code = "document"

    def __init__(
        self,
        name: str,
        reason: str,
        *,
        line: int = 0,
        column: int = 0,
        remedy: str = "",
        joint: str = ": ",
    ) -> None:
        place = name + (f":{line}" if line else "") + (f":{column}" if column else "")
        super().__init__(f"{place}{joint}{reason}", remedy=remedy, object_name=name)
        self.reason = reason
        self.line = line
        self.column = column

    @property
    def located(self) -> str:
        """The reason with its line, for messages that name the document themselves."""
        return f"{self.reason} (line {self.line})" if self.line else self.reason


def too_deep(name: str, line: int = 0) -> DocumentError:
    """Report excessive nesting."""
    return DocumentError(
        name, f"it is nested more than {DEEPEST} levels deep", line=line, remedy="flatten it"
    )


def too_many(name: str, bounds: Bounds, line: int = 0) -> DocumentError:
    """Report too many values."""
    return DocumentError(
        name, f"it has more than {bounds.most_nodes:,} values", line=line, remedy="split it"
    )
