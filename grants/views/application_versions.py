"""An application's versions: compared word by word, and as papers; a draft is one of them for who writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for
from sqlalchemy.orm import joinedload

from grants.models import Application, ApplicationVersion
from grants.operations.snapshots import snapshot_of
from grants.queries.applications import versions_of
from grants.queries.papers import receipt_of
from grants.reports.application import build_application, build_version
from grants.reports.handed_in import lines_of, parts_of, written
from grants.rules.changes import Piece, changes, shortened
from grants.states import APPLICATION_EDITABLE
from grants.views import cells
from kernel.actor import ReaderKind
from kernel.clock import today
from kernel.db import transaction
from kernel.documents import Paper
from kernel.errors import NotFound
from kernel.files import open_file
from kernel.identity import current_actor, current_locale
from kernel.speech import gettext as _
from kernel.views import Page, door, find

NOW = "now"
OPTIONS = (joinedload(Application.call), joinedload(Application.organization), joinedload(Application.category))


@dataclass(frozen=True, slots=True)
class Changed:
    """One field that differs: its label and what each side reads, in pieces."""

    label: str
    before: Sequence[Piece]
    after: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class ChangedPart:
    """One part of the form in which something differs."""

    section: str
    word: str
    fields: Sequence[Changed]


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ChangedPart]:
    """Give the parts in which two snapshots differ, with the changes in each field; in the reader's language."""
    locale = current_locale()
    words = {part.section: written(part.word, locale) for snapshot in (before, after) for part in parts_of(snapshot)}
    old, new = ({part.section: lines_of(part, locale) for part in parts_of(one, locale)} for one in (before, after))
    return changed_parts(old, new, words)


def changed_parts(
    old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]], words: Mapping[str, str]
) -> list[ChangedPart]:
    """Give the parts in which two sides differ, each side as part → label → text; `words` name the parts."""
    found = []
    for section in dict.fromkeys([*new, *old]):
        told, was = new.get(section, {}), old.get(section, {})
        fields = [
            changed(was.get(label, ""), told.get(label, ""), label=label)
            for label in dict.fromkeys([*told, *was])
            if was.get(label, "") != told.get(label, "")
        ]
        if fields:
            found.append(ChangedPart(section, words[section], fields))
    return found


def changed(before: str, after: str, *, label: str) -> Changed:
    """Give what each side of a field reads, in pieces, long texts shortened to where they differ."""
    pieces = shortened(changes(before, after))
    return Changed(
        label,
        [piece for piece in pieces if piece.kind != "new"],
        [piece for piece in pieces if piece.kind != "gone"],
    )


class ApplicationVersions(Page):
    """What was handed in, version by version."""

    kind = "Application"
    route_base = "/applications"

    @door("/<int:pk>/versions", "show")
    def compare(self, pk: int) -> str:
        """Show what differs between two versions; by default the last two."""
        application = find(Application, pk, *OPTIONS)
        known = _known(application)
        if not known:
            raise NotFound
        names = list(known)
        after = _chosen("after", names, names[-1])
        before = _chosen("before", names, names[max(0, names.index(after) - 1)])
        parts = compared(known[before][1], known[after][1])
        return self.render(
            "grants/application_versions.html",
            application=application,
            choices=[(name, told) for name, (told, _snapshot) in known.items()],
            before=before,
            after=after,
            parts=parts,
            count=sum(len(part.fields) for part in parts),
            record_url=url_for("ApplicationView.record", pk=pk),
        )

    @door("/<int:pk>/pdf", "show")
    def pdf(self, pk: int) -> Response:
        """Send the application as a paper: for its authors a draft of this moment, else a version as it was handed in."""
        application = find(Application, pk, *OPTIONS)
        asked = request.args.get("version", "")
        if not asked and _is_written_here(application):
            paper = build_application(snapshot_of(application), day=today())
            return _sent(paper, f"{application.number}-draft.pdf")
        version = _version(application, asked)
        return _sent(build_version(version), f"{application.number}-v{version.number}.pdf")

    @door("/<int:pk>/receipt/paper", "show")
    def receipt(self, pk: int) -> Response:
        """Send the receipt of the last submission, exactly as it was issued."""
        file = receipt_of(_version(find(Application, pk), ""))
        if file is None:
            raise NotFound
        with transaction():
            opened = open_file(current_actor(), file)
        return Response(opened.stream, headers=opened.headers, direct_passthrough=True)


def _is_written_here(application: Application) -> bool:
    actor = current_actor()
    return actor.kind is ReaderKind.ORG and application.state in APPLICATION_EDITABLE


def _known(application: Application) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Give the versions by number, oldest first, and for its authors what stands in the form now."""
    known: dict[str, tuple[str, Mapping[str, Any]]] = {
        str(one.number): (version_name(one), one.snapshot) for one in reversed(versions_of(application.id))
    }
    if known and _is_written_here(application):
        known[NOW] = (_("Now, not handed in yet"), snapshot_of(application))
    return known


def version_name(version: ApplicationVersion) -> str:
    """Name a version by its number and moment."""
    return _("Version %(n)s · %(moment)s", n=version.number, moment=cells.moment(version.created_at))


def _chosen(name: str, known: Sequence[str], default: str) -> str:
    asked = request.args.get(name, default)
    return asked if asked in known else default


def _version(application: Application, asked: str) -> ApplicationVersion:
    versions = versions_of(application.id)
    found = next((one for one in versions if not asked or str(one.number) == asked), None)
    if found is None:
        raise NotFound
    return found


def _sent(paper: Paper, name: str) -> Response:
    answer = Response(paper.build(), mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
