"""Plans that may be tried before anything is charged."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("plan", sa.Column("trial_days", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("plan", "trial_days")
