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


def criticality_of(
    topic: str, declared: Mapping[str, Criticality], environment: Environment
) -> Criticality:
    """Return a topic's criticality.

    Shape: ``declared`` maps names or shell patterns (``orders.*``) to a level; the longest matching pattern wins.
           An undeclared topic is critical in production and standard elsewhere.
    """
    matching = [p for p in declared if p == topic or fnmatchcase(topic, p)]
    if matching:
        return declared[max(matching, key=lambda p: (p == topic, len(p), p))]
    is_production = environment is Environment.PRODUCTION
    return Criticality.CRITICAL if is_production else Criticality.STANDARD
