"""What this module hands to the house."""

from __future__ import annotations

from grants import models
from grants.api import Applications, Calls, Instalments, Projects
from grants.commands import import_lots_command
from grants.demo import load_demo
from grants.jobs import CLOSE_NOTICES, COMPARE_TEXTS, FORGET_BUNDLES, MAKE_BUNDLES, OPEN_AND_CLOSE_CALLS
from grants.notices.reminders import REMINDERS
from grants.operations.reference import load_reference
from grants.security import GRID, KEPT_APART
from grants.sentences import SENTENCES
from grants.states import TONES
from grants.views.adjustments import AdjustmentView
from grants.views.application_answers import ApplicationAnswers
from grants.views.application_corrections import ApplicationCorrections
from grants.views.application_form import ApplicationForm
from grants.views.application_newer_form import ApplicationNewerForm
from grants.views.application_together import ApplicationTogether
from grants.views.application_versions import ApplicationVersions
from grants.views.applications import ApplicationView
from grants.views.award_lists import AwardListView
from grants.views.bundles import BundleView
from grants.views.call_designer import CallDesigner
from grants.views.call_documents import CallDocuments
from grants.views.call_forms import CallForms
from grants.views.call_questions import CallQuestionView
from grants.views.call_rules import CallRules
from grants.views.call_whole import CallWhole
from grants.views.calls import CallView
from grants.views.chosen_applications import ChosenApplications
from grants.views.contracts import ContractView
from grants.views.delivery_home import (
    application_panel,
    figures as delivery_figures,
    projects_panel,
    tasks as delivery_tasks,
)
from grants.views.finds import FINDS
from grants.views.handed_in import ActivityView, ExpenseView, ReportView
from grants.views.home import figures, tasks
from grants.views.instalments import InstalmentView
from grants.views.ledger import EntryView, LedgerView
from grants.views.likenesses import LikenessView
from grants.views.notices import NoticeView, ObjectionView
from grants.views.outlook import figures as outlook_figures
from grants.views.projects import ProjectView
from grants.views.years import YearView
from grants.workflows.adjustments import ADJUSTMENT
from grants.workflows.applications import APPLICATION
from grants.workflows.awards import AWARD_LIST
from grants.workflows.calls import CALL
from grants.workflows.contracts import CONTRACT
from grants.workflows.delivery import ACTIVITY, EXPENSE, REPORT
from grants.workflows.money import INSTALMENT
from grants.workflows.objections import OBJECTION
from grants.workflows.projects import PROJECT
from grants.workflows.years import FISCAL_YEAR
from kernel.module import Module, NavItem, Panel
from kernel.papers import ISSUED_PAPER

MODULE = Module(
    name="grants",
    depends=("orgs",),
    pages=(
        CallView,
        CallDesigner,
        CallWhole,
        CallForms,
        CallDocuments,
        CallQuestionView,
        CallRules,
        ApplicationView,
        ApplicationForm,
        ApplicationAnswers,
        ApplicationNewerForm,
        ApplicationTogether,
        ApplicationVersions,
        ApplicationCorrections,
        ChosenApplications,
        BundleView,
        LikenessView,
        YearView,
        LedgerView,
        EntryView,
        AdjustmentView,
        AwardListView,
        NoticeView,
        ObjectionView,
        ContractView,
        ProjectView,
        InstalmentView,
        ActivityView,
        ReportView,
        ExpenseView,
    ),
    apis=(Calls, Applications, Projects, Instalments),
    nav=(
        NavItem(
            "Calls",
            "CallView.index",
            "megaphone",
            "list",
            "Call",
            group="Projects",
            order=10,
            also=("CallRules", "CallDesigner", "CallWhole", "CallForms", "CallDocuments", "CallQuestionView"),
        ),
        NavItem(
            "Applications",
            "ApplicationView.index",
            "file-earmark-text",
            "list",
            "Application",
            group="Projects",
            order=20,
            also=(
                "ApplicationForm",
                "ApplicationAnswers",
                "ApplicationNewerForm",
                "ApplicationTogether",
                "ApplicationVersions",
                "ApplicationCorrections",
                "ChosenApplications",
                "BundleView",
            ),
        ),
        NavItem(
            "Texts that are alike",
            "LikenessView.index",
            "files",
            "list",
            "Likeness",
            group="Projects",
            order=22,
        ),
        NavItem(
            "Budgets",
            "YearView.index",
            "pie-chart",
            "list",
            "FiscalYear",
            group="Money",
            order=50,
            also=("LedgerView", "EntryView", "AdjustmentView"),
        ),
        NavItem("Award lists", "AwardListView.index", "list-ol", "list", "AwardList", group="Projects", order=30),
        NavItem(
            "Public notices",
            "NoticeView.index",
            "broadcast",
            "list",
            "PublicNotice",
            group="Projects",
            order=34,
            also=("ObjectionView",),
        ),
        NavItem(
            "Projects",
            "ProjectView.index",
            "kanban",
            "list",
            "Project",
            group="Projects",
            order=36,
            also=("ContractView", "ActivityView", "ReportView", "ExpenseView"),
        ),
        NavItem(
            "Issued papers", "IssuedPaperView.index", "patch-check", "list", "IssuedPaper", group="Projects", order=39
        ),
        NavItem("Reports", "ReportView.index", "file-earmark-text", "accept", "Report", group="Projects", order=38),
        NavItem("Payments", "InstalmentView.index", "cash-stack", "list", "Instalment", group="Money", order=52),
    ),
    finds=FINDS,
    panels=(
        Panel("Organization", "projects", "Projects", projects_panel, "list", "Project", 30),
        Panel("Application", "project", "Project", application_panel, "show", "Project", 80),
    ),
    tasks=(tasks, delivery_tasks),
    figures=(figures, outlook_figures, delivery_figures),
    commands=(import_lots_command,),
    workflows=(
        FISCAL_YEAR,
        ADJUSTMENT,
        CALL,
        APPLICATION,
        AWARD_LIST,
        OBJECTION,
        CONTRACT,
        PROJECT,
        INSTALMENT,
        ACTIVITY,
        REPORT,
        EXPENSE,
        ISSUED_PAPER,  # the kernel's own; who declares a paper void is a duty of the Centre, so it stands in our table
    ),
    jobs=(OPEN_AND_CLOSE_CALLS, CLOSE_NOTICES, COMPARE_TEXTS, MAKE_BUNDLES, FORGET_BUNDLES),
    reminders=REMINDERS,
    grid=GRID,
    kept_apart=KEPT_APART,
    data=(load_reference,),
    demo=load_demo,
    sentences=SENTENCES,
    models=tuple(getattr(models, name) for name in models.__all__),
    tones=TONES,
)
