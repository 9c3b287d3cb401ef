"""When an application may be submitted, withdrawn, returned and qualified, and what its form still lacks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from grants.models import Application
from grants.money_rules import budget_problem, cap_problems, cofunding_problem, line_problem, totals_of
from grants.queries.applications import settled_checks
from grants.queries.forms import answers_of
from grants.rules.answers import answer_problems
from grants.rules.calls import head_caps, takes_applications
from grants.rules.fields import LABELS
from grants.states import (
    ApplicationState,
    AttachmentKind,
    CallState,
    MoneySource,
    Section,
    TargetKind,
)
from kernel.actor import Actor
from kernel.clock import months_later, now, today
from kernel.money import ZERO
from kernel.words import Sentence

NEED_LEAST = 50
MONTHS_MOST = 12


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that stands in the way of a submission: in which section, at which field, and what to do.

    `section` is one of `Section`, or the code of a section of the call's own questions.
    """

    section: str
    field: str
    sentence: Sentence


# Steps


def still_takes_it(application: Application, _actor: Actor) -> Sentence | None:
    """A draft goes in while the call is open; a correction until the end of its last day."""
    if application.state is ApplicationState.RETURNED:
        due = application.return_due_on
        if due is None or today() <= due:
            return None
        return Sentence("The corrections were due on {day}; they can no longer be handed in.", day=due)
    return takes_applications(application.call)


def may_still_be_withdrawn(application: Application, _actor: Actor) -> Sentence | None:
    """The applicant may withdraw until the call closes."""
    call = application.call
    if now() < call.closes_at or application.state is ApplicationState.DRAFT:
        return None
    return Sentence("The call closed at {moment}; an application can be withdrawn only before.", moment=call.closes_at)


def was_not_returned_before(application: Application, _actor: Actor) -> Sentence | None:
    """There is one round of corrections."""
    if application.return_reason is None:
        return None
    return Sentence("There is one round of corrections, and it has been used. Decide the check now.")


def checks_are_settled(application: Application, _actor: Actor) -> Sentence | None:
    """Every rule has passed, by itself or by a person's judgement."""
    settled = settled_checks(application.id)
    if settled.failed and settled.manual:
        return Sentence(
            "Not yet: {failed} checks have not passed and {manual} wait for a person.",
            failed=settled.failed,
            manual=settled.manual,
        )
    if settled.failed:
        return Sentence("Not yet: {failed} checks have not passed.", failed=settled.failed)
    if settled.manual:
        return Sentence("Not yet: {manual} checks wait for a person.", manual=settled.manual)
    return None


def call_is_closed(application: Application, _actor: Actor) -> Sentence | None:
    if application.call.state in {CallState.CLOSED, CallState.REVIEWING}:
        return None
    return Sentence("The review starts after the call has closed.")


# The form


def problems_of(
    application: Application, *, attached: Collection[str], first_time: bool, declared: bool | None = None
) -> list[Problem]:
    """Give everything that stands in the way of a submission, section by section; all at once.

    `attached` are the kinds of the attachments that are there; `first_time` says that the organization has had no
    contract yet; `declared` stands in for the stored declaration.
    """
    found: list[Problem] = []
    for section, ask in SECTIONS.items():
        found += [Problem(section, field, sentence) for field, sentence in ask(application)]
    found += [Problem(Section.BUDGET, "requested", told) for told in _cap_sentences(application, first_time=first_time)]
    found += _own_questions(application, attached)
    found += [Problem(Section.ATTACHMENTS, kind, told) for kind, told in _missing_files(application, attached)]
    if not (application.declared if declared is None else declared):
        told = Sentence("Please declare that the project is funded nowhere else and that everything is true.")
        found.append(Problem(Section.DECLARATION, "declared", told))
    return found


def _own_questions(application: Application, attached: Collection[str]) -> Iterator[Problem]:
    """Give what the call's own questions still lack, by the version with which the application was begun."""
    version = application.form_version
    if version is not None and version.form.sections:
        for section, question, told in answer_problems(version.form, answers_of(application.id), attached):
            yield Problem(section, question, told)


Found = Iterator[tuple[str, Sentence]]


def _missing(application: Application, *names: str) -> Found:
    for name in names:
        value = getattr(application, name)
        if value in {None, "", 0}:
            yield name, Sentence("Please fill in: {field}.", field=Sentence(LABELS[name]))


def _basics(application: Application) -> Found:
    yield from _missing(application, "title", "category_code", "district_code", "starts_on", "ends_on")
    if application.call.has_lots and application.lot_id is None:
        yield "lot_id", Sentence("Please choose the lot that you apply for.")
    yield from period_problems(application)


def period_problems(application: Application) -> Found:
    """Say why the project's period does not fit the call's window of service, or is too long."""
    call, starts_on, ends_on = application.call, application.starts_on, application.ends_on
    if starts_on is None or ends_on is None:
        return
    if starts_on < call.service_from:
        yield "starts_on", Sentence("The service of this call starts on {day} at the earliest.", day=call.service_from)
    if ends_on > call.service_to:
        yield "ends_on", Sentence("The service of this call ends on {day} at the latest.", day=call.service_to)
    if ends_on > months_later(starts_on, MONTHS_MOST):
        yield "ends_on", Sentence("A project takes {most} months at most.", most=MONTHS_MOST)


def _need(application: Application) -> Found:
    written = len("".join(application.need.split()))
    if written < NEED_LEAST:
        yield (
            "need",
            Sentence(
                "Please describe the need in {least} characters at least; there are {count}.",
                least=NEED_LEAST,
                count=written,
            ),
        )


def _goals(application: Application) -> Found:
    yield from _missing(application, "goal", "beneficiaries")


def _plan(application: Application) -> Found:
    yield from _missing(application, "plan")
    if not application.milestones:
        yield "milestones", Sentence("Please name at least one milestone.")
    starts_on, ends_on = application.starts_on, application.ends_on
    for milestone in application.milestones:
        if starts_on and ends_on and not starts_on <= milestone.starts_on <= milestone.ends_on <= ends_on:
            yield (
                "milestones",
                Sentence("Milestone “{title}” lies outside the project's period.", title=milestone.title),
            )


def _targets(application: Application) -> Found:
    kinds = [kind.value for kind in TargetKind if kind.value in application.call.target_kinds]
    yield from _missing(application, *kinds, "target_proof")
    if application.people > application.person_times:
        yield "person_times", people_within_person_times(application.people, application.person_times)


def people_within_person_times(people: int, person_times: int) -> Sentence:
    return Sentence(
        "{people} people cannot be fewer person-times ({times}): each person counts once at least.",
        people=people,
        times=person_times,
    )


def _team(application: Application) -> Found:
    if not application.team:
        yield "team", Sentence("Please name at least one member of the team.")


def _budget(application: Application) -> Found:
    lines = application.budget_lines
    yield from (("lines", told) for line in lines if (told := line_problem(line)))
    if application.requested <= ZERO:
        yield "requested", Sentence("Please write how much fiscal money you ask for.")
    elif told := budget_problem(lines, applied=application.requested):
        yield "requested", told
    for told in cap_problems(lines, head_caps(application.call)).values():
        yield "lines", told
    for head in dict.fromkeys(line.head for line in lines if line.head.value not in application.call.budget_heads):
        yield "lines", Sentence("This call pays nothing for {head}. Move the amount to another budget head.", head=head)
    if lines and (told := cofunding_problem(totals_of(lines), most_fiscal=application.call.fiscal_percent)):
        yield "requested", told


def _risk(application: Application) -> Found:
    yield from _missing(application, "risk")


SECTIONS: dict[Section, Callable[[Application], Found]] = {
    Section.BASICS: _basics,
    Section.NEED: _need,
    Section.GOALS: _goals,
    Section.PLAN: _plan,
    Section.TARGETS: _targets,
    Section.TEAM: _team,
    Section.BUDGET: _budget,
    Section.RISK: _risk,
}


def _cap_sentences(application: Application, *, first_time: bool) -> list[Sentence]:
    """Say which caps the application passes: the call's, a first-timer's, its lot's."""
    asked, call, told = application.requested, application.call, []
    if asked > call.cap_per_project:
        told.append(
            Sentence("{asked} is above this call's cap of {cap} a project.", asked=asked, cap=call.cap_per_project)
        )
    if first_time and asked > call.cap_first_time:
        told.append(
            Sentence(
                "{asked} is above the {cap} that a first-time contractor may ask for.",
                asked=asked,
                cap=call.cap_first_time,
            )
        )
    lot = application.lot
    if lot is not None and asked > lot.amount:
        told.append(Sentence("{asked} is above the {cap} of lot “{lot}”.", asked=asked, cap=lot.amount, lot=lot.title))
    return told


cap_sentences = _cap_sentences


def required_kinds(application: Application) -> list[AttachmentKind]:
    """Give the kinds of attachments that this application needs: the call's, and proof of other money."""
    wanted = [AttachmentKind(kind) for kind in application.call.required_attachments]
    has_match = any(line.source is not MoneySource.FISCAL for line in application.budget_lines)
    if has_match and AttachmentKind.MATCHING_PROOF not in wanted:
        wanted.append(AttachmentKind.MATCHING_PROOF)
    return wanted


def _missing_files(application: Application, attached: Collection[str]) -> Sequence[tuple[str, Sentence]]:
    return [
        (kind.value, Sentence("Please attach: {kind}.", kind=kind))
        for kind in required_kinds(application)
        if kind.value not in attached
    ]


def may_be_edited(application: Application) -> Sentence | None:
    """A draft is edited while its call takes applications, a returned application until its last day."""
    if application.state is ApplicationState.DRAFT:
        return takes_applications(application.call)
    if application.state is ApplicationState.RETURNED:
        return still_takes_it(application, Actor.system("rules"))
    return Sentence("This application is “{state}”; it can no longer be changed.", state=application.state)
