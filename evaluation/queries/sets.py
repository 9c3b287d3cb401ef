"""Which indicator sets there are."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select

from evaluation.models import IndicatorSetRecord
from grants.queries.schemes import Scheme, offers_schemes
from kernel.db import db
from kernel.errors import Refused
from kernel.words import Sentence


def newest_set(code: str) -> IndicatorSetRecord:
    """Give the newest edition of the set with this code, or of the sets that are made for this ("review", "midterm").

    Raises Refused when there is none.
    """
    is_named = IndicatorSetRecord.code == code
    wanted = select(IndicatorSetRecord).where(or_(is_named, IndicatorSetRecord.tree["kind"].astext == code))
    wanted = wanted.order_by(is_named.desc(), IndicatorSetRecord.edition.desc(), IndicatorSetRecord.id.desc())
    found = db.session.scalars(wanted.limit(1)).first()
    if found is None:
        raise Refused(
            Sentence("There is no indicator set “{code}”. Please load one, or name another in the call.", code=code)
        )
    return found


def set_of(set_id: int) -> IndicatorSetRecord:
    """Give the set by which a sheet is kept."""
    return db.session.scalars(select(IndicatorSetRecord).where(IndicatorSetRecord.id == set_id)).one()


@offers_schemes
def sets_for_calls() -> Sequence[Scheme]:
    """Give the newest edition of each set, for whoever builds a call."""
    record = IndicatorSetRecord
    kind = record.tree["kind"].astext
    wanted = select(record.code, record.name, record.name_en, kind, record.edition).distinct(record.code)
    return [
        Scheme(*row) for row in db.session.execute(wanted.order_by(record.code, record.edition.desc())).tuples().all()
    ]
