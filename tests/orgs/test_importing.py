"""A list of rated organizations taken in: a synthetic twin of a real one, and the real one where it is at hand."""

from __future__ import annotations

from collections import Counter as Tally
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.audit import AuditEvent
from kernel.db import db
from kernel.errors import Refused
from kernel.scope import whole
from kernel.settings import ROOT
from orgs.commands import import_command, take_in
from orgs.models import Organization, Rating
from orgs.operations import ImportResult, import_organizations
from orgs.states import OrganizationType, RatingGrade, RatingState
from tests.factories.orgs import SET_UP, OrganizationFactory, RatingFactory, credit_code, person

TWIN = ROOT / "tests/data/rated_organizations.csv"
REAL = ROOT.parent / "shared/data/rated_organizations_haidian.csv"
LISTS = [TWIN, *([REAL] if REAL.is_file() else [])]
HEADING = "社会组织名称,统一社会信用代码,等级\n"


def events() -> list[AuditEvent]:
    db.session.commit()
    with whole(SET_UP, "look"):
        return list(db.session.scalars(select(AuditEvent).order_by(AuditEvent.seq)))


def register() -> dict[str, Organization]:
    with whole(SET_UP, "look"):
        return {one.credit_code: one for one in db.session.scalars(select(Organization))}


def a_list(folder: Path, *lines: str) -> Path:
    file = folder / "list.csv"
    file.write_text(HEADING + "\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.mark.parametrize("file", LISTS, ids=lambda file: file.stem)
def test_a_list_is_taken_in_whole_and_a_second_time_changes_nothing(
    db_session: Session, file: Path, tmp_path: Path
) -> None:
    first = take_in(file, actor=SET_UP, rejects=tmp_path / "rejects.csv")
    second = take_in(file, actor=SET_UP, rejects=tmp_path / "rejects.csv")

    assert (first.result, second.result, second.bad) == (ImportResult(new=54), ImportResult(same=54), 0)
    kept = register().values()
    assert len(kept) == 54
    assert Tally(one.rating_grade for one in kept) == {
        RatingGrade.FIVE_A: 9,
        RatingGrade.FOUR_A: 13,
        RatingGrade.THREE_A: 27,
        RatingGrade.TWO_A: 1,
        RatingGrade.ONE_A: 1,
        None: 3,
    }
    assert {one.type for one in kept} <= {
        OrganizationType.ASSOCIATION,
        OrganizationType.SERVICE_INSTITUTION,
        OrganizationType.FOUNDATION,
    }
    with whole(SET_UP, "look"):
        waiting = select(func.count()).select_from(Rating).where(Rating.state == RatingState.PENDING)
        assert db.session.scalar(waiting) == 51


def test_a_list_is_one_event_of_the_trail(db_session: Session, tmp_path: Path) -> None:
    before = len(events())

    take_in(TWIN, actor=Actor.system("import-organizations"), rejects=tmp_path / "rejects.csv")

    (event,) = events()[before:]
    assert (event.actor, event.action) == ("import-organizations", "Organization.import")
    assert event.changes == {
        "source": [None, "rated_organizations.csv"],
        "new": [None, 54],
        "changed": [None, 0],
        "same": [None, 0],
        "bad": [None, 0],
    }


def test_another_name_and_another_grade_are_changes(db_session: Session, tmp_path: Path) -> None:
    named, regraded, same = (OrganizationFactory(number=number) for number in (1, 2, 3))
    for one in (named, regraded, same):
        RatingFactory(organization_id=one.id)
    file = a_list(
        tmp_path,
        f"示例·新名,{named.credit_code},3A级社会组织",
        f"{regraded.name},{regraded.credit_code},4A级社会组织",
        f"{same.name},{same.credit_code},3A级社会组织",
    )

    taken = take_in(file, actor=SET_UP, rejects=tmp_path / "rejects.csv")

    assert taken.result == ImportResult(new=0, changed=2, same=1)
    assert register()[named.credit_code].former_names == ["示例·机构1"]
    with whole(SET_UP, "look"):
        kept = db.session.execute(select(Rating.grade, Rating.state).where(Rating.organization_id == regraded.id)).all()
    assert set(kept) == {(RatingGrade.THREE_A, RatingState.VALID), (RatingGrade.FOUR_A, RatingState.PENDING)}


def test_bad_rows_come_back_with_their_reasons(db_session: Session, tmp_path: Path) -> None:
    file = a_list(
        tmp_path,
        f"示例·好的,{credit_code(1)},5A级社会组织",
        "示例·短码,123,5A级社会组织",
        f"示例·怪级,{credit_code(2)},金牌",
        f"示例·重复,{credit_code(1).lower()},4A级社会组织",
        f",{credit_code(3)},3A级社会组织",
        f"示例·外国,{credit_code(4, kind='93')},3A级社会组织",
    )
    rejects = tmp_path / "rejects.csv"

    done = CliRunner().invoke(import_command, [str(file), "--rejects", str(rejects)])

    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "6 rows: 1 new, 0 changed, 0 as before, 5 bad",
        f"What was not taken, and why: {rejects}",
    ]
    lines = rejects.read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["3", "4", "5", "6", "7"]
    assert list(register()) == [credit_code(1)]


def test_a_file_that_is_no_list_is_refused_in_words(db_session: Session, tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("a,b\n1,2\n", encoding="utf-8")

    done = CliRunner().invoke(import_command, [str(file)])

    assert done.exit_code == 1
    assert "other.csv" in done.output


@pytest.mark.parametrize("code", ["director", "auditor", "org_admin"])
def test_import_organizations_is_the_officers(db_session: Session, code: str) -> None:
    organization = OrganizationFactory() if code == "org_admin" else None
    with pytest.raises(Refused, match="not allowed"):
        import_organizations([], actor=person(code, organization=organization), source="list")


def test_no_rows_are_no_change(db_session: Session) -> None:
    assert import_organizations([], actor=SET_UP, source="empty") == ImportResult()
