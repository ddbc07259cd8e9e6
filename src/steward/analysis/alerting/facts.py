"""Facts from one poll of a cluster that alerts are evaluated on; what was not read is Unknown, never empty."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from steward.model.finding import Evidence, Remedy
from steward.model.lag import Flag, LagSeconds
from steward.model.unknown import NOT_REQUESTED, Unknown
from steward.model.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFacts:
    """One group. Times in seconds; None if not foreseeable or unknown.

    ``catch_up_seconds`` until it has caught up at the current rates; ``loss_in_seconds`` until retention overtakes it;
    ``rebalances`` in the last five minutes; ``not_stable_ratio`` share of those in which its state was neither Stable
    nor Empty. ``verdict`` is the diagnosis, if there is one already.
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
    """One object in a bad state: its name, what is wrong in one line, and the request that reported it.

    ``kind`` is Kafka's noun, used if a list contains several kinds of objects.
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
    """Objects that differ from their manifests, and why others could not be compared (None: all were)."""

    troubles: tuple[Trouble, ...] = ()
    unseen: Unknown | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TickFacts:
    """One tick of one cluster, whether its poll succeeded or not.

    Units: ``at_ms`` epoch milliseconds; ``interval_seconds`` between polls; ``age_seconds`` of the last successful
           poll, 0 if it is this one.

    ``unseen`` is why the poll failed, None if it succeeded. After a success ``groups`` are from this poll; otherwise
    they count as unknown. ``unknown_groups`` exist, but could not be read. A group in neither is deleted.
    ``groups_complete`` is false while a coordinator's groups could not be listed: then no group counts as deleted.
    ``cluster`` is the profile's name; ``cluster_id`` is reported by the brokers, empty if they report none and before
    the first poll.
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
        """Key of the cluster's stored state: its id, or its name while no id is known."""
        return self.cluster_id or self.cluster
