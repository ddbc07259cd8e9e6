"""Throttles in effect, requested actions of running plans, and their progress."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "throttles",
        sa.Column("cluster", sa.String(255), primary_key=True),
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("item", sa.String(64), primary_key=True),
        sa.Column("plan_id", sa.String(64), nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("ours", sa.String(64), nullable=False),
        sa.Column("debt", sa.Text, nullable=False),
    )
    op.create_table(
        "plan_control",
        sa.Column("plan_id", sa.String(64), primary_key=True),
        sa.Column("wanted", sa.String(16), nullable=False),
        sa.Column("holder", sa.String(255), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "plan_progress",
        sa.Column("plan_id", sa.String(64), primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
