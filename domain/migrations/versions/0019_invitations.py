"""Invitations wait until whoever was invited accepts; who belongs to a team already has."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("membership", sa.Column("accepted_at", sa.DateTime(timezone=True)))
    op.execute("update membership set accepted_at = created_at")


def downgrade() -> None:
    op.execute("delete from membership where accepted_at is null")
    op.drop_column("membership", "accepted_at")
