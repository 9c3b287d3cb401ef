"""The register at a million: what is narrowed to few organizations is found by an index."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_organization_received", "organization", ["received"])
    op.create_index("ix_organization_inspection", "organization", ["inspection_year", "inspection_result"])


def downgrade() -> None:
    op.drop_index("ix_organization_inspection", "organization")
    op.drop_index("ix_organization_received", "organization")
