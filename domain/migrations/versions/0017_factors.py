"""More ways in, a second factor, fresh proofs, and what is sealed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NOW = sa.text("now()")


def _moment(name: str, *, required: bool = True) -> sa.Column:
    kind = sa.DateTime(timezone=True)
    return sa.Column(name, kind, nullable=False, server_default=NOW) if required else sa.Column(name, kind)


def _account(**more: object) -> sa.Column:
    return sa.Column("account_id", sa.BigInteger(), sa.ForeignKey("account.id"), nullable=False, **more)


def upgrade() -> None:
    op.add_column("login_session", sa.Column("means", sa.String(length=60), nullable=False, server_default=""))
    op.add_column("login_session", sa.Column("strong", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("login_session", _moment("proved_at", required=False))
    op.add_column("customer", sa.Column("second_factor", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("one_time_token", sa.Column("visitor", sa.String(length=64)))
    op.create_table(
        "authenticator",
        sa.Column("account_id", sa.BigInteger(), sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False, server_default="0"),
        _moment("created_at"),
        _moment("confirmed_at", required=False),
    )
    op.create_table(
        "recovery_code",
        sa.Column("digest", sa.String(length=64), primary_key=True),
        _account(index=True),
        _moment("created_at"),
        _moment("used_at", required=False),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.String(length=1400), primary_key=True),
        _account(index=True),
        sa.Column("public_key", sa.String(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("name", sa.String(length=60), nullable=False),
        _moment("created_at"),
        _moment("last_used_at", required=False),
    )
    op.create_table(
        "challenge",
        sa.Column("digest", sa.String(length=64), primary_key=True),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("visitor", sa.String(length=64), nullable=False),
        sa.Column("data", JSONB(), nullable=False, server_default="{}"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    op.create_table(
        "oidc_identity",
        sa.Column("issuer", sa.String(length=300), primary_key=True),
        sa.Column("subject", sa.String(length=255), primary_key=True),
        _account(index=True),
        sa.Column("email", sa.String(), nullable=False, server_default=""),
        _moment("created_at"),
        _moment("last_used_at", required=False),
    )
    op.create_table(
        "known_device",
        sa.Column("account_id", sa.BigInteger(), sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("digest", sa.String(length=64), primary_key=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW, index=True),
    )
    op.create_table(
        "email_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        _account(index=True),
        sa.Column("login", sa.String(), nullable=False),
        _moment("old_agreed_at", required=False),
        _moment("new_agreed_at", required=False),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("ended_at", required=False),
    )
    op.create_table(
        "refresh_token",
        sa.Column("digest", sa.String(length=64), primary_key=True),
        sa.Column(
            "session_id", sa.String(length=64), sa.ForeignKey("login_session.id", ondelete="CASCADE"), nullable=False,
            index=True,
        ),
        _moment("created_at"),
        _moment("used_at", required=False),
    )


def downgrade() -> None:
    for table in (
        "refresh_token", "email_change", "known_device", "oidc_identity", "challenge", "passkey", "recovery_code",
        "authenticator",
    ):
        op.drop_table(table)
    op.drop_column("one_time_token", "visitor")
    op.drop_column("customer", "second_factor")
    for column in ("proved_at", "strong", "means"):
        op.drop_column("login_session", column)
