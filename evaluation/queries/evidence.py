"""What an evaluator reads of a project while it is assigned: reports, activities and their files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from evaluation.models import Evaluation
from grants.models import Activity, Report
from grants.states import ActivityState, ReportState
from kernel.db import db
from kernel.files import StoredFile

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Evidence:
    """Reports, the newest activities with how many there are in all, and the reports' files."""

    reports: Sequence[Report]
    activities: Sequence[Activity]
    activities_total: int
    files: Sequence[StoredFile]


def evidence_of(evaluation: Evaluation) -> Evidence:
    """Give what the reader may see of a project's delivery, in three statements."""
    reports = db.session.scalars(
        select(Report)
        .where(Report.project_id == evaluation.project_id, Report.state != ReportState.DRAFT)
        .order_by(Report.submitted_at.desc())
    ).all()
    counted = select(Activity, func.count().over()).where(
        Activity.project_id == evaluation.project_id, Activity.state != ActivityState.DRAFT
    )
    rows = db.session.execute(counted.order_by(Activity.held_on.desc(), Activity.id.desc()).limit(SHOWN)).all()
    files = db.session.scalars(
        select(StoredFile)
        .where(
            StoredFile.owner_kind == "Report",
            StoredFile.owner_id.in_([report.id for report in reports]),
            StoredFile.superseded_by_id.is_(None),
        )
        .order_by(StoredFile.id)
    ).all()
    return Evidence(reports, [row[0] for row in rows], rows[0][1] if rows else 0, files)


def report_of(evaluation: Evaluation) -> StoredFile | None:
    """Give the signed report of an evaluation, if the reader may see it."""
    if evaluation.file_id is None:
        return None
    return db.session.scalars(select(StoredFile).where(StoredFile.id == evaluation.file_id)).first()
