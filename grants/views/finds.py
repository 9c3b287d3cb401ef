"""What the search of the frame finds of projects and their papers."""

from __future__ import annotations

from sqlalchemy import literal, select

from grants.models import Application, Call, Contract, Project
from grants.views.applications import ApplicationView
from grants.views.calls import CallView
from grants.views.contracts import ContractView
from grants.views.projects import ProjectView
from kernel.module import Find
from orgs.models import Organization

FINDS = (
    Find(
        ProjectView,
        select(Project.id, Project.title, Project.number, Organization.name).join(Project.organization),
    ),
    Find(
        ApplicationView,
        select(Application.id, Application.title, Application.number, Organization.name).join(Application.organization),
    ),
    Find(CallView, select(Call.id, Call.title, Call.number, literal(""))),
    Find(
        ContractView,
        select(Contract.id, Project.title, Contract.number, Organization.name)
        .join(Contract.project)
        .join(Contract.organization),
    ),
)
