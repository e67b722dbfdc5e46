"""one click into Odoo: consent of customers, usage of their Odoo"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('support_consent',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('tenant_id', sa.BigInteger(), nullable=False),
    sa.Column('given_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_support_consent_tenant_id'), 'support_consent', ['tenant_id'], unique=False)
    op.create_table('tenant_usage',
    sa.Column('tenant_id', sa.BigInteger(), nullable=False),
    sa.Column('users', sa.Integer(), nullable=False),
    sa.Column('database_bytes', sa.BigInteger(), nullable=False),
    sa.Column('files_bytes', sa.BigInteger(), nullable=False),
    sa.Column('last_login_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('one_click', sa.Boolean(), nullable=False),
    sa.Column('measured_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], ),
    sa.PrimaryKeyConstraint('tenant_id')
    )
    op.create_index(op.f('ix_tenant_usage_measured_at'), 'tenant_usage', ['measured_at'], unique=False)


def downgrade() -> None:
    op.drop_table('tenant_usage')
    op.drop_table('support_consent')
