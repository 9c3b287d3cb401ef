"""The record of an attachment, how it comes in, and how it goes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, Uuid, bindparam, or_, select, true, tuple_
from sqlalchemy.orm import Mapped, mapped_column

from kernel import audit
from kernel.actor import Actor, ReaderKind
from kernel.db import Choice, Fact, Record, db, tell_constraints
from kernel.errors import NotFound, Refused
from kernel.files.contents import DOCUMENTS, MEDIA_TYPES, check_content, kind_of
from kernel.files.names import clean_name, extension_of
from kernel.files.storage import Kept, Storage, Verdict, current_storage
from kernel.scope import Reader, Rows, Sight, scope
from kernel.words import Sentence

LARGEST = 20 << 20


class FileState(StrEnum):
    """Whether a file may be opened."""

    QUARANTINED = "quarantined"
    CLEAN = "clean"
    INFECTED = "infected"

    @property
    def word(self) -> str:
        told = {"quarantined": "Waiting for the scan", "clean": "Scanned", "infected": "Infected, locked"}
        return told[self.value]


class StoredFile(Record):
    """One attachment of one record; `public_id` is what addresses show, the content lies under its hash."""

    __tablename__ = "stored_file"
    __table_args__ = (
        Index("ix_stored_file_owner", "owner_kind", "owner_id", "kind"),
        CheckConstraint("size > 0", name="not_empty"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="hash_complete"),
        CheckConstraint("char_length(original_name) BETWEEN 1 AND 200", name="named"),
        CheckConstraint("NOT (is_public AND restricted)", name="public_or_restricted"),
        CheckConstraint("superseded_by_id <> id", name="not_superseded_by_itself"),
    )

    public_id: Mapped[UUID] = mapped_column(Uuid, default=uuid4, unique=True)
    owner_kind: Mapped[str]
    owner_id: Mapped[int]
    organization_id: Mapped[int | None] = mapped_column(index=True)
    kind: Mapped[str]
    original_name: Mapped[str]
    extension: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(index=True)
    state: Mapped[FileState] = mapped_column(Choice(FileState), default=FileState.QUARANTINED)
    restricted: Mapped[bool] = mapped_column(default=False)
    is_public: Mapped[bool] = mapped_column(default=False)
    uploaded_by_id: Mapped[int | None]
    superseded_by_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"), index=True)


tell_constraints(
    {
        "ck_stored_file_not_empty": Sentence("An empty file cannot be kept."),
        "ck_stored_file_hash_complete": Sentence("The file's check sum is not complete."),
        "ck_stored_file_named": Sentence("A file's name has 1 to 200 characters."),
        "ck_stored_file_public_or_restricted": Sentence("A restricted file cannot be public."),
        "ck_stored_file_not_superseded_by_itself": Sentence("A file cannot supersede itself."),
        "uq_stored_file_public_id": Sentence("This file is kept already."),
    }
)


@scope(StoredFile)
def visible_files(reader: Reader) -> Rows:
    """Staff see all, an organization its own, a panel what is open to it by file or by owner, everybody public ones."""
    shown, sight = StoredFile.__table__.c, Sight.__table__.c
    open_now = select(sight.kind, sight.record_id).where(
        sight.user_id == reader.user_id,
        sight.opens_at <= reader.moment,
        or_(sight.closes_at.is_(None), sight.closes_at > reader.moment),
    )
    assigned = shown.id.in_(reader.sights("StoredFile")) | tuple_(shown.owner_kind, shown.owner_id).in_(open_now)
    return {
        ReaderKind.STAFF: true(),
        ReaderKind.ORG: shown.is_public | (shown.organization_id == reader.organization_id),
        ReaderKind.PANEL: shown.is_public | (~shown.restricted & assigned),
        ReaderKind.KEEPER: shown.is_public == true(),
        ReaderKind.PUBLIC: shown.is_public == true(),
    }


def store_upload(
    stream: BinaryIO,
    filename: str,
    *,
    owner: Fact,
    kind: str,
    actor: Actor,
    allowed: frozenset[str] = DOCUMENTS,
    limit: int = LARGEST,
    organization_id: int | None = None,
    restricted: bool = False,
    is_public: bool = False,
    storage: Storage | None = None,
) -> StoredFile:
    """Take an upload for `owner`, look into it, keep it, and flush its record; the door commits.

    `organization_id` is the owner's own unless it is named. `limit` is in bytes. Raises Refused with the file's name
    and what to do when it is empty, too large, of another kind than allowed, or not what its name says.
    """
    keeper = storage or current_storage()
    name = clean_name(filename)
    extension = kind_of(name, allowed)
    with keeper.received(stream, name, limit=limit) as path:
        check_content(path, extension, name)
        state = _scanned(keeper, path, name)
        kept = keeper.keep(path)
    return _recorded(
        kept,
        name,
        extension,
        owner=owner,
        kind=kind,
        state=state,
        restricted=restricted,
        is_public=is_public,
        uploaded_by_id=actor.user_id,
        organization_id=organization_id,
    )


def store_made(path: Path, name: str, *, owner: Fact, kind: str, storage: Storage | None = None) -> StoredFile:
    """Keep a file that the house has made at `path` for a record of its own: restricted, and nothing to look into.

    The file is moved to its place; the door commits.
    """
    kept = (storage or current_storage()).keep(path)
    return _recorded(
        kept, name, extension_of(name), owner=owner, kind=kind, state=FileState.CLEAN, restricted=True, is_public=False
    )


def _recorded(
    kept: Kept, name: str, extension: str, *, owner: Fact, organization_id: int | None = None, **columns: Any
) -> StoredFile:
    session = db.session()
    session.add(owner)
    session.flush()
    file = StoredFile(
        public_id=uuid4(),
        owner_kind=type(owner).__name__,
        owner_id=owner.id,
        organization_id=getattr(owner, "organization_id", None) if organization_id is None else organization_id,
        original_name=name,
        extension=extension,
        media_type=MEDIA_TYPES[extension],
        size=kept.size,
        sha256=kept.sha256,
        superseded_by_id=None,
        **columns,
    )
    session.add(file)
    session.flush()
    return file


def copy_file(file: StoredFile, *, owner: Fact, actor: Actor, kind: str = "") -> StoredFile:
    """Give a record of the same organization an attachment that another of its records has; the bytes are kept once.

    Without a `kind` it keeps its own.
    """
    session = db.session()
    kept = {
        name: getattr(file, name)
        for name in (
            "organization_id",
            "kind",
            "original_name",
            "extension",
            "media_type",
            "size",
            "sha256",
            "state",
            "restricted",
        )
    }
    copy = StoredFile(
        public_id=uuid4(),
        owner_kind=type(owner).__name__,
        owner_id=owner.id,
        uploaded_by_id=actor.user_id,
        superseded_by_id=None,
        **kept | ({"kind": kind} if kind else {}),
    )
    session.add(copy)
    session.flush()
    return copy


def _scanned(keeper: Storage, path: Path, name: str) -> FileState:
    verdict = Verdict.CLEAN if keeper.scan is None else keeper.scan(path)
    if verdict is Verdict.INFECTED:
        raise Refused(
            Sentence("“{name}” carries a virus and was not kept. Please clean your computer first.", name=name)
        )
    return FileState.CLEAN if verdict is Verdict.CLEAN else FileState.QUARANTINED


def supersede(old: StoredFile, *, by: StoredFile) -> None:
    """Put a newer file in the place of an older one of the same record; both stay on disk and in the trail.

    Raises Refused when the older one has been superseded already or belongs to another record.
    """
    if old.superseded_by_id is not None or (old.owner_kind, old.owner_id) != (by.owner_kind, by.owner_id):
        raise Refused(
            Sentence("“{name}” has been replaced already. Please load the page again.", name=old.original_name)
        )
    old.superseded_by_id = by.id
    db.session().flush()


_FILES = (
    select(StoredFile)
    .where(
        StoredFile.owner_kind == bindparam("owner_kind"),
        StoredFile.owner_id == bindparam("owner_id"),
        StoredFile.superseded_by_id.is_(None),
    )
    .order_by(StoredFile.id)
    .execution_options(planned=True)
)
_FILES_OF_A_KIND = _FILES.where(StoredFile.kind == bindparam("kind"))


def files_of(owner: Fact, kind: str | None = None) -> Sequence[StoredFile]:
    """Give the present files of a record that the reader may see, oldest first."""
    of = {"owner_kind": type(owner).__name__, "owner_id": owner.id}
    if kind is None:
        return db.session.scalars(_FILES, of).all()
    return db.session.scalars(_FILES_OF_A_KIND, of | {"kind": kind}).all()


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """An open stream and the headers that the door must send with it."""

    stream: BinaryIO
    headers: Mapping[str, str]


def open_file(actor: Actor, file: StoredFile, *, storage: Storage | None = None) -> OpenedFile:
    """Open a file that the reader has found in their own scope; an opening of a restricted one goes into the trail.

    The door commits, so that the trail is written. Raises Refused while the file waits for its scan, NotFound when its
    content is not there.
    """
    if file.state is not FileState.CLEAN:
        raise Refused(
            Sentence("“{name}” has not been scanned yet. Please come back in a few minutes.", name=file.original_name)
        )
    stream = (storage or current_storage()).open(file.sha256)
    if file.restricted:
        audit.note("file.open", file, actor=actor, name=file.original_name)
    return OpenedFile(stream, _headers(file))


def _headers(file: StoredFile) -> dict[str, str]:
    told = quote(file.original_name, safe="")
    return {
        "Content-Type": file.media_type,
        "Content-Length": str(file.size),
        "Content-Disposition": f"attachment; filename=\"file.{file.extension}\"; filename*=UTF-8''{told}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }


@dataclass(frozen=True, slots=True)
class FileFaults:
    """Where records and disk differ: records without content, and content without a record."""

    missing: tuple[StoredFile, ...]
    orphans: tuple[str, ...]


def check_files(*, storage: Storage | None = None) -> FileFaults:
    """Compare all records with the disk; call it with full sight, since a file unseen is not a file absent."""
    keeper = storage or current_storage()
    files = db.session.scalars(select(StoredFile).order_by(StoredFile.id)).all()
    known = {file.sha256 for file in files}
    return FileFaults(
        missing=tuple(file for file in files if not keeper.holds(file.sha256)),
        orphans=tuple(sorted(name for name in keeper.all_hashes() if name not in known)),
    )


def find_file(public_id: UUID) -> StoredFile:
    """Find a file by the id in its address, in the reader's scope.

    Raises NotFound when it is absent or not the reader's.
    """
    file = db.session.scalar(select(StoredFile).where(StoredFile.public_id == public_id))
    if file is None:
        raise NotFound
    return file
