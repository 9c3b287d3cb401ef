"""The deeds on organizations: the only code that writes them."""

from __future__ import annotations

from orgs.operations.account_requests import (
    ask_for_account,
    forget_requests,
    lapse_requests,
    refuse_request,
    verify_request,
)
from orgs.operations.accounts import record_account, verify_account
from orgs.operations.blacklist import (
    appeal_against_listing,
    ask_for_repair,
    defend_against_listing,
    drop_listing,
    enforce_listing,
    expire_listing,
    expire_listings,
    notify_of_listing,
    propose_listing,
    refuse_repair,
    reject_appeal,
    remove_after_repair,
    uphold_appeal,
)
from orgs.operations.bulk import (
    Plan,
    plan_circular,
    plan_district,
    plan_fields,
    send_circular,
    set_district,
    set_service_fields,
    too_many,
)
from orgs.operations.claims import claim_account, write_claim_letters
from orgs.operations.confirming import confirm_ratings, plan_confirmation, too_many_ratings
from orgs.operations.contacts import change_contacts, seal_contacts
from orgs.operations.credit import close_credit_entry, record_credit_entry
from orgs.operations.documents import record_document, retire_document
from orgs.operations.duplicates import compare_organizations, dismiss_pair, find_pair_again, reopen_pair
from orgs.operations.figures import note_grade, note_project_figures
from orgs.operations.import_runs import (
    RegisterChanged,
    bring_list,
    check_lines,
    give_back_with,
    match_columns,
    recheck_import,
    take_lines,
)
from orgs.operations.importing import ImportResult, import_organizations
from orgs.operations.inspections import record_inspection
from orgs.operations.links import end_link, record_link
from orgs.operations.members import (
    give_member_roles,
    invite_member,
    remove_member,
    resend_invitation,
    withdraw_invitation,
)
from orgs.operations.merging import approve_merge, propose_merge, refuse_merge, survivor_of, withdraw_merge
from orgs.operations.organizations import change_profile, change_registration, register_organization
from orgs.operations.profile_changes import (
    approve_change,
    propose_account,
    propose_legal_representative,
    propose_name,
    refuse_change,
    withdraw_change,
)
from orgs.operations.ratings import (
    attach_certificate,
    confirm_rating,
    discard_rating,
    downgrade_rating,
    expire_rating,
    expire_ratings,
    record_rating,
    revoke_rating,
)
from orgs.operations.reference import load_reference

__all__ = [
    "ImportResult",
    "Plan",
    "RegisterChanged",
    "appeal_against_listing",
    "approve_change",
    "approve_merge",
    "ask_for_account",
    "ask_for_repair",
    "attach_certificate",
    "bring_list",
    "change_contacts",
    "change_profile",
    "change_registration",
    "check_lines",
    "claim_account",
    "close_credit_entry",
    "compare_organizations",
    "confirm_rating",
    "confirm_ratings",
    "defend_against_listing",
    "discard_rating",
    "dismiss_pair",
    "downgrade_rating",
    "drop_listing",
    "end_link",
    "enforce_listing",
    "expire_listing",
    "expire_listings",
    "expire_rating",
    "expire_ratings",
    "find_pair_again",
    "forget_requests",
    "give_back_with",
    "give_member_roles",
    "import_organizations",
    "invite_member",
    "lapse_requests",
    "load_reference",
    "match_columns",
    "note_grade",
    "note_project_figures",
    "notify_of_listing",
    "plan_circular",
    "plan_confirmation",
    "plan_district",
    "plan_fields",
    "propose_account",
    "propose_legal_representative",
    "propose_listing",
    "propose_merge",
    "propose_name",
    "recheck_import",
    "record_account",
    "record_credit_entry",
    "record_document",
    "record_inspection",
    "record_link",
    "record_rating",
    "refuse_change",
    "refuse_merge",
    "refuse_repair",
    "refuse_request",
    "register_organization",
    "reject_appeal",
    "remove_after_repair",
    "remove_member",
    "reopen_pair",
    "resend_invitation",
    "retire_document",
    "revoke_rating",
    "seal_contacts",
    "send_circular",
    "set_district",
    "set_service_fields",
    "survivor_of",
    "take_lines",
    "too_many",
    "too_many_ratings",
    "uphold_appeal",
    "verify_account",
    "verify_request",
    "withdraw_change",
    "withdraw_invitation",
    "withdraw_merge",
    "write_claim_letters",
]
