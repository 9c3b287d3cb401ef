"""What people read when the database refuses a record of this module: constraint → sentence."""

from __future__ import annotations

from kernel.words import Sentence

STATEMENT = Sentence("Before anything is scored, the recusal statement has to be made.")

SENTENCES: dict[str, Sentence] = {
    "uq_indicator_set_code_edition": Sentence("This edition of the indicator set exists already."),
    "ck_indicator_set_edition_from_one": Sentence("Editions are counted from 1."),
    "ck_indicator_set_pass_mark_within_total": Sentence("The pass mark lies between 0 and the total."),
    "ck_indicator_set_total_positive": Sentence("The total of an indicator set is more than 0."),
    "ck_indicator_set_unchanged_once_used": Sentence(
        "This indicator set has been used and stays as it is. Make a new edition for a change."
    ),
    "uq_review_application_id_reviewer_id": Sentence("This reviewer has been assigned to this application already."),
    "ck_review_statement_before_scoring": STATEMENT,
    "ck_review_handed_in_at_if_handed_in": Sentence("A sheet that is handed in carries the moment of it."),
    "ck_review_reason_if_left": Sentence("Who is recused or replaced leaves a reason."),
    "ck_review_total_if_sealed": Sentence("The total of a sheet is written when it is sealed."),
    "ck_review_total_in_halves": Sentence("Scores are given in halves, from 0 up."),
    "uq_review_item_review_id_item_code": Sentence("This item has been scored already. Please load the page again."),
    "ck_review_item_score_within_weight": Sentence("A score lies between 0 and the weight of its item."),
    "ck_review_item_score_in_halves": Sentence("Scores are given in halves, from 0 up."),
    "uq_agency_credit_code": Sentence("An agency with this credit code is on record already."),
    "ck_agency_credit_code_is_written_right": Sentence(
        "This cannot be a credit code: it has 18 figures and capital letters without I, O, S, V and Z."
    ),
    "ck_agency_has_a_name": Sentence("An agency needs a name."),
    "uq_agency_member_user_id": Sentence("This person works for an agency already."),
    "uq_evaluation_number": Sentence("There is an evaluation with this number already."),
    "uq_evaluation_open": Sentence("An evaluation of this kind is under way for this project already."),
    "ck_evaluation_two_people_sign": Sentence("Two different people of the agency sign an evaluation."),
    "ck_evaluation_people_if_assigned": Sentence(
        "An evaluation needs an agency, an evaluator, a second signature and a day."
    ),
    "ck_evaluation_statement_before_scoring": STATEMENT,
    "ck_evaluation_self_report_before_reading": Sentence("The organization has not sent its self-report yet."),
    "ck_evaluation_report_if_signed": Sentence("A signed evaluation carries its report."),
    "ck_evaluation_score_if_told": Sentence("A result that is told carries its score."),
    "ck_evaluation_no_score_before_told": Sentence("A result is written when it is told."),
    "ck_evaluation_reason_if_objected": Sentence("An objection says why."),
    "ck_evaluation_finished_at_if_final": Sentence("A final result carries the moment of it."),
    "uq_evaluation_score_evaluation_id_leaf_code_score_column": Sentence(
        "This item has been scored already. Please load the page again."
    ),
    "ck_evaluation_score_reason_if_not_applicable": Sentence("Say why an item does not apply."),
}
