"""nodes that join, are measured, judged and drained"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

_TEXT = (('region', 20, ''), ('state', 10, 'joining'), ('breaker', 10, 'closed'))
_NUMBERS = (('concurrency', 8), ('misses', 0), ('good_probes', 0))


def upgrade() -> None:
    for name, length, default in _TEXT:
        op.add_column('node', sa.Column(name, sa.String(length=length), nullable=False, server_default=default))
        op.alter_column('node', name, server_default=None)
    for name, number in _NUMBERS:
        op.add_column('node', sa.Column(name, sa.Integer(), nullable=False, server_default=str(number)))
        op.alter_column('node', name, server_default=None)
    op.add_column('node', sa.Column('odoo', sa.String(), nullable=False, server_default=''))
    op.alter_column('node', 'odoo', server_default=None)
    op.add_column('node', sa.Column('key_alarm', sa.String(), nullable=True))
    op.add_column('node', sa.Column('clone_ms', sa.Float(), nullable=True))
    op.add_column('node', sa.Column('breaker_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('node', sa.Column('joined_at', sa.DateTime(timezone=True), nullable=True))
    op.execute("update node set state = case when open then 'open' else 'closed' end, joined_at = created_at")
    op.drop_column('node', 'open')
    op.add_column('job', sa.Column('begun_on', sa.BigInteger(), nullable=True))
    op.execute('update job set begun_on = node_id where started_at is not null')


def downgrade() -> None:
    op.drop_column('job', 'begun_on')
    op.add_column('node', sa.Column('open', sa.Boolean(), nullable=False, server_default='true'))
    op.execute("update node set open = state = 'open'")
    op.alter_column('node', 'open', server_default=None)
    columns = [name for name, _, _ in _TEXT] + [name for name, _ in _NUMBERS]
    for name in [*columns, 'odoo', 'key_alarm', 'clone_ms', 'breaker_at', 'joined_at']:
        op.drop_column('node', name)
