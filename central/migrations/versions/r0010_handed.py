"""Parcels that MIGRIS has and has not decided on, and what connectors keep of them.

Revision: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "handed",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("parcel", sa.String(26), primary_key=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("since", sa.String(32), nullable=False),
    )


def downgrade() -> None:
    """Never: the release before this one runs on this schema."""
    raise NotImplementedError("databases only expand")
