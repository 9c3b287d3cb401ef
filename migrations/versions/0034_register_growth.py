"""Organizations: what the register is narrowed by has an index of its own, which counts it too; one serves both ways."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

COMPUTED = {
    "inspected_to": "CASE WHEN inspection_year IS NULL THEN 0 WHEN (inspection_result)::text = 'undecided'::text"
    " THEN inspection_year - 1 ELSE inspection_year END",
    "received_band": "CASE WHEN received <= 0::numeric THEN 0 WHEN received < 100000::numeric THEN 1"
    " WHEN received < 500000::numeric THEN 2 WHEN received < 1000000::numeric THEN 3 ELSE 4 END",
}
NARROWED_BY = {
    "district": ("district_code",),
    "type": ("type",),
    "status": ("status",),
    "grade": ("last_grade_rank",),
    "rating": ("rating_grade", "rating_state"),
    "inspection": ("inspection_year", "inspection_result"),
    "projects_total": ("projects_total",),
}
NEWLY = {"inspected_to": ("inspected_to", "status"), "received": ("received_band",)}
FIELDS = (
    "rights",
    "family_education",
    "family_culture",
    "mental_care",
    "employment",
    "childcare",
    "domestic_service",
    "children_in_need",
    "child_friendly",
    "womens_health",
    "new_workers",
    "family_counselling",
    "capacity_building",
    "elderly_care",
    "volunteering",
)
READ_BACKWARDS = ("name_pinyin", "type", "projects_running")
OPENING = (sa.text("projects_running DESC"), sa.text("id DESC"))
OPENED = (sa.text("projects_running DESC NULLS LAST"), sa.text("id DESC"))


def upgrade() -> None:
    for name, told in COMPUTED.items():
        op.add_column("organization", sa.Column(name, sa.BigInteger, sa.Computed(told, persisted=True), nullable=True))
    for name in NARROWED_BY:
        op.drop_index(f"ix_organization_by_{name}", "organization")
    for name, columns in (NARROWED_BY | NEWLY).items():
        op.create_index(f"ix_organization_by_{name}", "organization", [*columns, *OPENING])
    for code in FIELDS:
        where = sa.text(f"service_fields @> '{{{code}}}'")
        op.create_index(f"ix_organization_in_{code}", "organization", OPENING, postgresql_where=where)
    op.drop_index("ix_organization_service_fields", "organization")
    op.drop_index("ix_organization_received", "organization")
    op.drop_index("ix_organization_rating_ends", "organization")
    ends = ["rating_state", "rating_valid_to", "rating_valid_from", "rating_grade"]
    op.create_index("ix_organization_rating_ends", "organization", ends)
    for name in READ_BACKWARDS:
        op.drop_index(f"ix_organization_{name}_down", "organization")


def downgrade() -> None:
    for name in READ_BACKWARDS:
        down = [sa.text(f"{name} DESC NULLS LAST"), sa.text("id DESC")]
        op.create_index(f"ix_organization_{name}_down", "organization", down)
    op.drop_index("ix_organization_rating_ends", "organization")
    op.create_index("ix_organization_rating_ends", "organization", ["rating_state", "rating_valid_to"])
    op.create_index("ix_organization_received", "organization", ["received"])
    op.create_index("ix_organization_service_fields", "organization", ["service_fields"], postgresql_using="gin")
    for code in FIELDS:
        op.drop_index(f"ix_organization_in_{code}", "organization")
    for name in NARROWED_BY | NEWLY:
        op.drop_index(f"ix_organization_by_{name}", "organization")
    for name, columns in NARROWED_BY.items():
        op.create_index(f"ix_organization_by_{name}", "organization", [*columns, *OPENED])
    for name in COMPUTED:
        op.drop_column("organization", name)
