"""Papers: what was issued, its check code and its hash."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issued_paper",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("owner_kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("code ~ '^[2-9A-HJKMNP-TV-Z]{16}$'", name=op.f("ck_issued_paper_code_complete")),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_issued_paper_hash_complete")),
        sa.CheckConstraint("size > 0", name=op.f("ck_issued_paper_not_empty")),
        sa.CheckConstraint(
            "(state = 'superseded') = (superseded_at IS NOT NULL)", name=op.f("ck_issued_paper_day_if_superseded")
        ),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL AND reason <> '')",
            name=op.f("ck_issued_paper_reason_if_withdrawn"),
        ),
        sa.CheckConstraint("state IN ('current', 'superseded', 'withdrawn')", name=op.f("ck_issued_paper_state_known")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_issued_paper_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issued_paper")),
        sa.UniqueConstraint("code", name=op.f("uq_issued_paper_code")),
        sa.UniqueConstraint("file_id", name=op.f("uq_issued_paper_file_id")),
    )
    op.create_index(
        "uq_issued_paper_in_force",
        "issued_paper",
        ["owner_kind", "owner_id", "word"],
        unique=True,
        postgresql_where=sa.text("state = 'current'"),
    )
    op.create_index("ix_issued_paper_number", "issued_paper", ["number"])
    op.create_index("ix_issued_paper_state", "issued_paper", ["state", "issued_on"])


def downgrade() -> None:
    op.drop_table("issued_paper")
