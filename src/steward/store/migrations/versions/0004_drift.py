"""Differences between manifests and a cluster, and when each was first seen."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "drift",
        sa.Column("cluster", sa.String(255), primary_key=True),
        sa.Column("source", sa.String(255), primary_key=True),
        sa.Column("difference", sa.String(64), primary_key=True),
        sa.Column("seen_ms", sa.BigInteger, nullable=False),
        sa.Column("absent_ms", sa.BigInteger),
    )
    op.create_table(
        "drift_looks",
        sa.Column("cluster", sa.String(255), primary_key=True),
        sa.Column("source", sa.String(255), primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
