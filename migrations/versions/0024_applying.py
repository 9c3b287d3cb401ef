"""Corrections part by part, who is writing now, and no submission after the closing moment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# The closing moment is a fact of the call: whatever the code says, no draft becomes an application at or after it.
BEFORE_CLOSING = """
CREATE FUNCTION submitted_before_closing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' AND NEW.state = 'submitted'
        AND NEW.submitted_at >= (SELECT closes_at FROM call WHERE id = NEW.call_id) THEN
        RAISE EXCEPTION 'submitted at or after the closing moment'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'submitted_before_closing';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER submitted_before_closing BEFORE UPDATE OF state ON application
    FOR EACH ROW EXECUTE FUNCTION submitted_before_closing();
CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON correction_point FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON correction_point FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
"""


def upgrade() -> None:
    op.create_table(
        "correction_point",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("section_version", sa.BigInteger(), nullable=False),
        sa.Column("version_number", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(comment) <> ''", name=op.f("ck_correction_point_says_something")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_correction_point_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_point")),
        sa.UniqueConstraint("application_id", "section", name=op.f("uq_correction_point_application_id_section")),
    )
    op.create_table(
        "application_presence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_application_presence_application_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_presence")),
        sa.UniqueConstraint("application_id", "user_id", name=op.f("uq_application_presence_application_id_user_id")),
    )
    op.create_index("ix_application_presence_seen_at", "application_presence", ["seen_at"])
    op.execute(BEFORE_CLOSING)


def downgrade() -> None:
    op.execute("DROP TRIGGER submitted_before_closing ON application")
    op.execute("DROP FUNCTION submitted_before_closing()")
    op.drop_table("application_presence")
    op.drop_table("correction_point")
