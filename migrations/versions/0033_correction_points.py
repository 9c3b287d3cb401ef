"""Grants: whose a note of a correction is follows from its application alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

WITH_THE_COPY = """
ALTER TABLE correction_point DISABLE TRIGGER keep_rows;
UPDATE correction_point SET organization_id = application.organization_id
FROM application WHERE application.id = correction_point.application_id;
ALTER TABLE correction_point ENABLE TRIGGER keep_rows;
ALTER TABLE correction_point ALTER COLUMN organization_id SET NOT NULL;
"""


def upgrade() -> None:
    op.drop_column("correction_point", "organization_id")


def downgrade() -> None:
    op.add_column("correction_point", sa.Column("organization_id", sa.BigInteger(), nullable=True))
    op.execute(WITH_THE_COPY)
