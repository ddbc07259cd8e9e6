"""Every metric that steward serves: name, type, meaning, labels and unit.

`/metrics`, the reference page, the Prometheus rules and the dashboard are generated from this list. An unknown value
has no sample, never 0; the families whose names end in ``_unknown`` count what is missing.
"""

from dataclasses import dataclass
from enum import StrEnum


class MetricType(StrEnum):
    """Prometheus's types that steward uses."""

    GAUGE = "gauge"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: all samples of a name.

    ``help`` gives the meaning of a sample in one line; ``labels`` are in the order in which they are written; ``unit``
    is seconds, records, bytes, or empty for a plain count; a counter's name ends in ``_total``.
    """

    name: str
    kind: MetricType
    help: str
    labels: tuple[str, ...] = ()
    unit: str = ""


def _gauge(name: str, meaning: str, *labels: str, unit: str = "") -> Family:
    return Family(name, MetricType.GAUGE, meaning, labels, unit)


def _counter(name: str, meaning: str, *labels: str, unit: str = "") -> Family:
    return Family(name, MetricType.COUNTER, meaning, labels, unit)


_GROUP = ("cluster", "group")
_DRIFT = ("cluster", "manifests")
_GROUP_PARTITION = ("cluster", "group", "topic", "partition")
_TOPIC = ("cluster", "topic")
_PARTITION = ("cluster", "topic", "partition")

GROUP_LAG_SECONDS = _gauge(
    "steward_group_lag_seconds",
    "Age of the oldest record that the group has not committed, best estimate",
    *_GROUP_PARTITION,
    unit="seconds",
)
GROUP_LAG_RECORDS = _gauge(
    "steward_group_lag_records",
    "Offsets between the group's commit and the end of the partition",
    *_GROUP_PARTITION,
    unit="records",
)
GROUP_WORST_LAG_SECONDS = _gauge(
    "steward_group_worst_lag_seconds",
    "Lag of the group's worst partition, best estimate",
    *_GROUP,
    unit="seconds",
)
GROUP_LAG_SECONDS_LOW = _gauge(
    "steward_group_lag_seconds_low",
    "Proved lower bound of the lag of the group's worst partition",
    *_GROUP,
    unit="seconds",
)
GROUP_LAG_SECONDS_HIGH = _gauge(
    "steward_group_lag_seconds_high",
    "Proved upper bound of the lag of the group's worst partition; no sample where there is none",
    *_GROUP,
    unit="seconds",
)
GROUP_TOTAL_LAG_RECORDS = _gauge(
    "steward_group_total_lag_records",
    "Sum of the group's lag over its partitions; no sample while any of them is unknown",
    *_GROUP,
    unit="records",
)
GROUP_LAG_BASIS = _gauge(
    "steward_group_lag_basis",
    "1 for the basis of the lag of the group's worst partition: create_time, log_append_time or append",
    *_GROUP,
    "basis",
)
GROUP_LAG_UNKNOWN = _gauge(
    "steward_group_lag_unknown",
    "Partitions of the group with unknown lag in seconds",
    *_GROUP,
)
GROUP_UNKNOWN = _gauge(
    "steward_group_unknown",
    "1 for a group whose commits could not be read, by reason",
    *_GROUP,
    "why",
)
GROUP_LOST_RECORDS = _gauge(
    "steward_group_lost_records",
    "Offsets deleted before the group consumed them: data loss",
    *_GROUP,
    unit="records",
)
GROUP_DATA_LOSS_IN_SECONDS = _gauge(
    "steward_group_data_loss_in_seconds",
    "Time until retention deletes records that the group has not read, at current rates; no sample where not in sight",
    *_GROUP,
    unit="seconds",
)
GROUP_FLAGGED_PARTITIONS = _gauge(
    "steward_group_flagged_partitions",
    "Partitions of the group by flag, such as data_loss, recreated or open_transaction",
    *_GROUP,
    "flag",
)
GROUP_ARRIVALS = _gauge(
    "steward_group_arrivals_per_second",
    "Records per second produced to the partitions that the group commits on",
    *_GROUP,
)
GROUP_CONSUMED = _gauge(
    "steward_group_consumed_per_second",
    "Records per second that the group commits",
    *_GROUP,
)
GROUP_STATE = _gauge(
    "steward_group_state",
    "1 for the current state of the group, in Kafka's spelling",
    *_GROUP,
    "type",
    "state",
)
GROUP_MEMBERS = _gauge("steward_group_members", "Members of the group", *_GROUP)
GROUP_REBALANCES = _counter(
    "steward_group_rebalances_total",
    "Rebalances observed: new group epochs, or members that changed between two polls",
    *_GROUP,
)

TOPIC_PARTITIONS = _gauge("steward_topic_partitions", "Partitions of the topic", *_TOPIC)
TOPIC_PARTITIONS_OFFLINE = _gauge(
    "steward_topic_partitions_offline", "Partitions of the topic without a leader", *_TOPIC
)
TOPIC_PARTITIONS_UNDER_MIN_ISR = _gauge(
    "steward_topic_partitions_under_min_isr",
    "Partitions with fewer in-sync replicas than min.insync.replicas: producers with acks=all fail",
    *_TOPIC,
)
TOPIC_PARTITIONS_UNDER_REPLICATED = _gauge(
    "steward_topic_partitions_under_replicated",
    "Partitions of the topic with an out-of-sync replica",
    *_TOPIC,
)
TOPIC_UNKNOWN = _gauge(
    "steward_topic_unknown",
    "1 for a topic whose min.insync.replicas is unknown, by reason",
    *_TOPIC,
    "why",
)
PARTITION_END_OFFSET = _gauge(
    "steward_partition_end_offset", "High watermark: the offset of the next record", *_PARTITION
)
PARTITION_START_OFFSET = _gauge(
    "steward_partition_start_offset", "First stored offset", *_PARTITION
)
PARTITIONS_UNKNOWN = _gauge(
    "steward_partitions_unknown",
    "Partitions whose end offset is missing from the last poll, by reason",
    "cluster",
    "why",
)
HANGING_TRANSACTIONS = _gauge(
    "steward_hanging_transactions",
    "Transactions that hold readers back and that no coordinator will end",
    "cluster",
)
HANGING_TRANSACTION_SECONDS = _gauge(
    "steward_hanging_transaction_seconds",
    "Time since a hanging transaction of the partition last wrote",
    *_PARTITION,
    unit="seconds",
)
HANGING_TRANSACTIONS_UNKNOWN = _gauge(
    "steward_hanging_transactions_unknown",
    "1 while transactions could not be examined, by reason",
    "cluster",
    "why",
)

COLLECTION_UP = _gauge(
    "steward_collection_up", "1 if the last poll of the cluster succeeded, else 0", "cluster"
)
COLLECTION_STALENESS_SECONDS = _gauge(
    "steward_collection_staleness_seconds",
    "Time since the last successful poll, or since the start without one",
    "cluster",
    unit="seconds",
)
COLLECTION_INTERVAL_SECONDS = _gauge(
    "steward_collection_interval_seconds",
    "Configured poll interval",
    "cluster",
    unit="seconds",
)
COLLECTION_DURATION_SECONDS = _gauge(
    "steward_collection_duration_seconds",
    "Duration of the last poll",
    "cluster",
    unit="seconds",
)
COLLECTIONS = _counter("steward_collections_total", "Successful polls", "cluster")
COLLECTION_ERRORS = _counter(
    "steward_collection_errors_total", "Failed polls, by the fault's code", "cluster", "code"
)
COLLECTION_REQUESTS = _counter(
    "steward_collection_requests_total",
    "Requests sent to the cluster, by Kafka's request name",
    "cluster",
    "request",
)
COLLECTION_TIMESTAMP_QUERIES = _counter(
    "steward_collection_timestamp_queries_total",
    "Partitions queried for a record's timestamp",
    "cluster",
)
COLLECTION_TIMESTAMP_BUDGET = _gauge(
    "steward_collection_timestamp_budget",
    "Maximum number of timestamp queries per poll",
    "cluster",
)
COLLECTION_GAPS = _gauge(
    "steward_collection_gaps_unknown",
    "Facts that the last poll could not read, by reason",
    "cluster",
    "why",
)
OFFSET_HISTORY_POLLS = _gauge("steward_ring_looks", "Polls in the offset history", "cluster")
OFFSET_HISTORY_BYTES = _gauge(
    "steward_ring_bytes", "Memory used by the offset history", "cluster", unit="bytes"
)

DRIFT_OBJECTS = _gauge(
    "steward_drift_objects",
    "Objects that differ from their manifests, by the last drift check",
    *_DRIFT,
    "kind",
)
DRIFT_UNKNOWN = _gauge(
    "steward_drift_unknown",
    "1 while manifests could not be compared completely, by reason",
    *_DRIFT,
    "why",
)
DRIFT_STALENESS_SECONDS = _gauge(
    "steward_drift_staleness_seconds",
    "Time since the last successful drift check",
    *_DRIFT,
    unit="seconds",
)
DRIFT_INTERVAL_SECONDS = _gauge(
    "steward_drift_interval_seconds",
    "Configured interval of drift checks",
    *_DRIFT,
    unit="seconds",
)
DRIFT_CHECKS = _counter("steward_drift_looks_total", "Successful drift checks", *_DRIFT)
DRIFT_ERRORS = _counter(
    "steward_drift_errors_total", "Failed drift checks, by the fault's code", *_DRIFT, "code"
)
DRIFT_ENFORCED_STEPS = _counter(
    "steward_drift_enforced_steps_total",
    "Steps executed to restore manifests, by result",
    *_DRIFT,
    "status",
)
QUARANTINES_OVER = _gauge(
    "steward_quarantines_over",
    "Topics that are still blocked by DENY although their quarantine has ended",
    "cluster",
)

STORE_UP = _gauge("steward_store_up", "1 while the store can be written, else 0")
STORE_ERRORS = _counter("steward_store_errors_total", "Failed writes")
STORE_LOST_WRITES = _counter(
    "steward_store_lost_writes_total", "Writes given up: history has a gap"
)
STORE_SIZE_BYTES = _gauge("steward_store_size_bytes", "Size of the database", unit="bytes")

ALERTS = _gauge(
    "steward_alerts", "Alerts by rule and state: firing or silenced", "cluster", "rule", "state"
)
NOTIFICATIONS = _counter("steward_notifications_total", "Notifications delivered", "receiver")
NOTIFICATION_FAILURES = _counter(
    "steward_notification_failures_total", "Failed delivery attempts", "receiver"
)
NOTIFICATIONS_PENDING = _gauge(
    "steward_notifications_pending", "Notifications waiting for delivery", "receiver"
)

BUILD_INFO = _gauge("steward_build_info", "1, with steward's version", "version")
PROCESS_RESIDENT_BYTES = _gauge(
    "steward_process_resident_bytes", "Resident memory of the daemon", unit="bytes"
)
PROCESS_CPU_SECONDS = _counter(
    "steward_process_cpu_seconds_total", "CPU time used by the daemon", unit="seconds"
)
RENDER_SECONDS = _gauge(
    "steward_render_seconds", "Time needed to write the last metrics page", unit="seconds"
)

FAMILIES: tuple[Family, ...] = tuple(f for f in tuple(globals().values()) if isinstance(f, Family))
"""Every family, in the order of the page."""
