"""Evaluations: who saved the self-report or the sheet last, for whoever saved at the same time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("evaluation", sa.Column("saved_by_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("evaluation", "saved_by_id")
