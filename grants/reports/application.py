"""An application as a paper: a draft of this moment with a watermark, or a version as it was handed in; and its receipt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from grants.models import Application, ApplicationVersion
from grants.reports.capitals import capitals
from grants.reports.contract import CENTRE, LOCALE
from grants.reports.handed_in import Part, Sheet, parts_of, written
from kernel.clock import day_of, local
from kernel.documents import Heading, Paper
from kernel.documents.text import Text
from kernel.words import Sentence

RECEIPT = Sentence("Receipt of an application")


def build_application(
    told: Mapping[str, Any], *, day: date, version: int | None = None, sha256: str = "", handed_in: Text = ""
) -> Paper:
    """Write a snapshot out in Chinese; without a version it is a draft, and each page says so.

    `handed_in` says when and by whom a version was submitted; its `sha256` is the hash of the frozen content.
    """
    paper = Paper(
        Sentence("Application for the project “{title}”", title=told["title"] or told["number"]),
        organization=CENTRE,
        number=told["number"],
        day=day,
        check=Sentence("Version {number} · SHA-256 of the content {hash}", number=version, hash=sha256)
        if version
        else Sentence("A draft; it has not been handed in."),
        watermark="" if version else Sentence("DRAFT"),
        locale=LOCALE,
    )
    paper.facts(_head(told, handed_in))
    for part in parts_of(told, LOCALE):
        _write(paper, part)
    paper.heading(Sentence("Declaration"))
    paper.paragraph(
        Sentence(
            "We declare that this project is funded nowhere else this year, that everything in this application is "
            "true, and that the attached documents are genuine."
        )
    )
    return paper


def build_version(version: ApplicationVersion) -> Paper:
    """Write out a version as it was handed in, with when, by whom and its hash."""
    told = Sentence(
        "{moment}, by {who}", moment=f"{local(version.created_at):%Y-%m-%d %H:%M:%S}", who=version.submitted_by
    )
    return build_application(
        version.snapshot,
        day=day_of(version.created_at),
        version=version.number,
        sha256=version.sha256,
        handed_in=told,
    )


def _head(told: Mapping[str, Any], handed_in: Text) -> Iterator[tuple[Text, Text]]:
    yield Sentence("Call"), f"{told['call']['number']} {told['call']['title']}"
    yield Sentence("Organization"), told["organization"]["name"]
    yield Sentence("Project"), told["title"] or "—"
    yield Sentence("Fiscal money asked for"), _in_words(Decimal(told["requested"]))
    if handed_in:
        yield Sentence("Handed in"), handed_in


def _in_words(amount: Decimal) -> Sentence:
    return Sentence("{amount} yuan ({capitals})", amount=amount, capitals=f"人民币{capitals(amount)}")


def _write(paper: Paper, part: Part) -> None:
    paper.heading(part.word)
    paper.facts((label, text or "—") for label, text in part.facts)
    for label, text in part.texts:
        if written(label, LOCALE) != written(part.word, LOCALE):
            paper.label(label)
        for line in (text or "—").splitlines():
            paper.paragraph(line)
    for sheet in part.tables:
        _write_table(paper, sheet, is_named=written(sheet.title, LOCALE) != written(part.word, LOCALE))


def _write_table(paper: Paper, sheet: Sheet, *, is_named: bool) -> None:
    if not sheet.rows:
        paper.paragraph(Sentence("{table}: nothing yet.", table=sheet.title), "small")
        return
    if is_named:
        paper.label(sheet.title)
    headings = [Heading(word, 2 if is_figure else 3, is_figure=is_figure) for word, is_figure in sheet.headings]
    paper.table(headings, sheet.rows, total=sheet.total)


def build_receipt(application: Application, version: ApplicationVersion, code: str) -> Paper:
    """Write the receipt of a submission: what arrived, when, and the hash by which it can be proved."""
    moment = application.submitted_at or version.created_at
    paper = Paper(
        RECEIPT,
        organization=CENTRE,
        number=application.number,
        day=local(moment).date(),
        check=Sentence(
            "Receipt of application {number}, version {version}", number=application.number, version=version.number
        ),
        code=code,
        locale=LOCALE,
    )
    paper.facts(
        (
            (Sentence("Organization"), application.organization.name),
            (Sentence("Unified social credit code"), application.organization.credit_code),
            (Sentence("Call"), f"{application.call.number} {application.call.title}"),
            (Sentence("Project"), str(application)),
            (Sentence("Fiscal money asked for"), _in_words(application.requested)),
            (Sentence("Arrived at"), f"{local(moment):%Y-%m-%d %H:%M:%S}"),
            (Sentence("Submitted by"), version.submitted_by),
            (Sentence("Version"), str(version.number)),
            ("SHA-256", version.sha256),
        )
    )
    return paper.paragraph(
        Sentence(
            "The application has arrived at the Centre in time and is kept as it was handed in. The "
            "check sum above is that of its whole content; whoever changes a sign of it gets another one."
        )
    )
