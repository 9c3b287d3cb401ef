"""The documents that a call hands out: added and taken away by the officer."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast
from uuid import UUID

from flask import flash, redirect, request, url_for

from grants.models import Call
from grants.operations.call_documents import DOCUMENT, add_document, take_document_away
from grants.states import CALL_ENDED, CallState
from kernel.clock import local
from kernel.db import transaction
from kernel.errors import Refused
from kernel.files import StoredFile, files_of, find_file
from kernel.identity import current_actor
from kernel.speech import gettext as _
from kernel.views import Page, door, find


def shown_document(file: StoredFile) -> dict[str, Any]:
    """Give a document as lists of files show it."""
    return {
        "id": str(file.public_id),
        "name": file.original_name,
        "url": url_for("Files.index", public_id=file.public_id),
        "text": f"{max(1, round(file.size / 1024)):,} KB · {local(file.created_at):%Y-%m-%d}",
    }


class CallDocuments(Page):
    """What everybody may download beside a call."""

    kind = "CallForm"
    route_base = "/calls"

    @door("/<int:pk>/documents", "show")
    def index(self, pk: int) -> str:
        """Show the documents of a call."""
        return self._page(find(Call, pk))

    def _page(self, call: Call, errors: list[str] | None = None) -> str:
        may_change = current_actor().may("change", "Call")
        return self.render(
            "grants/call_documents.html",
            call=call,
            errors=errors or [],
            files=[shown_document(file) for file in files_of(call, DOCUMENT)],
            may_add=may_change and call.state not in CALL_ENDED,
            may_remove=may_change and call.state is CallState.DRAFT,
            crumbs=[
                (_("Calls"), url_for("CallView.index")),
                (call.number, url_for("CallView.record", pk=call.id)),
                (_("Files of this call"), None),
            ],
        )

    @door("/<int:pk>/documents/add", "change", kind="Call", methods=("POST",))
    def add(self, pk: int) -> Any:
        """Take a document."""
        call, upload = find(Call, pk), request.files.get("file")
        if upload is None or not upload.filename:
            return self._page(call, [_("Please choose a file.")]), HTTPStatus.UNPROCESSABLE_ENTITY
        try:
            with transaction():
                add_document(call, actor=current_actor(), stream=cast("Any", upload.stream), filename=upload.filename)
        except Refused as refused:
            told = [reason.render() for reason in refused.reasons]
            return self._page(find(Call, pk), told), HTTPStatus.CONFLICT
        flash(_("“%(name)s” is attached", name=upload.filename), "success")
        return redirect(url_for("CallDocuments.index", pk=pk))

    @door("/<int:pk>/documents/remove", "change", kind="Call", methods=("POST",))
    def remove(self, pk: int) -> Any:
        """Take a document out of a draft."""
        call = find(Call, pk)
        try:
            public_id = UUID(request.form.get("file", ""))
        except ValueError:
            return self._page(call, [_("Please choose a file.")]), HTTPStatus.UNPROCESSABLE_ENTITY
        file = find_file(public_id)
        try:
            with transaction():
                take_document_away(call, actor=current_actor(), file=file)
        except Refused as refused:
            told = [reason.render() for reason in refused.reasons]
            return self._page(find(Call, pk), told), HTTPStatus.CONFLICT
        return redirect(url_for("CallDocuments.index", pk=pk))
