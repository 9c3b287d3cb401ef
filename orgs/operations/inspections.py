"""Annual inspections, as the registrar publishes them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from sqlalchemy import select

from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.db import db
from kernel.workflow import deed, lock
from orgs import notices, rules
from orgs.models import Inspection, Organization
from orgs.operations.problems import refuse_fields
from orgs.states import InspectionResult


@deed("record", "Inspection")
def record_inspection(
    organization: Organization,
    *,
    actor: Actor,
    year: Annotated[int, Ask("Inspected year")],
    result: Annotated[InspectionResult, Ask("Result")],
    concluded_on: Annotated[date | None, Ask("Concluded on")] = None,
) -> Inspection:
    """Write down what the inspection of a year found; a later conclusion takes the place of an earlier one."""
    refuse_fields(
        year=rules.year_is_of_an_inspection(year),
        concluded_on=rules.day_is_not_ahead(concluded_on) or rules.conclusion_has_its_day(result, concluded_on),
    )
    lock(organization)
    wanted = select(Inspection).where(Inspection.organization_id == organization.id, Inspection.year == year)
    inspection = db.session.scalars(wanted).first()
    if inspection is None:
        inspection = Inspection(organization_id=organization.id, year=year)
        db.session.add(inspection)
    inspection.result = result
    inspection.concluded_on = concluded_on
    if organization.inspection_year is None or year >= organization.inspection_year:
        organization.inspection_year = year
        organization.inspection_result = result
    db.session.flush()
    notices.INSPECTION_RECORDED.send(inspection, actor=actor)
    return inspection
