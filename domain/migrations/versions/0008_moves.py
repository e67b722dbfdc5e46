"""Nodes that are emptied."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("node", sa.Column("drain_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("node", "drain_at")
