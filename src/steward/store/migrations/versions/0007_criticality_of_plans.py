"""What manifests said of a plan's topics, beside the plan: its own text is no source of it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column."""
    op.add_column("plans", sa.Column("criticality", sa.Text))
