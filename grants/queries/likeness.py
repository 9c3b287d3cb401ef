"""Whose text reads like one's own: candidates by prints and by title, and what has been found."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, Select, and_, any_, case, cast, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import joinedload

from grants.models import Application, ApplicationVersion, Call, EligibilityCheck, FormVersion, Likeness, Lot, TextPrint
from grants.models.likenesses import RULES
from grants.states import APPLICATION_LIVE, ApplicationState, CallState
from kernel.clock import now
from kernel.db import db
from orgs.models import PastProject
from orgs.queries import linked_organizations

MOST_CANDIDATES = 20
RUSH = timedelta(hours=1)
COMMON = 25
"""What stands in so many texts is a set phrase, a quotation, or the wording of a form: nobody's own."""
FEW_PRINTS = 2
"""So many prints in common are worth a look at the texts themselves; one alone is chance or a set phrase."""
HELD_BY_MANY = text("""
SELECT mine FROM unnest(CAST(:prints AS bigint[])) AS mine
WHERE (SELECT count(*) FROM (SELECT FROM text_print WHERE prints @> ARRAY[mine] LIMIT :most) AS held) >= :most
""")
"""Counted no further than it matters: one print may stand in ten thousand texts."""


_NEAREST = func.greatest(Likeness.text_percent, Likeness.title_percent).desc()


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another application that may read alike: by its title (0 to 1), by the prints in common, as it was handed in."""

    application_id: int
    organization_id: int
    number: str
    title: str
    state: ApplicationState
    version_number: int
    targets: Sequence[int]
    title_likeness: float
    common: int
    snapshot: Mapping[str, Any]


def candidates(
    application: Application, own: TextPrint, prints: Sequence[int], linked: Collection[int]
) -> list[Candidate]:
    """Give the applications whose text or title may be like this one's, the likeliest first, in two statements.

    Of its own organization only those that still run count: what was turned down may be handed in again. Of others
    every text counts that was ever handed in. Its own and those of linked organizations are counted apart: a rule of
    their own asks for them, and many copies elsewhere must not hide them.
    """
    title = func.similarity(TextPrint.title, own.title)
    mine = cast(list(prints), ARRAY(BigInteger))
    told = func.unnest(TextPrint.prints).column_valued("told")
    common = select(func.count(told)).where(told == any_(mine)).scalar_subquery()
    share = common / func.greatest(func.least(func.cardinality(TextPrint.prints), len(prints)), 1.0)
    is_own = Application.organization_id == application.organization_id
    is_near = Application.organization_id.in_([application.organization_id, *linked])
    nearest = (func.greatest(share, title).desc(), Application.id)
    found: Select[Any] = (
        select(
            Application.id,
            Application.organization_id,
            Application.number,
            TextPrint.title,
            Application.state,
            TextPrint.version_number,
            TextPrint.targets,
            title.label("title_likeness"),
            common.label("common"),
            func.row_number().over(partition_by=is_near, order_by=nearest).label("place"),
            func.row_number().over(order_by=nearest).label("whole_place"),
        )
        .join(TextPrint, TextPrint.application_id == Application.id)
        .where(
            Application.id != application.id,
            or_(TextPrint.prints.overlap(mine), TextPrint.title.op("%")(own.title)),
            case((is_own, Application.state.in_(APPLICATION_LIVE)), else_=Application.state != ApplicationState.DRAFT),
            or_(common >= FEW_PRINTS, TextPrint.title.op("%")(own.title)),
        )
    )
    ranked = found.subquery()
    columns = [column for column in ranked.c if column.name not in {"place", "whole_place"}]
    wanted = select(*columns).where(ranked.c.place <= MOST_CANDIDATES).order_by(ranked.c.whole_place)
    rows = db.session.execute(wanted).all()
    snapshots = _snapshots({row[0]: row[5] for row in rows})
    return [Candidate(*row, snapshots.get(row[0], {})) for row in rows]  # type: ignore[call-arg]  # a row of more than eight has no types


def common_among(prints: Sequence[int]) -> frozenset[int]:
    """Give those of some prints that stand in many texts: a phrase that everybody writes is nobody's own."""
    told = {"prints": list(prints), "most": COMMON}
    return frozenset(db.session.execute(HELD_BY_MANY, told).scalars())


def _snapshots(versions: Mapping[int, int]) -> dict[int, Mapping[str, Any]]:
    """Give what was handed in as these versions: application → snapshot."""
    one = ApplicationVersion
    pairs = [and_(one.application_id == pk, one.number == number) for pk, number in versions.items()]
    if not pairs:
        return {}
    return dict(db.session.execute(select(one.application_id, one.snapshot).where(or_(*pairs))).tuples().all())


def past_projects_alike(title: str, near: Collection[int]) -> list[tuple[PastProject, Any]]:
    """Give the projects of past years with a name like this title (0 to 1), the nearest first.

    Those of the organizations in `near` are counted apart, as `candidates` does.
    """
    likeness = func.similarity(PastProject.name, title).label("likeness")
    order = (func.similarity(PastProject.name, title).desc(), PastProject.id)
    is_near = PastProject.organization_id.in_(near)
    ranked = (
        select(PastProject.id, likeness, func.row_number().over(partition_by=is_near, order_by=order).label("place"))
        .where(PastProject.name.op("%")(title))
        .subquery()
    )
    wanted = select(PastProject, ranked.c.likeness).join(ranked, ranked.c.id == PastProject.id)
    wanted = wanted.where(ranked.c.place <= MOST_CANDIDATES).order_by(ranked.c.likeness.desc(), PastProject.id)
    return [(project, how) for project, how in db.session.execute(wanted)]


def linked_to(organization_id: int) -> set[int]:
    """Give the organizations that are linked to one, by what they share or by what is written down of them."""
    return {one.organization_id for one in linked_organizations(organization_id)}


def likenesses_of(application_id: int) -> Sequence[Likeness]:
    """Give what an application reads like, the nearest first."""
    wanted = select(Likeness).where(Likeness.application_id == application_id)
    return db.session.scalars(wanted.order_by(_NEAREST, Likeness.id)).all()


def checks_and_likenesses(application_id: int) -> tuple[Sequence[EligibilityCheck], Sequence[Likeness]]:
    """Give an application's checks in their order, and what it reads like, the nearest first: one statement for a page."""
    is_asked = EligibilityCheck.rule.in_([rule.value for rule in RULES.values()])
    found = db.session.execute(
        select(EligibilityCheck, Likeness)
        .outerjoin(Likeness, and_(Likeness.application_id == EligibilityCheck.application_id, is_asked))
        .where(EligibilityCheck.application_id == application_id)
        .order_by(EligibilityCheck.position, _NEAREST, Likeness.id)
    ).all()
    checks = dict.fromkeys(check for check, _likeness in found)
    return [*checks], [*dict.fromkeys(one for _check, one in found if one is not None)]


def print_of(application_id: int) -> TextPrint | None:
    """Give by what an application's text is found again."""
    return db.session.scalars(select(TextPrint).where(TextPrint.application_id == application_id)).first()


def waiting_to_be_compared(most: int) -> Sequence[int]:
    """Give the applications whose last version has not been compared yet, in the order in which they came.

    None in the last hour of a call: who still hands in comes first, and nobody qualifies before it is closed.
    """
    closing = select(Call.id).where(
        Call.state == CallState.OPEN, Call.closes_at > now(), Call.closes_at <= now() + RUSH
    )
    done = select(TextPrint.id).where(
        TextPrint.application_id == Application.id, TextPrint.version_number == Application.version_number
    )
    wanted = (
        select(Application.id)
        .where(Application.state == ApplicationState.SUBMITTED, ~done.exists(), ~closing.exists())
        .order_by(Application.submitted_at, Application.id)
        .limit(most)
    )
    return db.session.scalars(wanted).all()


def compared_pair(pk: int) -> Likeness | None:
    """Give one likeness with both sides and their calls."""
    wanted = (
        select(Likeness)
        .where(Likeness.id == pk)
        .options(
            joinedload(Likeness.application).joinedload(Application.call),
            joinedload(Likeness.application).joinedload(Application.organization),
            joinedload(Likeness.other).joinedload(Application.call),
            joinedload(Likeness.other).joinedload(Application.organization),
            joinedload(Likeness.past_project).joinedload(PastProject.organization),
        )
    )
    return db.session.scalars(wanted).first()


def versions_compared(pair: Likeness) -> dict[int, Mapping[str, Any]]:
    """Give what both sides of a likeness had handed in when they were compared."""
    wanted = {pair.application_id: pair.version_number}
    if pair.other_id is not None and pair.other_version_number is not None:
        wanted[pair.other_id] = pair.other_version_number
    return _snapshots(wanted)


def words_for(application: Application) -> list[str]:
    """Give what a call has written for everybody: its own words, those of its lots, those of its form."""
    call = application.call
    lots = db.session.scalars(select(Lot.title).where(Lot.call_id == call.id)).all()
    form = select(FormVersion.definition).where(FormVersion.id == application.form_version_id)
    return [call.title, call.summary, *lots, *_words_in(db.session.scalar(form))]


def _words_in(told: Any) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, Mapping):
        for one in told.values():
            yield from _words_in(one)
    elif isinstance(told, list):
        for one in told:
            yield from _words_in(one)
