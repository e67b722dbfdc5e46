"""Plans paid by the person, extras paid by the piece."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("plan", sa.Column("kind", sa.String(length=8), nullable=False, server_default="plan"))
    op.add_column("plan", sa.Column("per_person", sa.Boolean(), nullable=False, server_default="false"))
    op.add_column("subscription", sa.Column("people", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("subscription", sa.Column("extras", JSONB(), nullable=False, server_default="{}"))
    op.add_column("subscription", sa.Column("amount_cents", sa.Integer(), nullable=False, server_default="0"))
    _index(["mrr_cents"])
    op.execute(
        "update subscription set amount_cents = price.amount_cents from price where price.id = subscription.price_id"
    )


def _index(include: list[str]) -> None:
    op.drop_index("subscription_mirrored", table_name="subscription")
    op.create_index(
        "subscription_mirrored", "subscription", ["status", "price_id"], postgresql_include=include,
        postgresql_where=sa.text("stripe_subscription_id is not null"),
    )  # fmt: skip


def downgrade() -> None:
    _index([])
    op.drop_column("subscription", "amount_cents")
    op.drop_column("subscription", "extras")
    op.drop_column("subscription", "people")
    op.drop_column("plan", "per_person")
    op.drop_column("plan", "kind")
