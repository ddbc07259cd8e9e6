"""The tables, after the newest migration."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

REVISION = "0010"
"""The newest migration: what an open store is at."""

METADATA = MetaData()

CLUSTERS = Table(
    "clusters",
    METADATA,
    Column("name", String(255), primary_key=True),  # of the profile
    Column("cluster_id", String(255), primary_key=True),
    Column(
        "turn", BigInteger, nullable=False
    ),  # the highest of a name is the id that answered last
)

SERIES = Table(
    "series",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("cluster", String(255), nullable=False),
    Column("group_id", String(255), nullable=False),
    Column("topic", String(249), nullable=False),  # empty: the whole group
    UniqueConstraint("cluster", "group_id", "topic", name="series_named_once"),
)

SAMPLES = Table(
    "lag_samples",
    METADATA,
    Column("series_id", Integer, primary_key=True, autoincrement=False),
    Column("step_s", SmallInteger, primary_key=True, autoincrement=False),  # 0: a single sample
    Column("at_s", BigInteger, primary_key=True, autoincrement=False),
    Column("basis", SmallInteger, primary_key=True, autoincrement=False),
    Column("samples", Integer, nullable=False),
    Column("unknown_samples", Integer, nullable=False),
    Column("open_samples", Integer, nullable=False),  # known seconds without an upper bound
    Column("best_ms", BigInteger),
    Column("worst_ms", BigInteger),
    Column("low_ms", BigInteger),
    Column("high_ms", BigInteger),
    Column("lag_records", BigInteger),
    Column("lost_records", BigInteger, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("members", Integer),
    Column("unknown_partitions", Integer, nullable=False),
    Column("committed_sum", BigInteger),
    Column("end_sum", BigInteger),
    sqlite_with_rowid=False,
)

OFFSET_HISTORY = Table(
    "rings",
    METADATA,
    Column("cluster", String(255), primary_key=True),
    Column("shard", String(255), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

GROUP_SAMPLES = Table(
    "looks",
    METADATA,
    Column("cluster", String(255), primary_key=True),
    Column("group_id", String(255), primary_key=True),
    Column("at_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)
Index("looks_by_time", GROUP_SAMPLES.c.at_ms)

BROKER_LOADS = Table(
    "broker_loads",
    METADATA,
    Column("cluster", String(255), primary_key=True),
    Column("broker", Integer, primary_key=True, autoincrement=False),
    Column("slot_s", BigInteger, primary_key=True, autoincrement=False),  # ten minutes
    Column("at_ms", BigInteger, nullable=False),
    Column("log_bytes", BigInteger, nullable=False),
    Column("replicas", Integer, nullable=False),
    Column("disk_total_bytes", BigInteger),
    Column("disk_used_bytes", BigInteger),
    Column("bytes_in_per_second", Double),
    Column("bytes_out_per_second", Double),
)

EVENTS = Table(
    "group_events",
    METADATA,
    Column("cluster", String(255), primary_key=True),
    Column("group_id", String(255), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("at_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    Column("detail", Text, nullable=False),
)
Index("group_events_by_time", EVENTS.c.at_ms)

ALERTS = Table(
    "alerts",
    METADATA,
    Column("fingerprint", String(64), primary_key=True),
    Column("cluster", String(255), nullable=False),
    Column("state", String(16), nullable=False),
    Column("changed_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)
Index("alerts_by_cluster", ALERTS.c.cluster, ALERTS.c.state)

BAD_MINUTES = Table(
    "bad_minutes",
    METADATA,
    Column("cluster", String(255), primary_key=True),
    Column("body", Text, nullable=False),
)

SILENCES = Table(
    "silences",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("ends_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("dedup_key", String(255), nullable=False, unique=True),
    Column("receiver", String(255), nullable=False),
    Column("body", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("status", String(16), nullable=False),  # due, delivered, given_up
    Column("ended_ms", BigInteger),
    Column("held_by", String(64)),
    Column("held_until_ms", BigInteger, nullable=False),
    Column("last_error", Text, nullable=False),
)
Index("deliveries_due", DELIVERIES.c.status, DELIVERIES.c.due_ms)

LEASES = Table(
    "leases",
    METADATA,
    Column("name", String(255), primary_key=True),
    Column("holder", String(255), nullable=False),  # empty: free
    Column("until_ms", BigInteger, nullable=False),  # by the database's clock, like all times here
    Column("token", BigInteger, nullable=False),  # increases with every acquisition
    Column("process", Text, nullable=False),  # proof of the holder's process
    Column("purpose", String(64), nullable=False),  # the plan being executed
    Column("since_ms", BigInteger, nullable=False),
    Column("renewed_ms", BigInteger, nullable=False),
)

PLANS = Table(
    "plans",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("cluster", String(255), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("criticality", Text),  # what manifests said when it was made here; null: it was not
    Column("cluster_name", String(255)),  # the profile under which it was made; null: not known
    Column("dry_run", Boolean),  # whether only dry runs made it; null: made before this was known
)
Index("plans_by_time", PLANS.c.created_ms)

PLAN_JOURNAL = Table(
    "plan_journal",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("plan_id", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("event", String(16), nullable=False),
    Column("body", Text, nullable=False),
)
Index("plan_journal_by_plan", PLAN_JOURNAL.c.plan_id, PLAN_JOURNAL.c.id)

AUDIT_LOG = Table(
    "audit_log",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("cluster", String(255), nullable=False),
    Column("actor", String(255), nullable=False),
    Column("origin", String(255), nullable=False),
    Column("plan_id", String(64), nullable=False),
    Column("event", String(32), nullable=False),
    Column("detail", Text, nullable=False),
)
Index("audit_log_by_plan", AUDIT_LOG.c.plan_id, AUDIT_LOG.c.id)

THROTTLES = Table(
    "throttles",
    METADATA,
    Column("cluster", String(255), primary_key=True),
    Column("name", String(255), primary_key=True),  # a topic, or a broker's id
    Column("key", String(64), primary_key=True),
    Column("item", String(64), primary_key=True),  # partition:broker; empty for a rate
    Column("plan_id", String(64), nullable=False),
    Column("before", Text),
    Column("ours", String(64), nullable=False),
    Column("debt", Text, nullable=False),
)

PLAN_CONTROL = Table(
    "plan_control",
    METADATA,
    Column("plan_id", String(64), primary_key=True),
    Column("wanted", String(16), nullable=False),  # go, pause, cancel
    Column("holder", String(255), nullable=False),  # the run that executes it
    Column("at_ms", BigInteger, nullable=False),
)

PLAN_PROGRESS = Table(
    "plan_progress",
    METADATA,
    Column("plan_id", String(64), primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)

DRIFT = Table(
    "drift",
    METADATA,
    Column("cluster", String(255), primary_key=True),
    Column("source", String(255), primary_key=True),
    Column("difference", String(64), primary_key=True),
    Column("seen_ms", BigInteger, nullable=False),
    Column("absent_ms", BigInteger),
)

DRIFT_CHECKS = Table(
    "drift_looks",
    METADATA,
    Column("cluster", String(255), primary_key=True),
    Column("source", String(255), primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
)
