"""What is done, step by step, about a customer who owes."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscription", sa.Column("past_due_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("subscription", sa.Column("grace_days", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("subscription", sa.Column("dunning_paused", sa.Boolean(), nullable=False, server_default="false"))
    # Counted from now: nobody is suspended by an upgrade of ours.
    op.execute("update subscription set past_due_since = now() where status = 'past_due'")
    op.create_index(
        "subscription_past_due",
        "subscription",
        ["past_due_since"],
        postgresql_where=sa.text("past_due_since is not null"),
    )
    op.create_table(
        "dunning_done",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("subscription_id", sa.BigInteger(), sa.ForeignKey("subscription.id"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.String(24), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("subscription_id", "since", "step"),
    )


def downgrade() -> None:
    op.drop_table("dunning_done")
    op.drop_index("subscription_past_due", "subscription")
    for column in ("dunning_paused", "grace_days", "past_due_since"):
        op.drop_column("subscription", column)
