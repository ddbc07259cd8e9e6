"""What configuration keys do when they change for the worse, as data: direction, risk, what follows in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from math import inf

from steward.model.plan import Risk

MIN_ISR = "min.insync.replicas"
UNCLEAN = "unclean.leader.election.enable"
CLEANUP = "cleanup.policy"
MINUTE_MS = 60_000
MIB = 1024 * 1024


class HarmfulDirection(Enum):
    """The direction in which a key does harm."""

    LOWER = "lower"
    HIGHER = "higher"
    ANY = "any"
    TRUE = "true"
    FALSE = "false"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEffect:
    """What a key does when it changes for the worse.

    ``says`` is what follows, as the end of a sentence. ``floor`` and ``ceiling`` are values beyond which it does harm
    whatever it was before, also on a new topic; ``extreme`` is what follows then.
    """

    worse: HarmfulDirection
    risk: Risk
    says: str
    floor: float = -inf
    ceiling: float = inf
    extreme: str = ""


_SOME, _LOST = Risk.DISRUPTIVE, Risk.DESTRUCTIVE


def _lower(risk: Risk, says: str, floor: float = -inf, extreme: str = "") -> KeyEffect:
    return KeyEffect(
        worse=HarmfulDirection.LOWER, risk=risk, says=says, floor=floor, extreme=extreme
    )


def _beyond(says: str, floor: float = -inf, ceiling: float = inf) -> KeyEffect:
    return KeyEffect(
        worse=HarmfulDirection.NEVER,
        risk=_SOME,
        says=says,
        floor=floor,
        ceiling=ceiling,
        extreme=says,
    )


def _switch(worse: HarmfulDirection, risk: Risk, says: str) -> KeyEffect:
    return KeyEffect(worse=worse, risk=risk, says=says)


_STARVES = "brokers serve fewer clients at a time: requests and connections wait or fail"
_COPIES = "segments are copied to remote storage at another age or size: until then brokers' disks alone hold them"
_WEAKER = "Kafka's own topics created from now on survive fewer failures"
EFFECTS: Mapping[str, KeyEffect] = {
    "retention.ms": _lower(_LOST, "records older than that are deleted"),
    "retention.bytes": _lower(_LOST, "the oldest records beyond that size are deleted"),
    "delete.retention.ms": _lower(
        _LOST, "tombstones are removed sooner: slow readers never learn of deleted keys"
    ),
    "local.retention.ms": _lower(_SOME, "older records are read from remote storage only"),
    "local.retention.bytes": _lower(_SOME, "older records are read from remote storage only"),
    "remote.log.delete.on.disable": _switch(
        HarmfulDirection.TRUE, _LOST, "records in remote storage are deleted when remote storage is disabled"
    ),
    "remote.storage.enable": _switch(
        HarmfulDirection.ANY, _LOST, "records that lie in remote storage alone may be lost or unreadable"
    ),
    "remote.log.copy.disable": _switch(
        HarmfulDirection.TRUE, _SOME, "segments are no longer copied to remote storage: brokers' disks fill"
    ),
    "remote.copy.lag.ms": _switch(HarmfulDirection.ANY, _SOME, _COPIES),
    "remote.copy.lag.bytes": _switch(HarmfulDirection.ANY, _SOME, _COPIES),
    UNCLEAN: _switch(
        HarmfulDirection.TRUE, _LOST, "a replica that is out of sync may become leader: records that it lacks are lost"
    ),
    "max.message.bytes": KeyEffect(
        worse=HarmfulDirection.LOWER, risk=_SOME, says="producers of larger batches are rejected", floor=16_384,
        ceiling=128 * MIB, extreme="producers are rejected, or brokers and consumers run out of memory",
    ),
    "max.decompressed.message.bytes": _lower(
        _SOME, "larger records are rejected, and partitions that hold such are neither compacted nor read by time",
        MIB, "records that max.message.bytes allows are rejected",
    ),
    "message.timestamp.type": _switch(
        HarmfulDirection.ANY, _SOME, "timestamps of new records mean another time: retention, resets by "
        "time and joins change"
    ),
    "message.timestamp.before.max.ms": _lower(_SOME, "records with older timestamps are rejected"),
    "message.timestamp.after.max.ms": _lower(_SOME, "records with later timestamps are rejected"),
    "message.timestamp.difference.max.ms": _lower(
        _SOME, "records whose timestamps differ more from the broker's clock are rejected"
    ),
    "message.downconversion.enable": _switch(HarmfulDirection.FALSE, _SOME, "old consumers can no longer read"),
    "min.compaction.lag.ms": _lower(_LOST, "superseded records of a key may be removed sooner"),
    "max.compaction.lag.ms": _lower(_LOST, "superseded records of a key are removed sooner"),
    "preallocate": _switch(HarmfulDirection.TRUE, _SOME, "every new segment takes its whole size on disk at once"),
    "segment.bytes": _beyond("many small segments use up file handles and memory of brokers", floor=MIB),
    "segment.ms": _beyond("many small segments use up file handles and memory of brokers", floor=MINUTE_MS),
    "segment.index.bytes": _beyond("indexes fill early: many small segments result", floor=65_536),
    "index.interval.bytes": _beyond("indexes grow, or reads search long stretches", floor=256, ceiling=MIB),
    "flush.messages": _beyond("brokers flush to disk all the time: writes slow down", floor=1_000),
    "flush.ms": _beyond("brokers flush to disk all the time: writes slow down", floor=1_000),
    "file.delete.delay.ms": _beyond("files are deleted while they may still be read", floor=1_000),
    "min.cleanable.dirty.ratio": _beyond("the cleaner runs all the time, or never", floor=0.01, ceiling=0.95),
    "errors.deadletterqueue.group.enable": _switch(
        HarmfulDirection.FALSE, _SOME, "share groups can no longer keep undeliverable records in the topic"
    ),
    "errors.deadletterqueue.auto.create.topics.enable": _switch(
        HarmfulDirection.TRUE, _SOME, "a share group that names a dead-letter topic creates it"
    ),
    "errors.deadletterqueue.topic.name.prefix": _switch(
        HarmfulDirection.ANY, _SOME, "share groups can no longer keep undeliverable records in topics of other names"
    ),
    "auto.create.topics.enable": _switch(
        HarmfulDirection.TRUE, _SOME, "any client's typing mistake creates a topic"
    ),
    "delete.topic.enable": _switch(HarmfulDirection.ANY, _SOME, "whether topics can be deleted at all changes"),
    "default.replication.factor": _lower(
        _SOME, "topics created without a replication factor get fewer copies", 2,
        "topics created without a replication factor have one copy: the loss of a broker loses them",
    ),
    "num.partitions": _beyond("topics created without a number of partitions get very many", ceiling=200),
    "offsets.topic.replication.factor": _lower(_SOME, _WEAKER),
    "transaction.state.log.replication.factor": _lower(_SOME, _WEAKER),
    "transaction.state.log.min.isr": _lower(_SOME, _WEAKER),
    "share.coordinator.state.topic.replication.factor": _lower(_SOME, _WEAKER),
    "share.coordinator.state.topic.min.isr": _lower(_SOME, _WEAKER),
    "offsets.retention.minutes": _lower(_LOST, "committed offsets of groups without members are deleted sooner"),
    "transactional.id.expiration.ms": _lower(_SOME, "idle transactional producers are forgotten sooner"),
    "producer.id.expiration.ms": _lower(_SOME, "idle producers are forgotten sooner: duplicates become possible"),
    "transaction.max.timeout.ms": _lower(_SOME, "producers with a longer transaction timeout are rejected"),
    "log.cleaner.enable": _switch(HarmfulDirection.FALSE, _SOME, "compacted topics grow without end"),
    **dict.fromkeys(
        (
            "max.connections", "max.connections.per.ip", "max.connection.creation.rate", "connections.max.idle.ms",
            "num.io.threads", "num.network.threads", "num.replica.fetchers", "num.recovery.threads.per.data.dir",
            "background.threads", "queued.max.requests", "socket.request.max.bytes",
        ),
        _lower(_SOME, _STARVES, 1, _STARVES),
    ),
    **dict.fromkeys(
        ("log.cleaner.threads", "log.cleaner.io.max.bytes.per.second", "log.cleaner.dedupe.buffer.size"),
        _lower(_SOME, "compaction slows down: compacted topics grow"),
    ),
}  # fmt: skip
"""What keys do, by the topic's key where topics have it, else by the broker's."""

SAFE_KEYS = frozenset(
    {
        "segment.jitter.ms",
        "compression.gzip.level",
        "compression.lz4.level",
        "compression.zstd.level",
    }
)
SECURITY = (
    "super.users",
    "authorizer.",
    "allow.everyone.",
    "sasl.",
    "ssl.",
    "listener",
    "advertised.listeners",
    "security.",
    "principal.",
    "oauthbearer.",
    "connections.max.reauth.ms",
    "password.encoder.",
    "delegation.token.",
    "early.start.listeners",
    "inter.broker.",
)
WHO = "who can connect, or what they may do, changes: a mistake shuts out clients, brokers and steward"
