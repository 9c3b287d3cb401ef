"""A register as a file: every row that matches what its reader asked for, in the order asked for, read, written and sent in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any, BinaryIO
from urllib.parse import quote

from flask import Response
from sqlalchemy import Select
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.audit import note_event
from kernel.clock import local, now
from kernel.db import transaction
from kernel.errors import Refused
from kernel.lists import count_rows
from kernel.tables import Export, write_csv, write_xlsx
from kernel.words import Sentence

FORMS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
MOST_ROWS = {"xlsx": 20_000, "csv": 100_000}
"""What a process can write within the time that a request has."""
PIECE = 500


@dataclass(frozen=True, slots=True)
class Order:
    """Who asked for which register, in which form and language; `asked` is the address that narrowed it."""

    actor: Actor
    kind: str
    name: str
    form: str
    asked: str
    locale: str


def send_rows(session: Session, wanted: Select[Any], columns: Sequence[Export[Any]], order: Order) -> Response:
    """Send the rows of a statement, in its reader's own sight; that it was done stands in the trail.

    Raises Refused when they are more than one file can take.
    """
    count, _estimated = count_rows(session, wanted)
    if count > MOST_ROWS[order.form]:
        raise Refused(
            Sentence(
                "At most {most} lines in one file; these are {count}. Please narrow the list, or take them as CSV.",
                most=f"{MOST_ROWS[order.form]:,}",
                count=f"{count:,}",
            )
        )
    with transaction():
        told: dict[str, Any] = {"rows": count, "asked": order.asked, "form": order.form}
        note_event(order.kind, actor=order.actor, action=f"{order.kind}.export", **told)
    rows = session.scalars(wanted.execution_options(yield_per=PIECE))
    # Written before it is sent: what breaks in the middle is told on a page, not by half a file.
    target = TemporaryFile()  # noqa: SIM115  (closed by who reads it out)
    if order.form == "csv":
        target.writelines(write_csv(rows, columns, locale=order.locale))
    else:
        write_xlsx(rows, columns, target, sheet=order.name, locale=order.locale)
    answer = Response(_read_out(target), content_type=FORMS[order.form], headers={"Cache-Control": "private, no-store"})
    return as_attachment(answer, f"{order.name}-{local(now()):%Y%m%d-%H%M}.{order.form}")


def as_attachment(answer: Response, name: str) -> Response:
    """Let an answer be kept as a file under a name in any language: a header itself holds Latin letters alone."""
    plain = f"file.{name.rpartition('.')[2]}"
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return answer


def _read_out(target: BinaryIO) -> Iterator[bytes]:
    with target:
        target.seek(0)
        while piece := target.read(1 << 18):
            yield piece
