"""Organizations: a request for an account that nobody decides ends by itself."""

from __future__ import annotations

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _check("state_known", "state IN ('received', 'verified', 'refused', 'lapsed')")
    _check("decided_by_somebody", "(decided_by_id IS NOT NULL) = (state IN ('verified', 'refused'))")


def downgrade() -> None:
    # What lapsed was refused by nobody; the older rules know a decision of a person alone.
    op.execute(
        "UPDATE account_request SET state = 'refused', decided_by_id = 0, answer = 'Nobody decided in time.'"
        " WHERE state = 'lapsed'"
    )
    _check("state_known", "state IN ('received', 'verified', 'refused')")
    _check("decided_by_somebody", "num_nulls(decided_on, decided_by_id) IN (0, 2)")


def _check(name: str, rule: str) -> None:
    full = op.f(f"ck_account_request_{name}")
    op.drop_constraint(full, "account_request", type_="check")
    op.create_check_constraint(full, "account_request", rule)
