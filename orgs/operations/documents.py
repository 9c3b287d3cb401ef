"""The papers of an organization: brought, replaced by a newer one of their kind, retired."""

from __future__ import annotations

from datetime import date
from typing import Annotated, BinaryIO

from sqlalchemy import select

from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import today
from kernel.db import db
from kernel.files import store_upload
from kernel.workflow import deed, lock, refuse_if
from orgs import rules
from orgs.models import Organization, OrganizationDocument
from orgs.operations.problems import refuse_fields
from orgs.states import SEVERAL_AT_A_TIME, DocumentKind


@deed("record", "OrganizationDocument")
def record_document(
    organization: Organization,
    *,
    actor: Actor,
    kind: Annotated[DocumentKind, Ask("Kind of document")],
    title: Annotated[str, Ask("Title", hint="For a licence or another document.", most=100)] = "",
    number: Annotated[str | None, Ask("Number", most=100)] = None,
    valid_from: Annotated[date | None, Ask("Valid from")] = None,
    valid_to: Annotated[date | None, Ask("Valid until", hint="Leave it empty if it has no end.")] = None,
    stream: BinaryIO,
    filename: str,
) -> OrganizationDocument:
    """Put a paper into the file of an organization; it replaces the former one of its kind.

    Several licences and other documents count beside each other.
    """
    refuse_if(rules.is_own_or_of_staff(organization, actor))
    refuse_fields(
        title=rules.document_has_a_title(kind, title), valid_to=rules.last_day_is_not_before(valid_from, valid_to)
    )
    lock(organization)
    if kind not in SEVERAL_AT_A_TIME:
        _replace(organization, kind)
    document = OrganizationDocument(
        organization_id=organization.id,
        kind=kind,
        title=title.strip(),
        number=number,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    db.session.add(document)
    db.session.flush()
    store_upload(stream, filename, owner=document, kind="document", actor=actor)
    return document


@deed("retire", "OrganizationDocument")
def retire_document(document: OrganizationDocument, *, actor: Actor) -> None:
    """Let a paper count no longer from today on; it stays in the file."""
    lock(document)
    refuse_if(rules.is_own_paper(document, actor), rules.document_counts(document))
    document.replaced_on = today()


def _replace(organization: Organization, kind: DocumentKind) -> None:
    wanted = select(OrganizationDocument).where(
        OrganizationDocument.organization_id == organization.id,
        OrganizationDocument.kind == kind,
        OrganizationDocument.replaced_on.is_(None),
    )
    for former in db.session.scalars(wanted):
        former.replaced_on = today()
    db.session.flush()
