"""The papers of an organization that others gave it: what they are, their numbers, and until when they are good."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.actor import ReaderKind
from kernel.db import Choice, Record
from kernel.scope import Reader, Rows, scope
from orgs.models.organization import Organization
from orgs.states import DocumentKind


class OrganizationDocument(Record):
    """One paper; it counts until its last day, or until another of its kind replaced it on `replaced_on`."""

    __tablename__ = "organization_document"
    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", name="ends_after_it_begins"),
        CheckConstraint("kind <> 'other' OR btrim(title) <> ''", name="another_has_a_title"),
        Index(
            "uq_organization_document_current",
            "organization_id",
            "kind",
            unique=True,
            postgresql_where=text("replaced_on IS NULL AND kind NOT IN ('licence', 'other')"),
        ),
        Index("ix_organization_document_organization_id", "organization_id"),
        Index("ix_organization_document_valid_to", "valid_to", postgresql_where=text("replaced_on IS NULL")),
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey(Organization.id))
    kind: Mapped[DocumentKind] = mapped_column(Choice(DocumentKind))
    title: Mapped[str] = mapped_column(default="", server_default="")
    number: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    replaced_on: Mapped[date | None]

    organization: Mapped[Organization] = relationship(viewonly=True, lazy="raise_on_sql")

    def __str__(self) -> str:
        return self.title or self.number or self.kind.value


@scope(OrganizationDocument)
def visible_documents(reader: Reader) -> Rows:
    own = OrganizationDocument.__table__.c.organization_id == reader.organization_id
    return {ReaderKind.STAFF: true(), ReaderKind.ORG: own}
