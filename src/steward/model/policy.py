"""How critical a topic's data is, as declared."""

from collections.abc import Mapping
from enum import StrEnum
from fnmatch import fnmatchcase

from steward.model.connection import Environment


class Criticality(StrEnum):
    """The consequence of losing a topic's data."""

    CRITICAL = "critical"
    STANDARD = "standard"
    EPHEMERAL = "ephemeral"


_WILD = frozenset("*?[")
"""Characters that make a name a pattern."""


def criticality_of(
    topic: str, declared: Mapping[str, Criticality], environment: Environment
) -> Criticality:
    """Return a topic's criticality.

    ``declared`` maps names or shell patterns (``orders.*``) to a level; the longest matching pattern wins. A topic that
    no pattern matches is critical in production and standard elsewhere.
    """
    if topic in declared:
        return declared[topic]
    matching = [p for p in declared if not _WILD.isdisjoint(p) and fnmatchcase(topic, p)]
    if matching:
        return declared[max(matching, key=lambda p: (len(p), p))]
    is_production = environment is Environment.PRODUCTION
    return Criticality.CRITICAL if is_production else Criticality.STANDARD
