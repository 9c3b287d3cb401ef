"""The documents of a call: kept with the draft, public from the publication on."""

from __future__ import annotations

from typing import BinaryIO

from grants.models import Call
from grants.rules.calls import may_be_changed
from grants.states import CALL_ENDED, CALL_PUBLIC
from kernel.actor import Actor
from kernel.db import db
from kernel.errors import NotFound, Refused
from kernel.files import WITH_ZIP, StoredFile, files_of, store_upload
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if

DOCUMENT = "document"
TAKEN_AWAY = "document-taken-away"


@deed("change", "Call")
def add_document(call: Call, *, actor: Actor, stream: BinaryIO, filename: str) -> StoredFile:
    """Add a document for everybody to download; with a published call it is public at once.

    Raises Refused with the file's name when it cannot be taken, or when the call is over.
    """
    lock(call)
    if call.state in CALL_ENDED:
        raise Refused(Sentence("The call is “{state}”; nothing is added to it any more.", state=call.state))
    is_public = call.state in CALL_PUBLIC
    return store_upload(stream, filename, owner=call, kind=DOCUMENT, actor=actor, allowed=WITH_ZIP, is_public=is_public)


@deed("change", "Call")
def take_document_away(call: Call, *, actor: Actor, file: StoredFile) -> None:
    """Take a document out of a draft; what was published stays.

    Raises NotFound when it is no document of this call.
    """
    lock(call)
    refuse_if(may_be_changed(call))
    if (file.owner_kind, file.owner_id, file.kind) != ("Call", call.id, DOCUMENT):
        raise NotFound
    file.kind = TAKEN_AWAY
    db.session.flush()


def publish_documents(call: Call) -> None:
    """Open the documents to everybody; called inside the deed that publishes the call."""
    for file in files_of(call, DOCUMENT):
        file.is_public = True


def copy_documents(source: Call, target: Call, *, actor: Actor) -> None:
    """Let a copied call hand out what its model hands out; the content is kept once."""
    for file in files_of(source, DOCUMENT):
        db.session.add(
            StoredFile(
                owner_kind="Call",
                owner_id=target.id,
                organization_id=None,
                kind=DOCUMENT,
                original_name=file.original_name,
                extension=file.extension,
                media_type=file.media_type,
                size=file.size,
                sha256=file.sha256,
                state=file.state,
                restricted=False,
                is_public=False,
                uploaded_by_id=actor.user_id,
                superseded_by_id=None,
            )
        )
