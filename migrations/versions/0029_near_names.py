"""Organizations: names are held against each other by what is left of them without one character."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

COMPARE_ALL = "INSERT INTO organization_to_compare (organization_id) SELECT id FROM organization"


def upgrade() -> None:
    op.drop_index("ix_compare_key_name", "compare_key")
    op.execute(COMPARE_ALL)


def downgrade() -> None:
    op.execute("DELETE FROM compare_key WHERE kind = 'near'")
    op.create_index(
        "ix_compare_key_name",
        "compare_key",
        ["value"],
        postgresql_using="gin",
        postgresql_ops={"value": "gin_trgm_ops"},
        postgresql_where=sa.text("kind = 'name'"),
    )
