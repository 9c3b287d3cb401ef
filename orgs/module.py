"""What this module hands to the house."""

from __future__ import annotations

from kernel.module import Module, NavItem
from orgs.commands import import_command
from orgs.demo import load_demo
from orgs.jobs import EXPIRE_RATINGS
from orgs.models import CreditEntry, District, Inspection, Organization, Rating, ServiceField
from orgs.notices import REMINDERS
from orgs.operations import load_reference
from orgs.security import GRID, ROLES
from orgs.sentences import SENTENCES
from orgs.states import TONES
from orgs.views import MyOrganization, OrganizationView, RatingView, tasks
from orgs.workflows import RATING

MODULE = Module(
    name="orgs",
    pages=(OrganizationView, RatingView, MyOrganization),
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
        NavItem("My organization", "MyOrganization.index", "building", "show_own", "Organization", order=80),
    ),
    tasks=(tasks,),
    commands=(import_command,),
    workflows=(RATING,),
    jobs=(EXPIRE_RATINGS,),
    reminders=REMINDERS,
    roles=ROLES,
    grid=GRID,
    data=(load_reference,),
    demo=load_demo,
    sentences=SENTENCES,
    models=(Organization, Rating, Inspection, CreditEntry, District, ServiceField),
    tones=TONES,
)
