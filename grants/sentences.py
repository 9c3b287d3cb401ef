"""What people read when the database refuses: constraint → sentence."""

from __future__ import annotations

from kernel.words import Sentence

SENTENCES: dict[str, Sentence] = {
    "uq_fiscal_year_year": Sentence("There is a budget of this year already."),
    "ck_fiscal_year_amount_positive": Sentence("The budget of a year is more than 0."),
    "ck_fiscal_year_year_plausible": Sentence("Please write a year between 2014 and 2100."),
    "ck_fiscal_year_approved_at_if_approved": Sentence("An approved budget carries the moment of its approval."),
    "uq_ledger_account_fiscal_year_id_book_quota_id_award_id": Sentence("This account is open already."),
    "ck_ledger_account_never_below_zero": Sentence(
        "There is not enough money left for this. Look at the quota and the year's balance, then propose less."
    ),
    "ck_ledger_account_allotted_by_quota": Sentence("Allotted money belongs to a quota of a call."),
    "ck_ledger_account_spent_by_award": Sentence("Approved, signed and paid money belongs to an award."),
    "uq_journal_deed_subject_kind_subject_id_occasion": Sentence("This movement of money has been posted already."),
    "journal_sums_to_zero": Sentence("A movement of money takes from one book what it gives to another."),
    "ck_posting_amount_not_zero": Sentence("A posting moves an amount that is not 0."),
    # Calls
    "uq_category_code": Sentence("There is a category of this code already."),
    "uq_catalogue_item_code": Sentence("There is an entry of the catalogue of this code already."),
    "uq_call_number": Sentence("There is a call of this number already."),
    "ck_call_closes_after_opening": Sentence("A call closes after it opens."),
    "ck_call_service_ends_after_start": Sentence("The service ends after it starts."),
    "ck_call_cap_positive": Sentence("The cap of a project is above 0.00."),
    "ck_call_first_time_cap_within_cap": Sentence("This cap is above 0.00 and not above the cap for everybody."),
    "ck_call_management_share_possible": Sentence("The management fee is capped above 0 and at most at 100 percent."),
    "ck_call_fiscal_share_possible": Sentence("The fiscal share is above 0 and at most 100 percent."),
    "ck_call_three_reviewers_least": Sentence("A review takes three reviewers at least."),
    "ck_call_reason_if_withdrawn": Sentence("A withdrawn call carries the reason."),
    "ck_call_published_at_if_public": Sentence("A published call carries the moment of its publication."),
    "uq_lot_call_id_position": Sentence("Another lot of this call has this place."),
    "uq_lot_call_id_title": Sentence("The call has a lot of this name already."),
    "ck_lot_amount_positive": Sentence("The amount of a lot is above 0.00."),
    "uq_call_quota_call_id_category_code_lot_id": Sentence("The call has a quota for this already."),
    "ck_call_quota_amount_positive": Sentence("A quota is above 0.00."),
    "ck_call_quota_category_or_lot": Sentence("A quota is for a category or for a lot, not for both."),
    # Applications
    "uq_application_number": Sentence("There is an application of this number already."),
    "uq_application_submission_key": Sentence("This submission has arrived already."),
    "ck_application_amounts_not_negative": Sentence("Amounts are not below 0.00."),
    "ck_application_targets_not_negative": Sentence("Targets are not below 0."),
    "ck_application_people_within_person_times": Sentence(
        "Each person counts once at least: person-times are not below people."
    ),
    "ck_application_ends_after_start": Sentence("The end lies before the start."),
    "ck_application_submitted_at_if_submitted": Sentence(
        "A submitted application carries the moment of its submission."
    ),
    "ck_application_reason_if_returned": Sentence("A correction needs a reason and a last day."),
    "ck_application_award_within_request": Sentence("An award is above 0.00 and not above what was asked for."),
    "ck_budget_line_not_negative": Sentence("Price and quantity are not below 0."),
    "ck_budget_line_price_times_quantity": Sentence("The amount of a line is price times quantity."),
    "ck_application_milestone_ends_after_start": Sentence("The end lies before the start."),
    "uq_application_version_application_id_number": Sentence("This version is kept already."),
    "uq_eligibility_check_application_id_rule": Sentence("This check is there already."),
    "ck_eligibility_check_reason_if_decided": Sentence("A judgement carries its reason."),
}
