"""Registering an organization and keeping what it says of itself."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import today
from kernel.db import db
from kernel.workflow import deed, lock, refuse_if
from orgs import rules
from orgs.credit_code import normalize, problem_with, registered_kind
from orgs.models import NameChange, Organization
from orgs.names import name_columns
from orgs.operations.problems import refuse_fields
from orgs.reference import NO_CODES, Codes
from orgs.rules.merges import code_is_no_former_one
from orgs.states import OrganizationStatus, TaxpayerKind

Name = Annotated[str, Ask("Name of the organization", hint="As on the certificate of registration.", most=200)]
District = Annotated[str | None, Ask("District")]
Registrar = Annotated[str | None, Ask("Registrar", most=200)]
Supervisor = Annotated[str | None, Ask("Supervising unit", most=200)]
Founded = Annotated[date | None, Ask("Founded on")]
Representative = Annotated[str | None, Ask("Legal representative", most=60)]


@deed("create", "Organization")
def register_organization(
    *,
    actor: Actor,
    credit_code: Annotated[str, Ask("Unified social credit code", hint="18 characters.", most=60)],
    name: Name,
    district_code: District = None,
    registrar: Registrar = None,
    supervising_unit: Supervisor = None,
    founded_on: Founded = None,
    legal_representative: Representative = None,
) -> Organization:
    """Put an organization on the register; its kind follows from its credit code.

    Raises Invalid with every problem, Refused when the code is registered already.
    """
    code = normalize(credit_code)
    refuse_fields(
        credit_code=problem_with(code) or rules.code_names_a_kind(code) or code_is_no_former_one(code),
        district_code=rules.district_is_known(district_code),
        founded_on=rules.day_is_not_ahead(founded_on),
    )
    organization = Organization(
        **name_columns(name.strip(), [], code),
        type=registered_kind(code),
        district_code=district_code or None,
        registrar=registrar,
        supervising_unit=supervising_unit,
        founded_on=founded_on,
        legal_representative=legal_representative,
    )
    db.session.add(organization)
    db.session.flush()
    return organization


@deed("change", "Organization")
def change_registration(
    organization: Organization,
    *,
    actor: Actor,
    name: Name,
    status: Annotated[OrganizationStatus, Ask("Status")],
    district_code: District = None,
    registrar: Registrar = None,
    supervising_unit: Supervisor = None,
    founded_on: Founded = None,
    legal_representative: Representative = None,
) -> None:
    """Keep what the registrar knows; a name that was left is kept among the former ones."""
    refuse_fields(
        district_code=rules.district_is_known(district_code),
        founded_on=rules.day_is_not_ahead(founded_on),
    )
    lock(organization)
    rename(organization, name.strip(), source=str(registrar or ""))
    organization.status = status
    organization.district_code = district_code or None
    organization.registrar = registrar
    organization.supervising_unit = supervising_unit
    organization.founded_on = founded_on
    organization.legal_representative = legal_representative


@deed("change_profile", "Organization")
def change_profile(
    organization: Organization,
    *,
    actor: Actor,
    address: Annotated[str | None, Ask("Address", most=300)] = None,
    staff_count: Annotated[int, Ask("Full-time staff")] = 0,
    volunteer_count: Annotated[int, Ask("Volunteers")] = 0,
    has_party_organization: Annotated[bool, Ask("There is a party organization")] = False,
    has_womens_federation: Annotated[bool, Ask("There is a women's federation inside")] = False,
    service_fields: Annotated[Codes, Ask("Service fields")] = NO_CODES,
    taxpayer: Annotated[TaxpayerKind | None, Ask("Kind of taxpayer")] = None,
    is_tax_exempt: Annotated[bool, Ask("Its income is exempt from tax")] = False,
    takes_deductible_donations: Annotated[bool, Ask("Donations to it are deductible")] = False,
) -> None:
    """Keep what an organization says of itself: its own administrator, or the Centre for it."""
    refuse_if(rules.is_own_or_of_staff(organization, actor))
    refuse_fields(
        staff_count=rules.counts_from_zero(staff_count),
        volunteer_count=rules.counts_from_zero(volunteer_count),
        service_fields=rules.fields_are_known(service_fields),
    )
    lock(organization)
    organization.address = address
    organization.staff_count = staff_count
    organization.volunteer_count = volunteer_count
    organization.has_party_organization = has_party_organization
    organization.has_womens_federation = has_womens_federation
    organization.service_fields = sorted(set(service_fields))
    organization.taxpayer = taxpayer
    organization.is_tax_exempt = is_tax_exempt
    organization.takes_deductible_donations = takes_deductible_donations


def rename(organization: Organization, name: str, *, reason: str = "", source: str = "") -> None:
    """Let an organization go by another name from today on and be found by both."""
    if name == organization.name:
        return
    left = NameChange(
        organization_id=organization.id,
        since=today(),
        was=organization.name,
        name=name,
        reason=reason or None,
        source=source or None,
    )
    db.session.add(left)
    former = [told for told in (*organization.former_names, organization.name) if told != name]
    for column, value in name_columns(name, former, organization.credit_code, organization.former_codes).items():
        setattr(organization, column, value)
