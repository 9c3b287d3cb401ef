"""Taking applications out as one archive: asked for by staff, made by the jobs, removed again after a week."""

from __future__ import annotations

import hashlib
import io
import logging
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import IO, Final

from sqlalchemy import select

from grants.models import Application, Bundle, EligibilityCheck
from grants.notices.bundles import BUNDLE_MADE
from grants.queries.applications import checks_of, versions_of
from grants.queries.bundles import bundle_of, bundles_made_before, handed_in_of, next_bundle
from grants.reports.application import build_version
from grants.states import AttachmentKind, BundleState, EligibilityRule
from kernel.actor import Actor
from kernel.audit import acting
from kernel.clock import local, now
from kernel.db import db, transaction
from kernel.files import StoredFile, clean_name, current_storage, files_of, store_made
from kernel.scope import whole
from kernel.tables import Export, csv_bytes
from kernel.words import Sentence
from kernel.workflow import deed, refuse_if

log = logging.getLogger("yulan.bundles")

MOST: Final = 500
KEPT: Final = timedelta(days=7)
PIECE: Final = 1 << 18
LOCALE: Final = "zh"
"""The words in an archive: it is read outside of the house, by whoever gets it."""

NAME_OF_ARCHIVE: Final = Sentence("applications")
FAILED: Final = Sentence("Something went wrong on our side while this archive was made. Please ask for it again.")


@dataclass
class Part:
    """One file of an archive: its path in it, its bytes, their SHA-256 in hexadecimal."""

    path: str
    size: int = 0
    sha256: str = ""


@dataclass
class Archive:
    """An archive that is being written piece by piece, and the list of what is in it."""

    target: zipfile.ZipFile
    parts: list[Part] = field(default_factory=list)

    @contextmanager
    def _writing(self, path: str, *, packed: bool) -> Iterator[IO[bytes]]:
        head = zipfile.ZipInfo(path, local(now()).timetuple()[:6])
        head.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        with self.target.open(head, "w", force_zip64=True) as place:
            yield place

    def put(self, path: str, stream: IO[bytes], *, packed: bool = False) -> None:
        """Write a file's bytes through, however many they are, and note what they were."""
        digest, size = hashlib.sha256(), 0
        with self._writing(path, packed=packed) as place:
            while piece := stream.read(PIECE):
                digest.update(piece)
                size += len(piece)
                place.write(piece)
        self.parts.append(Part(path, size, digest.hexdigest()))


@deed("take_out", "Application")
def ask_for_bundle(application_ids: Sequence[int], *, actor: Actor) -> Bundle:
    """Ask for an archive of applications; the jobs make it.

    What was never handed in is left out: a draft is its author's. Raises Refused for none and for more than five hundred.
    """
    too_many = Sentence("At most {most} applications in one archive. Please narrow the list.", most=MOST)
    refuse_if(too_many if len(application_ids) > MOST else None)
    found = handed_in_of(application_ids)
    refuse_if(None if found else Sentence("None of these applications has been handed in yet."))
    bundle = Bundle(application_ids=[one.id for one in found], asked_by_id=actor.user_id)
    db.session.add(bundle)
    db.session.flush()
    return bundle


def make_bundles(actor: Actor) -> int:
    """Make the archives that wait, one after another; gives how many were made. For the clock."""
    made = 0
    while True:
        with transaction(), whole(actor, "Bundle.next"):
            bundle = next_bundle()
        if bundle is None:
            return made
        bundle_id, application_ids = bundle.id, list(bundle.application_ids)
        try:
            _make(bundle_id, application_ids, actor)
            made += 1
        except Exception:
            # One that breaks the work is put aside: the next ones wait behind it.
            log.exception("archive %s failed", bundle_id)
            with transaction(), whole(actor, "Bundle.fail"), acting(actor, "Bundle.fail"):
                broken = bundle_of(bundle_id)
                broken.state, broken.problem = BundleState.FAILED, FAILED.dump()


def forget_bundles(actor: Actor) -> int:
    """Remove archives that were kept for a week; gives how many. For the clock, each night.

    The store's own housekeeping removes contents that no record knows.
    """
    with whole(actor, "Bundle.forget"), acting(actor, "Bundle.forget"):
        found = bundles_made_before(now() - KEPT)
        for bundle in found:
            file, bundle.file, bundle.state = bundle.file, None, BundleState.FORGOTTEN
            db.session.flush()
            if file is not None:
                db.session.delete(file)
        db.session.flush()
        return len(found)


def _make(bundle_id: int, application_ids: Sequence[int], actor: Actor) -> None:
    with current_storage().bench() as path:
        with zipfile.ZipFile(path, "w", allowZip64=True) as target:
            archive = Archive(target)
            for place, application_id in enumerate(application_ids, 1):
                # Each in a transaction of its own, so that people see how far it is.
                with transaction(), whole(actor, "Bundle.make"):
                    _put_application(archive, application_id)
                    bundle_of(bundle_id).done = place
                # What is written is not held on to: the last one costs as much memory as the first.
                db.session.expunge_all()
            archive.put("manifest.csv", io.BytesIO(csv_bytes(archive.parts, MANIFEST, locale=LOCALE)), packed=True)
        name = f"{NAME_OF_ARCHIVE.render(LOCALE)}-{local(now()):%Y%m%d-%H%M}.zip"
        with transaction(), whole(actor, "Bundle.make"), acting(actor, "Bundle.make"):
            bundle = bundle_of(bundle_id)
            bundle.file = store_made(path, name, owner=bundle, kind="bundle")
            bundle.state, bundle.made_at = BundleState.MADE, now()
            db.session.flush()
            BUNDLE_MADE.send(bundle, actor=actor)


def _put_application(archive: Archive, application_id: int) -> None:
    application = db.session.scalars(select(Application).where(Application.id == application_id)).one()
    folder = clean_name(f"{application.number} {application.title}")[:80].strip()
    for version in versions_of(application.id):
        paper = build_version(version).build()
        archive.put(f"{folder}/{application.number}-v{version.number}.pdf", io.BytesIO(paper))
    checks = csv_bytes(checks_of(application.id), CHECKS, locale=LOCALE)
    archive.put(f"{folder}/checks.csv", io.BytesIO(checks), packed=True)
    taken: set[str] = set()
    for file in files_of(application):
        with current_storage().open(file.sha256) as stream:
            archive.put(f"{folder}/{_name_of(file, taken)}", stream)


def _name_of(file: StoredFile, taken: set[str]) -> str:
    """Give a file the name that people gave it, after what it shows; a second of the same name is numbered."""
    kinds = {kind.value: Sentence(kind.word).render(LOCALE) for kind in AttachmentKind}
    stem, dot, extension = f"{kinds.get(file.kind, file.kind)} {file.original_name}".rpartition(".")
    name, number = f"{stem}{dot}{extension}", 1
    while name in taken:
        number += 1
        name = f"{stem} ({number}){dot}{extension}"
    taken.add(name)
    return name


MANIFEST: Final[Sequence[Export[Part]]] = (
    Export(Sentence("File"), lambda part: part.path),
    Export(Sentence("Bytes"), lambda part: part.size),
    Export("SHA-256", lambda part: part.sha256),
)
CHECKS: Final[Sequence[Export[EligibilityCheck]]] = (
    Export(Sentence("Rule"), lambda one: EligibilityRule(one.rule)),
    Export(Sentence("Outcome"), lambda one: one.outcome),
    Export(Sentence("Reason"), lambda one: Sentence.load(one.reason)),
    Export(Sentence("Source"), lambda one: one.source),
    Export(Sentence("As of"), lambda one: one.as_of),
    Export(Sentence("Reason of the decision"), lambda one: one.decision_reason),
)
