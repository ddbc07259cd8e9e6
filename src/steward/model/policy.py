"""How much a topic's data matters, as declared (M16)."""

from collections.abc import Mapping
from enum import StrEnum
from fnmatch import fnmatchcase

from steward.model.connection import Environment


class Criticality(StrEnum):
    """What the loss of a topic's data would mean."""

    CRITICAL = "critical"
    STANDARD = "standard"
    EPHEMERAL = "ephemeral"


_WILD = frozenset("*?[")
"""What makes a pattern of a name."""


def criticality_of(
    topic: str, declared: Mapping[str, Criticality], environment: Environment
) -> Criticality:
    """Return a topic's criticality.

    Shape: ``declared`` maps names or shell patterns (``orders.*``) to a level; the longest matching pattern wins.
           An undeclared topic is critical in production and standard elsewhere.
    """
    if topic in declared:
        return declared[topic]
    matching = [p for p in declared if not _WILD.isdisjoint(p) and fnmatchcase(topic, p)]
    if matching:
        return declared[max(matching, key=lambda p: (len(p), p))]
    is_production = environment is Environment.PRODUCTION
    return Criticality.CRITICAL if is_production else Criticality.STANDARD
