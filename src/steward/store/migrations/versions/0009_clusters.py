"""Which cluster ids were seen under which profile's name; what is kept under a name goes over to the first id."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the table; rows that are there stay under the name until an id is known."""
    op.create_table(
        "clusters",
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("cluster_id", sa.String(255), primary_key=True),
        sa.Column("turn", sa.BigInteger, nullable=False),
    )
