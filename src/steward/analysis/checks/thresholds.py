"""The limits that checks compare with: name, default, meaning."""

from dataclasses import dataclass, field
from typing import Annotated

from steward.model.doc import Doc, field_docs
from steward.model.lag import OBJECTIVE_SECONDS
from steward.model.partition_limits import (
    ALWAYS_REFUSED_PARTITIONS,
    CONFIRM_ABOVE_PARTITIONS,
    REFUSE_ABOVE_PARTITIONS,
)
from steward.model.turnover import STORM_LEAST_REBALANCES, STORM_REBALANCES


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Limits of the checks; set them in ``[checks.thresholds]`` of steward.toml."""

    min_replication_factor: Annotated[int, Doc("minimum replicas of a durable topic")] = 3
    max_partitions_per_topic: Annotated[
        int, Doc("partitions above which a topic needs a waiver")
    ] = CONFIRM_ABOVE_PARTITIONS
    refused_partitions_per_topic: Annotated[
        int, Doc("partitions above which a topic is a finding of high severity")
    ] = REFUSE_ABOVE_PARTITIONS
    monster_partitions_per_topic: Annotated[
        int, Doc("partitions from which a topic is a critical finding in every environment")
    ] = ALWAYS_REFUSED_PARTITIONS
    overpartitioned_from: Annotated[
        int, Doc("partitions from which a topic with more than it needs is a finding")
    ] = 30
    small_partition_bytes: Annotated[
        int, Doc("bytes per partition below which a topic may have too many partitions")
    ] = 1024 * 1024
    sizeable_topic_bytes: Annotated[
        int, Doc("bytes of a topic from which uneven load on brokers is a finding")
    ] = 1024 * 1024 * 1024
    segment_to_retention_ratio: Annotated[
        float,
        Doc("inherited segment.ms, as a multiple of retention.ms, from which it is a finding"),
    ] = 7.0
    reassignment_stuck_seconds: Annotated[
        float, Doc("seconds without progress after which a reassignment counts as stuck")
    ] = 60
    max_replicas_per_broker: Annotated[int, Doc("maximum replicas per broker")] = 4_000
    many_replicas_per_log_dir: Annotated[
        int, Doc("replicas per log directory above which one recovery thread is too few")
    ] = 1_000
    disk_full_days: Annotated[
        float, Doc("days until a disk is full below which it is a finding")
    ] = 7
    disk_used_ratio: Annotated[float, Doc("used share of a log directory's disk, 0 to 1")] = 0.85
    imbalance_ratio: Annotated[
        float, Doc("difference between brokers, as a share of the mean, 0 to 1")
    ] = 0.25
    hot_partition_ratio: Annotated[
        float, Doc("a partition's bytes or rate, as a multiple of the median of the others")
    ] = 3.0
    hot_partition_min_bytes: Annotated[
        int, Doc("bytes below which a partition never counts as hot")
    ] = 16 * 1024 * 1024
    busy_partition_bytes_per_second: Annotated[
        float, Doc("maximum bytes per second of one partition")
    ] = 1024 * 1024
    idle_ratio: Annotated[
        float, Doc("idle share of broker threads below which they count as saturated, 0 to 1")
    ] = 0.3
    zero_copy_lost_ratio: Annotated[
        float,
        Doc("share of the bytes sent without sendfile from which it is a finding, 0 to 1"),
    ] = 0.25
    zero_copy_lost_bytes_per_second: Annotated[
        float,
        Doc("bytes per second sent without sendfile below which it is never a finding"),
    ] = 10_000_000
    objective_lag_seconds: Annotated[float, Doc("maximum lag of a group, in seconds")] = (
        OBJECTIVE_SECONDS
    )
    offset_margin_ratio: Annotated[
        float,
        Doc("minimum distance of a committed offset from the log start, as a share of the log"),
    ] = 0.1
    hanging_transaction_age_seconds: Annotated[
        float | None,
        Doc(
            "age from which an open transaction counts as hanging; unset: transaction.max.timeout.ms + 5 min"
        ),
    ] = None
    preparing_transaction_age_seconds: Annotated[
        float, Doc("age from which a prepared transaction counts as stuck")
    ] = 300
    open_transaction_seconds: Annotated[
        float, Doc("age from which an open transaction that hides many records is a finding")
    ] = 300
    random_transactional_ids: Annotated[
        int,
        Doc(
            "transactional ids with the same stem from which they count as generated at each start"
        ),
    ] = 100
    stable_offset_lag_records: Annotated[
        int, Doc("records between last stable offset and high watermark from which it is a finding")
    ] = 10_000
    max_transaction_timeout_ms: Annotated[
        int, Doc("maximum transaction.max.timeout.ms, in milliseconds")
    ] = 900_000
    voter_lag_seconds: Annotated[
        float, Doc("maximum seconds since a voter or observer was caught up")
    ] = 30
    quorum_elections_in_window: Annotated[
        int, Doc("leader epochs between snapshots from which the quorum is unstable")
    ] = 3
    small_batch_bytes: Annotated[int, Doc("bytes below which a batch counts as small")] = 1024
    small_batch_records: Annotated[
        float, Doc("records per batch below which batches count as small")
    ] = 2
    small_batches_per_second: Annotated[
        float, Doc("batches per second on one partition from which small batches are a finding")
    ] = 10
    producer_ids_per_partition: Annotated[
        int, Doc("short-lived producer ids on one partition from which they are a finding")
    ] = 1_000
    future_timestamp_seconds: Annotated[
        float, Doc("seconds that a record's timestamp may be ahead of now")
    ] = 300
    min_sampled_batches: Annotated[int, Doc("minimum number of batches in a sample")] = 10
    rebalances_in_window: Annotated[
        int, Doc("membership changes between snapshots from which a group rebalances too often")
    ] = STORM_LEAST_REBALANCES
    rebalances_in_five_minutes: Annotated[
        int,
        Doc(
            "membership changes in five minutes above which a group rebalances too often, over longer times"
        ),
    ] = STORM_REBALANCES
    stalled_seconds: Annotated[
        float,
        Doc("seconds without a commit from which a group with unread records is stalled"),
    ] = 300
    offsets_expiry_hours: Annotated[
        float, Doc("minimum hours until an empty group's offsets expire")
    ] = 24
    console_group_seconds: Annotated[
        float, Doc("maximum age of a console-consumer group, in seconds")
    ] = 3_600
    eager_group_members: Annotated[
        int, Doc("members from which an eager assignor is a finding")
    ] = 10
    idle_topic_days: Annotated[
        int, Doc("days without a new record after which a topic counts as unused")
    ] = 60
    certificate_days_left: Annotated[int, Doc("minimum days until a certificate expires")] = 30
    min_scram_iterations: Annotated[int, Doc("minimum SCRAM iterations")] = 8192
    max_super_users: Annotated[
        int, Doc("maximum number of super.users in addition to the brokers' own principals")
    ] = 5
    min_acl_prefix_length: Annotated[int, Doc("minimum length of an ACL prefix, in characters")] = 3
    internal_principals: Annotated[
        tuple[str, ...], Doc("principals of operators and tools, such as User:admin")
    ] = ("User:admin",)
    name_pattern: Annotated[
        str, Doc("regular expression for topic names; empty: no convention")
    ] = ""
    group_name_pattern: Annotated[
        str, Doc("regular expression for group names; empty: no convention")
    ] = ""
    broker_capacity_bytes_per_second: Annotated[
        float | None,
        Doc("bytes per second, in each direction, that one broker can carry; unset: not judged"),
    ] = None
    heavy_throttle_ms: Annotated[
        float,
        Doc(
            "average delay of responses, in milliseconds, from which a client counts as heavily throttled"
        ),
    ] = 1_000
    quota_oversubscription_ratio: Annotated[
        float, Doc("maximum sum of quotas on a broker, as a multiple of its capacity")
    ] = 2.0
    shared_cluster: Annotated[
        bool, Doc("several teams share the cluster, so default quotas are expected")
    ] = True
    severities: Annotated[
        dict[str, str],
        Doc("severity of a check, by its name: critical, high, medium, low, info, off"),
    ] = field(default_factory=dict[str, str])


def threshold_docs() -> dict[str, str]:
    """Return every threshold's meaning by its name."""
    return {name: doc.text for name, (_, doc) in field_docs(Thresholds).items()}
