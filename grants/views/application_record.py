"""What the record of an application offers beside its content: papers, versions, corrections, a new start."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import url_for

from grants.models import Application, ApplicationVersion, CorrectionPoint
from grants.reports.handed_in import parts_of, written
from grants.rules.calls import takes_applications
from grants.rules.corrections import section_word
from grants.states import ApplicationState
from grants.views.application_versions import ChangedPart, compared
from kernel import pages
from kernel.actor import ReaderKind
from kernel.drawing import drawn
from kernel.identity import current_actor
from kernel.speech import gettext as _

ASKING = "return_application"


def links_of(application: Application, versions: Sequence[ApplicationVersion]) -> Iterator[pages.Link]:
    """Give the ways to the papers and versions of an application."""
    if not versions and current_actor().kind is ReaderKind.ORG:
        yield pages.Link(
            _("PDF of the draft"), url_for("ApplicationVersions.pdf", pk=application.id), "file-earmark-pdf"
        )
    if versions:
        yield pages.Link("PDF", url_for("ApplicationVersions.pdf", pk=application.id), "file-earmark-pdf")
        yield pages.Link(_("Receipt"), url_for("ApplicationView.receipt", pk=application.id), "receipt")
    if len(versions) > 1:
        yield pages.Link(_("What changed"), url_for("ApplicationVersions.compare", pk=application.id), "files")


def buttons_of(application: Application, buttons: Sequence[pages.ButtonView]) -> list[pages.ButtonView]:
    """Let corrections be asked for on a page of their own, and a withdrawn application begin anew."""
    shown = [_on_its_page(application, button) if button.name == ASKING else button for button in buttons]
    is_ours = current_actor().kind is ReaderKind.ORG and current_actor().may("create", "Application")
    if is_ours and application.state is ApplicationState.WITHDRAWN:
        no = takes_applications(application.call)
        shown.append(
            pages.ButtonView(
                name="copy",
                label=_("Take it up again as a new draft"),
                url=url_for("ApplicationTogether.copy", pk=application.id),
                icon="files",
                disabled=no is not None,
                reason=no.render() if no else "",
            )
        )
    return shown


def _on_its_page(application: Application, button: pages.ButtonView) -> pages.ButtonView:
    url = url_for("ApplicationCorrections.ask", pk=application.id)
    return pages.ButtonView(
        name=button.name,
        label=button.label,
        url=url,
        icon=button.icon,
        style=button.style,
        disabled=button.disabled,
        reason=button.reason,
        is_page=True,
    )


def corrections_panel(
    application: Application, versions: Sequence[ApplicationVersion], notes: Sequence[CorrectionPoint]
) -> pages.PanelView:
    """Draw what the Centre asked to correct, part by part, with what was changed since, word by word."""
    changed = {part.section: part for part in _changed_since(versions, notes)}
    titles = {part.section: written(part.word) for one in versions[1::-1] for part in parts_of(one.snapshot)}
    is_back = application.state is not ApplicationState.RETURNED
    told = [
        {
            "word": titles.get(note.section) or written(section_word(note.section)),
            "comment": note.comment,
            "answered": note.section in changed if is_back else None,
            "fields": changed[note.section].fields if note.section in changed else (),
        }
        for note in notes
    ]
    named = {note.section for note in notes}
    others = [part.word for section, part in changed.items() if section not in named]
    html = drawn(
        "grants/application_changes.html",
        "corrections",
        told,
        others,
        url_for("ApplicationVersions.compare", pk=application.id) if changed else "",
        _("Before"),
        _("After"),
    )
    return pages.PanelView("corrections", _("Corrections asked for"), html)


def _changed_since(versions: Sequence[ApplicationVersion], notes: Sequence[CorrectionPoint]) -> list[ChangedPart]:
    known = {one.number: one for one in versions}
    before, after = known.get(notes[0].version_number), known.get(notes[0].version_number + 1)
    if before is None or after is None:
        return []
    return compared(before.snapshot, after.snapshot)
