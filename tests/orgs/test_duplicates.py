"""Possible duplicates: found when something changed, decided with a reason, found again on other evidence alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.audit import AuditEvent, write_gathered
from kernel.db import db
from kernel.errors import Refused
from kernel.scope import see_as, whole
from orgs.models import CompareKey, Organization, OrganizationToCompare, PossibleDuplicate
from orgs.operations import change_contacts, change_registration, dismiss_pair, record_account, reopen_pair
from orgs.operations.duplicates import compare_some
from orgs.states import DuplicateState, DuplicateStrength
from tests.factories.orgs import SET_UP, OrganizationFactory, credit_code, person
from tests.orgs.conftest import Counter, send

pytestmark = pytest.mark.usefixtures("app")

SignIn = Callable[..., FlaskClient]
PHONE = "10012345678"


def pairs() -> dict[tuple[int, int], PossibleDuplicate]:
    """Compare all that waits, and give what is known by now."""
    while compare_some(SET_UP):
        pass
    known = select(PossibleDuplicate).execution_options(populate_existing=True)
    with whole(SET_UP, "tests"):
        return {(one.first_id, one.second_id): one for one in db.session.scalars(known)}


def kinds(pair: PossibleDuplicate) -> list[str]:
    return [kind for kind, _share in pair.reasons]


def two(**other: Any) -> tuple[Organization, Organization]:
    first = OrganizationFactory(name="示例·木兰家庭服务中心", number=1)
    return first, OrganizationFactory(**({"name": "示例·海棠心理关爱协会", "number": 500_000} | other))


def test_a_new_organization_is_compared_once_and_nobody_waits_then(db_session: Session) -> None:
    one, other = two(name="上海市示例·木兰家庭服务中心")

    found = pairs()

    assert kinds(found[one.id, other.id]) == ["same_name"]
    with whole(SET_UP, "tests"):
        assert db.session.scalar(select(func.count()).select_from(OrganizationToCompare)) == 0
        assert compare_some(SET_UP) == 0


@pytest.mark.parametrize(
    ("told", "kind", "strength"),
    [
        ({"name": "示例·木栏家庭服务中心"}, "same_sound", DuplicateStrength.WEAK),
        ({"name": "示例·木兰家庭服务社心"}, "close_name", DuplicateStrength.WEAK),
        ({"credit_code": credit_code(1, area="310115")}, "code_part", DuplicateStrength.LIKELY),
        ({"former_names": ["示例·木兰家庭服务中心"]}, "same_name", DuplicateStrength.LIKELY),
    ],
)
def test_names_sounds_and_own_numbers_bring_organizations_together(
    db_session: Session, told: dict[str, Any], kind: str, strength: DuplicateStrength
) -> None:
    one, other = two(**told)

    pair = pairs()[one.id, other.id]

    assert kinds(pair)[0] == kind
    assert pair.strength is strength


def test_organizations_that_share_nothing_are_no_pair(db_session: Session) -> None:
    two(legal_representative="示例人")
    OrganizationFactory(name="示例·向阳托育服务社", number=712_345, legal_representative="示例人")

    assert pairs() == {}


def test_a_shared_account_is_found_when_it_is_entered_and_no_number_is_kept_in_the_open(
    db_session: Session, officer: Actor
) -> None:
    one, other = two()
    assert pairs() == {}

    see_as(officer)
    for organization in (one, other):
        record_account(organization, actor=officer, holder="示例", bank="示例银行", number="1001000020003456")
    pair = pairs()[one.id, other.id]

    assert kinds(pair) == ["account"]
    assert pair.strength is DuplicateStrength.LIKELY
    with whole(SET_UP, "tests"):
        kept = db.session.scalars(select(CompareKey.value).where(CompareKey.kind == "account")).all()
    assert {len(value) for value in kept} == {64}
    assert not any("3456" in str(pair.reasons) for pair in pairs().values())


def test_a_shared_phone_counts_with_something_else_and_is_gone_with_it(db_session: Session, officer: Actor) -> None:
    one, other = two(address="示例路 1 号")
    see_as(officer)
    change_registration(one, actor=officer, name=one.name, status=one.status, legal_representative="示例人")
    change_registration(other, actor=officer, name=other.name, status=other.status, legal_representative="示例人")
    for organization in (one, other):
        change_contacts(organization, actor=officer, contact_name="示例", contact_phone=PHONE)
    assert kinds(pairs()[one.id, other.id]) == ["phone", "representative"]

    change_contacts(other, actor=officer, contact_name="示例", contact_phone="10087654321")

    assert pairs() == {}


def test_a_representative_counts_where_the_names_are_somewhat_alike(db_session: Session) -> None:
    one = OrganizationFactory(name="示例·木兰家庭服务中心", number=1, legal_representative="示例人")
    other = OrganizationFactory(name="示例·木兰家庭教育服务中心", number=500_000, legal_representative="示例人")

    assert kinds(pairs()[one.id, other.id]) == ["similar_name", "representative"]


def test_a_value_that_many_share_brings_nobody_together(db_session: Session) -> None:
    for number in range(24):
        OrganizationFactory(
            name=f"示例·{chr(0x4E00 + 97 * number)}{chr(0x5E00 + 89 * number)}{chr(0x6E00 + 83 * number)}社",
            number=10_101 * (number + 1),
            address="示例孵化园 1 号楼",
            legal_representative="示例人",
        )

    assert pairs() == {}


def test_not_the_same_is_remembered_with_its_reason_and_stands_in_the_trail(
    db_session: Session, officer: Actor
) -> None:
    one, other = two(name="示例·木兰家庭服务中心（新）")
    pair = pairs()[one.id, other.id]

    see_as(officer)
    dismiss_pair(pair, actor=officer, reason="两家机构地址与负责人均不同")
    with whole(SET_UP, "tests"):
        write_gathered(db.session())
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "PossibleDuplicate.dismiss")).one()
    change_registration(
        one, actor=officer, name=one.name, status=one.status, supervising_unit="示例单位", registrar="甲"
    )
    change_contacts(one, actor=officer, contact_name="示例", contact_phone=PHONE)
    kept = pairs()[one.id, other.id]

    assert (kept.state, kept.reason) == (DuplicateState.DISMISSED, "两家机构地址与负责人均不同")
    assert kept.decided_by_id == officer.user_id
    assert event.audience == "staff"
    assert event.changes["reason"] == [None, "两家机构地址与负责人均不同"]


def test_other_evidence_brings_a_dismissed_pair_back(db_session: Session, officer: Actor) -> None:
    one, other = two(name="示例·木兰家庭服务中心（新）")
    see_as(officer)
    dismiss_pair(pairs()[one.id, other.id], actor=officer, reason="不是同一家")

    for organization in (one, other):
        record_account(organization, actor=officer, holder="示例", bank="示例银行", number="1001000020003456")
    pair = pairs()[one.id, other.id]

    assert pair.state is DuplicateState.OPEN
    assert kinds(pair)[0] == "account"
    assert pair.reason is None


def test_a_pair_is_decided_once_and_can_be_looked_at_again(db_session: Session, officer: Actor) -> None:
    one, other = two(name="示例·木兰家庭服务中心（新）")
    pair = pairs()[one.id, other.id]
    see_as(officer)
    dismiss_pair(pair, actor=officer, reason="不是同一家")

    with pytest.raises(Refused):
        dismiss_pair(pair, actor=officer, reason="再说一次")
    reopen_pair(pair, actor=officer)

    assert (pair.state, pair.reason, pair.decided_on) == (DuplicateState.OPEN, None, None)


@pytest.mark.parametrize("role", ["director", "finance", "auditor", "org_admin"])
def test_nobody_but_an_officer_decides(db_session: Session, role: str) -> None:
    one, other = two(name="示例·木兰家庭服务中心（新）")
    pair = pairs()[one.id, other.id]
    actor = person(role, organization=one if role == "org_admin" else None)

    with pytest.raises(Refused):
        dismiss_pair(pair, actor=actor, reason="不是同一家")


def test_an_organization_sees_no_pair_not_even_its_own(db_session: Session) -> None:
    one, _other = two(name="示例·木兰家庭服务中心（新）")
    pairs()

    see_as(person("org_admin", organization=one))
    for table in ("possible_duplicate", "compare_key", "organization_to_compare"):
        with pytest.raises(Exception, match="permission denied"), db_session.begin_nested():
            db_session.execute(text(f"SELECT 1 FROM {table}"))


def test_each_organization_costs_a_few_look_ups_and_no_reading_of_all(db_session: Session, counted: Counter) -> None:
    for number in range(30):
        OrganizationFactory(name=f"示例·木兰{chr(0x4E10 + 31 * number)}家庭服务中心", number=20_011 * (number + 1))
    with counted() as few:
        compare_some(SET_UP)
    for number in range(150):
        OrganizationFactory(name=f"示例·海棠{chr(0x5E10 + 31 * number)}心理关爱社", number=900 * (number + 31))
    with counted() as many:
        compare_some(SET_UP)

    asked = [[one for one in told if one.startswith("SELECT")] for told in (few, many)]
    assert len(asked[1]) == len(asked[0])


def test_the_page_says_what_speaks_for_a_pair_and_takes_the_decision(
    db_session: Session, client: FlaskClient, sign_in: SignIn, officer: Actor
) -> None:
    one, other = two(credit_code=credit_code(1, area="310115"), legal_representative="示例人")
    pair = pairs()[one.id, other.id]
    sign_in(client, "officer")

    listed = client.get("/duplicates/?state=open").get_data(as_text=True)
    page = client.get(f"/duplicates/{pair.id}").get_data(as_text=True)
    done = send(client, f"/duplicates/{pair.id}/steps/dismiss", reason="已核对登记证书，系两家机构")

    assert "信用代码中的主体标识码相同" in listed
    assert "可能性较大" in listed
    assert one.name in page
    assert other.credit_code in page
    assert done.status_code == 302
    assert "已核对登记证书，系两家机构" in client.get(f"/duplicates/{pair.id}").get_data(as_text=True)
    assert other.name not in client.get("/duplicates/?state=open").get_data(as_text=True)
