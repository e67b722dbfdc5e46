"""What each subscription brings in a month, and every change of it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MONTHLY = "case p.interval when 'year' then (p.amount_cents + 6) / 12 else p.amount_cents end"


def upgrade() -> None:
    op.add_column("subscription", sa.Column("mrr_cents", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "mrr_movement",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("subscription_id", sa.BigInteger(), sa.ForeignKey("subscription.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
    )
    op.create_index("ix_mrr_movement_subscription_id", "mrr_movement", ["subscription_id"])
    op.create_index("ix_mrr_movement_at", "mrr_movement", ["at"])
    # What is known of the past: when each was paid for the first time and when it ended, at its last price.
    came = (
        "insert into mrr_movement (subscription_id, at, kind, currency, cents) "
        f"select s.id, s.activated_at, 'new', p.currency, {MONTHLY} from subscription as s "
        "join price as p on p.id = s.price_id "
        "where s.activated_at is not null and s.stripe_subscription_id is not null"
    )
    went = (
        "insert into mrr_movement (subscription_id, at, kind, currency, cents) "
        f"select s.id, s.cancelled_at, 'churn', p.currency, -({MONTHLY}) from subscription as s "
        "join price as p on p.id = s.price_id where s.activated_at is not null "
        "and s.stripe_subscription_id is not null and s.status = 'cancelled' and s.cancelled_at is not null"
    )
    op.execute(came)
    op.execute(went)
    op.execute(
        f"update subscription as s set mrr_cents = {MONTHLY} from price as p where p.id = s.price_id "
        "and s.status in ('active', 'past_due') and s.activated_at is not null "
        "and s.stripe_subscription_id is not null"
    )


def downgrade() -> None:
    op.drop_table("mrr_movement")
    op.drop_column("subscription", "mrr_cents")
