"""What people read when the database refuses, for the kernel's own tables."""

from __future__ import annotations

from kernel.words import Sentence

SENTENCES = {
    "uq_account_user_id": Sentence("This person has an account already."),
    "ix_sight_user_kind": Sentence("This person has been given this record already."),
    "uq_one_time_link_token_hash": Sentence("This has been told already."),
    "uq_second_factor_user_id": Sentence("Your second factor is set up already."),
    "ck_web_session_stage_known": Sentence("A value is not one of the choices."),
    "uq_saved_view_owner_id_register_name": Sentence("You have a view of this name already."),
    "uq_saved_view_default": Sentence("You are changing your views in two places at once. Please try again."),
    "ck_saved_view_has_a_name": Sentence("A view has a name."),
    "uq_message_occasion": Sentence("This has been told already."),
    "uq_kept_answer_user_id_key": Sentence("This is being done already."),
    "ix_audit_event_seq": Sentence("The trail is being written by another process. Please try again."),
    "uq_ab_user_username": Sentence("There is an account of this name already."),
    "uq_ab_user_email": Sentence("There is an account with this address already."),
}
