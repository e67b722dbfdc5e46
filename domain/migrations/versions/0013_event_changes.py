"""What each of Stripe's events changed here."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stripe_event", sa.Column("changes", JSONB(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("stripe_event", "changes")
