"""What links organizations: shared, or written down by a person; told to staff and to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.db import db
from kernel.errors import Invalid, Refused
from kernel.scope import see_as, whole
from orgs.models import Organization, OrganizationLink
from orgs.operations import change_contacts, end_link, record_account, record_link
from orgs.operations.duplicates import compare_some
from orgs.queries import linked_organizations
from orgs.states import Evidence, LinkKind
from tests.factories.orgs import SET_UP, OrganizationFactory, person
from tests.orgs.conftest import Counter, send

pytestmark = pytest.mark.usefixtures("app")

SignIn = Callable[..., FlaskClient]
SOURCE = "示例登记信息公示"


@pytest.fixture
def parent(db_session: Session) -> Organization:
    return OrganizationFactory(name="示例·木兰总会", number=1, legal_representative="示例人甲")


@pytest.fixture
def branch(db_session: Session) -> Organization:
    return OrganizationFactory(name="示例·海棠服务站", number=500_000, address="示例路 9 号")


def test_what_is_shared_links_and_its_value_is_not_told(
    parent: Organization, branch: Organization, officer: Actor, counted: Counter
) -> None:
    third = OrganizationFactory(
        name="示例·向阳社", number=700_000, legal_representative="示例人甲", address="示例路9号"
    )
    see_as(officer)
    for one in (parent, branch):
        record_account(one, actor=officer, holder="示例", bank="示例银行", number="1001000020003456")
        change_contacts(one, actor=officer, contact_name="示例", contact_phone="10012345678")
    compare_some(SET_UP)

    with counted() as statements:
        found = linked_organizations(parent.id)

    assert [(one.organization_id, one.evidence) for one in found] == [
        (third.id, Evidence.REPRESENTATIVE),
        (branch.id, Evidence.ACCOUNT),
        (branch.id, Evidence.PHONE),
    ]
    assert len(statements) == 1
    assert "3456" not in str(found)
    assert [(one.organization_id, one.evidence) for one in linked_organizations(third.id)] == [
        (parent.id, Evidence.REPRESENTATIVE),
        (branch.id, Evidence.ADDRESS),
    ]


def test_a_link_is_written_down_once_seen_from_both_sides_and_ends_with_a_reason(
    parent: Organization, branch: Organization, officer: Actor
) -> None:
    see_as(officer)
    link = record_link(
        branch,
        actor=officer,
        credit_code=parent.credit_code.lower(),
        kind=LinkKind.PARENT,
        source=SOURCE,
        other_is_first=True,
    )
    [above] = linked_organizations(branch.id)
    [below] = linked_organizations(parent.id)
    assert (above.organization_id, above.kind, above.is_first, above.source) == (
        parent.id, LinkKind.PARENT, False, SOURCE
    )  # fmt: skip
    assert (below.organization_id, below.is_first, below.link_id) == (branch.id, True, link.id)

    with pytest.raises(Refused, match="This link is on record already"), db.session.begin_nested():
        record_link(parent, actor=officer, credit_code=branch.credit_code, kind=LinkKind.PARENT, source=SOURCE)
    end_link(link, actor=officer, reason="已脱钩")

    assert linked_organizations(parent.id) == []
    with pytest.raises(Refused, match="This link ended on"):
        end_link(link, actor=officer, reason="再终止一次")


def test_a_link_names_two_that_are_on_the_register(parent: Organization, officer: Actor) -> None:
    see_as(officer)
    for code, told in ((parent.credit_code, "same organization"), ("123", "No organization with this credit code")):
        with pytest.raises(Invalid) as refused:
            record_link(parent, actor=officer, credit_code=code, kind=LinkKind.PERSON, source=SOURCE)
        assert told in refused.value.problems["credit_code"][0].msgid


@pytest.mark.parametrize("role", ["director", "finance", "org_admin"])
def test_nobody_but_an_officer_writes_links_down(parent: Organization, branch: Organization, role: str) -> None:
    actor = person(role, organization=parent if role == "org_admin" else None)

    with pytest.raises(Refused, match="not allowed"):
        record_link(parent, actor=actor, credit_code=branch.credit_code, kind=LinkKind.PERSON, source=SOURCE)


def test_an_organization_sees_no_link_not_even_its_own(
    parent: Organization, branch: Organization, client: FlaskClient, sign_in: SignIn, db_session: Session
) -> None:
    own = person("org_admin", organization=parent, username="ownadmin")
    told = {"kind": LinkKind.PERSON, "source": SOURCE, "recorded_on": date(2026, 1, 5), "recorded_by_id": own.user_id}
    with whole(SET_UP, "tests") as session:
        session.add(OrganizationLink(first_id=parent.id, second_id=branch.id, **told))
    pk, name, other = parent.id, parent.name, branch.name

    sign_in(client, "ownadmin")
    page = client.get(f"/organizations/{pk}").get_data(as_text=True)
    see_as(own)
    with pytest.raises(Exception, match="permission denied"), db_session.begin_nested():
        db_session.execute(text("SELECT 1 FROM organization_link"))

    assert name in page
    assert other not in page
    assert SOURCE not in page


def test_staff_read_and_write_links_on_the_file(
    parent: Organization, branch: Organization, officer: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    pk, name, code = parent.id, branch.name, branch.credit_code
    sign_in(client, "officer")
    at = f"/links/of/{pk}/new"
    wrong = send(client, at, credit_code="1", kind="parent", source=SOURCE)
    done = send(client, at, credit_code=code, kind="parent", source=SOURCE)
    page = client.get(f"/organizations/{pk}").get_data(as_text=True)
    with whole(SET_UP, "tests"):
        link = db.session.scalars(select(OrganizationLink.id)).one()
    ended = send(client, f"/links/{link}/end", reason="已脱钩")

    assert (wrong.status_code, done.status_code, ended.status_code) == (422, 302, 302)
    assert "本机构的分支" in page
    assert SOURCE in page
    assert name not in client.get(f"/organizations/{pk}").get_data(as_text=True)
