"""What this module hands to the house."""

from __future__ import annotations

from sqlalchemy import func, select

from kernel.module import Find, Module, NavItem, Panel
from orgs.api import Organizations
from orgs.commands import import_command
from orgs.demo import load_demo
from orgs.jobs import EXPIRE_LISTINGS, EXPIRE_RATINGS, FORGET_REQUESTS, WORK_ON_IMPORTS
from orgs.models import (
    AccountRequest,
    BankAccount,
    BlacklistEntry,
    ClaimCode,
    CreditEntry,
    District,
    ImportLine,
    ImportRun,
    Inspection,
    Invitation,
    KnownHeading,
    NameChange,
    Organization,
    OrganizationDocument,
    PastProject,
    ProfileChange,
    Rating,
    ServiceField,
    StatusChange,
)
from orgs.notices import REMINDERS
from orgs.operations import load_reference, seal_contacts
from orgs.security import GRID, ROLES
from orgs.sentences import SENTENCES
from orgs.states import TONES
from orgs.views import (
    AccountRequestPage,
    AccountRequestView,
    BankAccountView,
    BlacklistView,
    ClaimPage,
    ClaimView,
    CreditEntries,
    ImportView,
    MyOrganization,
    OrganizationHistory,
    OrganizationView,
    PassportForms,
    PeopleOfOrganization,
    ProfileChangeView,
    RatingView,
    RegisterPictures,
    StandingView,
    figures,
    listings_panel,
    tasks,
)
from orgs.workflows import ACCOUNT_REQUEST, BLACKLIST, IMPORT, PROFILE_CHANGE, RATING

MODULE = Module(
    name="orgs",
    pages=(
        OrganizationView,
        PassportForms,
        OrganizationHistory,
        ProfileChangeView,
        BankAccountView,
        PeopleOfOrganization,
        ImportView,
        RatingView,
        RegisterPictures,
        StandingView,
        BlacklistView,
        CreditEntries,
        ClaimView,
        ClaimPage,
        AccountRequestView,
        AccountRequestPage,
        MyOrganization,
    ),
    apis=(Organizations,),
    nav=(
        NavItem(
            "Register of organizations",
            "OrganizationView.index",
            "buildings",
            "list",
            "Organization",
            group="Organizations",
            order=60,
        ),
        NavItem("Ratings", "RatingView.index", "patch-check", "list", "Rating", group="Organizations", order=61),
        NavItem(
            "The register in pictures",
            "RegisterPictures.index",
            "bar-chart-line",
            "list",
            "Organization",
            group="Organizations",
            order=62,
        ),
        NavItem(
            "Changes of profiles",
            "ProfileChangeView.index",
            "pencil",
            "list",
            "ProfileChange",
            group="Organizations",
            order=64,
        ),
        NavItem(
            "Bank accounts", "BankAccountView.index", "bank", "list", "BankAccount", group="Organizations", order=65
        ),
        NavItem("Imports", "ImportView.index", "upload", "list", "ImportRun", group="Organizations", order=68),
        NavItem(
            "The Centre's blacklist",
            "BlacklistView.index",
            "shield-exclamation",
            "list",
            "BlacklistEntry",
            group="Organizations",
            order=63,
        ),
        NavItem(
            "Accounts of organizations",
            "ClaimView.index",
            "person-plus",
            "list",
            "Claim",
            group="Organizations",
            order=69,
        ),
        NavItem(
            "Requests for accounts",
            "AccountRequestView.index",
            "person-check",
            "list",
            "AccountRequest",
            group="Organizations",
            order=70,
        ),
        NavItem(
            "My organization",
            "MyOrganization.index",
            "building",
            "show_own",
            "Organization",
            order=80,
            also=("OrganizationView",),
        ),
    ),
    finds=(
        Find(
            OrganizationView,
            select(
                Organization.id,
                Organization.name,
                Organization.credit_code,
                func.array_to_string(Organization.former_names, "、"),
            ),
        ),
    ),
    panels=(
        Panel("Organization", "blacklist", "The Centre's blacklist", listings_panel, of="BlacklistEntry", order=20),
    ),
    tasks=(tasks,),
    figures=(figures,),
    commands=(import_command,),
    workflows=(
        IMPORT,
        RATING,
        BLACKLIST,
        PROFILE_CHANGE,
        ACCOUNT_REQUEST,
    ),
    jobs=(
        WORK_ON_IMPORTS,
        EXPIRE_RATINGS,
        EXPIRE_LISTINGS,
        FORGET_REQUESTS,
    ),
    reminders=REMINDERS,
    roles=ROLES,
    grid=GRID,
    data=(load_reference, seal_contacts),
    demo=load_demo,
    sentences=SENTENCES,
    models=(
        AccountRequest,
        ClaimCode,
        BankAccount,
        NameChange,
        OrganizationDocument,
        ProfileChange,
        BlacklistEntry,
        StatusChange,
        Organization,
        Rating,
        Inspection,
        Invitation,
        CreditEntry,
        District,
        ServiceField,
        ImportRun,
        ImportLine,
        KnownHeading,
        PastProject,
    ),
    tones=TONES,
)
