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


ASKS = 'form_version_id IN (SELECT id FROM form_version WHERE definition @> \'{"sections": [{"key": "s1"}]}\')'
ASKS_A_FILE = (
    "form_version_id IN (SELECT id FROM form_version"
    ' WHERE definition @> \'{"sections": [{"questions": [{"key": "q13"}]}]}\')'
)


BEHIND = "state = 'draft' AND form_version_id NOT IN (SELECT max(id) FROM form_version GROUP BY call_id)"
BUILDS = "id IN (SELECT call_id FROM call_form)"


@dataclass(frozen=True)
class Row:
    """Who comes in by GET and by POST, of which record the address speaks, and what fills the rest of it."""

    get: frozenset[str] = NOBODY
    post: frozenset[str] = NOBODY
    of: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    child: tuple[str, str, str] | None = None
    where: str = "true"
    absent: frozenset[str] = NOBODY
    data: Mapping[str, str] = field(default_factory=dict)

    def sending(self, **data: str) -> Row:
        """Say what a form holds at least."""
        return replace(self, data=data)

    def not_for(self, *roles: str) -> Row:
        """Say for which of those who come in the deed of this address is not there: a deed of their colleague's."""
        return replace(self, absent=frozenset(roles))

    def only(self, where: str) -> Row:
        """Say which records have this door at all, in SQL over the record's own columns."""
        return replace(self, where=where)

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


def steps(*roles: str | frozenset[str]) -> Row:
    """The steps of a record, behind one door for all who may see its kind: the workflow asks who may take which."""
    return Row(get=_all(roles) - {"public"}, post=_all(roles) - {"public"})


ACCESS: dict[str, Row] = {
    # The kernel
    "Home.index": page(EVERYBODY),
    "SignIn.login": form(EVERYBODY),
    "SignIn.logout": button(EVERYBODY),
    "SignIn.code": form(SIGNED_IN),
    "SignIn.factor": form(SIGNED_IN),
    "SignIn.password": form(SIGNED_IN),
    "SignIn.forgotten": form(EVERYBODY),
    "SignIn.link": form(EVERYBODY),
    "SignIn.again": form(EVERYBODY),
    "SignIn.language": Row(get=EVERYBODY, values={"locale": "zh"}),
    "Inbox.index": page(SIGNED_IN),
    "Inbox.read": button(SIGNED_IN),
    "Inbox.message": page(SIGNED_IN).about("Message"),
    "NoticeSettings.index": form(SIGNED_IN),
    "UndeliveredView.index": page("sysadmin"),
    "UndeliveredView.decide": button("sysadmin").sending(action="give_up"),
    "WordsView.index": page("sysadmin", "officer"),
    "WordsView.edit": Row(
        get=frozenset({"sysadmin", "officer"}),
        post=frozenset({"sysadmin", "officer"}),
        values={"key": "application.submitted"},
    ),
    "WordsView.restore": Row(
        post=frozenset({"sysadmin", "officer"}), values={"key": "application.submitted"}, data={"after": "0"}
    ),
    "Account.index": form(SIGNED_IN),
    "Account.end": button(SIGNED_IN),
    "Account.factor": form(SIGNED_IN),
    "PaperCheck.index": page(EVERYBODY),
    "PaperCheck.paper": Row(get=EVERYBODY, post=EVERYBODY, values={"code": "ABC2-EFG3-JKM4-PQR5"}),
    "IssuedPaperView.index": page(STAFF),
    "IssuedPaperView.record": page(STAFF),
    "IssuedPaperView.step": steps(STAFF),
    "Files.index": page(EVERYBODY).about("StoredFile"),
    "PeopleView.index": page("sysadmin", "secadmin"),
    "PeopleView.record": page("sysadmin", "secadmin"),
    "PeopleView.create": form("sysadmin"),
    "PeopleView.deed": form("sysadmin", "secadmin").about("User", name="lock").not_for("secadmin"),
    "RoleView.index": page("sysadmin", "secadmin"),
    "AuditView.index": page("logadmin"),
    "JobRunView.index": page("sysadmin"),
    "DemoMail.index": page("sysadmin"),
    "SavedViews.index": page(STAFF),
    "SavedViews.create": Row(get=STAFF, post=STAFF, values={"register": "OrganizationView"}),
    "SavedViews.record": page(STAFF),
    "SavedViews.deed": form(STAFF).about("SavedView", name="change"),
    "SearchPage.index": page(SIGNED_IN),
    "SearchPage.found": page(SIGNED_IN),
    "System.index": page(KEEPERS),
    "healthz": page(EVERYBODY),
    "readyz": page(EVERYBODY),
    "metrics": page(EVERYBODY),
    "static": Row(get=EVERYBODY, values={"filename": "kernel/theme.css"}),
    # Organizations
    "PassportForms.deed": form("officer", "org_admin").about("Organization", name="document"),
    "PassportForms.retire": form("officer", "org_admin").about("OrganizationDocument"),
    "OrganizationHistory.record": page(STAFF, ORGANIZATION).about("Organization"),
    "ProfileChangeView.index": page(STAFF),
    "ProfileChangeView.record": page(STAFF, ORGANIZATION),
    "ProfileChangeView.step": steps(STAFF, ORGANIZATION),
    "BankAccountView.index": page("officer", "director", "finance", "auditor"),
    "BankAccountView.record": page("officer", "director", "finance", "auditor"),
    "BankAccountView.verify": form("officer", "finance").about("BankAccount"),
    "OrganizationView.index": page(STAFF),
    "OrganizationView.record": page(STAFF, ORGANIZATION),
    "ChosenOrganizations.index": button(STAFF).sending(action="export"),
    "ChosenRatings.index": button("officer"),
    "CircularView.index": page(STAFF),
    "CircularView.record": page(STAFF, ORGANIZATION),
    "OrganizationView.create": form("officer"),
    "OrganizationView.export": Row(get=STAFF, values={"form": "csv"}),
    "RegisterPictures.index": page(STAFF),
    "ImportView.index": page("officer", "director", "auditor"),
    "ImportView.record": page("officer", "director", "auditor"),
    "ImportView.progress": page("officer", "director", "auditor"),
    "ImportView.rejects": page("officer", "director", "auditor"),
    "ImportView.bring": form("officer"),
    "ImportView.columns_of": form("officer"),
    "ImportView.template": Row(get=frozenset({"officer"}), values={"kind": "organizations"}),
    "ImportView.step": steps("officer", "director", "auditor"),
    "OrganizationView.deed": form("officer", "org_admin").about("Organization", name="profile"),
    "MyOrganization.index": page(ORGANIZATION),
    "PeopleOfOrganization.index": page("officer", "auditor", "org_admin").about("Organization"),
    "PeopleOfOrganization.invite": form("officer", "org_admin").about("Organization"),
    "PeopleOfOrganization.deed": form("officer", "org_admin")
    .about("Account", name="give_roles")
    .only("organization_id IS NOT NULL"),
    "ClaimView.index": page("officer", "director", "auditor"),
    "ClaimView.letters": button("officer"),
    "ClaimPage.index": form(EVERYBODY),
    "AccountRequestPage.index": form(EVERYBODY),
    "AccountRequestView.index": page("officer", "director", "auditor"),
    "AccountRequestView.record": page("officer", "director", "auditor"),
    "AccountRequestView.step": steps("officer", "director", "auditor"),
    "StandingView.record": page(STAFF, ORGANIZATION).about("Organization"),
    "StandingView.own": page(ORGANIZATION),
    "BlacklistView.index": page(STAFF),
    "BlacklistView.record": page(STAFF, ORGANIZATION),
    "BlacklistView.step": steps(STAFF, ORGANIZATION),
    "BlacklistView.propose": form("officer").about("Organization"),
    "BlacklistView.deed": form("org_admin").about("BlacklistEntry", name="ask_repair").only("state = 'in_force'"),
    "DuplicateView.index": page("officer", "director", "auditor"),
    "DuplicateView.record": page("officer", "director", "auditor"),
    "DuplicateView.step": steps("officer", "director", "auditor"),
    "MergeView.index": page("officer", "director", "auditor"),
    "MergeView.record": page("officer", "director", "auditor"),
    "MergeView.step": steps("officer", "director", "auditor"),
    "MergeView.propose": form("officer").about("Organization"),
    "LinkView.record": form("officer").about("Organization"),
    "LinkView.end": form("officer").about("OrganizationLink"),
    "CreditEntries.close": form("officer").about("CreditEntry"),
    "RatingView.index": page(STAFF),
    "RatingView.record": page(STAFF, ORGANIZATION),
    "RatingView.attach": form("officer", "org_admin"),
    "RatingView.discard": form("officer"),
    "RatingView.step": steps(STAFF, ORGANIZATION),
    # The year and its money
    "YearView.index": page(STAFF),
    "YearView.record": page(STAFF),
    "YearView.create": form("finance"),
    "YearView.deed": form("finance").about("FiscalYear", name="set-aside"),
    "YearView.step": steps(STAFF),
    "WorkingDays.index": page(STAFF),
    "WorkingDays.enter": form("officer"),
    "WorkingDays.notice": form("officer"),
    "WorkingDays.remove": button("officer").about("Holiday"),
    "DeputyView.index": page(STAFF, "secadmin"),
    "DeputyView.record": page(STAFF),
    "DeputyView.name": form("director"),
    "DeputyView.end": form("director"),
    "AdjustmentView.index": page(STAFF),
    "AdjustmentView.record": page(STAFF),
    "AdjustmentView.propose": form("finance").about("FiscalYear", kind="asides"),
    "AdjustmentView.step": steps(STAFF),
    "EntryView.index": page(STAFF),
    "EntryView.export": Row(get=STAFF, values={"form": "csv"}),
    "LedgerView.index": page(STAFF),
    "LedgerView.record": page(STAFF),
    "LedgerView.year": page(STAFF).about("FiscalYear"),
    # Calls and applications
    "CallView.index": page(EVERYBODY),
    "CallView.record": page(EVERYBODY),
    "CallView.create": form("officer"),
    "CallView.public": page(STAFF),
    "CallDesigner.index": page(STAFF).about("Call").only("state IN ('draft', 'proposed')"),
    "CallWhole.index": page(STAFF).about("Call"),
    "CallDesigner.part": form("officer").about("Call", name="dates"),
    "CallDesigner.copy": form("officer").about("Call"),
    "CallForms.index": page(STAFF).about("Call"),
    "CallForms.preview": page(STAFF).about("Call"),
    "CallForms.section": form("officer").about("Call", key="new"),
    "CallForms.question": form("officer").about("Call", key="q2").only(BUILDS),
    "CallForms.add": form("officer").about("Call", key="s1", kind="text").only(BUILDS),
    "CallForms.arrange": button("officer").about("Call").only(BUILDS).sending(what="section-up", key="s1"),
    "CallForms.standard": button("officer").about("Call").sending(code="minors"),
    "CallForms.propose": form("officer").about("Call"),
    "CallForms.publish": button("director").about("Call"),
    "CallForms.send_back": form("director").about("Call"),
    "CallDocuments.index": page(STAFF).about("Call"),
    "CallDocuments.add": button("officer").about("Call"),
    "CallDocuments.remove": button("officer").about("Call"),
    "CallQuestionView.index": page(STAFF, ORGANIZATION),
    "CallQuestionView.record": page(STAFF, ORGANIZATION),
    "CallQuestionView.reply": form("officer"),
    "CallQuestionView.put": form("org_admin", "org_lead").about("Call"),
    "CallView.lots": form("officer"),
    "CallView.quotas": form("officer"),
    "CallRules.index": form("officer").about("Call"),
    "CallView.extend": form("officer"),
    "CallView.apply": button("org_admin", "org_lead"),
    "CallView.step": steps(SIGNED_IN),
    "ApplicationView.index": page(STAFF, ORGANIZATION),
    "ApplicationView.record": page(STAFF, ORGANIZATION),
    "ApplicationView.receipt": page(STAFF, ORGANIZATION).only("submitted_at IS NOT NULL"),
    "ApplicationView.judge": form("officer")
    .about("Application", rule="other_organizations")
    .only("id IN (SELECT application_id FROM eligibility_check WHERE rule = 'other_organizations')"),
    "ApplicationView.ask_again": form("officer"),
    "LikenessView.index": page(STAFF),
    "LikenessView.record": page(STAFF),
    "LikenessView.judge": form("officer"),
    "ApplicationView.step": steps(STAFF, ORGANIZATION),
    "ApplicationVersions.compare": page(STAFF, ORGANIZATION).about("Application").only("submitted_at IS NOT NULL"),
    "ApplicationVersions.pdf": page(STAFF, ORGANIZATION).about("Application").only("submitted_at IS NOT NULL"),
    "ApplicationVersions.receipt": page(STAFF, ORGANIZATION)
    .about("Application")
    .only(
        "id IN (SELECT application_id FROM application_version v JOIN stored_file f ON f.owner_id = v.id AND f.owner_kind = 'ApplicationVersion')"
    ),
    "ApplicationCorrections.ask": form("officer").about("Application").only("submitted_at IS NOT NULL"),
    "ApplicationTogether.presence": button(ORGANIZATION)
    .about("Application")
    .only("state IN ('draft', 'returned')")
    .sending(section="need"),
    "ApplicationTogether.ask": button(ORGANIZATION).about("Application"),
    "ApplicationTogether.take": button(ORGANIZATION).about("Application").sending(kind="other"),
    "ApplicationTogether.copy": button("org_admin", "org_lead").about("Application"),
    "ChosenApplications.index": button("officer", "director", "auditor").sending(action="take_out"),
    "BundleView.index": page(STAFF),
    "BundleView.record": page(STAFF),
    "BundleView.progress": page(STAFF),
    "ApplicationForm.index": page(ORGANIZATION).about("Application"),
    "ApplicationForm.section": form(ORGANIZATION).about("Application", name="basics"),
    "ApplicationForm.merge": button(ORGANIZATION).about("Application", name="basics"),
    "ApplicationForm.attach": button(ORGANIZATION).about("Application").sending(kind="registration"),
    "ApplicationForm.submit": button("org_admin")
    .about("Application")
    .sending(key="00000000-0000-4000-8000-000000000001"),
    "ApplicationNewerForm.index": form(ORGANIZATION).about("Application").only(BEHIND),
    "ApplicationAnswers.section": form(ORGANIZATION).about("Application", key="s1").only(ASKS),
    "ApplicationAnswers.merge": button(ORGANIZATION).about("Application", key="s1").only(ASKS),
    "ApplicationAnswers.attach": button(ORGANIZATION).about("Application", key="q13").only(ASKS_A_FILE),
    # Awards, notices, objections
    "AwardListView.index": page(STAFF),
    "AwardListView.record": page(STAFF),
    "AwardListView.create": form("officer"),
    "AwardListView.amounts": button("officer"),
    "AwardListView.publish": button("officer"),
    "AwardListView.step": steps(STAFF),
    "NoticeView.index": page(EVERYBODY),
    "NoticeView.record": page(EVERYBODY),
    "NoticeView.csv": page(EVERYBODY),
    "NoticeView.close": button("officer"),
    "NoticeView.object": replace(form("org_admin"), child=("entry_id", "NoticeEntry", "notice_id")),
    "ObjectionView.index": page(STAFF, ORGANIZATION),
    "ObjectionView.record": page(STAFF, ORGANIZATION),
    "ObjectionView.step": steps(STAFF, ORGANIZATION),
    # Contracts, projects, payments
    "ContractView.index": page(STAFF, ORGANIZATION),
    "ContractView.record": page(STAFF, ORGANIZATION),
    "ContractView.paper": page(STAFF, ORGANIZATION).only("file_id IS NOT NULL"),
    "ContractView.step": steps(STAFF, ORGANIZATION),
    "ProjectView.index": page(STAFF, ORGANIZATION),
    "ProjectView.record": page(STAFF, ORGANIZATION),
    "ProjectView.history": page(STAFF, ORGANIZATION),
    "ProjectView.audit": form("finance"),
    "ProjectView.refund": form("finance"),
    "ProjectView.reach": replace(form("org_admin", "org_lead"), child=("milestone_id", "Milestone", "project_id")),
    "ProjectView.new_activity": form("org_admin", "org_lead"),
    "ProjectView.new_report": form("org_admin", "org_lead"),
    "ProjectView.new_expense": form("org_lead", "org_finance"),
    "ProjectView.step": steps(STAFF, ORGANIZATION),
    "InstalmentView.index": page(STAFF, ORGANIZATION),
    "InstalmentView.record": page(STAFF, ORGANIZATION),
    "InstalmentView.reduce": form("officer"),
    "InstalmentView.step": steps(STAFF, ORGANIZATION),
    "ActivityView.index": page(STAFF, ORGANIZATION),
    "ActivityView.record": page(STAFF, ORGANIZATION),
    "ActivityView.edit": form("org_admin", "org_lead"),
    "ActivityView.step": steps(STAFF, ORGANIZATION),
    "ReportView.index": page(STAFF, ORGANIZATION),
    "ReportView.record": page(STAFF, ORGANIZATION),
    "ReportView.edit": form("org_admin", "org_lead"),
    "ReportView.step": steps(STAFF, ORGANIZATION),
    "ExpenseView.index": page(STAFF, ORGANIZATION),
    "ExpenseView.record": page(STAFF, ORGANIZATION),
    "ExpenseView.edit": form("org_lead", "org_finance"),
    "ExpenseView.step": steps(STAFF, ORGANIZATION),
    # Review and evaluation
    "ReviewView.index": page(STAFF),
    "ReviewView.record": page(STAFF),
    "ReviewView.step": steps(STAFF),
    "ReviewBoards.index": page(STAFF),
    "ReviewBoards.record": page(STAFF),
    "ReviewBoards.assign": button("officer"),
    "ReviewBoards.close": form("officer"),
    "ReviewSheets.index": page(REVIEWER),
    "ReviewSheets.record": page(REVIEWER),
    "ReviewSheets.save": button(REVIEWER),
    "ReviewSheets.step": steps(REVIEWER),
    "EvaluationView.index": page(STAFF, AGENCY, ORGANIZATION),
    "EvaluationView.record": page(STAFF, AGENCY, ORGANIZATION),
    "EvaluationView.assign": form("officer"),
    "EvaluationView.step": steps(STAFF, AGENCY, ORGANIZATION),
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
    "BlacklistEntry": {STAFF: ALL, ORGANIZATION: OWN},
    "ClaimCode": {STAFF: ALL},
    "AccountRequest": {STAFF: ALL},
    "Circular": {STAFF: ALL, ORGANIZATION: GIVEN},
    "ProfileChange": {STAFF: ALL, ORGANIZATION: OWN},
    "BankAccount": {STAFF: ALL, ORGANIZATION: OWN},
    "OrganizationDocument": {STAFF: ALL, ORGANIZATION: OWN},
    "Invitation": {STAFF: ALL, ORGANIZATION: OWN},
    "PossibleDuplicate": {STAFF: ALL},
    "OrganizationLink": {STAFF: ALL},
    "OrganizationMerge": {STAFF: ALL},
    "CompareKey": {STAFF: ALL},
    "OrganizationToCompare": {STAFF: ALL},
    "FiscalYear": {STAFF: ALL},
    "Journal": {STAFF: ALL},
    "Posting": {STAFF: ALL},
    "LedgerAccount": {STAFF: ALL},
    "Call": {STAFF: ALL, EVERYBODY - STAFF: OPEN},
    "Application": {STAFF: ALL, ORGANIZATION: OWN, REVIEWER | AGENCY: GIVEN},
    "EligibilityCheck": {STAFF: ALL},
    "Likeness": {STAFF: ALL},
    "AwardList": {STAFF: ALL},
    "Award": {STAFF: ALL},
    "PublicNotice": {EVERYBODY: ALL},
    "Objection": {STAFF: ALL, ORGANIZATION: OWN},
    "Contract": {STAFF: ALL, ORGANIZATION: OWN},
    "Project": {STAFF: ALL, ORGANIZATION: OWN, REVIEWER | AGENCY: GIVEN},
    "Instalment": {STAFF: ALL, ORGANIZATION: OWN},
    "Activity": {STAFF: ALL, ORGANIZATION: OWN, AGENCY: GIVEN},
    "Report": {STAFF: ALL, ORGANIZATION: OWN, AGENCY: GIVEN},
    "Expense": {STAFF: ALL, ORGANIZATION: OWN, AGENCY: GIVEN},
    "Review": {STAFF: ALL, REVIEWER: GIVEN},
    "Evaluation": {STAFF: ALL, ORGANIZATION: GIVEN, AGENCY: GIVEN},
    "IssuedPaper": {STAFF: ALL},
    "Account": {STAFF | KEEPERS: ALL, ORGANIZATION: OWN, AGENCY | REVIEWER: GIVEN},
    "AuditEvent": {STAFF | KEEPERS: ALL, ORGANIZATION: OWN, AGENCY | REVIEWER: GIVEN},
    "JobRun": {STAFF | KEEPERS: ALL},
    "Message": {SIGNED_IN: GIVEN},
    "NoticePreference": {SIGNED_IN: GIVEN},
    "Letter": {KEEPERS: ALL},
    "MailTemplate": {STAFF | KEEPERS: ALL},
}


@dataclass(frozen=True)
class Resource:
    """Who comes into the four doors of one kind of record for programs; its steps are open to whoever reads it."""

    lists: frozenset[str]
    reads: frozenset[str]
    creates: frozenset[str] = NOBODY
    changes: frozenset[str] = NOBODY
    attaches: frozenset[str] = NOBODY


API: dict[str, Resource] = {
    "Organizations": Resource(
        STAFF, STAFF | ORGANIZATION, creates=frozenset({"officer"}), changes=frozenset({"officer", "org_admin"})
    ),
    "Calls": Resource(EVERYBODY, EVERYBODY, creates=frozenset({"officer"}), changes=frozenset({"officer"})),
    "Applications": Resource(
        STAFF | ORGANIZATION,
        STAFF | ORGANIZATION,
        creates=frozenset({"org_admin", "org_lead"}),
        changes=ORGANIZATION,
        attaches=ORGANIZATION,
    ),
    "Projects": Resource(STAFF | ORGANIZATION, STAFF | ORGANIZATION),
    "Instalments": Resource(STAFF | ORGANIZATION, STAFF | ORGANIZATION),
    "Reviews": Resource(STAFF | REVIEWER, STAFF | REVIEWER, changes=REVIEWER),
    "Evaluations": Resource(
        STAFF | AGENCY | ORGANIZATION,
        STAFF | AGENCY | ORGANIZATION,
        changes=AGENCY | frozenset({"org_admin", "org_lead"}),
    ),
}
"""The doors for programs, under /api/v1; a program without a name gets 401 where a person is sent to sign in."""

API_ROUTES: dict[str, frozenset[str]] = {
    "Tokens.login": frozenset({"POST"}),
    "Tokens.logout": frozenset({"POST"}),
    "Description.index": frozenset({"GET"}),
} | {
    f"{name}.{route}": frozenset({method})
    for name, row in API.items()
    for route, method, roles in (
        ("index", "GET", row.lists),
        ("record", "GET", row.reads),
        ("create", "POST", row.creates),
        ("change", "PATCH", row.changes),
        ("attach", "POST", row.attaches),
        ("step", "POST", row.reads),
    )
    if roles
}
"""Every route under /api/ and its method."""
