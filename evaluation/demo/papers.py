"""The reports of signed evaluations; the demo keeps one sample paper for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from evaluation.states import EvaluationState as S
from kernel.demo import Stage
from kernel.documents import Paper
from kernel.files import StoredFile
from kernel.words import Sentence

CENTRE = Sentence("Shanghai Women's Social Organization Development Centre")
HEARD = frozenset({S.TOLD, S.OBJECTED, S.RECHECK, S.FINAL})


def report_files(stage: Stage, rows: Sequence[dict[str, Any]]) -> None:
    """Write a report for every evaluation that was signed, and name it on the evaluation's row."""
    signed = [row for row in rows if row["signed_at"] is not None]
    kept = stage.keep(_sample())
    files = []
    for pk, row in zip(stage.ids(StoredFile, len(signed)), signed, strict=True):
        row["file_id"], row["sha256"] = pk, kept.sha256
        organization_id = row["organization_id"] if row["state"] in HEARD else None
        name = f"{row['number']}.pdf"
        told = stage.file(
            kept, name, owner=("Evaluation", row["id"]), kind="report", organization_id=organization_id,
            on=row["signed_at"],
        )  # fmt: skip
        files.append({"id": pk, **told})
    stage.load(StoredFile, files)


def _sample() -> bytes:
    paper = Paper("项目评估报告（示例）", organization=CENTRE, number="DEMO", day=date(2026, 1, 1), locale="zh")
    paper.paragraph("本页为演示数据自动生成的示例报告；分数与意见以系统页面为准。")
    return paper.build()
