"""Heads of the unit's ledgers that central was told, with its receipts.

Revision: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "told_head",
        sa.Column("event", sa.String(26), sa.ForeignKey("event.id"), primary_key=True),
        sa.Column("ledger", sa.String(20), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("receipt", sa.LargeBinary),
    )
    op.create_index("told_head_newest", "told_head", ["ledger", "number"])


def downgrade() -> None:
    """Never: the release before this one runs on this schema."""
    raise NotImplementedError("databases only expand")
