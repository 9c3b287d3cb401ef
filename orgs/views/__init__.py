"""The pages of organizations."""

from __future__ import annotations

from orgs.views.account_requests import AccountRequestPage, AccountRequestView
from orgs.views.accounts import BankAccountView
from orgs.views.blacklist import BlacklistView
from orgs.views.bulk import ChosenOrganizations
from orgs.views.chosen_ratings import ChosenRatings
from orgs.views.circulars import CircularView
from orgs.views.claims import ClaimPage, ClaimView, figures
from orgs.views.credit import CreditEntries
from orgs.views.duplicates import DuplicateView
from orgs.views.filing import PassportForms
from orgs.views.history import OrganizationHistory, history_panel
from orgs.views.importing import ImportView
from orgs.views.links import LinkView, links_panel
from orgs.views.merges import MergeView
from orgs.views.organizations import OrganizationView
from orgs.views.own import MyOrganization
from orgs.views.people import PeopleOfOrganization
from orgs.views.pictures import RegisterPictures
from orgs.views.profile_changes import ProfileChangeView
from orgs.views.ratings import RatingView
from orgs.views.standing import StandingView
from orgs.views.tasks import tasks

__all__ = [
    "AccountRequestPage",
    "AccountRequestView",
    "BankAccountView",
    "BlacklistView",
    "ChosenOrganizations",
    "ChosenRatings",
    "CircularView",
    "ClaimPage",
    "ClaimView",
    "CreditEntries",
    "DuplicateView",
    "ImportView",
    "LinkView",
    "MergeView",
    "MyOrganization",
    "OrganizationHistory",
    "OrganizationView",
    "PassportForms",
    "PeopleOfOrganization",
    "ProfileChangeView",
    "RatingView",
    "RegisterPictures",
    "StandingView",
    "figures",
    "history_panel",
    "links_panel",
    "tasks",
]
