"""What is stated of losses, topics and restarts: plain values, without arrays."""

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
    """What is lost: brokers, as one of their kind."""

    kind: Annotated[str, Doc("broker, rack, host, pair, or brokers for any other set")]
    ids: Annotated[tuple[int, ...], Doc("ids of the brokers that are lost")]
    name: Annotated[str, Doc("the rack's or host's name, else the ids")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadersTo:
    """What one surviving broker takes over."""

    broker: int
    leaders: Annotated[int, Doc("partitions that it leads then and did not before")]
    bytes_per_second: Annotated[Bytes, Doc("what producers write to them")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The survivor that would be loaded most by what producers write to the leaders on it."""

    broker: int
    bytes_per_second: Annotated[float, Doc("after the loss")]
    ratio: Annotated[float | None, Doc("to what it carries now; null where that is nothing")]
    carries: Annotated[
        bool | NotApplicable,
        Doc(
            "whether that is within checks.thresholds.broker_capacity_bytes_per_second; null where none is declared"
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What one loss does. Counts of partitions are news: what would hold and does not hold now."""

    scope: LossScope
    partitions_offline: Annotated[int, Doc("without a leader: neither read nor written")]
    critical_offline: Annotated[int, Doc("of them, of critical topics")]
    partitions_below_min_isr: Annotated[
        Number, Doc("that take no acks=all writes, offline ones included")
    ]
    critical_below_min_isr: Annotated[Number, Doc("of them, of critical topics")]
    partitions_at_risk: Annotated[
        Number, Doc("exactly at min.insync.replicas then: the next loss stops their writes")
    ]
    bytes_at_risk: Annotated[
        Bytes, Doc("of partitions with at most one in-sync copy left, one copy each")
    ]
    leaders_moved: Annotated[int, Doc("partitions that another broker leads then")]
    leaders_to: tuple[LeadersTo, ...]
    peak: Annotated[Peak | Unknown, Doc("the survivor with most write traffic")]
    unclean_elections: Annotated[
        int, Doc("leaders that were not in sync: acknowledged records are lost")
    ]
    replicas_lost: int
    rebuild_bytes: Annotated[Bytes, Doc("to copy if the brokers do not come back")]
    partitions_without_target: Annotated[
        int, Doc("that no other living broker, or rack, is left for")
    ]
    offline: Annotated[
        tuple[str, ...], Doc("the partitions that go offline; of tables only their number")
    ]
    below_min_isr: Annotated[
        tuple[str, ...], Doc("the partitions that fall below min ISR; of tables only their number")
    ]
    groups: tuple["TouchedGroup", ...] | Unknown
    producers: tuple["TouchedProducer", ...] | Unknown | NotApplicable


@dataclass(frozen=True, slots=True, kw_only=True)
class PairTotals:
    """All pairs of brokers in a few numbers."""

    pairs: Annotated[int, Doc("pairs of brokers that share a partition")]
    with_offline: Annotated[int, Doc("of them, pairs whose loss takes a partition offline")]
    with_below_min_isr: Annotated[int, Doc("of them, pairs whose loss stops writes somewhere")]
    shown: Annotated[int, Doc("the worst of them, among the impacts")]


class Coordinator(StrEnum):
    """What becomes of a group's coordinator and its partition of __consumer_offsets."""

    STAYS = "stays"
    MOVES = "moves"
    BELOW_MIN_ISR = "below_min_isr"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedGroup:
    """A consumer group that a loss reaches."""

    group: str
    partitions_offline: Annotated[int, Doc("of its partitions, those it can no longer read")]
    partitions_below_min_isr: Annotated[int, Doc("of its partitions, those that take no writes")]
    leaders_moved: Annotated[int, Doc("of its partitions, those with another leader")]
    coordinator: Annotated[
        Coordinator | NotApplicable,
        Doc(
            "stays, moves (members find it anew), below_min_isr (commits fail) or offline (the group stops)"
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedProducer:
    """A producer that a loss reaches, by the id that brokers keep of it."""

    producer_id: int
    partitions_offline: Annotated[int, Doc("of its partitions, those it cannot write to")]
    partitions_below_min_isr: Annotated[
        int, Doc("of its partitions, those that take no acks=all writes")
    ]
    leaders_moved: Annotated[int, Doc("of its partitions, those with another leader")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicTolerance:
    """What a topic survives, by its weakest partition: durability against availability (M2)."""

    topic: str
    criticality: Criticality
    partitions: int
    replication_factor: Annotated[int, Doc("the smallest of its partitions")]
    min_insync_replicas: Number
    racks: Annotated[int | NotApplicable, Doc("racks that its least spread partition is on")]
    unclean_election: Annotated[
        bool, Doc("whether a replica that is not in sync may lead, at the cost of records")
    ]
    writes_survive_brokers: Annotated[
        Number, Doc("brokers that may fail now, whichever, while acks=all writes go on")
    ]
    writes_designed_for: Annotated[
        Number,
        Doc("the same with all replicas in sync: replication factor less min ISR", wide=True),
    ]
    writes_survive_racks: Annotated[
        Number | NotApplicable, Doc("racks that may fail now while acks=all writes go on")
    ]
    data_survives_brokers: Annotated[
        int, Doc("brokers that may be lost for good now without loss of an acknowledged record")
    ]
    data_guaranteed_for: Annotated[
        Number,
        Doc(
            "the same for a record acknowledged when the fewest were in sync: min ISR less one",
            wide=True,
        ),
    ]
    data_survives_racks: Annotated[
        int | NotApplicable, Doc("racks that may be lost for good now without loss of a record")
    ]


class RestartRule(StrEnum):
    """What may speak against a restart."""

    OFFLINE = "offline"
    """a partition would have no leader"""
    BELOW_MIN_ISR = "below_min_isr"
    """a partition would take no acks=all writes"""
    OFFLINE_NOW = "offline_now"
    """a partition has no leader already"""
    BELOW_MIN_ISR_NOW = "below_min_isr_now"
    """a partition is below its min ISR already"""
    REASSIGNMENT = "reassignment"
    """a partition on the broker is being moved"""
    QUORUM = "quorum"
    """the controllers would lose their majority"""
    CONTROLLED_SHUTDOWN = "controlled_shutdown"
    """the broker would not hand over its leaders"""
    UNSEEN = "unseen"
    """what the answer rests on could not be seen"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartReason:
    """One thing that speaks against a restart, or to beware of."""

    rule: RestartRule
    summary: str
    objects: Annotated[tuple[str, ...], Doc("partitions, brokers or voters that it is about")]
    passes: Annotated[
        bool, Doc("whether waiting may help; false: something must be changed, or accepted")
    ]
    remedy: Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartDecision:
    """Whether brokers may be restarted now; any reason says no."""

    reasons: tuple[RestartReason, ...]
    cautions: tuple[RestartReason, ...]
    leaders_moved: int
    partitions_at_risk: int

    @property
    def may_restart(self) -> bool:
        """Tell whether nothing speaks against it."""
        return not self.reasons
