"""Applications: an index for each order and each filter of the desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

BAND = "CASE WHEN requested < 100000::numeric THEN 1 WHEN requested <= 200000::numeric THEN 2 ELSE 3 END"
NARROWED_BY = ("state", "title", "requested", "requested_band", "category_code", "district_code")
DOWN = (sa.text("submitted_at DESC NULLS LAST"), sa.text("id DESC"))


def upgrade() -> None:
    band = sa.Column("requested_band", sa.BigInteger, sa.Computed(BAND, persisted=True), nullable=True)
    op.add_column("application", band)
    op.drop_index("ix_application_state", "application")
    op.drop_index("ix_application_submitted_at", "application")
    for name in NARROWED_BY:
        op.create_index(f"ix_application_{name}", "application", [name, "id"])
    op.create_index("ix_application_submitted_at_up", "application", ["submitted_at", "id"])
    op.create_index("ix_application_submitted_at_down", "application", DOWN)


def downgrade() -> None:
    op.drop_index("ix_application_submitted_at_down", "application")
    op.drop_index("ix_application_submitted_at_up", "application")
    for name in NARROWED_BY:
        op.drop_index(f"ix_application_{name}", "application")
    op.create_index("ix_application_submitted_at", "application", ["submitted_at"])
    op.create_index("ix_application_state", "application", ["state"])
    op.drop_column("application", "requested_band")
