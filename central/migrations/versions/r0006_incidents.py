"""Incidents that may be breaches, with their clock.

Revision: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "incident",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("tenant", sa.String(40), nullable=False),
        sa.Column("station", sa.String(40), nullable=False),
        sa.Column("trigger", sa.String(40), nullable=False),
        sa.Column("what", sa.String(120), nullable=False),
        sa.Column("records", sa.Integer),
        sa.Column("since", sa.String(32), nullable=False),
        sa.Column("known_at", sa.String(32), nullable=False),
        sa.Column("due_at", sa.String(32), nullable=False),
        sa.Column("reminded", sa.Integer, nullable=False),
        sa.Column("reported_at", sa.String(32)),
        sa.Column("closed_at", sa.String(32)),
        sa.Column("reason", sa.String(400)),
    )


def downgrade() -> None:
    """Never: the release before this one runs on this schema."""
    raise NotImplementedError("databases only expand")
