"""Load of brokers over time."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "broker_loads",
        sa.Column("cluster", sa.String(255), primary_key=True),
        sa.Column("broker", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("slot_s", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("log_bytes", sa.BigInteger, nullable=False),
        sa.Column("replicas", sa.Integer, nullable=False),
        sa.Column("disk_total_bytes", sa.BigInteger),
        sa.Column("disk_used_bytes", sa.BigInteger),
        sa.Column("bytes_in_per_second", sa.Double),
        sa.Column("bytes_out_per_second", sa.Double),
    )
