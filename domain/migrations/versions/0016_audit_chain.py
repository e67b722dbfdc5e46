"""The audit can only be added to, and a chain of hashes shows whether it was."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_REFUSES = """
create function audit_refuses() returns trigger language plpgsql as $$
begin
    raise exception 'the audit is append-only' using errcode = 'insufficient_privilege';
end $$
"""


def upgrade() -> None:
    op.add_column("audit_entry", sa.Column("address", sa.String()))
    op.add_column("audit_entry", sa.Column("request_id", sa.String(length=64)))
    op.add_column(
        "audit_entry",
        sa.Column(
            "written_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")
        ),
    )
    op.create_index("ix_audit_entry_actor", "audit_entry", ["actor"])
    op.create_table(
        "audit_seal",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_entry", sa.BigInteger(), sa.ForeignKey("audit_entry.id"), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False, unique=True),
    )
    op.create_index("ix_audit_seal_last_entry", "audit_seal", ["last_entry"])
    op.execute(_REFUSES)
    for table in ("audit_entry", "audit_seal"):
        op.execute(
            f"create trigger {table}_stays before update or delete or truncate on {table} "
            "for each statement execute function audit_refuses()"
        )


def downgrade() -> None:
    for table in ("audit_entry", "audit_seal"):
        op.execute(f"drop trigger {table}_stays on {table}")
    op.execute("drop function audit_refuses()")
    op.drop_table("audit_seal")
    op.drop_index("ix_audit_entry_actor", table_name="audit_entry")
    for column in ("written_at", "request_id", "address"):
        op.drop_column("audit_entry", column)
