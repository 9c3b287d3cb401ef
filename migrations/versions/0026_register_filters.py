"""Organizations: indexes for each filter of the register, in the order in which it opens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

NARROWED_BY = {
    "district": ("district_code",),
    "type": ("type",),
    "status": ("status",),
    "grade": ("last_grade_rank",),
    "rating": ("rating_grade", "rating_state"),
    "inspection": ("inspection_year", "inspection_result"),
    "projects_total": ("projects_total",),
}
ORDER = (sa.text("projects_running DESC NULLS LAST"), sa.text("id DESC"))


def upgrade() -> None:
    for name in ("status", "rating_valid_to", "inspection"):
        op.drop_index(f"ix_organization_{name}", "organization")
    for name, columns in NARROWED_BY.items():
        op.create_index(f"ix_organization_by_{name}", "organization", [*columns, *ORDER])
    op.create_index("ix_organization_rating_ends", "organization", ["rating_state", "rating_valid_to"])


def downgrade() -> None:
    op.drop_index("ix_organization_rating_ends", "organization")
    for name in NARROWED_BY:
        op.drop_index(f"ix_organization_by_{name}", "organization")
    op.create_index("ix_organization_status", "organization", ["status"])
    op.create_index("ix_organization_rating_valid_to", "organization", ["rating_valid_to"])
    op.create_index("ix_organization_inspection", "organization", ["inspection_year", "inspection_result"])
