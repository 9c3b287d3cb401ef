"""Checks: an index for those that failed or wait for a person, by which the desk counts its stages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

TABLE, NAME = "eligibility_check", "ix_eligibility_check_outcome"


def upgrade() -> None:
    told = sa.text("outcome IN ('manual', 'failed')")
    op.create_index(NAME, TABLE, ["outcome", "application_id"], postgresql_where=told)


def downgrade() -> None:
    op.drop_index(NAME, TABLE)
