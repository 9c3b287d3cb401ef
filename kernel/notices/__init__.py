"""Who is told what: a step writes notices in its own transaction; jobs carry them out by mail.

The inbox is the record: a message stands in it exactly once, by a unique key of occasion and recipient. A letter is a
copy of one message, or a digest of several; it is sent at least once, under the same Message-ID on every try.
"""

from __future__ import annotations

from kernel.notices.deeds import give_up_letters, save_settings, send_letters_again
from kernel.notices.delivery import LEASE, MOST_TRIES, deliver
from kernel.notices.digest import DIGEST, planned, write_digests
from kernel.notices.letters import carry_secret_link, forget_addresses, sample_of, use_address
from kernel.notices.messages import (
    Letter,
    LetterState,
    MailTemplate,
    Message,
    NoticePreference,
    locale_of,
    mark_all_read,
    mark_read,
    settings_of,
)
from kernel.notices.reminders import Reminder, months, remind, working_days
from kernel.notices.smtp import MailServer, Post, PostAway
from kernel.notices.telling import NOTICES, Notice, members_of, occasion_of, to_role
from kernel.notices.topics import Topic, Way
from kernel.notices.wordings import (
    PLACEHOLDER,
    Allowed,
    check_words,
    fill,
    in_use,
    restore_words,
    save_words,
    versions_of,
    words_in_use,
)

__all__ = [
    "DIGEST",
    "LEASE",
    "MOST_TRIES",
    "NOTICES",
    "PLACEHOLDER",
    "Allowed",
    "Letter",
    "LetterState",
    "MailServer",
    "MailTemplate",
    "Message",
    "Notice",
    "NoticePreference",
    "Post",
    "PostAway",
    "Reminder",
    "Topic",
    "Way",
    "carry_secret_link",
    "check_words",
    "deliver",
    "fill",
    "forget_addresses",
    "give_up_letters",
    "in_use",
    "locale_of",
    "mark_all_read",
    "mark_read",
    "members_of",
    "months",
    "occasion_of",
    "planned",
    "remind",
    "restore_words",
    "sample_of",
    "save_settings",
    "save_words",
    "send_letters_again",
    "settings_of",
    "to_role",
    "use_address",
    "versions_of",
    "words_in_use",
    "working_days",
    "write_digests",
]
