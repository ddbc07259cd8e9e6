"""Cluster ids by profile name; data under a name moves to the first id."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the table; existing rows stay under the name until an id is known."""
    op.create_table(
        "clusters",
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("cluster_id", sa.String(255), primary_key=True),
        sa.Column("turn", sa.BigInteger, nullable=False),
    )
