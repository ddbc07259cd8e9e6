"""For the list of plans: under which profile a plan was made, and whether only a dry run made it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns; plans that are there stay in the list."""
    op.add_column("plans", sa.Column("cluster_name", sa.String(255)))
    op.add_column("plans", sa.Column("dry_run", sa.Boolean))
