"""A diagnosis: the cause of a group's lag, its confidence, the evidence, and what to do."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from steward.model.command import Command, Phrase
from steward.model.doc import Doc
from steward.model.finding import Evidence


class Cause(StrEnum):
    """The closed list of causes, in the order in which they are considered."""

    NO_VALID_MEASUREMENT = "no_valid_measurement"
    BROKER_DOWN = "broker_down"
    RETENTION_OVERRUN = "retention_overrun"
    HANGING_TRANSACTION = "hanging_transaction"
    OPEN_TRANSACTION = "open_transaction"
    NO_MEMBERS = "no_members"
    ABANDONED = "abandoned"
    REWOUND = "rewound"
    REBALANCE_LOOP = "rebalance_loop"
    POISON_RECORD = "poison_record"
    STUCK_CONSUMER = "stuck_consumer"
    PARTITION_PAUSED = "partition_paused"
    CONSUMER_QUOTA = "consumer_quota"
    UNDER_REPLICATION = "under_replication"
    BROKER_CPU = "broker_cpu"
    BROKER_DISK = "broker_disk"
    BROKER_NETWORK = "broker_network"
    BROKER_UNKNOWN = "broker_unknown"
    HOT_PARTITION = "hot_partition"
    SKEWED_ASSIGNMENT = "skewed_assignment"
    SLOW_MEMBER = "slow_member"
    UNDER_CAPACITY = "under_capacity"
    CATCHING_UP = "catching_up"
    COMMIT_RHYTHM = "commit_rhythm"
    MARKER_ONLY = "marker_only"
    HEALTHY = "healthy"


class Certainty(StrEnum):
    """known: the protocol proves it. likely: two signals agree. possible: one signal, or too few samples."""

    KNOWN = "known"
    LIKELY = "likely"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action, as an exact command where there is one, and when not to take it."""

    summary: Annotated[str, Doc("what to do")]
    command: Annotated[Command | None, Doc("the command, null where Kafka has none")] = None
    caution: Annotated[Phrase | None, Doc("when not to do it, or what it costs")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One cause with its evidence."""

    cause: Annotated[Cause, Doc("the cause of the group's lag")]
    confidence: Annotated[Certainty, Doc("known, likely or possible")]
    summary: Annotated[str, Doc("the cause in one sentence, with its numbers")]
    evidence: Annotated[tuple[Evidence, ...], Doc("the evidence")]
    actions: Annotated[tuple[Action, ...], Doc("what to do, most important first")]
    settles: Annotated[tuple[Phrase, ...], Doc("what would raise the confidence")] = ()
