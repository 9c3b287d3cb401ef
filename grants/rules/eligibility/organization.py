"""The rules about an organization: what the register knows of it, as of the closing day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from grants.rules.eligibility.asking import Answer, Ask, Case, Parameters, failed, listed, manual, passed
from grants.states import EligibilityRule as Rule
from kernel.clock import months_later
from kernel.words import Sentence
from orgs.reference import districts, service_fields
from orgs.states import CreditKind, DocumentKind, Grade, InspectionResult, OrganizationStatus, RatingGrade

NOT_PASSED = frozenset({InspectionResult.FAILED, InspectionResult.NOT_INSPECTED})


def code(case: Case, _told: Parameters) -> Answer:
    if case.facts.code_is_valid:
        return passed(Sentence("Both check characters are right."))
    return failed(Sentence("The check characters of the credit code are wrong."))


def status(case: Case, _told: Parameters) -> Answer:
    if case.facts.status is OrganizationStatus.ACTIVE:
        return passed(Sentence("{status}.", status=case.facts.status))
    return failed(Sentence("The register says: {status}.", status=case.facts.status))


def kind(case: Case, told: Parameters) -> Answer:
    if case.facts.type.value in told["barred"]:
        return failed(Sentence("{type}: this kind of organization may not apply for this call.", type=case.facts.type))
    return passed(Sentence("{type}, not among the barred kinds.", type=case.facts.type))


def rating(case: Case, told: Parameters) -> Answer:
    """Without a grade to reach a rating only breaks ties, and is never a gate."""
    facts, least = case.facts, told["least"]
    if not least:
        if facts.rating is None or facts.rating_valid_to is None:
            return passed(Sentence("No valid rating; a rating only breaks ties."))
        return passed(
            Sentence("{grade}, valid to {day}; it only breaks ties.", grade=facts.rating, day=facts.rating_valid_to)
        )
    wanted = RatingGrade(least)
    if facts.rating is None or facts.rating_valid_to is None:
        return failed(
            Sentence("No rating is in force on {day}; this call asks for {least}.", day=case.as_of, least=wanted)
        )
    if facts.rating.rank < wanted.rank:
        return failed(Sentence("{grade} is below the {least} of this call.", grade=facts.rating, least=wanted))
    return passed(Sentence("{grade}, valid to {day}.", grade=facts.rating, day=facts.rating_valid_to))


def inspection(case: Case, told: Parameters) -> Answer:
    """All past inspections passed; last year's may have no conclusion yet where the call allows it."""
    facts, last = case.facts, case.as_of.year - 1
    first = max(case.as_of.year - told["years"], facts.founded_on.year + 1 if facts.founded_on else 0)
    asked = range(first, case.as_of.year)
    bad = [year for year in asked if facts.inspections.get(year) in NOT_PASSED]
    if bad:
        return failed(Sentence("Not passed or not taken: {years}.", years=_years(bad)))
    still_open = [year for year in asked if facts.inspections.get(year) in {None, InspectionResult.UNDECIDED}]
    missing = [year for year in still_open if year != last or not told["undecided"]]
    if missing:
        return manual(
            Sentence("The register holds no result for {years}. Please look at the certificate.", years=_years(missing))
        )
    if still_open:
        return passed(Sentence("{year} has no conclusion yet, which is allowed; earlier years passed.", year=str(last)))
    if not asked:
        return passed(Sentence("Founded too recently to have been inspected."))
    return passed(Sentence("{years} passed.", years=_years(list(asked))))


def _years(years: Sequence[int]) -> tuple[str, ...]:
    return tuple(str(year) for year in years)


def _window(listed_as: CreditKind) -> Ask:
    def ask(case: Case, told: Parameters) -> Answer:
        if case.facts.listed_within(listed_as, told["years"]):
            return failed(Sentence("On record within the last {years} years.", years=told["years"]))
        return passed(Sentence("Nothing on record in a window of {years} years.", years=told["years"]))

    return ask


def blacklist(case: Case, _told: Parameters) -> Answer:
    until = case.facts.blacklisted_until
    if until is not None:
        return failed(Sentence("On the Centre's blacklist until {day}.", day=until))
    return passed(Sentence("Not on the Centre's blacklist."))


def first_time(case: Case, _told: Parameters) -> Answer:
    count, cap = case.facts.projects_total, case.call.cap_first_time
    if count:
        return passed(
            Sentence("{count} projects so far; the cap for first-time contractors does not apply.", count=count)
        )
    asked = case.application.requested if case.application is not None else None
    if asked is not None and asked > cap:
        return failed(
            Sentence("{asked} is above the {cap} that a first-time contractor may ask for.", asked=asked, cap=cap)
        )
    return passed(Sentence("First contract: at most {cap}.", cap=cap))


def founded(case: Case, told: Parameters) -> Answer:
    day = case.facts.founded_on
    if day is None:
        return manual(Sentence("The register does not know when the organization was founded."))
    if months_later(day, 12 * told["years"]) <= case.as_of:
        return passed(Sentence("Founded on {day}.", day=day))
    return failed(
        Sentence(
            "Founded on {day}: less than {years} years before {closing}.",
            day=day,
            years=told["years"],
            closing=case.as_of,
        )
    )


def district(case: Case, told: Parameters) -> Answer:
    where = case.facts.district_code
    if where is None:
        return manual(Sentence("The register does not know the district of the organization."))
    name = districts().get(where, where)
    if where in told["districts"]:
        return passed(Sentence("{district}, one of the districts of this call.", district=name))
    return failed(Sentence("{district} is not one of the districts of this call.", district=name))


def field(case: Case, told: Parameters) -> Answer:
    held = case.facts.service_fields
    if not held:
        return manual(Sentence("The register does not know the fields in which the organization serves."))
    shared = [service_fields().get(one, one) for one in held if one in told["fields"]]
    if shared:
        return passed(Sentence("Serves in: {fields}.", fields=listed(shared)))
    return failed(Sentence("None of its fields of service is one of this call."))


def experience(case: Case, told: Parameters) -> Answer:
    count, least = case.facts.projects_total, told["least"]
    told_so = Sentence("{count} projects so far; this call asks for {least}.", count=count, least=least)
    return passed(told_so) if count >= least else failed(told_so)


def grade(case: Case, told: Parameters) -> Answer:
    """No project ended poor within some years; the last day of the window still counts."""
    poor = [
        day
        for day, given in {*case.facts.grades, *case.track.grades}
        if given is Grade.POOR and day <= case.as_of <= months_later(day, 12 * told["years"])
    ]
    if poor:
        return failed(Sentence("A project was graded {grade} on {day}.", grade=Grade.POOR, day=max(poor)))
    return passed(
        Sentence("No project was graded {grade} within {years} years.", grade=Grade.POOR, years=told["years"])
    )


def running(case: Case, told: Parameters) -> Answer:
    count, most = case.track.running_on(case.call.service_from), told["most"]
    told_so = Sentence(
        "{count} projects still run on {day}, when this service starts; at most {most} may.",
        count=count,
        day=case.call.service_from,
        most=most,
    )
    return passed(told_so) if count <= most else failed(told_so)


def account(case: Case, _told: Parameters) -> Answer:
    if case.facts.account_verified is None:
        return failed(Sentence("No bank account is recorded."))
    if not case.facts.account_verified:
        return manual(Sentence("The bank account has not been verified yet."))
    return passed(Sentence("The bank account is verified."))


def documents(case: Case, told: Parameters) -> Answer:
    missing = [DocumentKind(one) for one in told["kinds"] if DocumentKind(one) not in case.facts.documents]
    if missing:
        return failed(
            Sentence("Not recorded, or not in force on {day}: {kinds}.", day=case.as_of, kinds=listed(missing))
        )
    held = [DocumentKind(one) for one in told["kinds"]]
    return passed(Sentence("In force on {day}: {kinds}.", day=case.as_of, kinds=listed(held)))


ASKED: Final[Mapping[Rule, Ask]] = MappingProxyType(
    {
        Rule.CODE: code,
        Rule.STATUS: status,
        Rule.TYPE: kind,
        Rule.RATING: rating,
        Rule.INSPECTION: inspection,
        Rule.ABNORMAL: _window(CreditKind.ABNORMAL_LIST),
        Rule.SERIOUS: _window(CreditKind.SERIOUS_LIST),
        Rule.PENALTY: _window(CreditKind.PENALTY),
        Rule.BLACKLIST: blacklist,
        Rule.FIRST_TIME: first_time,
        Rule.FOUNDED: founded,
        Rule.DISTRICT: district,
        Rule.FIELD: field,
        Rule.EXPERIENCE: experience,
        Rule.GRADE: grade,
        Rule.RUNNING: running,
        Rule.ACCOUNT: account,
        Rule.DOCUMENTS: documents,
    }
)
