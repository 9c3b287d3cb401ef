"""Registering an organization and keeping what is known of it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.audit import AuditEvent
from kernel.db import db
from kernel.errors import Invalid, Refused
from kernel.scope import whole
from kernel.words import Sentence
from orgs.models import Organization
from orgs.operations import change_contacts, change_profile, change_registration, register_organization
from orgs.reference import Codes
from orgs.states import OrganizationStatus, OrganizationType
from tests.factories.orgs import SET_UP, OrganizationFactory, credit_code, person


def trail_of(organization: Organization) -> list[AuditEvent]:
    db.session.commit()
    with whole(SET_UP, "look"):
        wanted = select(AuditEvent).where(AuditEvent.subject_kind == "Organization")
        return list(db.session.scalars(wanted.where(AuditEvent.subject_id == organization.id)))


def test_register_organization_takes_its_kind_from_the_code(officer: Actor) -> None:
    code = credit_code(17, kind="51")

    made = register_organization(
        actor=officer, credit_code=f" {code.lower()} ", name=" 示例·木兰协会 ", district_code="310110"
    )

    assert (made.credit_code, made.name, made.type) == (code, "示例·木兰协会", OrganizationType.ASSOCIATION)
    assert (made.status, made.name_pinyin, made.name_initials) == (
        OrganizationStatus.ACTIVE,
        "shilimulanxiehui",
        "slmlxh",
    )


def test_register_organization_says_all_that_is_wrong_at_once(officer: Actor) -> None:
    with pytest.raises(Invalid) as refusal:
        register_organization(
            actor=officer, credit_code="123", name="示例", district_code="999999", founded_on=date(2999, 1, 1)
        )

    assert refusal.value.problems == {
        "credit_code": (Sentence("A credit code has 18 characters; this one has {length}.", length=3),),
        "district_code": (Sentence("Please choose one of the offered values."),),
        "founded_on": (Sentence("{day} is still to come.", day=date(2999, 1, 1)),),
    }


def test_register_organization_refuses_a_code_of_no_kind(officer: Actor) -> None:
    with pytest.raises(Invalid) as refusal:
        register_organization(actor=officer, credit_code=credit_code(1, kind="93"), name="示例")

    told = Sentence("“{start}” is no kind of body that can be registered here.", start="93")
    assert refusal.value.problems == {"credit_code": (told,)}


def test_register_organization_refuses_a_code_that_is_there(officer: Actor) -> None:
    OrganizationFactory(number=5)

    with pytest.raises(Refused) as refusal:
        register_organization(actor=officer, credit_code=credit_code(5), name="示例·另一家")

    assert refusal.value.reasons == (Sentence("An organization with this credit code is registered already."),)


@pytest.mark.parametrize("code", ["director", "finance", "funder", "auditor"])
def test_register_organization_is_the_officers(db_session: Session, code: str) -> None:
    with pytest.raises(Refused, match="not allowed"):
        register_organization(actor=person(code), credit_code=credit_code(1), name="示例")


def test_a_name_that_is_left_is_kept_and_found(officer: Actor) -> None:
    one = OrganizationFactory(name="示例·旧名中心")

    change_registration(one, actor=officer, name="示例·新名中心", status=OrganizationStatus.LIQUIDATING)

    assert (one.name, one.former_names, one.status) == (
        "示例·新名中心",
        ["示例·旧名中心"],
        OrganizationStatus.LIQUIDATING,
    )
    assert "旧名" in one.search_text
    assert one.name_pinyin == "shilixinmingzhongxin"


def test_change_registration_is_not_for_the_organization(db_session: Session) -> None:
    one = OrganizationFactory()

    with pytest.raises(Refused, match="not allowed"):
        change_registration(
            one, actor=person("org_admin", organization=one), name="示例", status=OrganizationStatus.ACTIVE
        )


def test_an_organization_changes_its_own_profile(db_session: Session) -> None:
    one = OrganizationFactory()

    change_profile(
        one,
        actor=person("org_admin", organization=one),
        staff_count=12,
        has_womens_federation=True,
        service_fields=Codes(["mental_care", "family_education"]),
    )

    assert (one.staff_count, one.has_womens_federation) == (12, True)
    assert one.service_fields == ["family_education", "mental_care"]


def test_change_profile_refuses_another_organizations_people(db_session: Session) -> None:
    one, other = OrganizationFactory(), OrganizationFactory()

    with pytest.raises(Refused) as refusal:
        change_profile(one, actor=person("org_admin", organization=other), staff_count=1)

    assert refusal.value.reasons == (Sentence("You can act for your own organization only."),)


@pytest.mark.parametrize("code", ["org_lead", "org_finance", "auditor"])
def test_change_profile_is_for_administrators(db_session: Session, code: str) -> None:
    one = OrganizationFactory()

    with pytest.raises(Refused, match="not allowed"):
        change_profile(one, actor=person(code, organization=one), staff_count=1)


def test_change_profile_says_all_that_is_wrong_at_once(officer: Actor) -> None:
    with pytest.raises(Invalid) as refusal:
        change_profile(
            OrganizationFactory(),
            actor=officer,
            staff_count=-1,
            volunteer_count=-2,
            service_fields=Codes(["nothing"]),
        )

    assert list(refusal.value.problems) == ["staff_count", "volunteer_count", "service_fields"]


def test_the_trail_masks_whom_to_reach(officer: Actor) -> None:
    one = OrganizationFactory()

    change_contacts(one, actor=officer, contact_name="示例甲", contact_phone="021-12345678")

    (event,) = [event for event in trail_of(one) if event.action == "Organization.change_profile"]
    assert event.actor == "officer"
    assert event.changes == {
        "contact_name": [None, "••••"],
        "contact_phone": [None, "••••78"],
    }
