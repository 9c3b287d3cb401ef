"""Loading the indicator sets that come with the system."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import select

from evaluation.models import IndicatorSetRecord
from evaluation.scoring import IndicatorSet, set_problems
from kernel.db import db

SETS = Path(__file__).resolve().parent.parent / "data" / "indicator_sets.json"


def load_indicator_sets() -> None:
    """Add the sets and editions that are not there yet; what is there stays as it is.

    Raises ValueError when a set does not add up.
    """
    known = set(db.session.execute(select(IndicatorSetRecord.code, IndicatorSetRecord.edition)).tuples())
    for stored in json.loads(SETS.read_text(encoding="utf-8"))["sets"]:
        if (stored["code"], stored["version"]) not in known:
            db.session.add(record_of(stored))
    db.session.flush()


def record_of(stored: dict[str, Any]) -> IndicatorSetRecord:
    """Read one set from its JSON.

    Raises ValueError when it does not add up.
    """
    sheet = IndicatorSet.load(stored)
    if problems := set_problems(sheet):
        raise ValueError("; ".join(problem.render("en") for problem in problems))
    return IndicatorSetRecord(
        code=stored["code"],
        edition=stored["version"],
        name=sheet.name,
        name_en=sheet.name_en,
        total=sheet.total,
        pass_mark=sheet.pass_mark,
        source=sheet.source,
        tree=stored,
    )
