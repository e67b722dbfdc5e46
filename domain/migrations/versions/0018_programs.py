"""Programs: API keys and outgoing webhooks; staff's visits to a customer's portal; who was erased."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

NOW = sa.text("now()")


def _moment(name: str, *, required: bool = False, index: bool = False) -> sa.Column:
    kind = sa.DateTime(timezone=True)
    if required:
        return sa.Column(name, kind, nullable=False, server_default=NOW, index=index)
    return sa.Column(name, kind)


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True)


def _to(table: str, *, required: bool = True) -> sa.Column:
    return sa.Column(f"{table}_id", sa.BigInteger(), sa.ForeignKey(f"{table}.id"), nullable=not required, index=True)


def upgrade() -> None:
    op.create_table(
        "api_key",
        _id(),
        sa.Column("digest", sa.String(length=64), nullable=False, unique=True),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        _to("account"),
        _to("customer", required=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("scopes", JSONB(), nullable=False),
        _moment("created_at", required=True),
        _moment("expires_at"),
        _moment("last_used_at"),
        sa.Column("last_address", sa.String(), nullable=False, server_default=""),
        _moment("revoked_at"),
    )
    op.create_table(
        "hook_endpoint",
        _id(),
        _to("customer", required=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("kinds", JSONB(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        _moment("created_at", required=True),
        _moment("failing_since"),
        _moment("disabled_at"),
        _moment("removed_at"),
    )
    op.create_table(
        "hook_delivery",
        _id(),
        sa.Column("endpoint_id", sa.BigInteger(), sa.ForeignKey("hook_endpoint.id"), nullable=False, index=True),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("payload", JSONB(), nullable=False),
        _moment("created_at", required=True, index=True),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        _moment("tried_at"),
        _moment("next_at"),
        _moment("delivered_at"),
        sa.Column("status", sa.Integer()),
        sa.Column("answer", sa.String(), nullable=False, server_default=""),
    )
    op.create_index(
        "hook_delivery_due", "hook_delivery", ["next_at"], postgresql_where=sa.text("delivered_at is null")
    )
    op.create_table(
        "support_visit",
        _id(),
        _to("account"),
        _to("customer"),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("acts", sa.Boolean(), nullable=False, server_default=sa.false()),
        _moment("began_at", required=True),
        _moment("ends_at", required=True),
        _moment("ended_at"),
    )
    op.add_column(
        "login_session", sa.Column("visit_id", sa.BigInteger(), sa.ForeignKey("support_visit.id"), nullable=True)
    )
    op.create_index("ix_login_session_visit_id", "login_session", ["visit_id"])
    op.add_column("support_consent", sa.Column("acts", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("customer", _moment("erased_at"))


def downgrade() -> None:
    op.drop_column("customer", "erased_at")
    op.drop_column("support_consent", "acts")
    op.drop_column("login_session", "visit_id")
    for table in ("support_visit", "hook_delivery", "hook_endpoint", "api_key"):
        op.drop_table(table)
