"""What a plan claims that neither its changes nor the cluster show; believed only where steward found it out itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from steward.model.policy import Criticality


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEvidence:
    """What steward itself knows about the objects of a plan; a plan's own text is no source of it.

    ``criticality`` is what manifests said when they were read here. ``created_topics`` are ids of topics that the plan
    which this one undoes created, by its journal. ``disuse`` says by a topic's id what confirms that nobody uses it.
    """

    criticality: Mapping[str, Criticality] = field(default_factory=dict[str, Criticality])
    created_topics: frozenset[str] = frozenset()
    disuse: Mapping[str, str] = field(default_factory=dict[str, str])


NO_EVIDENCE = PlanEvidence()
"""Nothing is known: the strictest reading of a plan."""
