"""What a search finds of projects and their papers: by number, by title, by the organization."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, any_, func, or_, select

from grants.models import Application, Call, Contract, Project
from kernel.finding import holds
from orgs.models import Organization
from orgs.queries import found_by


def found_calls(word: str) -> ColumnElement[bool]:
    return holds(Call.search_text, word)


def found_applications(word: str) -> ColumnElement[bool]:
    return or_(holds(Application.search_text, word), _is_of(Application.organization_id, _organizations(word)))


def found_projects(word: str) -> ColumnElement[bool]:
    return or_(holds(Project.search_text, word), _is_of(Project.organization_id, _organizations(word)))


def found_contracts(word: str) -> ColumnElement[bool]:
    return or_(holds(Contract.search_text, word), of_projects(Contract.project_id, word))


def of_projects(column: Any, word: str) -> ColumnElement[bool]:
    """Say that a record's project, named by its `column`, is found by its own number or title."""
    return _is_of(column, select(Project.id).where(holds(Project.search_text, word)))


def _organizations(word: str) -> Select[Any]:
    return select(Organization.id).where(found_by(word))


def _is_of(column: Any, wanted: Select[Any]) -> ColumnElement[bool]:
    # An array, read once, lets the planner join both halves of an OR by their indexes; a subquery would not.
    found: ColumnElement[bool] = column == any_(func.array(wanted.scalar_subquery()))
    return found
