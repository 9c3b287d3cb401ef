"""The columns of the register's files: under the headings that an import knows, so that a file can be brought back."""

from __future__ import annotations

from kernel.identity import current_locale
from kernel.tables import Export
from kernel.words import Sentence
from orgs.models import Organization
from orgs.reference import service_fields
from orgs.views import cells

WIDE, CODE, SHORT = 36, 22, 12

# Contacts and bank accounts stand in no export.
EXPORTS: tuple[Export[Organization], ...] = (
    Export(Sentence("Name of the organization"), lambda one: one.name, WIDE),
    Export(Sentence("Unified social credit code"), lambda one: one.credit_code, CODE),
    Export(Sentence("Former names"), lambda one: "、".join(one.former_names), WIDE),
    Export(Sentence("Type"), lambda one: one.type),
    Export(Sentence("Status"), lambda one: one.status, SHORT),
    Export(Sentence("Registrar"), lambda one: one.registrar, CODE),
    Export(Sentence("Supervising unit"), lambda one: one.supervising_unit, CODE),
    Export(Sentence("Founded on"), lambda one: one.founded_on, SHORT),
    Export(Sentence("District"), lambda one: cells.district_name(one.district_code), SHORT),
    Export(Sentence("Address"), lambda one: one.address, WIDE),
    Export(Sentence("Service fields"), lambda one: _fields(one.service_fields), CODE),
    Export(Sentence("Full-time staff"), lambda one: one.staff_count, SHORT),
    Export(Sentence("Volunteers"), lambda one: one.volunteer_count, SHORT),
    Export(Sentence("Rating"), lambda one: one.rating_grade and one.rating_grade.value, SHORT),
    Export(Sentence("State of the rating"), lambda one: one.rating_state),
    Export(Sentence("Rating counts until"), lambda one: one.rating_valid_to, SHORT),
    Export(Sentence("Inspected year"), lambda one: one.inspection_year, SHORT),
    Export(Sentence("Annual inspection"), lambda one: one.inspection_result, SHORT),
    Export(Sentence("Projects running"), lambda one: one.projects_running, SHORT),
    Export(Sentence("Projects in all"), lambda one: one.projects_total, SHORT),
    Export(Sentence("Received so far (yuan)"), lambda one: one.received),
    Export(Sentence("Last grade"), lambda one: one.last_grade, SHORT),
)


def _fields(codes: list[str]) -> str:
    known = service_fields(current_locale())
    return "、".join(known.get(code, code) for code in codes)
