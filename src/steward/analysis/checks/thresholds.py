"""The numbers that checks compare with, each once: name, default, meaning."""

from dataclasses import dataclass, field
from typing import Annotated

from steward.model.doc import Doc, field_docs
from steward.model.lag import OBJECTIVE_SECONDS
from steward.model.partition_limits import APPROVAL_PARTITIONS, MONSTER_PARTITIONS, MOST_PARTITIONS
from steward.model.turnover import STORM_LEAST_REBALANCES, STORM_REBALANCES


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Limits of the checks; set them in ``[checks.thresholds]`` of steward.toml."""

    min_replication_factor: Annotated[int, Doc("replicas that a durable topic should have")] = 3
    max_partitions_per_topic: Annotated[
        int, Doc("partitions above which a topic needs an acknowledgement (M17)")
    ] = APPROVAL_PARTITIONS
    refused_partitions_per_topic: Annotated[
        int, Doc("partitions above which a topic is a finding of high severity (M17)")
    ] = MOST_PARTITIONS
    monster_partitions_per_topic: Annotated[
        int, Doc("partitions from which a topic is a monster whatever policy says (M17)")
    ] = MONSTER_PARTITIONS
    overpartitioned_from: Annotated[
        int, Doc("partitions from which a count beyond measured need is worth a finding")
    ] = 30
    small_partition_bytes: Annotated[
        int, Doc("bytes a partition below which a topic may have too many of them")
    ] = 1024 * 1024
    sizeable_topic_bytes: Annotated[
        int, Doc("bytes from which it matters that a topic loads brokers unevenly")
    ] = 1024 * 1024 * 1024
    segment_to_retention_ratio: Annotated[
        float,
        Doc(
            "an inherited segment.ms as a multiple of retention.ms from which data outlives policy"
        ),
    ] = 7.0
    reassignment_stuck_seconds: Annotated[
        float, Doc("seconds without progress after which a reassignment counts as stuck")
    ] = 60
    max_replicas_per_broker: Annotated[int, Doc("replicas that a broker should carry")] = 4_000
    many_replicas_per_log_dir: Annotated[
        int, Doc("replicas in a log directory that one recovery thread should not open alone")
    ] = 1_000
    disk_full_days: Annotated[float, Doc("days until a disk is full that are too few")] = 7
    disk_used_ratio: Annotated[float, Doc("used share of a log directory's disk, 0 to 1")] = 0.85
    imbalance_ratio: Annotated[
        float, Doc("spread between brokers, as a share of the mean, 0 to 1")
    ] = 0.25
    hot_partition_ratio: Annotated[
        float, Doc("a partition's bytes or rate against the median of its siblings")
    ] = 3.0
    hot_partition_min_bytes: Annotated[
        int, Doc("bytes below which a partition is never called hot")
    ] = 16 * 1024 * 1024
    busy_partition_bytes_per_second: Annotated[
        float, Doc("bytes per second that one partition should carry at most")
    ] = 1024 * 1024
    idle_ratio: Annotated[
        float, Doc("idle share of broker threads below which they count as saturated, 0 to 1")
    ] = 0.3
    objective_lag_seconds: Annotated[float, Doc("lag in seconds that a group may have (M12)")] = (
        OBJECTIVE_SECONDS
    )
    offset_margin_ratio: Annotated[
        float, Doc("share of the retained log that a commit should keep as distance to its start")
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
        float, Doc("age from which an open transaction that holds many records back is a finding")
    ] = 300
    random_transactional_ids: Annotated[
        int, Doc("transactional ids of one stem from which they look made up for each start")
    ] = 100
    stable_offset_lag_records: Annotated[
        int, Doc("records between last stable offset and high watermark that are worth a finding")
    ] = 10_000
    max_transaction_timeout_ms: Annotated[
        int, Doc("transaction.max.timeout.ms that is still reasonable, milliseconds")
    ] = 900_000
    voter_lag_seconds: Annotated[float, Doc("seconds since a voter or observer was caught up")] = 30
    quorum_elections_in_window: Annotated[
        int, Doc("leader epochs passing between looks from which the quorum is unstable")
    ] = 3
    small_batch_bytes: Annotated[int, Doc("bytes below which a batch counts as tiny")] = 1024
    small_batch_records: Annotated[float, Doc("records a batch below which batches are tiny")] = 2
    small_batches_per_second: Annotated[
        float, Doc("batches a second on one partition from which tiny batches matter")
    ] = 10
    producer_ids_per_partition: Annotated[
        int, Doc("short-lived producer ids on one partition from which they are churn")
    ] = 1_000
    future_timestamp_seconds: Annotated[
        float, Doc("seconds that a record's timestamp may lie ahead of now")
    ] = 300
    min_sampled_batches: Annotated[
        int, Doc("batches that a sample needs before it speaks for a topic")
    ] = 10
    rebalances_in_window: Annotated[
        int, Doc("membership changes seen between looks from which a group churns")
    ] = STORM_LEAST_REBALANCES
    rebalances_in_five_minutes: Annotated[
        int, Doc("membership changes in five minutes above which a group churns, over longer looks")
    ] = STORM_REBALANCES
    stalled_seconds: Annotated[
        float,
        Doc("seconds without a commit from which a group with unread records is stalled"),
    ] = 300
    offsets_expiry_hours: Annotated[
        float, Doc("hours that an empty group's offsets should still have before Kafka drops them")
    ] = 24
    console_group_seconds: Annotated[
        float, Doc("seconds that a console-consumer group may be around")
    ] = 3_600
    eager_group_members: Annotated[
        int, Doc("members from which an eager assignor is worth a finding")
    ] = 10
    idle_topic_days: Annotated[int, Doc("days without a new record: unused")] = 60
    certificate_days_left: Annotated[int, Doc("days a certificate should still be valid")] = 30
    min_scram_iterations: Annotated[int, Doc("SCRAM iterations that are enough")] = 8192
    max_super_users: Annotated[int, Doc("super.users beside the brokers' own that are few")] = 5
    min_acl_prefix_length: Annotated[
        int, Doc("characters that a prefix of an ACL should have at least")
    ] = 3
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
        Doc("average delay of answers, milliseconds, from which a client is heavily throttled"),
    ] = 1_000
    quota_oversubscription_ratio: Annotated[
        float, Doc("sum of the tenants' quotas on a broker as a multiple of what it can carry")
    ] = 2.0
    shared_cluster: Annotated[
        bool, Doc("several teams share the cluster: default quotas are expected")
    ] = True
    severities: Annotated[
        dict[str, str],
        Doc("severity of a check, by its name: critical, high, medium, low, info, off"),
    ] = field(default_factory=dict[str, str])


def threshold_docs() -> dict[str, str]:
    """Return every threshold's meaning, by its name."""
    return {name: doc.text for name, (_, doc) in field_docs(Thresholds).items()}
