"""Notices: letters apart from the messages that they copy, their words in versions, preferences, the digest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COPY_LETTERS = """
INSERT INTO letter (id, kind, recipient_id, occasion, locale, subject, text, state, tries, not_before, lease_until,
                    sent_at, last_answer, created_at)
SELECT id, kind, recipient_id, id::text, 'zh', split_part(text, E'\\n', 1), text, mail_state, attempts, not_before,
       lease_until, sent_at, last_error, created_at
FROM message WHERE mail_state <> 'sent' OR sent_at IS NOT NULL;
SELECT setval(pg_get_serial_sequence('letter', 'id'), greatest((SELECT max(id) FROM message), 1));
UPDATE message SET way = CASE WHEN mail_state <> 'sent' OR sent_at IS NOT NULL THEN 'at_once' ELSE 'inbox' END;
"""
COPY_BACK = """
UPDATE message SET mail_state = CASE letter.state WHEN 'given_up' THEN 'dead' ELSE letter.state END,
                   attempts = letter.tries, not_before = letter.not_before, lease_until = letter.lease_until,
                   sent_at = letter.sent_at, last_error = letter.last_answer
FROM letter WHERE letter.kind = message.kind AND letter.recipient_id = message.recipient_id
              AND letter.occasion = message.id::text;
"""


def upgrade() -> None:
    _create_tables()
    op.add_column("message", sa.Column("way", sa.String(length=40), server_default="inbox", nullable=False))
    op.add_column("message", sa.Column("digest_id", sa.BigInteger(), nullable=True))
    op.execute(COPY_LETTERS)
    op.alter_column("message", "way", server_default=None)
    op.create_check_constraint(
        op.f("ck_message_way_known"), "message", "way IN ('at_once', 'daily', 'weekly', 'inbox')"
    )
    op.create_foreign_key(op.f("fk_message_digest_id"), "message", "letter", ["digest_id"], ["id"])
    op.create_index(
        "ix_message_for_digest",
        "message",
        ["recipient_id", "created_at"],
        postgresql_where=sa.text("way IN ('daily', 'weekly') AND digest_id IS NULL AND read_at IS NULL"),
    )
    op.drop_index("ix_message_mail", table_name="message")
    for name in ("mail_state", "attempts", "not_before", "lease_until", "sent_at", "last_error"):
        op.drop_column("message", name)


def _create_tables() -> None:
    op.create_table(
        "mail_template",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("subject_zh", sa.Text(), nullable=True),
        sa.Column("body_zh", sa.Text(), nullable=True),
        sa.Column("subject_en", sa.Text(), nullable=True),
        sa.Column("body_en", sa.Text(), nullable=True),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(subject_zh IS NULL) = (body_zh IS NULL) AND (subject_zh IS NULL) = (subject_en IS NULL)"
            " AND (subject_zh IS NULL) = (body_en IS NULL)",
            name=op.f("ck_mail_template_both_languages"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_template")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_mail_template_kind_number")),
    )
    op.create_table(
        "letter",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recipient_id", sa.BigInteger(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("template_id", sa.BigInteger(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_answer", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_letter_moment_if_sent")),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'sent', 'dead', 'given_up')", name=op.f("ck_letter_state_known")
        ),
        sa.ForeignKeyConstraint(["template_id"], ["mail_template.id"], name=op.f("fk_letter_template_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("kind", "recipient_id", "occasion", name=op.f("uq_letter_kind_recipient_id_occasion")),
    )
    op.create_index("ix_letter_state", "letter", ["state", "id"])
    op.create_index(
        "ix_letter_waiting",
        "letter",
        ["not_before", "id"],
        postgresql_where=sa.text("state IN ('pending', 'sending')"),
    )
    op.create_table(
        "notice_preference",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "topic IN ('tasks', 'deadlines', 'decisions', 'payments', 'progress', 'account')",
            name=op.f("ck_notice_preference_topic_known"),
        ),
        sa.CheckConstraint(
            "way IN ('at_once', 'daily', 'weekly', 'inbox')", name=op.f("ck_notice_preference_way_known")
        ),
        sa.CheckConstraint(
            "topic NOT IN ('account', 'deadlines') OR way = 'at_once' OR (topic = 'deadlines' AND way = 'daily')",
            name=op.f("ck_notice_preference_not_silenced"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_preference")),
        sa.UniqueConstraint("user_id", "topic", name=op.f("uq_notice_preference_user_id_topic")),
    )


def downgrade() -> None:
    op.add_column("message", sa.Column("mail_state", sa.String(length=40), server_default="sent", nullable=False))
    op.add_column("message", sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column(
        "message",
        sa.Column("not_before", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.add_column("message", sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("message", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("message", sa.Column("last_error", sa.Text(), nullable=True))
    op.execute(COPY_BACK)
    for name in ("mail_state", "attempts", "not_before"):
        op.alter_column("message", name, server_default=None)
    op.create_check_constraint(
        op.f("ck_message_mail_state_known"), "message", "mail_state IN ('pending', 'sending', 'sent', 'dead')"
    )
    op.create_index("ix_message_mail", "message", ["mail_state", "not_before"], unique=False)
    op.drop_index("ix_message_for_digest", table_name="message")
    op.drop_constraint(op.f("fk_message_digest_id"), "message", type_="foreignkey")
    op.drop_column("message", "digest_id")
    op.drop_column("message", "way")
    op.drop_table("notice_preference")
    op.drop_table("letter")
    op.drop_table("mail_template")
