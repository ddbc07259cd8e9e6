"""A plan's claims that neither its changes nor the cluster show; trusted only where steward itself found them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from steward.model.change import TopicBackup
from steward.model.policy import Criticality

_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEvidence:
    """What steward itself knows about a plan's objects; a plan's own text is no source of it.

    ``criticality`` is what manifests state, as read in this run. ``created_topics`` are ids of topics created by the
    plan that this one undoes, by its journal. ``disuse`` is the proof, by topic id, that a topic is unused;
    ``backups`` is the one that a verified backup holds all its records.
    """

    criticality: Mapping[str, Criticality] = field(default_factory=dict[str, Criticality])
    created_topics: frozenset[str] = frozenset()
    disuse: Mapping[str, str] = field(default_factory=dict[str, str])
    backups: Mapping[str, str] = field(default_factory=dict[str, str])


def backup_text(backup: TopicBackup) -> str:
    """Name a verified backup: where it is, and the beginning of its manifest's SHA-256."""
    return f"manifest {backup.manifest[:_DIGITS]} in {backup.location}"


NO_EVIDENCE = PlanEvidence()
"""No evidence: the strictest reading of a plan."""
