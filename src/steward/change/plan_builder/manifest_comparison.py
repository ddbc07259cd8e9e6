"""Compare manifests with a cluster in few requests: little of every topic, and everything of those that differ."""

from collections.abc import Callable
from functools import cache, partial

from steward.change.manifests.comparison.compare import (
    compare,
    keys_to_describe,
    moves_matter,
    moves_replicas,
    names_of,
    needed_parts,
    scoped_parts,
    topics_to_describe,
)
from steward.change.manifests.comparison.result import Comparison, ComparisonOptions
from steward.change.manifests.comparison.topics import known_keys
from steward.change.manifests.desired import DesiredState, ManifestTarget, resolve
from steward.change.manifests.reading import Manifests
from steward.change.planning.kinds import kind_of
from steward.cluster.ports import EVERYTHING, Next, ObservationRequest, Scope
from steward.model.snapshot import ClusterSnapshot, Part

_CONFIGS = frozenset({Part.TOPIC_CONFIGS})
_FEW_KEYS = 12
"""Above this, repeating the keys for every topic costs more than the smaller response saves: a topic has some 35."""


class ManifestComparison:
    """One comparison with the cluster named ``cluster`` in the profile: its observations in order, and its result.

    Thousands of topics are usually in sync. So only the declared keys are read, and those that differ are read again
    completely: planning and the guard need a topic's whole configuration.
    """

    def __init__(self, manifests: Manifests, options: ComparisonOptions, cluster: str) -> None:
        self._options = options
        self._cluster = cluster
        self._resolved: Callable[[ManifestTarget], DesiredState] = cache(
            partial(resolve, manifests)
        )
        self._found: Comparison | None = None

    @property
    def observations(self) -> tuple[Next, ...]:
        """The observations, in order."""
        return (
            self._everything_declared,
            self._moves,
            self._sizes,
            self._declared_keys,
            self._what_differs,
        )

    def desired(self, snapshot: ClusterSnapshot) -> DesiredState:
        """Return the result of comparing the manifests with this cluster.

        Errors: WrongCluster; ManifestsInvalid.
        """
        return self._resolved(ManifestTarget(cluster_id=snapshot.cluster_id, name=self._cluster))

    def _everything_declared(self, snapshot: ClusterSnapshot) -> ObservationRequest:
        """Observe the parts that manifests or scopes name."""
        desired = self.desired(snapshot)
        further = scoped_parts(desired) if self._options.unmanaged else frozenset[Part]()
        return needed_parts(desired) | further, EVERYTHING

    def _moves(self, snapshot: ClusterSnapshot) -> ObservationRequest | None:
        """Observe reassignments if a number of replicas differs: those being added do not count."""
        matter = moves_matter(self.desired(snapshot), snapshot)
        return (frozenset({Part.REASSIGNMENTS}), EVERYTHING) if matter else None

    def _sizes(self, snapshot: ClusterSnapshot) -> ObservationRequest | None:
        """Observe what moves would copy, if replicas are to move."""
        moves = moves_replicas(self.desired(snapshot), snapshot)
        return (frozenset({Part.LOG_DIRS}), EVERYTHING) if moves else None

    def _declared_keys(self, snapshot: ClusterSnapshot) -> ObservationRequest | None:
        """Observe the declared configuration of the declared topics that exist."""
        desired = self.desired(snapshot)
        topics = topics_to_describe(desired, snapshot)
        keys = keys_to_describe(desired)
        if not topics or keys == frozenset():
            return None
        if keys is None or topics.isdisjoint(t.name for t in desired.topics):
            return _CONFIGS, Scope(topics=topics)
        few = keys if len(keys) <= _FEW_KEYS else None
        return _CONFIGS, Scope(topics=topics, config_synonyms=False, config_keys=few)

    def _what_differs(self, snapshot: ClusterSnapshot) -> ObservationRequest | None:
        """Compare, and observe the whole configuration of topics that differ.

        If a declared key is unknown to brokers, all topics' are observed, to suggest the intended key.
        """
        desired = self.desired(snapshot)
        keys = keys_to_describe(desired)
        if keys is None:
            return None
        topics = topics_to_describe(desired, snapshot)
        if not keys <= known_keys(snapshot):
            was_whole = topics.isdisjoint(t.name for t in desired.topics)
            return None if was_whole else (_CONFIGS, Scope(topics=topics))
        self._found = compare(desired, snapshot, self._options)
        changed = {t for c in self._found.changes for t in kind_of(c).topics(c)}
        differing = changed & names_of(snapshot)
        return (_CONFIGS, Scope(topics=frozenset(differing))) if differing else None

    def result(self, snapshot: ClusterSnapshot) -> Comparison:
        """Return the result of the comparison."""
        return self._found or compare(self.desired(snapshot), snapshot, self._options)
