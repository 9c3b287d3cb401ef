"""May it be done to an organization: each rule gives the sentence that a person reads, or None."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final
from unicodedata import normalize

from kernel.actor import Actor, ReaderKind
from kernel.calendar import add_working_days
from kernel.clock import today
from kernel.words import Sentence
from orgs import credit_code
from orgs.models import (
    AccountRequest,
    BankAccount,
    BlacklistEntry,
    ImportRun,
    Organization,
    OrganizationDocument,
    OrganizationLink,
    ProfileChange,
    Rating,
)
from orgs.models.blacklist import LONGEST
from orgs.queries.claims import lapses_on, organization_by_code
from orgs.reference import districts, service_fields
from orgs.states import GONE, BlacklistState, DocumentKind, InspectionResult, LineOutcome, RatingState

FIRST_YEAR: Final = 1989
FIRST_PROGRAMME_YEAR: Final = 2014
_NOT_OF_A_NUMBER = re.compile(r"[\s\-]+")
_ACCOUNT = re.compile(r"[0-9]{8,32}")
_PHONE = re.compile(r"\+?[0-9][0-9 \-]{5,18}[0-9]")


def is_own_or_of_staff(organization: Organization, actor: Actor) -> Sentence | None:
    """An organization's people act for their own organization alone."""
    if actor.kind is ReaderKind.ORG and actor.organization_id != organization.id:
        return Sentence("You can act for your own organization only.")
    return None


def certificate_can_come(rating: Rating, actor: Actor) -> Sentence | None:
    """An organization hands in the certificate until the rating is verified against it; staff may at any time."""
    if actor.kind is not ReaderKind.ORG:
        return None
    if actor.organization_id != rating.organization_id:
        return Sentence("You can act for your own organization only.")
    if rating.state is not RatingState.PENDING:
        return Sentence("This rating is verified; its certificate stays as it was.")
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


def rating_is_dated(announced_on: date | None) -> Sentence | None:
    """A rating counts from days that follow from its announcement."""
    return None if announced_on else Sentence("Please give the day of the announcement.")


def begins_on_its_own_day(rating: Rating, other: Rating) -> Sentence | None:
    """Of two ratings under the same rules that begin on one day, only one can count."""
    if (rating.regime, rating.valid_from) != (other.regime, other.valid_from):
        return None
    return Sentence("A rating of {grade} that counts from the same day is verified.", grade=other.grade)


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


SHORTEST_DEFENCE, LONGEST_DEFENCE = 5, 30
APPEAL_DAYS = 7


def term_is_allowed(months: int) -> Sentence | None:
    """A listing has a term of up to three years."""
    return None if 1 <= months <= LONGEST else Sentence("A listing lasts from 1 to 36 months.")


def defence_has_time(days: int) -> Sentence | None:
    """Who may be listed has at least five working days to answer."""
    if SHORTEST_DEFENCE <= days <= LONGEST_DEFENCE:
        return None
    return Sentence("Please give 5 to 30 working days.")


def is_own_listing(entry: BlacklistEntry, actor: Actor) -> Sentence | None:
    """Only its own people speak for an organization."""
    if actor.organization_id != entry.organization_id:
        return Sentence("You can act for your own organization only.")
    return None


def defence_is_open(entry: BlacklistEntry) -> Sentence | None:
    """A defence is heard until its last day."""
    if entry.state is not BlacklistState.DEFENCE:
        return Sentence("There is nothing to answer at the moment.")
    if entry.defence_due_on is not None and today() > entry.defence_due_on:
        return Sentence("The time to answer ended on {day}.", day=entry.defence_due_on)
    return None


def defence_was_heard(entry: BlacklistEntry, _actor: Actor) -> Sentence | None:
    """Nobody is listed before they have answered or their time to answer is over."""
    if entry.defended_on is None and entry.defence_due_on is not None and today() <= entry.defence_due_on:
        return Sentence("The organization may answer until {day}.", day=entry.defence_due_on)
    return None


def is_decided_by_another(entry: BlacklistEntry, actor: Actor) -> Sentence | None:
    """Four eyes: who proposed a listing does not decide it."""
    return Sentence("Whoever proposed a listing does not decide it.") if actor.user_id == entry.proposed_by_id else None


def is_listed(entry: BlacklistEntry) -> Sentence | None:
    """Only a listing in force can be repaired or appealed against."""
    return None if entry.state is BlacklistState.IN_FORCE else Sentence("This listing is not in force.")


def listing_is_over(entry: BlacklistEntry, _actor: Actor) -> Sentence | None:
    """A listing expires when its last day is past."""
    if entry.ends_on is not None and entry.ends_on >= today():
        return Sentence("This listing counts until {day}.", day=entry.ends_on)
    return None


def no_repair_waits(entry: BlacklistEntry) -> Sentence | None:
    """One request at a time."""
    if entry.repair_asked_on is not None and entry.repair_answered_on is None:
        return Sentence("Your request of {day} waits for an answer.", day=entry.repair_asked_on)
    return None


def repair_waits(entry: BlacklistEntry, _actor: Actor) -> Sentence | None:
    """A removal answers a request."""
    if entry.repair_asked_on is None or entry.repair_answered_on is not None:
        return Sentence("The organization has not asked to be removed.")
    return None


def appeal_is_open(entry: BlacklistEntry) -> Sentence | None:
    """One appeal, within seven working days of the decision."""
    if entry.appealed_on is not None:
        return Sentence("You appealed on {day}; there is one appeal.", day=entry.appealed_on)
    if entry.decided_on is not None and today() > (last := add_working_days(entry.decided_on, APPEAL_DAYS)):
        return Sentence("An appeal was possible until {day}.", day=last)
    return None


def appeal_waits(entry: BlacklistEntry, _actor: Actor) -> Sentence | None:
    """An answer needs an appeal."""
    if entry.appealed_on is None or entry.appeal_answered_on is not None:
        return Sentence("No appeal waits for an answer.")
    return None


def is_own(organization: Organization, actor: Actor) -> Sentence | None:
    """An organization speaks for itself; the Centre changes a registration by another way."""
    if actor.organization_id != organization.id:
        return Sentence("You can act for your own organization only.")
    return None


def is_another(value: str, was: str | None) -> Sentence | None:
    """A change changes something."""
    return Sentence("This is what is on record already.") if value.strip() == was else None


def is_own_change(change: ProfileChange, actor: Actor) -> Sentence | None:
    """Who asked for a change takes it back: the organization, not another."""
    if actor.organization_id != change.organization_id:
        return Sentence("You can act for your own organization only.")
    return None


def change_is_decided_by_another(change: ProfileChange, actor: Actor) -> Sentence | None:
    """Four eyes: who asked for a change does not decide it."""
    return (
        Sentence("Whoever asked for a change does not decide it.") if actor.user_id == change.proposed_by_id else None
    )


def plain_number(number: str) -> str:
    """Write an account's number as it is kept: narrow figures alone."""
    return _NOT_OF_A_NUMBER.sub("", normalize("NFKC", number))


def account_is_written_right(number: str) -> Sentence | None:
    """The number of a bank account has 8 to 32 figures."""
    if not _ACCOUNT.fullmatch(plain_number(number)):
        return Sentence("Please write the number of the account: 8 to 32 figures.")
    return None


def account_is_to_be_verified(account: BankAccount) -> Sentence | None:
    """An account is verified once, while money is paid to it."""
    if account.until is not None:
        return Sentence("This account ended on {day}.", day=account.until)
    if account.verified_on is not None:
        return Sentence("This account was verified on {day}.", day=account.verified_on)
    return None


def is_verified_by_another(account: BankAccount, actor: Actor) -> Sentence | None:
    """Four eyes: who entered an account does not verify it."""
    if actor.user_id == account.recorded_by_id:
        return Sentence("Whoever entered an account does not verify it.")
    return None


def document_has_a_title(kind: DocumentKind, title: str) -> Sentence | None:
    """A document of no named kind says what it is."""
    return Sentence("Please fill this in.") if kind is DocumentKind.OTHER and not title.strip() else None


def last_day_is_not_before(first: date | None, last: date | None) -> Sentence | None:
    """What ends, ends after it has begun."""
    if first is not None and last is not None and last < first:
        return Sentence("The last day cannot lie before the first.")
    return None


def is_own_paper(document: OrganizationDocument, actor: Actor) -> Sentence | None:
    """An organization's people act for their own organization alone."""
    if actor.kind is ReaderKind.ORG and actor.organization_id != document.organization_id:
        return Sentence("You can act for your own organization only.")
    return None


def document_counts(document: OrganizationDocument) -> Sentence | None:
    """What was retired or replaced is so for good."""
    if document.replaced_on is not None:
        return Sentence("This document was replaced on {day}.", day=document.replaced_on)
    return None


def its_time_is_over(request: AccountRequest, _actor: Actor) -> Sentence | None:
    """A request ends by itself once its time is over."""
    last = lapses_on(request)
    return Sentence("This request waits until {day}.", day=last) if today() < last else None


def its_organization_is_found(request: AccountRequest, _actor: Actor) -> Sentence | None:
    """An account is opened for an organization of the register, and for one that lives."""
    organization = organization_by_code(request.credit_code)
    if organization is None:
        return Sentence("No organization of the register has the code {code}.", code=request.credit_code)
    if organization.status in GONE:
        return Sentence("{name}: {status}.", name=organization.name, status=Sentence(organization.status.word))
    return None


def other_is_known(other: Organization | None) -> Sentence | None:
    """Whoever speaks of another organization names one that is on the register."""
    return None if other is not None else Sentence("No organization with this credit code is on the register.")


def is_not_itself(organization: Organization, other: Organization | None) -> Sentence | None:
    """A link, and a merge, is between two."""
    if other is not None and other.id == organization.id:
        return Sentence("This is the same organization; please give the code of the other one.")
    return None


def link_holds(link: OrganizationLink) -> Sentence | None:
    """A link ends once."""
    return None if link.ended_on is None else Sentence("This link ended on {day}.", day=link.ended_on)
