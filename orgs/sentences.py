"""What people read when the database refuses a record of this module."""

from __future__ import annotations

from kernel.words import Sentence

SENTENCES = {
    "uq_district_code": Sentence("There is a district with this code already."),
    "uq_service_field_code": Sentence("There is a service field with this code already."),
    "uq_organization_credit_code": Sentence("An organization with this credit code is registered already."),
    "ck_organization_credit_code_is_written_right": Sentence(
        "This cannot be a credit code: it has 18 figures and capital letters without I, O, S, V and Z."
    ),
    "ck_organization_has_a_name": Sentence("An organization needs a name."),
    "ck_organization_counts_people_from_zero": Sentence("Staff and volunteers cannot be fewer than zero."),
    "ck_organization_runs_some_of_its_projects": Sentence("More projects are running than there are."),
    "ck_organization_received_is_not_negative": Sentence("An organization cannot have received less than nothing."),
    "ck_organization_last_grade_has_its_day": Sentence("A grade is kept with the day on which it was given."),
    "ck_organization_inspection_has_its_year": Sentence("An inspection is kept with its year."),
    "ck_organization_rating_has_its_state": Sentence("A rating is kept with its state."),
    "ck_organization_rating_is_dated": Sentence("A rating in force has a first and a last day."),
    "uq_rating_announcement": Sentence("A rating announced on this day is on record already."),
    "ex_rating_one_counts_at_a_time": Sentence("Another rating of the same rules counts on some of these days."),
    "ck_rating_is_dated_wholly": Sentence("A rating has all of its days or none of them."),
    "ck_rating_is_dated_unless_pending": Sentence("Only a rating that waits to be verified may lack its announcement."),
    "ck_rating_falls_under_the_rules_of_its_day": Sentence("A rating falls under the rules of its announcement."),
    "ck_rating_begins_by_its_rules": Sentence("The first day of a rating follows from its announcement."),
    "ck_rating_ends_by_its_rules": Sentence("A rating cannot count for longer than its rules allow."),
    "ck_rating_ends_early_when_taken_away": Sentence("A rating that was taken away ends before its full term."),
    "ck_rating_counts_a_day_at_least": Sentence("A rating in force counts on one day at least."),
    "uq_inspection_organization_id_year": Sentence("The inspection of this year is on record already."),
    "ck_inspection_year_is_one_of_inspections": Sentence("This cannot be the year of an annual inspection."),
    "uq_credit_entry_listing": Sentence("This entry is on record already."),
    "ck_credit_entry_ends_after_it_begins": Sentence("An entry cannot end before it begins."),
    "ck_credit_entry_names_its_source": Sentence("An entry names where it was published."),
    "uq_import_line_run_id_number": Sentence("This line of the list has been read already."),
    "ck_import_run_counts_its_lines": Sentence("No more lines can be done than the list has."),
    "ck_import_run_unit_is_a_unit": Sentence("Amounts are written in yuan or in ten thousand yuan."),
    "ck_import_run_taken_on_a_day": Sentence("An import that was taken in has the moment at which it was."),
    "uq_known_heading_kind_heading": Sentence("What this heading means is known already."),
    "uq_past_project_organization_id_year_name": Sentence("This project of a past year is on record already."),
    "ck_past_project_year_is_of_the_programme": Sentence("The programme has bought services since 2014."),
    "ck_past_project_amount_is_not_negative": Sentence("An amount cannot be below zero."),
    "ck_past_project_has_a_name": Sentence("A project needs a name."),
    "ck_past_project_names_its_source": Sentence("A project of a past year names where it is written down."),
}
