"""Whether a tenant's stations may transfer, and which of them have confirmed it.

Revision: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "permission",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("transfer", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("since", sa.String(32), nullable=False),
    )
    op.create_table(
        "permission_held",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("station", sa.String(40), primary_key=True),
        sa.Column("link_key", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("transfer", sa.Boolean, nullable=False),
        sa.Column("kept", sa.Integer, nullable=False),
        sa.Column("heard_at", sa.String(32), nullable=False),
    )


def downgrade() -> None:
    """Never: the release before this one runs on this schema."""
    raise NotImplementedError("databases only expand")
