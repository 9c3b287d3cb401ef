"""Organizations: the Centre's blacklist, the days on which a registration changed, the first project."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organization", sa.Column("first_project_on", sa.Date(), nullable=True))
    op.create_table(
        "blacklist_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("months", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("notified_on", sa.Date(), nullable=True),
        sa.Column("defence_due_on", sa.Date(), nullable=True),
        sa.Column("defence", sa.Text(), nullable=True),
        sa.Column("defended_on", sa.Date(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("repair", sa.Text(), nullable=True),
        sa.Column("repair_asked_on", sa.Date(), nullable=True),
        sa.Column("repair_answer", sa.Text(), nullable=True),
        sa.Column("repair_answered_on", sa.Date(), nullable=True),
        sa.Column("appeal", sa.Text(), nullable=True),
        sa.Column("appealed_on", sa.Date(), nullable=True),
        sa.Column("appeal_answer", sa.Text(), nullable=True),
        sa.Column("appeal_answered_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(appeal_answered_on IS NULL) = (appeal_answer IS NULL)",
            name=op.f("ck_blacklist_entry_appeal_answer_has_its_day"),
        ),
        sa.CheckConstraint(
            "(appealed_on IS NULL) = (appeal IS NULL)", name=op.f("ck_blacklist_entry_appeal_has_its_day")
        ),
        sa.CheckConstraint(
            "num_nulls(decided_on, decided_by_id, decision) IN (0, 3)",
            name=op.f("ck_blacklist_entry_decision_has_its_person_and_day"),
        ),
        sa.CheckConstraint(
            "(defence IS NULL) = (defended_on IS NULL)", name=op.f("ck_blacklist_entry_defence_has_its_day")
        ),
        sa.CheckConstraint("ends_on > begins_on", name=op.f("ck_blacklist_entry_ends_after_it_begins")),
        sa.CheckConstraint(
            "ended_on IS NULL OR state IN ('repaired', 'dropped')",
            name=op.f("ck_blacklist_entry_ends_early_when_taken_back"),
        ),
        sa.CheckConstraint(
            "(notified_on IS NULL) = (defence_due_on IS NULL)", name=op.f("ck_blacklist_entry_gives_time_for_a_defence")
        ),
        sa.CheckConstraint("num_nulls(begins_on, ends_on) IN (0, 2)", name=op.f("ck_blacklist_entry_has_both_days")),
        sa.CheckConstraint(
            "begins_on > defence_due_on OR defended_on IS NOT NULL",
            name=op.f("ck_blacklist_entry_hears_the_defence_first"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('in_force', 'expired', 'repaired') OR begins_on IS NOT NULL",
            name=op.f("ck_blacklist_entry_is_dated_in_force"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'defence') OR decided_on IS NOT NULL", name=op.f("ck_blacklist_entry_is_decided")
        ),
        sa.CheckConstraint("decided_by_id <> proposed_by_id", name=op.f("ck_blacklist_entry_is_decided_by_another")),
        sa.CheckConstraint(
            "state NOT IN ('defence', 'in_force') OR notified_on IS NOT NULL",
            name=op.f("ck_blacklist_entry_is_told_before"),
        ),
        sa.CheckConstraint("months BETWEEN 1 AND 36", name=op.f("ck_blacklist_entry_lasts_one_to_36_months")),
        sa.CheckConstraint(
            "(repair_answered_on IS NULL) = (repair_answer IS NULL)",
            name=op.f("ck_blacklist_entry_repair_answer_has_its_day"),
        ),
        sa.CheckConstraint(
            "(repair_asked_on IS NULL) = (repair IS NULL)", name=op.f("ck_blacklist_entry_repair_has_its_day")
        ),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_blacklist_entry_says_why")),
        sa.CheckConstraint(
            "state IN ('proposed', 'defence', 'in_force', 'expired', 'repaired', 'dropped')",
            name=op.f("ck_blacklist_entry_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_blacklist_entry_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blacklist_entry")),
        sa.UniqueConstraint("number", name=op.f("uq_blacklist_entry_number")),
    )
    op.create_index("ix_blacklist_entry_organization_id", "blacklist_entry", ["organization_id"])
    op.create_index("ix_blacklist_entry_state", "blacklist_entry", ["state", "ends_on"])
    op.create_index(
        "uq_blacklist_entry_open",
        "blacklist_entry",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'defence', 'in_force')"),
    )
    op.create_table(
        "status_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("was", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'liquidating', 'deregistered', 'revoked')", name=op.f("ck_status_change_status_known")
        ),
        sa.CheckConstraint(
            "was IN ('active', 'liquidating', 'deregistered', 'revoked')", name=op.f("ck_status_change_was_known")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_status_change_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_change")),
    )
    op.create_index("ix_status_change_organization_id", "status_change", ["organization_id", "since"])


def downgrade() -> None:
    op.drop_table("status_change")
    op.drop_table("blacklist_entry")
    op.drop_column("organization", "first_project_on")
