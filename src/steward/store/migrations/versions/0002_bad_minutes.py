"""Bad minutes of groups: the input of error budget burn rates, kept over restarts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table: one row per cluster."""
    op.create_table(
        "bad_minutes",
        sa.Column("cluster", sa.String(255), primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
    )
