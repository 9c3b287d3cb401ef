"""Organizations: lists of published ratings."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TABLES = ("import_run", "known_heading")


def upgrade() -> None:
    _know("'organizations', 'past_projects', 'ratings'")


def downgrade() -> None:
    op.execute("DELETE FROM known_heading WHERE kind = 'ratings'")
    op.execute("DELETE FROM import_line WHERE run_id IN (SELECT id FROM import_run WHERE kind = 'ratings')")
    op.execute("DELETE FROM import_run WHERE kind = 'ratings'")
    _know("'organizations', 'past_projects'")


def _know(kinds: str) -> None:
    for table in TABLES:
        name = op.f(f"ck_{table}_kind_known")
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, f"kind IN ({kinds})")
