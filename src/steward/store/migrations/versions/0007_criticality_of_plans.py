"""The declared criticality of a plan's topics, stored beside the plan: the plan's own text is not trusted for it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column."""
    op.add_column("plans", sa.Column("criticality", sa.Text))
