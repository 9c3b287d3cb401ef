"""A draft may be taken to a newer version of its call's questions; each part of a form knows who saved it last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(astext_type=sa.Text())

# What was handed in keeps its questions for ever; a draft moves forward alone, within the forms of its own call.
MOVES_FORWARD = """
CREATE OR REPLACE FUNCTION keep_form_version() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' AND NEW.state = 'draft' AND OLD.submitted_at IS NULL AND NEW.submitted_at IS NULL
        AND (SELECT number FROM form_version WHERE id = NEW.form_version_id)
            > (SELECT number FROM form_version WHERE id = OLD.form_version_id) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an application keeps the form version on which it was begun'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_application_form_version_kept', TABLE = 'application';
END $$;
"""
STAYS = """
CREATE OR REPLACE FUNCTION keep_form_version() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an application keeps the form version on which it was begun'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_application_form_version_kept', TABLE = 'application';
END $$;
"""


def upgrade() -> None:
    op.add_column("call", sa.Column("form_number", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE call SET form_number = newest.number FROM"
        " (SELECT call_id, max(number) AS number FROM form_version GROUP BY call_id) AS newest"
        " WHERE newest.call_id = call.id"
    )
    op.alter_column("call", "form_number", server_default=None)
    for name, empty in (("section_savers", "{}"), ("left_answers", "[]")):
        op.add_column("application", sa.Column(name, JSON, nullable=False, server_default=empty))
        op.alter_column("application", name, server_default=None)
    op.execute(MOVES_FORWARD)


def downgrade() -> None:
    op.execute(STAYS)
    op.drop_column("application", "left_answers")
    op.drop_column("application", "section_savers")
    op.drop_column("call", "form_number")
