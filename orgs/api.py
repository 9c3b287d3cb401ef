"""Organizations for programs: the register, one organization with its file, registering and changing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from kernel.actor import Actor
from kernel.api.fields import Shown, listed, object_of
from kernel.api.resource import Deed, Resource
from kernel.api.shapes import asked_by, columns_of, optional, parts_of, shape
from kernel.arguments import arguments_of
from orgs import queries
from orgs.models import Organization
from orgs.operations import (
    change_profile,
    change_registration,
    record_credit_entry,
    record_inspection,
    record_rating,
    register_organization,
    survivor_of,
)
from orgs.reference import Codes
from orgs.states import CreditKind, InspectionResult, RatingGrade, RatingState
from orgs.views.organizations import OrganizationView

ROW = columns_of(
    Organization,
    "id version credit_code name type status district_code rating_grade rating_state rating_valid_from rating_valid_to"
    " inspection_year inspection_result projects_running projects_total received last_grade",
)
RATING = object_of(
    grade=RatingGrade,
    state=RatingState,
    announced_on_=date,
    valid_from_=date,
    valid_to_=date,
    certificate_number_=str,
)
INSPECTION = object_of(year=int, result=InspectionResult, concluded_on_=date)
ENTRY = object_of(kind=CreditKind, listed_on=date, removed_on_=date, source=str)


def _file(organization: Organization) -> dict[str, Any]:
    """Give the organization's file, in one statement."""
    told = queries.dossier_of(organization.id)
    return {
        "ratings": [parts_of(one, RATING) for one in told.ratings],
        "inspections": [parts_of(one, INSPECTION) for one in told.inspections],
        "credit": [parts_of(one, ENTRY) for one in told.entries],
    }


PROFILE, REGISTRATION = arguments_of(change_profile), arguments_of(change_registration)


class Organizations(Resource):
    """The register of organizations."""

    route_base = "/api/v1/organizations"
    page = OrganizationView
    model = Organization
    kinds = ("Organization",)
    row = shape("OrganizationRow", ROW)
    one = shape(
        "Organization",
        ROW
        | columns_of(
            Organization,
            "former_names registrar supervising_unit founded_on service_fields has_party_organization"
            " has_womens_federation staff_count volunteer_count address legal_representative taxpayer is_tax_exempt"
            " takes_deductible_donations",
        )
        | {
            "file": Shown(
                object_of(ratings=listed(RATING), inspections=listed(INSPECTION), credit=listed(ENTRY)), _file
            )
        },
    )
    asked_to_create = asked_by(arguments_of(register_organization))
    asked_to_change = optional(asked_by((*PROFILE, *REGISTRATION)))
    may_create = (("create", "Organization"),)
    may_change = (("change_profile", "Organization"), ("change", "Organization"))
    successor = staticmethod(survivor_of)
    deeds = {
        "record_rating": Deed(record_rating, "record", "Rating"),
        "record_inspection": Deed(record_inspection, "record", "Inspection"),
        "record_credit_entry": Deed(record_credit_entry, "record", "CreditEntry"),
    }

    def make(self, told: Mapping[str, Any], actor: Actor) -> Organization:
        return register_organization(actor=actor, **told)

    def alter(self, record: Organization, told: Mapping[str, Any], actor: Actor) -> None:
        """Carry out the deed of each part that is named; what is not named stays as it is."""
        for deed, arguments in ((change_registration, REGISTRATION), (change_profile, PROFILE)):
            names = [argument.name for argument in arguments]
            if any(name in told for name in names):
                values = {name: told[name] if name in told else getattr(record, name) for name in names}
                if "service_fields" in values:
                    values["service_fields"] = Codes(values["service_fields"])
                deed(record, actor=actor, **values)
