"""Commands from central that were carried out, and parcels that are restricted.

Revision: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "command",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("counter", sa.Integer, nullable=False),
        sa.Column("verb", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("event", sa.String(26), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
    )
    op.create_table(
        "restriction",
        sa.Column("parcel", sa.String(26), primary_key=True),
        sa.Column("since", sa.String(32), nullable=False),
    )


def downgrade() -> None:
    """Never: the release before this one runs on this schema."""
    raise NotImplementedError("databases only expand")
