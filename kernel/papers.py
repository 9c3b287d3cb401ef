"""Papers that the house has issued: kept as they were made, never made again, and verified by a code and a hash.

Whoever holds a paper asks under /check whether it is ours and whether the file in hand is the very one.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated

from sqlalchemy import CheckConstraint, ForeignKey, Index, bindparam, select, text, true
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from kernel.actor import Actor, ReaderKind
from kernel.arguments import Ask
from kernel.choices import Coded
from kernel.clock import now, today
from kernel.db import Choice, Fact, Record, db, tell_constraints
from kernel.documents import Paper, Text, letterhead, new_code
from kernel.documents.text import written
from kernel.files import StoredFile, store_upload, supersede
from kernel.notices import Notice, to_role
from kernel.scope import Reader, Rows, scope, whole
from kernel.words import Sentence
from kernel.workflow import Transition, Workflow

log = logging.getLogger("yulan.papers")

LOCALE = "zh"
"""The language in which our papers bind."""


class PaperState(Coded):
    """Whether an issued paper still says what holds."""

    CURRENT = "current", "In force", "ok", "patch-check"
    SUPERSEDED = "superseded", "Replaced by a newer version", "warn", "archive"
    WITHDRAWN = "withdrawn", "Declared void", "bad", "x-octagon-fill"


class IssuedPaper(Record):
    """One paper as it went out: what it is, its check code, the hash of its bytes; `word` is a msgid ("Contract")."""

    __tablename__ = "issued_paper"
    __table_args__ = (
        CheckConstraint("code ~ '^[2-9A-HJKMNP-TV-Z]{16}$'", name="code_complete"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="hash_complete"),
        CheckConstraint("size > 0", name="not_empty"),
        CheckConstraint("(state = 'superseded') = (superseded_at IS NOT NULL)", name="day_if_superseded"),
        CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL AND reason <> '')", name="reason_if_withdrawn"
        ),
        Index(
            "uq_issued_paper_in_force",
            "owner_kind",
            "owner_id",
            "word",
            unique=True,
            postgresql_where=text("state = 'current'"),
        ),
        Index("ix_issued_paper_number", "number"),
        Index("ix_issued_paper_state", "state", "issued_on"),
    )

    code: Mapped[str] = mapped_column(unique=True)
    word: Mapped[str]
    number: Mapped[str]
    issuer: Mapped[str]
    issued_on: Mapped[date]
    owner_kind: Mapped[str]
    owner_id: Mapped[int]
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), unique=True)
    size: Mapped[int]
    sha256: Mapped[str]
    missing: Mapped[str] = mapped_column(default="")
    state: Mapped[PaperState] = mapped_column(Choice(PaperState), default=PaperState.CURRENT)
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(default="")
    file: Mapped[StoredFile] = relationship()

    def __str__(self) -> str:
        return self.number


tell_constraints(
    {
        "ck_issued_paper_code_complete": Sentence("A check code has 16 characters."),
        "ck_issued_paper_hash_complete": Sentence("The file's check sum is not complete."),
        "ck_issued_paper_not_empty": Sentence("An empty file cannot be kept."),
        "ck_issued_paper_day_if_superseded": Sentence(
            "A paper that was replaced was so at a moment, and no other was."
        ),
        "ck_issued_paper_reason_if_withdrawn": Sentence("A paper is declared void with a reason."),
        "uq_issued_paper_in_force": Sentence("Of each paper one version is in force."),
        "uq_issued_paper_code": Sentence("This check code is in use already."),
        "uq_issued_paper_file_id": Sentence("This file is kept already."),
    }
)


@scope(IssuedPaper)
def visible_papers(_reader: Reader) -> Rows:
    """Staff see the register; whoever holds a paper asks by its code, one at a time."""
    return {ReaderKind.STAFF: true()}


def _glyphs(paper: IssuedPaper) -> dict[str, str]:
    return {"number": paper.number, "chars": ", ".join(f"{char} (U+{ord(char):04X})" for char in paper.missing)}


GLYPHS_MISSING = Notice(
    key="paper.glyphs_missing",
    to=to_role("sysadmin", "officer"),
    headline="Characters of {number} could not be printed",
    body="No font in use has {chars}; the paper shows their codes. Set a font that has them (YULAN_FONT_RARE).",
    params=_glyphs,
    link=lambda paper: f"/papers/{paper.id}",
)

ISSUED_PAPER = Workflow(
    "IssuedPaper",
    noun="The paper",
    initial=PaperState.CURRENT,
    path=(PaperState.CURRENT,),
    transitions=(
        Transition(
            name="supersede",
            label="Replace by a newer version",
            source=frozenset({PaperState.CURRENT}),
            target=PaperState.SUPERSEDED,
            by_person=False,
        ),
        Transition(
            name="recall",
            label="Declare void with its record",
            source=frozenset({PaperState.CURRENT}),
            target=PaperState.WITHDRAWN,
            by_person=False,
        ),
        Transition(
            name="withdraw",
            label="Declare void",
            source=frozenset({PaperState.CURRENT}),
            target=PaperState.WITHDRAWN,
            confirm="Whoever verifies this paper will read that it is void. This cannot be undone.",
            style="bad",
            icon="x-octagon-fill",
        ),
    ),
)
ISSUED_PAPER.govern(IssuedPaper)


@ISSUED_PAPER.step("supersede")
def supersede_paper(paper: IssuedPaper, *, actor: Actor) -> None:  # noqa: ARG001  (a step names its actor)
    paper.superseded_at = now()


@ISSUED_PAPER.step("withdraw")
def withdraw_paper(
    paper: IssuedPaper,
    *,
    actor: Actor,  # noqa: ARG001  (a step names its actor)
    reason: Annotated[str, Ask("Reason", long=True)],
) -> None:
    """Declare a paper void: it stays as it is, and whoever verifies it reads so."""
    paper.withdrawn_at, paper.reason = now(), reason


@ISSUED_PAPER.step("recall")
def recall_paper(paper: IssuedPaper, *, actor: Actor, reason: str) -> None:  # noqa: ARG001  (see above)
    """Declare a paper void because its record was taken back."""
    paper.withdrawn_at, paper.reason = now(), reason


Build = Callable[[str], Paper]
"""Makes the paper that bears a check code."""


def issue_paper(
    build: Build,
    *,
    owner: Fact,
    kind: str,
    word: Sentence,
    number: str,
    issuer: Text,
    actor: Actor,
    day: date | None = None,
) -> IssuedPaper:
    """Make a paper of `owner` once, keep its bytes under their hash, and note the code by which it is verified.

    A former version of the same paper is superseded; both files stay. Called by a deed, which has asked permission;
    flushes, never commits. Characters that no font has are told to those who can mend it.
    """
    code = new_code()
    paper = build(code)
    content = paper.build()
    file = store_upload(io.BytesIO(content), f"{number}.pdf", owner=owner, kind=kind, actor=actor)
    _supersede_former(owner, word.msgid, by=file, actor=actor)
    issued = IssuedPaper(
        code=code,
        word=word.msgid,
        number=number,
        issuer=letterhead().name or written(issuer, LOCALE),
        issued_on=day or today(),
        owner_kind=type(owner).__name__,
        owner_id=owner.id,
        file_id=file.id,
        size=file.size,
        sha256=file.sha256,
        missing="".join(paper.missing),
    )
    db.session.add(issued)
    db.session.flush()
    if issued.missing:
        log.warning("%s has characters without a glyph: %s", number, _glyphs(issued)["chars"])
        GLYPHS_MISSING.send(issued, actor=actor)
    return issued


def recall_papers(owner: Fact, *, actor: Actor, reason: Sentence) -> None:
    """Declare void what was issued of a record that is taken back by a deed; files and hashes stay as they are."""
    for paper in papers_of(owner):
        if paper.state is PaperState.CURRENT:
            ISSUED_PAPER["recall"](paper, actor=actor, reason=reason.render(LOCALE))


_PAPERS = (
    select(IssuedPaper)
    .where(IssuedPaper.owner_kind == bindparam("owner_kind"), IssuedPaper.owner_id == bindparam("owner_id"))
    .options(joinedload(IssuedPaper.file))
    .order_by(IssuedPaper.id.desc())
    .execution_options(planned=True)
)


def papers_of(owner: Fact) -> Sequence[IssuedPaper]:
    """Give all papers of a record with their files, newest first, void and replaced ones among them."""
    return db.session.scalars(_PAPERS, {"owner_kind": type(owner).__name__, "owner_id": owner.id}).all()


def _supersede_former(owner: Fact, word: str, *, by: StoredFile, actor: Actor) -> None:
    former = next((paper for paper in papers_of(owner) if paper.word == word), None)
    if former is None:
        return
    if former.state is PaperState.CURRENT:
        ISSUED_PAPER["supersede"](former, actor=actor)
    supersede(former.file, by=by)


def look_up(code: str, *, actor: Actor) -> IssuedPaper | None:
    """Find a paper by its whole check code, whoever asks: the code itself is what opens this one row.

    It is given out of the session, since nothing more of it may be read through the asker's eyes.
    """
    with whole(actor, "IssuedPaper.verify") as session:
        found = session.scalars(select(IssuedPaper).where(IssuedPaper.code == code)).first()
        if found is not None:
            session.expunge(found)
        return found
