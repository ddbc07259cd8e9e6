"""The harm of a worse value for each configuration key, as data: direction, risk, effect."""

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
    """The effect of a worse value of a key.

    ``says`` is the effect, as the end of a sentence. ``floor`` and ``ceiling`` are limits beyond which a value does
    harm whatever it was before, also on a new topic; ``extreme`` is the effect then.
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
_COPIES = "segments are copied to remote storage at a different age or size: until then only brokers' disks have them"
_WEAKER = "internal topics created from now on survive fewer failures"
EFFECTS: Mapping[str, KeyEffect] = {
    "retention.ms": _lower(_LOST, "older records are deleted"),
    "retention.bytes": _lower(_LOST, "the oldest records beyond that size are deleted"),
    "delete.retention.ms": _lower(
        _LOST, "tombstones are removed sooner: slow readers miss deletions"
    ),
    "local.retention.ms": _lower(_SOME, "older records can only be read from remote storage"),
    "local.retention.bytes": _lower(_SOME, "older records can only be read from remote storage"),
    "remote.log.delete.on.disable": _switch(
        HarmfulDirection.TRUE, _LOST, "disabling remote storage deletes its records"
    ),
    "remote.storage.enable": _switch(
        HarmfulDirection.ANY, _LOST, "records that exist only in remote storage may become unreadable or lost"
    ),
    "remote.log.copy.disable": _switch(
        HarmfulDirection.TRUE, _SOME, "segments are no longer copied to remote storage: brokers' disks fill"
    ),
    "remote.copy.lag.ms": _switch(HarmfulDirection.ANY, _SOME, _COPIES),
    "remote.copy.lag.bytes": _switch(HarmfulDirection.ANY, _SOME, _COPIES),
    UNCLEAN: _switch(
        HarmfulDirection.TRUE, _LOST, "an out-of-sync replica may become leader: records that it lacks are lost"
    ),
    "max.message.bytes": KeyEffect(
        worse=HarmfulDirection.LOWER, risk=_SOME, says="producers of larger batches are rejected", floor=16_384,
        ceiling=128 * MIB, extreme="producers are rejected, or brokers and consumers run out of memory",
    ),
    "max.decompressed.message.bytes": _lower(
        _SOME, "larger records are rejected; partitions that contain some cannot be compacted or searched by time",
        MIB, "records that max.message.bytes allows are rejected",
    ),
    "message.timestamp.type": _switch(
        HarmfulDirection.ANY, _SOME, "new records' timestamps change meaning: this affects retention, resets by "
        "time and joins"
    ),
    "message.timestamp.before.max.ms": _lower(_SOME, "records with older timestamps are rejected"),
    "message.timestamp.after.max.ms": _lower(_SOME, "records with later timestamps are rejected"),
    "message.timestamp.difference.max.ms": _lower(
        _SOME, "records whose timestamps differ more from the broker's clock are rejected"
    ),
    "message.downconversion.enable": _switch(HarmfulDirection.FALSE, _SOME, "old consumers can no longer read"),
    "min.compaction.lag.ms": _lower(_LOST, "superseded records of a key may be removed sooner"),
    "max.compaction.lag.ms": _lower(_LOST, "superseded records of a key are removed sooner"),
    "preallocate": _switch(HarmfulDirection.TRUE, _SOME, "each new segment is preallocated at full size"),
    "segment.bytes": _beyond("many small segments use up brokers' file handles and memory", floor=MIB),
    "segment.ms": _beyond("many small segments use up brokers' file handles and memory", floor=MINUTE_MS),
    "segment.index.bytes": _beyond("indexes fill early, which creates many small segments", floor=65_536),
    "index.interval.bytes": _beyond("indexes grow, or reads scan long ranges", floor=256, ceiling=MIB),
    "flush.messages": _beyond("brokers flush to disk constantly: writes slow down", floor=1_000),
    "flush.ms": _beyond("brokers flush to disk constantly: writes slow down", floor=1_000),
    "file.delete.delay.ms": _beyond("files may be deleted while they are read", floor=1_000),
    "min.cleanable.dirty.ratio": _beyond("the log cleaner runs constantly, or never", floor=0.01, ceiling=0.95),
    "errors.deadletterqueue.group.enable": _switch(
        HarmfulDirection.FALSE, _SOME, "share groups can no longer store undeliverable records in the topic"
    ),
    "errors.deadletterqueue.auto.create.topics.enable": _switch(
        HarmfulDirection.TRUE, _SOME, "a share group that names a missing dead-letter topic creates it"
    ),
    "errors.deadletterqueue.topic.name.prefix": _switch(
        HarmfulDirection.ANY, _SOME, "share groups can no longer store undeliverable records in topics with other names"
    ),
    "auto.create.topics.enable": _switch(
        HarmfulDirection.TRUE, _SOME, "a client's typing mistake creates a topic"
    ),
    "delete.topic.enable": _switch(HarmfulDirection.ANY, _SOME, "changes whether topics can be deleted at all"),
    "default.replication.factor": _lower(
        _SOME, "topics created without a replication factor get fewer copies", 2,
        "topics created without a replication factor have one copy: losing one broker loses them",
    ),
    "num.partitions": _beyond("topics created without a partition count get very many partitions", ceiling=200),
    "offsets.topic.replication.factor": _lower(_SOME, _WEAKER),
    "transaction.state.log.replication.factor": _lower(_SOME, _WEAKER),
    "transaction.state.log.min.isr": _lower(_SOME, _WEAKER),
    "share.coordinator.state.topic.replication.factor": _lower(_SOME, _WEAKER),
    "share.coordinator.state.topic.min.isr": _lower(_SOME, _WEAKER),
    "offsets.retention.minutes": _lower(_LOST, "committed offsets of groups without members are deleted sooner"),
    "transactional.id.expiration.ms": _lower(_SOME, "idle transactional producers expire sooner"),
    "producer.id.expiration.ms": _lower(_SOME, "idle producers expire sooner: duplicates become possible"),
    "transaction.max.timeout.ms": _lower(_SOME, "producers with a longer transaction timeout are rejected"),
    "log.cleaner.enable": _switch(HarmfulDirection.FALSE, _SOME, "compacted topics grow without limit"),
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
"""Effects by topic key, or by broker key where topics have none."""

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
WHO = (
    "changes who can connect or what they may do: a mistake locks out clients, brokers and steward"
)
