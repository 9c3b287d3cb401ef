"""What people read when the database refuses, for the kernel's own tables."""

from __future__ import annotations

from kernel.words import Sentence

SENTENCES = {
    "uq_account_user_id": Sentence("This person has an account already."),
    "ix_sight_user_kind": Sentence("This person has been given this record already."),
    "uq_message_occasion": Sentence("This has been told already."),
    "ix_audit_event_seq": Sentence("The trail is being written by another process. Please try again."),
    "uq_ab_user_username": Sentence("There is an account of this name already."),
    "uq_ab_user_email": Sentence("There is an account with this address already."),
}
