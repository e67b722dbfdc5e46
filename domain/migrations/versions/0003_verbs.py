"""Staging copies, own domains, and the end of a tenant."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("plan", sa.Column("staging_copies", sa.Integer(), nullable=False, server_default="1"))
    op.alter_column("plan", "staging_copies", server_default=None)
    op.add_column("tenant", sa.Column("staging_of", sa.BigInteger(), nullable=True))
    op.create_foreign_key("tenant_staging_of_fkey", "tenant", "tenant", ["staging_of"], ["id"])
    op.create_index(op.f("ix_tenant_staging_of"), "tenant", ["staging_of"])
    op.add_column("tenant", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("tenant", sa.Column("archived_as", sqlmodel.sql.sqltypes.AutoString(length=63), nullable=True))
    op.add_column("tenant", sa.Column("deletion_asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("tenant", sa.Column("deletion_asked_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    op.execute(
        "update tenant set archived_at = job.finished_at, archived_as = job.result ->> 'database' from job "
        "where job.tenant_id = tenant.id and job.kind = 'archive_tenant' and job.status = 'succeeded' "
        "and tenant.observed = 'archived'"
    )
    op.create_table(
        "own_domain",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("domain", sqlmodel.sql.sqltypes.AutoString(length=253), nullable=False),
        sa.Column("proof", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("served", sqlmodel.sql.sqltypes.AutoString(length=253), nullable=True),
        sa.Column("removing", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("tenant_id"),
    )
    op.create_index(
        "own_domain_verified", "own_domain", ["domain"], unique=True,
        postgresql_where=sa.text("verified_at is not null"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("own_domain")
    op.drop_constraint("tenant_staging_of_fkey", "tenant", type_="foreignkey")
    for column in ("staging_of", "archived_at", "archived_as", "deletion_asked_at", "deletion_asked_by"):
        op.drop_column("tenant", column)
    op.drop_column("plan", "staging_copies")
