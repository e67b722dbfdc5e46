"""drift: what Stripe and the nodes said, and where it disagrees with our rows"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('drift_round',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('asked_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('beat_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('drift_round_open', 'drift_round', ['id'], unique=False, postgresql_where=sa.text('ended_at is null'))
    op.create_table('drift_source',
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('node_id', sa.BigInteger(), nullable=True),
    sa.Column('round_id', sa.BigInteger(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('error', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['node_id'], ['node.id'], ),
    sa.ForeignKeyConstraint(['round_id'], ['drift_round.id'], ),
    sa.PrimaryKeyConstraint('name')
    )
    op.create_table('node_database',
    sa.Column('node_id', sa.BigInteger(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=63), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
    sa.Column('job', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('ours', sa.Boolean(), nullable=False),
    sa.Column('answer', sa.Integer(), nullable=True),
    sa.Column('known_by', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('round_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['node_id'], ['node.id'], ),
    sa.ForeignKeyConstraint(['round_id'], ['drift_round.id'], ),
    sa.PrimaryKeyConstraint('node_id', 'name')
    )
    op.create_index('node_database_name', 'node_database', ['name'], unique=False)
    op.create_table('stripe_said',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('customer_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(length=24), nullable=False),
    sa.Column('order_id', sa.BigInteger(), nullable=True),
    sa.Column('ends', sa.Boolean(), nullable=False),
    sa.Column('round_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['round_id'], ['drift_round.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_stripe_said_order_id'), 'stripe_said', ['order_id'], unique=False)
    op.create_table('drift',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
    sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('needs', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('tenant_id', sa.BigInteger(), nullable=True),
    sa.Column('node_id', sa.BigInteger(), nullable=True),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('round_id', sa.BigInteger(), nullable=False),
    sa.Column('first_seen', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen', sa.DateTime(timezone=True), nullable=False),
    sa.Column('gone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('repaired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('repaired_by', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('repair_job_id', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['node_id'], ['node.id'], ),
    sa.ForeignKeyConstraint(['repair_job_id'], ['job.id'], ),
    sa.ForeignKeyConstraint(['round_id'], ['drift_round.id'], ),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('drift_gone', 'drift', ['gone_at'], unique=False, postgresql_where=sa.text('gone_at is not null'))
    op.create_index('drift_open', 'drift', ['kind', 'subject'], unique=True, postgresql_where=sa.text('gone_at is null'))
    op.create_index(op.f('ix_drift_node_id'), 'drift', ['node_id'], unique=False)
    op.create_index(op.f('ix_drift_tenant_id'), 'drift', ['tenant_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_drift_tenant_id'), table_name='drift')
    op.drop_index(op.f('ix_drift_node_id'), table_name='drift')
    op.drop_index('drift_open', table_name='drift', postgresql_where=sa.text('gone_at is null'))
    op.drop_index('drift_gone', table_name='drift', postgresql_where=sa.text('gone_at is not null'))
    op.drop_table('drift')
    op.drop_index(op.f('ix_stripe_said_order_id'), table_name='stripe_said')
    op.drop_table('stripe_said')
    op.drop_index('node_database_name', table_name='node_database')
    op.drop_table('node_database')
    op.drop_table('drift_source')
    op.drop_index('drift_round_open', table_name='drift_round', postgresql_where=sa.text('ended_at is null'))
    op.drop_table('drift_round')
