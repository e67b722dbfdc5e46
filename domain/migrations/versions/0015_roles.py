"""Customers' people have roles: who was a member only looked and entered, which is a reader now."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("update membership set role = 'reader' where role = 'member'")


def downgrade() -> None:
    op.execute("update membership set role = 'member' where role <> 'owner'")
