"""backups, and what a plan gives in numbers"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('plan', sa.Column('limits', postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default='{}'))
    op.alter_column('plan', 'limits', server_default=None)
    op.create_table('backup',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('tenant_id', sa.BigInteger(), nullable=False),
    sa.Column('node_id', sa.BigInteger(), nullable=True),
    sa.Column('job_id', sa.BigInteger(), nullable=True),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=True),
    sa.Column('stored_size', sa.BigInteger(), nullable=True),
    sa.Column('sha256', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
    sa.Column('store_key', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('key_id', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True),
    sa.Column('manifest', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('error', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('requested_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('stored_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('pruned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('proof', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=True),
    sa.Column('proof_note', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('proven_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], ),
    sa.ForeignKeyConstraint(['node_id'], ['node.id'], ),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('store_key')
    )
    op.create_index('backup_tenant_newest', 'backup', ['tenant_id', 'id'], unique=False)
    op.create_index('backup_proven', 'backup', ['proven_at'], unique=False, postgresql_where=sa.text('proven_at is not null'))
    op.create_index(op.f('ix_backup_job_id'), 'backup', ['job_id'], unique=False)
    op.create_index(op.f('ix_backup_node_id'), 'backup', ['node_id'], unique=False)
    op.create_index(op.f('ix_backup_state'), 'backup', ['state'], unique=False)


def downgrade() -> None:
    op.drop_table('backup')
    op.drop_column('plan', 'limits')
