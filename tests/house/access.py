"""Who may open which door: every route of the house, by hand, from the roles of the domain.

A row says which roles come in with GET and which with POST; everybody else is sent to the sign-in page (a visitor) or
refused (403). Where the address names a record, a role that may come in still meets only the rows of its own sight
(SIGHT below): another's row and one that is not there are the same 404.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

STAFF = frozenset({"officer", "director", "finance", "funder", "auditor"})
ORGANIZATION = frozenset({"org_admin", "org_lead", "org_finance"})
AGENCY = frozenset({"agency_admin", "evaluator"})
REVIEWER = frozenset({"reviewer"})
KEEPERS = frozenset({"sysadmin", "secadmin", "logadmin"})
SIGNED_IN = STAFF | ORGANIZATION | AGENCY | REVIEWER | KEEPERS
EVERYBODY = SIGNED_IN | {"public"}
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Row:
    """Who comes in by GET and by POST, of which record the address speaks, and what fills the rest of it."""

    get: frozenset[str] = NOBODY
    post: frozenset[str] = NOBODY
    of: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    child: tuple[str, str, str] | None = None

    def about(self, model: str, **values: str) -> Row:
        """Say of which record the address speaks, where it is not the view's own, and the words in it."""
        return replace(self, of=model, values=values)


def page(*roles: str | frozenset[str]) -> Row:
    """A page to read."""
    return Row(get=_all(roles))


def form(*roles: str | frozenset[str]) -> Row:
    """A form: asked and sent by the same people."""
    return Row(get=_all(roles), post=_all(roles))


def button(*roles: str | frozenset[str]) -> Row:
    """A deed without a page of its own."""
    return Row(post=_all(roles))


def _all(roles: tuple[str | frozenset[str], ...]) -> frozenset[str]:
    return frozenset().union(*({role} if isinstance(role, str) else role for role in roles))


STEPS = form(SIGNED_IN)
"""The steps of a record stand behind one door for all who see the record; the workflow itself asks who may take which."""

ACCESS: dict[str, Row] = {
    # The kernel
    "Home.index": page(EVERYBODY),
    "SignIn.login": form(EVERYBODY),
    "SignIn.logout": button(EVERYBODY),
    "SignIn.language": Row(get=EVERYBODY, values={"locale": "zh"}),
    "Inbox.index": page(SIGNED_IN),
    "Inbox.read": button(SIGNED_IN),
    "Account.index": form(SIGNED_IN),
    "Files.index": page(EVERYBODY).about("StoredFile"),
    "PeopleView.index": page("sysadmin", "secadmin"),
    "PeopleView.record": page("sysadmin", "secadmin"),
    "PeopleView.create": form("sysadmin"),
    "PeopleView.deed": form("sysadmin", "secadmin").about("User", name="lock"),
    "RoleView.index": page("sysadmin", "secadmin"),
    "AuditView.index": page("logadmin"),
    "JobRunView.index": page("sysadmin"),
    "DemoMail.index": page("sysadmin"),
    "healthz": page(EVERYBODY),
    "static": Row(get=EVERYBODY, values={"filename": "kernel/theme.css"}),
    # Organizations
    "OrganizationView.index": page(STAFF),
    "OrganizationView.record": page(STAFF, ORGANIZATION),
    "OrganizationView.create": form("officer"),
    "OrganizationView.deed": form("officer", "org_admin").about("Organization", name="profile"),
    "MyOrganization.index": page(ORGANIZATION),
    "RatingView.index": page(STAFF),
    "RatingView.record": page(STAFF, ORGANIZATION),
    "RatingView.discard": form("officer"),
    "RatingView.step": STEPS,
    # The year and its money
    "YearView.index": page(STAFF),
    "YearView.record": page(STAFF),
    "YearView.create": form("finance"),
    "YearView.deed": form("finance").about("FiscalYear", name="set-aside"),
    "YearView.step": STEPS,
    "LedgerView.index": page(STAFF),
    "LedgerView.record": page(STAFF),
    "LedgerView.year": page(STAFF).about("FiscalYear"),
    # Calls and applications
    "CallView.index": page(EVERYBODY),
    "CallView.record": page(EVERYBODY),
    "CallView.create": form("officer"),
    "CallView.edit": form("officer"),
    "CallView.lots": form("officer"),
    "CallView.quotas": form("officer"),
    "CallView.extend": form("officer"),
    "CallView.apply": button("org_admin", "org_lead"),
    "CallView.step": STEPS,
    "ApplicationView.index": page(STAFF, ORGANIZATION),
    "ApplicationView.record": page(STAFF, ORGANIZATION),
    "ApplicationView.receipt": page(STAFF, ORGANIZATION),
    "ApplicationView.judge": form("officer").about("Application", rule="double_funding"),
    "ApplicationView.step": STEPS,
    "ApplicationForm.index": page(ORGANIZATION).about("Application"),
    "ApplicationForm.section": form(ORGANIZATION).about("Application", name="basics"),
    "ApplicationForm.merge": button(ORGANIZATION).about("Application", name="basics"),
    "ApplicationForm.attach": button(ORGANIZATION).about("Application"),
    "ApplicationForm.submit": button("org_admin").about("Application"),
    # Awards, notices, objections
    "AwardListView.index": page(STAFF),
    "AwardListView.record": page(STAFF),
    "AwardListView.create": form("officer"),
    "AwardListView.amounts": button("officer"),
    "AwardListView.publish": button("officer"),
    "AwardListView.step": STEPS,
    "NoticeView.index": page(EVERYBODY),
    "NoticeView.record": page(EVERYBODY),
    "NoticeView.csv": page(EVERYBODY),
    "NoticeView.close": button("officer"),
    "NoticeView.object": replace(form("org_admin"), child=("entry_id", "NoticeEntry", "notice_id")),
    "ObjectionView.index": page(STAFF, ORGANIZATION),
    "ObjectionView.record": page(STAFF, ORGANIZATION),
    "ObjectionView.step": STEPS,
    # Contracts, projects, payments
    "ContractView.index": page(STAFF, ORGANIZATION),
    "ContractView.record": page(STAFF, ORGANIZATION),
    "ContractView.paper": page(STAFF, ORGANIZATION),
    "ContractView.step": STEPS,
    "ProjectView.index": page(STAFF, ORGANIZATION, AGENCY),
    "ProjectView.record": page(STAFF, ORGANIZATION, AGENCY),
    "ProjectView.history": page(STAFF, ORGANIZATION, AGENCY),
    "ProjectView.audit": form("finance"),
    "ProjectView.refund": form("finance"),
    "ProjectView.reach": replace(form("org_admin", "org_lead"), child=("milestone_id", "Milestone", "project_id")),
    "ProjectView.new_activity": form("org_admin", "org_lead"),
    "ProjectView.new_report": form("org_admin", "org_lead"),
    "ProjectView.new_expense": form("org_lead", "org_finance"),
    "ProjectView.step": STEPS,
    "InstalmentView.index": page(STAFF, ORGANIZATION),
    "InstalmentView.record": page(STAFF, ORGANIZATION),
    "InstalmentView.reduce": form("officer"),
    "InstalmentView.step": STEPS,
    "ActivityView.index": page(STAFF, ORGANIZATION, AGENCY),
    "ActivityView.record": page(STAFF, ORGANIZATION, AGENCY),
    "ActivityView.edit": form("org_admin", "org_lead"),
    "ActivityView.step": STEPS,
    "ReportView.index": page(STAFF, ORGANIZATION, AGENCY),
    "ReportView.record": page(STAFF, ORGANIZATION, AGENCY),
    "ReportView.edit": form("org_admin", "org_lead"),
    "ReportView.step": STEPS,
    "ExpenseView.index": page(STAFF, ORGANIZATION),
    "ExpenseView.record": page(STAFF, ORGANIZATION),
    "ExpenseView.edit": form("org_lead", "org_finance"),
    "ExpenseView.step": STEPS,
    # Review and evaluation
    "ReviewView.index": page(STAFF),
    "ReviewView.record": page(STAFF),
    "ReviewView.step": STEPS,
    "ReviewBoards.index": page(STAFF),
    "ReviewBoards.record": page(STAFF),
    "ReviewBoards.assign": button("officer"),
    "ReviewBoards.close": form("officer"),
    "ReviewSheets.index": page(REVIEWER),
    "ReviewSheets.record": page(REVIEWER),
    "ReviewSheets.save": button(REVIEWER),
    "ReviewSheets.step": STEPS,
    "EvaluationView.index": page(STAFF, AGENCY, ORGANIZATION),
    "EvaluationView.record": page(STAFF, AGENCY, ORGANIZATION),
    "EvaluationView.assign": form("officer"),
    "EvaluationView.step": STEPS,
    "EvaluationSheets.sheet": page(AGENCY).about("Evaluation"),
    "EvaluationSheets.save_sheet": button(AGENCY).about("Evaluation"),
    "EvaluationSheets.self_report": page("org_admin", "org_lead").about("Evaluation"),
    "EvaluationSheets.save_self_report": button("org_admin", "org_lead").about("Evaluation"),
    "AgencyView.index": page("officer", "director", "auditor"),
    "AgencyView.record": page("officer", "director", "auditor"),
    "AgencyView.create": form("officer"),
    "AgencyView.add_member": form("officer"),
    "IndicatorSetView.index": page(STAFF, AGENCY, REVIEWER),
    "IndicatorSetView.record": page(STAFF, AGENCY, REVIEWER),
}

ALL, OWN, OPEN, GIVEN = "all", "own", "open", "given"
"""All rows; the rows of one's organization; what is published; what was given to this person by name."""

SIGHT: dict[str, dict[frozenset[str], str]] = {
    "Organization": {STAFF: ALL, ORGANIZATION: OWN},
    "Rating": {STAFF: ALL, ORGANIZATION: OWN},
    "FiscalYear": {STAFF: ALL},
    "Journal": {STAFF: ALL},
    "Posting": {STAFF: ALL},
    "LedgerAccount": {STAFF: ALL},
    "Call": {STAFF: ALL, EVERYBODY - STAFF: OPEN},
    "Application": {STAFF: ALL, ORGANIZATION: OWN, REVIEWER | AGENCY: GIVEN},
    "AwardList": {STAFF: ALL},
    "Award": {STAFF: ALL},
    "PublicNotice": {EVERYBODY: ALL},
    "Objection": {STAFF: ALL, ORGANIZATION: OWN},
    "Contract": {STAFF: ALL, ORGANIZATION: OWN},
    "Project": {STAFF: ALL, ORGANIZATION: OWN, REVIEWER | AGENCY: GIVEN},
    "Instalment": {STAFF: ALL, ORGANIZATION: OWN},
    "Activity": {STAFF: ALL, ORGANIZATION: OWN, AGENCY: GIVEN},
    "Report": {STAFF: ALL, ORGANIZATION: OWN, AGENCY: GIVEN},
    "Expense": {STAFF: ALL, ORGANIZATION: OWN},
    "Review": {STAFF: ALL, REVIEWER: GIVEN},
    "Evaluation": {STAFF: ALL, ORGANIZATION: GIVEN, AGENCY: GIVEN},
    "Account": {STAFF | KEEPERS: ALL, ORGANIZATION: OWN, AGENCY | REVIEWER: GIVEN},
    "AuditEvent": {STAFF | KEEPERS: ALL, ORGANIZATION: OWN, AGENCY | REVIEWER: GIVEN},
    "JobRun": {STAFF | KEEPERS: ALL},
    "Message": {SIGNED_IN: GIVEN},
}
