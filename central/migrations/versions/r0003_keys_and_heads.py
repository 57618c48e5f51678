"""Which seal key a station had when it billed a parcel, and how far each of a station's ledgers is known.

Revision: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.add_column("upload", sa.Column("seal_key", sa.String(16)))
    op.add_column("parcel", sa.Column("seal_key", sa.String(16)))
    op.create_table(
        "ledger_head",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("station", sa.String(40), primary_key=True),
        sa.Column("ledger", sa.String(20), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("link_key", sa.String(16), nullable=False),
        sa.Column("read_at", sa.String(32), nullable=False),
    )


def downgrade() -> None:
    """Never: the release before this one runs on this schema."""
    raise NotImplementedError("databases only expand")
