"""May it be done to an organization: each rule gives the sentence that a person reads, or None."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from kernel.actor import Actor, ReaderKind
from kernel.clock import today
from kernel.words import Sentence
from orgs import credit_code
from orgs.models import ImportRun, Organization, Rating
from orgs.reference import districts, service_fields
from orgs.states import InspectionResult, LineOutcome

FIRST_YEAR: Final = 1989
FIRST_PROGRAMME_YEAR: Final = 2014
_PHONE = re.compile(r"\+?[0-9][0-9 \-]{5,18}[0-9]")


def is_own_or_of_staff(organization: Organization, actor: Actor) -> Sentence | None:
    """An organization's people act for their own organization alone."""
    if actor.kind is ReaderKind.ORG and actor.organization_id != organization.id:
        return Sentence("You can act for your own organization only.")
    return None


def code_names_a_kind(code: str) -> Sentence | None:
    """The first two characters of a credit code say what kind of body it is.

    Source: GB 32100-2015.
    """
    if credit_code.registered_kind(code) is None:
        return Sentence("“{start}” is no kind of body that can be registered here.", start=code[:2])
    return None


def day_is_not_ahead(day: date | None) -> Sentence | None:
    """What has happened, happened today at the latest."""
    if day is not None and day > today():
        return Sentence("{day} is still to come.", day=day)
    return None


def phone_is_written_right(phone: str | None) -> Sentence | None:
    """A number has 7 to 20 figures, blanks and hyphens, and may begin with a plus."""
    if phone and not _PHONE.fullmatch(phone):
        return Sentence("Please write a phone number, such as 021-12345678.")
    return None


def counts_from_zero(count: int) -> Sentence | None:
    """People are counted from zero."""
    return Sentence("A count cannot be below zero.") if count < 0 else None


def district_is_known(code: str | None) -> Sentence | None:
    """A district is one of today's sixteen."""
    return Sentence("Please choose one of the offered values.") if code and code not in districts() else None


def fields_are_known(codes: Iterable[str]) -> Sentence | None:
    """Service fields are those of the list."""
    unknown = set(codes) - service_fields().keys()
    return Sentence("Please choose one of the offered values.") if unknown else None


def year_is_of_an_inspection(year: int) -> Sentence | None:
    """There have been annual inspections since 1989, and none of a year to come."""
    if FIRST_YEAR <= year <= today().year:
        return None
    return Sentence("There is no annual inspection of {year}.", year=str(year))


def year_is_of_the_programme(year: int) -> Sentence | None:
    """Services have been bought since 2014, and history ends with this year."""
    if FIRST_PROGRAMME_YEAR <= year <= today().year:
        return None
    return Sentence("The programme has years from 2014 to this one; {year} is none of them.", year=str(year))


def conclusion_has_its_day(result: InspectionResult, concluded_on: date | None) -> Sentence | None:
    """An inspection without a conclusion has no day of one."""
    if result is InspectionResult.UNDECIDED and concluded_on is not None:
        return Sentence("Without a conclusion there is no day of one.")
    return None


def rating_is_over(rating: Rating, _actor: Actor) -> Sentence | None:
    """A rating expires when its last day is past."""
    if rating.valid_to is not None and rating.valid_to >= today():
        return Sentence("This rating counts until {day}.", day=rating.valid_to)
    return None


def ends_before_its_term(rating: Rating, last_day: date, full_term: date) -> Sentence | None:
    """Who takes a rating away names the last day on which it counted, before its full term."""
    if last_day >= full_term:
        return Sentence("The last day must lie before {day}, the end of its full term.", day=full_term)
    if rating.announced_on is not None and last_day < rating.announced_on:
        return Sentence("The last day cannot lie before {day}, the day of the announcement.", day=rating.announced_on)
    return None


def something_can_be_taken(run: ImportRun, _actor: Actor) -> Sentence | None:
    """A list of which no line is new, changed or clashing has nothing to give."""
    if any(run.counts.get(outcome) for outcome in (LineOutcome.NEW, LineOutcome.CHANGED, LineOutcome.CLASH)):
        return None
    return Sentence("No line of this list would change anything.")
