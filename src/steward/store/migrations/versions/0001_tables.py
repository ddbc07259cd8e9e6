"""The first tables: lag history, offset history, group samples, events, alerts, silences, deliveries, leases."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table."""
    _history()
    _opaque()
    _alerting()
    op.create_table(
        "leases",
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("holder", sa.String(255), nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
    )


def _history() -> None:
    op.create_table(
        "series",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("cluster", sa.String(255), nullable=False),
        sa.Column("group_id", sa.String(255), nullable=False),
        sa.Column("topic", sa.String(249), nullable=False),
        sa.UniqueConstraint("cluster", "group_id", "topic", name="series_named_once"),
    )
    op.create_table(
        "lag_samples",
        sa.Column("series_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("step_s", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("at_s", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("basis", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("samples", sa.Integer, nullable=False),
        sa.Column("unknown_samples", sa.Integer, nullable=False),
        sa.Column("open_samples", sa.Integer, nullable=False),
        sa.Column("best_ms", sa.BigInteger),
        sa.Column("worst_ms", sa.BigInteger),
        sa.Column("low_ms", sa.BigInteger),
        sa.Column("high_ms", sa.BigInteger),
        sa.Column("lag_records", sa.BigInteger),
        sa.Column("lost_records", sa.BigInteger, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("state", sa.SmallInteger, nullable=False),
        sa.Column("members", sa.Integer),
        sa.Column("unknown_partitions", sa.Integer, nullable=False),
        sa.Column("committed_sum", sa.BigInteger),
        sa.Column("end_sum", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "group_events",
        sa.Column("cluster", sa.String(255), primary_key=True),
        sa.Column("group_id", sa.String(255), primary_key=True),
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("at_ms", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("group_events_by_time", "group_events", ["at_ms"])


def _opaque() -> None:
    op.create_table(
        "rings",
        sa.Column("cluster", sa.String(255), primary_key=True),
        sa.Column("shard", sa.String(255), primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "looks",
        sa.Column("cluster", sa.String(255), primary_key=True),
        sa.Column("group_id", sa.String(255), primary_key=True),
        sa.Column("at_ms", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("looks_by_time", "looks", ["at_ms"])


def _alerting() -> None:
    op.create_table(
        "alerts",
        sa.Column("fingerprint", sa.String(64), primary_key=True),
        sa.Column("cluster", sa.String(255), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("changed_ms", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("alerts_by_cluster", "alerts", ["cluster", "state"])
    op.create_table(
        "silences",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("ends_ms", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("dedup_key", sa.String(255), nullable=False, unique=True),
        sa.Column("receiver", sa.String(255), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("due_ms", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("ended_ms", sa.BigInteger),
        sa.Column("held_by", sa.String(64)),
        sa.Column("held_until_ms", sa.BigInteger, nullable=False),
        sa.Column("last_error", sa.Text, nullable=False),
    )
    op.create_index("deliveries_due", "deliveries", ["status", "due_ms"])
