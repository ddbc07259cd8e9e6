"""Leases with fencing tokens, times of the database's clock, and proof of the holder's process."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns; a held lease stays held until its time, with a token below any that will be issued."""
    for column in (
        sa.Column("token", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("process", sa.Text, nullable=False, server_default=""),
        sa.Column("purpose", sa.String(64), nullable=False, server_default=""),
        sa.Column("since_ms", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("renewed_ms", sa.BigInteger, nullable=False, server_default="0"),
    ):
        op.add_column("leases", column)
