"""Which parcel a parcel amends.

Revision: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.add_column("upload", sa.Column("amends", sa.String(26)))
    op.add_column("parcel", sa.Column("amends", sa.String(26)))


def downgrade() -> None:
    """Never: the release before this one runs on this schema."""
    raise NotImplementedError("databases only expand")
