"""How often a parcel was handed to an opener that did not come back with an answer.

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
    op.add_column("parcel", sa.Column("openings", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    """Never: the release before this one runs on this schema."""
    raise NotImplementedError("databases only expand")
