"""What freezes at a submission: attachments, the snapshot that reviewers read, and the qualification check."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from grants.demo.applying import Wish
from grants.demo.likeness import DECIDED_REASON, load_likenesses
from grants.models import Application, ApplicationVersion, EligibilityCheck, Likeness
from grants.operations.snapshots import snapshot_of
from grants.queries.eligibility import NO_TRACK
from grants.rules.eligibility import Finding, findings
from grants.rules.eligibility.library import defaults_for
from grants.states import ApplicationState as A, AttachmentKind, CheckOutcome, MoneySource
from kernel.clock import day_of
from kernel.demo import Stage
from kernel.documents import Paper
from kernel.files import StoredFile
from kernel.words import Sentence
from orgs.queries import qualification_facts

ATTACHED = (
    (AttachmentKind.REGISTRATION, "登记证书（示例）.pdf"),
    (AttachmentKind.AUDIT_REPORT, "上年度审计报告（示例）.pdf"),
)
MATCHING = (AttachmentKind.MATCHING_PROOF, "配套资金证明（示例）.pdf")
CENTRE = Sentence("Shanghai Women's Social Organization Development Centre")


def load_papers(stage: Stage, wishes: Sequence[Wish]) -> None:
    """Write attachments, frozen versions and checks of all that was handed in."""
    handed_in = [wish for wish in wishes if wish.is_handed_in]
    kept = {kind: stage.keep(sample_paper(name)) for kind, name in (*ATTACHED, MATCHING)}
    files = [
        stage.file(
            kept[kind],
            name,
            owner=("Application", wish.id),
            kind=kind.value,
            organization_id=wish.organization_id,
            on=wish.row["created_at"],
        )
        for wish in handed_in
        for kind, name in _attached(wish)
    ]
    stage.load(StoredFile, files)
    found = _applications(stage, [wish.id for wish in handed_in])
    versions, checks = [], []
    alike = load_likenesses(stage, handed_in, found)
    for wish in handed_in:
        application = found[wish.id]
        # As it stood on the day, and never written back.
        set_committed_value(application.organization, "projects_total", wish.projects_before)
        versions.append(_version(wish, application))
        checks += _checks(stage, wish, application, alike.get(wish.id, []))
    stage.load(ApplicationVersion, versions)
    stage.load(EligibilityCheck, checks)
    stage.session.expunge_all()


def sample_paper(name: str) -> bytes:
    """Give a sheet that says what it stands for and that it is made up."""
    paper = Paper(name.removesuffix(".pdf"), organization=CENTRE, number="DEMO", day=date(2026, 1, 1), locale="zh")
    paper.paragraph("本页为演示数据自动生成的示例附件，不含任何真实信息。")
    return paper.build()


def _attached(wish: Wish) -> list[tuple[AttachmentKind, str]]:
    has_match = any(line["source"] is not MoneySource.FISCAL for line in wish.lines)
    return [*ATTACHED, *([MATCHING] if has_match else [])]


def _applications(stage: Stage, ids: Sequence[int]) -> dict[int, Application]:
    wanted = (
        select(Application)
        .where(Application.id.in_(ids))
        .options(
            joinedload(Application.call),
            joinedload(Application.organization),
            joinedload(Application.category),
            joinedload(Application.lot),
            joinedload(Application.form_version),
            selectinload(Application.budget_lines),
            selectinload(Application.milestones),
            selectinload(Application.team),
        )
    )
    return {one.id: one for one in stage.session.scalars(wanted)}


def _version(wish: Wish, application: Application) -> dict[str, Any]:
    snapshot = snapshot_of(application)
    written = json.dumps(snapshot, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return {
        "application_id": wish.id,
        "organization_id": wish.organization_id,
        "number": 1,
        "snapshot": snapshot,
        "sha256": hashlib.sha256(written.encode()).hexdigest(),
        "submitted_by": "org" if wish.submitted_by else "demo",
        "submitted_by_id": wish.submitted_by,
        "created_at": wish.row["submitted_at"],
    }


def _checks(stage: Stage, wish: Wish, application: Application, likenesses: Sequence[Likeness]) -> list[dict[str, Any]]:
    closing_day = day_of(application.call.closes_at)
    facts = replace(qualification_facts(wish.organization_id, closing_day), projects_total=wish.projects_before)
    rules = defaults_for(application.call.nature)
    found = findings(application, facts, likenesses, rules=rules, track=NO_TRACK, as_of=closing_day)
    return [_check(stage, wish, one, place, closing_day) for place, one in enumerate(found, 1)]


def _check(stage: Stage, wish: Wish, one: Finding, place: int, as_of: date) -> dict[str, Any]:
    # Where the officer has gone on, a person has judged what no rule could.
    is_settled = wish.state not in {A.SUBMITTED, A.RETURNED, A.WITHDRAWN} and one.outcome is CheckOutcome.MANUAL
    return {
        "application_id": wish.id,
        "organization_id": wish.organization_id,
        "position": place,
        "rule": one.rule.value,
        "outcome": CheckOutcome.PASSED if is_settled else one.outcome,
        "found": one.outcome,
        "reason": one.reason.dump(),
        "source": one.source,
        "as_of": as_of,
        "decided_by_id": stage.people["officer"] if is_settled else None,
        "decision_reason": DECIDED_REASON if is_settled else None,
        "created_at": min(wish.row["submitted_at"] + timedelta(minutes=1), stage.moment(stage.as_of)),
    }
