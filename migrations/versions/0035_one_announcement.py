"""Organizations: one announcement for a whole list of ratings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("import_run", sa.Column("announced_on", sa.Date(), nullable=True))
    op.create_check_constraint(
        op.f("ck_import_run_announces_ratings"), "import_run", "announced_on IS NULL OR kind = 'ratings'"
    )


def downgrade() -> None:
    op.drop_column("import_run", "announced_on")
