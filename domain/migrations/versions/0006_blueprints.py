"""blueprints: templates by country on each node, and the family that a plan names"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('blueprint',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=31), nullable=False),
    sa.Column('node_id', sa.BigInteger(), nullable=False),
    sa.Column('job_id', sa.BigInteger(), nullable=True),
    sa.Column('template', sqlmodel.sql.sqltypes.AutoString(length=63), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('odoo_version', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('modules', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('country', sqlmodel.sql.sqltypes.AutoString(length=2), nullable=True),
    sa.Column('language', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
    sa.Column('tested', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('built_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], ),
    sa.ForeignKeyConstraint(['node_id'], ['node.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_blueprint_name'), 'blueprint', ['name'], unique=False)
    op.create_index(op.f('ix_blueprint_node_id'), 'blueprint', ['node_id'], unique=False)
    op.add_column('plan', sa.Column('blueprint', sqlmodel.sql.sqltypes.AutoString(length=24), nullable=True))
    op.execute("update plan set blueprint = 'gestion'")


def downgrade() -> None:
    op.drop_column('plan', 'blueprint')
    op.drop_table('blueprint')
