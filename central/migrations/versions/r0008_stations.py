"""Stations as a whole: whether they are there, and their newest twins.

Revision: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "station",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("station", sa.String(40), primary_key=True),
        sa.Column("presence", sa.String(10), nullable=False),
        sa.Column("boot", sa.String(26)),
        sa.Column("connection", sa.Integer),
        sa.Column("since", sa.String(32)),
        sa.Column("twin", sa.LargeBinary),
        sa.Column("twin_heard_at", sa.String(32)),
    )


def downgrade() -> None:
    """Never: the release before this one runs on this schema."""
    raise NotImplementedError("databases only expand")
