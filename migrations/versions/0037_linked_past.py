"""Past projects of linked organizations count as that: what reads alike is asked of them too."""

from __future__ import annotations

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

LINKED = "ck_likeness_linked_by_application"


def upgrade() -> None:
    op.drop_constraint(op.f(LINKED), "likeness", type_="check")


def downgrade() -> None:
    op.execute("UPDATE likeness SET relation = 'other' WHERE relation = 'linked' AND past_project_id IS NOT NULL")
    op.create_check_constraint(op.f(LINKED), "likeness", "relation <> 'linked' OR past_project_id IS NULL")
