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
    "ck_posting_amount_not_zero": Sentence("A posting moves an amount that is not 0."),
}
