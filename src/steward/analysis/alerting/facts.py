"""What one look at a cluster gives alerts to judge by; what was not seen is Unknown, never empty."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from steward.model.finding import Evidence, Remedy
from steward.model.lag import Flag, LagSeconds
from steward.model.unknown import NOT_REQUESTED, Unknown
from steward.model.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFacts:
    """One group. Times in seconds; None where nothing is in sight or it cannot be told.

    ``catch_up_seconds`` until it has caught up at the present rates; ``loss_in_seconds`` until retention overtakes it;
    ``rebalances`` in the last five minutes; ``not_stable_ratio`` share of those in which it was in another state than
    Stable or Empty. ``verdict`` is the diagnosis, where there is one already.
    """

    group: str
    lag_seconds: LagSeconds | Unknown
    lag_records: int | None = None
    unknown_partitions: int = 0
    flags: frozenset[Flag] = frozenset()
    lost_records: int = 0
    catch_up_seconds: float | None = None
    loss_in_seconds: float | None = None
    rebalances: int = 0
    not_stable_ratio: float = 0.0
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One object that is in a bad state by itself: its name, what is wrong in one line, the request that said so.

    ``kind`` is Kafka's noun, where objects of several kinds are in a list.
    """

    name: str
    summary: str
    source: str
    kind: str = ""
    evidence: tuple[Evidence, ...] = ()
    remedy: Remedy | None = None


Troubles = tuple[Trouble, ...] | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftFacts:
    """Objects that have left their manifests, and why more may have (None: all were compared)."""

    troubles: tuple[Trouble, ...] = ()
    unseen: Unknown | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TickFacts:
    """One tick of one cluster, whether its look succeeded or not.

    Units: ``at_ms`` epoch milliseconds; ``interval_seconds`` between looks; ``age_seconds`` of the last look that
           succeeded, 0 when it is this one.
    Shape: ``unseen`` is why the look failed, None when it succeeded; the groups are then those of that look, else they
           count as unknown. ``unknown_groups`` exist, but could not be read. A group that is in neither is gone.
           ``groups_complete`` is false while a coordinator's groups could not be listed: then none counts as gone.
           ``cluster`` is the profile's name; ``cluster_id`` is what the brokers state, empty where they state none and
           before the first look.
    """

    cluster: str
    cluster_id: str = ""
    at_ms: int
    interval_seconds: float
    age_seconds: float = 0.0
    unseen: Unknown | None = None
    groups: tuple[GroupFacts, ...] = ()
    unknown_groups: Mapping[str, Unknown] = field(default_factory=dict[str, Unknown])
    groups_complete: bool = True
    partitions_offline: Troubles = NOT_REQUESTED
    partitions_under_min_isr: Troubles = NOT_REQUESTED
    transactions_hanging: Troubles = NOT_REQUESTED
    drift: DriftFacts = DriftFacts(unseen=NOT_REQUESTED)
    quarantines_over: Troubles = NOT_REQUESTED

    @property
    def key(self) -> str:
        """What is remembered of the cluster is kept under this: its id; its name only while no id is known."""
        return self.cluster_id or self.cluster
