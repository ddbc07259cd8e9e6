"""Results of impact analysis for losses, topics and restarts: plain values, without arrays."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from steward.model.command import Phrase
from steward.model.doc import Doc
from steward.model.policy import Criticality
from steward.model.unknown import NotApplicable, Unknown

Bytes = float | Unknown
Number = int | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class LossScope:
    """The lost brokers."""

    kind: Annotated[str, Doc("broker, rack, host, pair, or brokers for any other set")]
    ids: Annotated[tuple[int, ...], Doc("ids of the lost brokers")]
    name: Annotated[str, Doc("the rack's or host's name, else the ids")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadersTo:
    """What one surviving broker takes over."""

    broker: int
    leaders: Annotated[int, Doc("partitions that it newly leads")]
    bytes_per_second: Annotated[Bytes, Doc("write traffic of those partitions")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The survivor with the highest write traffic of leaders."""

    broker: int
    bytes_per_second: Annotated[float, Doc("after the loss")]
    ratio: Annotated[float | None, Doc("ratio to what it carries now; null where that is nothing")]
    carries: Annotated[
        bool | NotApplicable,
        Doc(
            "whether that is within checks.thresholds.broker_capacity_bytes_per_second; null where none is declared"
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """The effect of one loss. Counts of partitions include only new impact."""

    scope: LossScope
    partitions_offline: Annotated[int, Doc("without a leader: neither read nor written")]
    critical_offline: Annotated[int, Doc("of them, of critical topics")]
    partitions_below_min_isr: Annotated[
        Number, Doc("that take no acks=all writes, offline ones included")
    ]
    critical_below_min_isr: Annotated[Number, Doc("of them, of critical topics")]
    partitions_at_risk: Annotated[
        Number, Doc("left exactly at min.insync.replicas: the next loss stops their writes")
    ]
    bytes_at_risk: Annotated[
        Bytes, Doc("of partitions with at most one in-sync replica left, one replica each")
    ]
    leaders_moved: Annotated[int, Doc("partitions that change their leader")]
    leaders_to: tuple[LeadersTo, ...]
    peak: Annotated[Peak | Unknown, Doc("the survivor with most write traffic")]
    unclean_elections: Annotated[
        int, Doc("partitions whose new leader was not in sync: acknowledged records are lost")
    ]
    replicas_lost: int
    rebuild_bytes: Annotated[Bytes, Doc("to copy if the brokers do not return")]
    partitions_without_target: Annotated[
        int, Doc("replicas without another live broker, or rack, to place them on")
    ]
    offline: Annotated[
        tuple[str, ...], Doc("the partitions that go offline; in tables only their number")
    ]
    below_min_isr: Annotated[
        tuple[str, ...], Doc("the partitions that fall below min ISR; in tables only their number")
    ]
    groups: tuple["TouchedGroup", ...] | Unknown
    producers: tuple["TouchedProducer", ...] | Unknown | NotApplicable


@dataclass(frozen=True, slots=True, kw_only=True)
class PairTotals:
    """Summary over all pairs of brokers."""

    pairs: Annotated[int, Doc("pairs of brokers that share a partition")]
    with_offline: Annotated[int, Doc("of them, pairs whose loss takes a partition offline")]
    with_below_min_isr: Annotated[int, Doc("of them, pairs whose loss stops writes somewhere")]
    shown: Annotated[int, Doc("the worst of them, among the impacts")]


class Coordinator(StrEnum):
    """What happens to a group's coordinator and its partition of __consumer_offsets."""

    STAYS = "stays"
    MOVES = "moves"
    BELOW_MIN_ISR = "below_min_isr"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedGroup:
    """A consumer group that a loss affects."""

    group: str
    partitions_offline: Annotated[int, Doc("of its partitions, those it can no longer read")]
    partitions_below_min_isr: Annotated[int, Doc("of its partitions, those that take no writes")]
    leaders_moved: Annotated[int, Doc("of its partitions, those with another leader")]
    coordinator: Annotated[
        Coordinator | NotApplicable,
        Doc(
            "stays, moves (members look it up again), below_min_isr (commits fail) or offline (the group stops)"
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedProducer:
    """A producer that a loss affects, by its producer id on the brokers."""

    producer_id: int
    partitions_offline: Annotated[int, Doc("of its partitions, those it cannot write to")]
    partitions_below_min_isr: Annotated[
        int, Doc("of its partitions, those that take no acks=all writes")
    ]
    leaders_moved: Annotated[int, Doc("of its partitions, those with another leader")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicTolerance:
    """Failures that a topic tolerates, by its weakest partition: durability against availability."""

    topic: str
    criticality: Criticality
    partitions: int
    replication_factor: Annotated[int, Doc("the smallest of its partitions")]
    min_insync_replicas: Number
    racks: Annotated[int | NotApplicable, Doc("racks of its least spread partition")]
    unclean_election: Annotated[
        bool, Doc("whether a replica that is not in sync may become leader and lose records")
    ]
    writes_survive_brokers: Annotated[
        Number, Doc("brokers that may fail now, in any combination, while acks=all writes continue")
    ]
    writes_designed_for: Annotated[
        Number,
        Doc("the same with all replicas in sync: replication factor minus min ISR", wide=True),
    ]
    writes_survive_racks: Annotated[
        Number | NotApplicable, Doc("racks that may fail now while acks=all writes continue")
    ]
    data_survives_brokers: Annotated[
        int, Doc("brokers that may be lost permanently now without losing an acknowledged record")
    ]
    data_guaranteed_for: Annotated[
        Number,
        Doc(
            "the same for a record acknowledged with the fewest replicas in sync: min ISR minus one",
            wide=True,
        ),
    ]
    data_survives_racks: Annotated[
        int | NotApplicable, Doc("racks that may be lost permanently now without losing a record")
    ]


class RestartRule(StrEnum):
    """Reasons against a restart."""

    OFFLINE = "offline"
    """a partition would have no leader"""
    BELOW_MIN_ISR = "below_min_isr"
    """a partition would take no acks=all writes"""
    OFFLINE_NOW = "offline_now"
    """a partition already has no leader"""
    BELOW_MIN_ISR_NOW = "below_min_isr_now"
    """a partition is already below its min ISR"""
    REASSIGNMENT = "reassignment"
    """a reassignment of a partition on the broker is in progress"""
    QUORUM = "quorum"
    """the controller quorum would lose its majority"""
    CONTROLLED_SHUTDOWN = "controlled_shutdown"
    """the broker would not hand over its leaders"""
    UNSEEN = "unseen"
    """a fact that the answer needs is unknown"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartReason:
    """One reason against a restart, or a warning."""

    rule: RestartRule
    summary: str
    objects: Annotated[tuple[str, ...], Doc("partitions, brokers or voters concerned")]
    passes: Annotated[
        bool, Doc("true: waiting may help; false: something must be changed, or the risk accepted")
    ]
    remedy: Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartDecision:
    """Whether brokers may be restarted now; any reason means no."""

    reasons: tuple[RestartReason, ...]
    cautions: tuple[RestartReason, ...]
    leaders_moved: int
    partitions_at_risk: int

    @property
    def may_restart(self) -> bool:
        """Whether nothing blocks the restart."""
        return not self.reasons
