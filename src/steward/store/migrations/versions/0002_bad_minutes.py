"""Bad minutes of groups: what the burn of error budgets is told from, kept over restarts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table: a row a cluster."""
    op.create_table(
        "bad_minutes",
        sa.Column("cluster", sa.String(255), primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
    )
