"""How a backup comes back: checked before anything is touched, loaded whole or not at all, recounted against itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, text, update

from kernel.actor import Actor
from kernel.audit import note_event
from kernel.backup import (
    BackupProblem,
    Manifest,
    differences,
    head_of_trail,
    measure,
    prints_of_keys,
    read_members,
    verified,
)
from kernel.backup.archive import DUMP, FILES
from kernel.backup.making import version_of
from kernel.backup.measuring import hash_in_trail
from kernel.clock import now
from kernel.database import Server, load_database, owner_engine
from kernel.database.migrations import revisions
from kernel.db import transaction
from kernel.files import Storage
from kernel.prepare import leave, prepare
from kernel.sessions import WEB_SESSION
from kernel.settings import Settings


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, and what the person who restores should know."""

    manifest: Manifest
    advice: tuple[str, ...]


def restore(settings: Settings, server: Server, path: Path) -> Restored:
    """Bring a backup into an empty database and the attachments' folder, and prepare it for this release.

    Raises BackupProblem when the archive is damaged, comes from a newer release, or the database is not empty or not
    what the manifest tells after it was loaded; DatabaseProblem with what pg_restore said. After any of them the
    database is empty and the folder as before.
    """
    manifest = verified(path)
    if manifest.revision not in revisions():
        raise BackupProblem(
            f"{path.name} was made by release {manifest.release} with tables at {manifest.revision}, which this release "
            "does not know: restore with that release or a later one."
        )
    engine = owner_engine(server.owner_url)
    _refuse_full(engine)
    with _undone_on_failure(engine), _attachments_back(Storage(settings.files), path, manifest):
        _load(engine, server, path, manifest)
        prepare(settings, server)
        _begin_anew(engine, path)
        leave()
    return Restored(manifest, tuple(_advice(settings, manifest)))


def tail_is_there(connection: Connection, manifest: Manifest) -> str | None:
    """Say in a sentence what the trail has lost or changed since a backup; None when it goes on from there."""
    number = head_of_trail(connection)[0]
    if number < manifest.trail_number:
        return (
            f"The trail was cut: it ends with row {number}, and the backup of {manifest.taken_at:%Y-%m-%d %H:%M} UTC "
            f"tells of row {manifest.trail_number}."
        )
    if manifest.trail_number and hash_in_trail(connection, manifest.trail_number) != manifest.trail_hash:
        return f"The trail was written anew: row {manifest.trail_number} is not the one that the backup tells of."
    return None


def _refuse_full(engine: Engine) -> None:
    with engine.connect() as connection:
        held = connection.scalar(
            text(
                "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'S')"
            )
        )
        name = connection.scalar(text("SELECT current_database()"))
    if held:
        raise BackupProblem(
            f"The database {name} is not empty; a backup comes back into an empty one alone, so that nothing is lost. "
            f"Make a new one, or move the folder of the embedded one away, and try again."
        )


def _load(engine: Engine, server: Server, path: Path, manifest: Manifest) -> None:
    with TemporaryDirectory(prefix="yulan-restore-") as desk, engine.connect() as connection:
        dump = Path(desk) / DUMP
        with read_members(path, {DUMP}) as members, dump.open("wb") as target:
            for _name, stream in members:
                copyfileobj(stream, target)
        load_database(server.owner_url, dump, server=version_of(connection))
        found, head = measure(connection), head_of_trail(connection)
    if wrong := differences(manifest, found, head):
        raise BackupProblem(f"What was loaded is not what the manifest tells: {'; '.join(wrong)}.")


@contextmanager
def _undone_on_failure(engine: Engine) -> Iterator[None]:
    """Empty the database again, which was empty before, when anything goes wrong."""
    try:
        yield
    except BaseException:
        leave()
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        raise


@contextmanager
def _attachments_back(storage: Storage, path: Path, manifest: Manifest) -> Iterator[None]:
    """Put every attachment into the store; those that were not there before go again when anything goes wrong."""
    came: list[Path] = []
    try:
        with read_members(path, (name for name in manifest.members if name.startswith(FILES))) as members:
            for name, stream in members:
                sha256 = name.removeprefix(FILES)
                if storage.holds(sha256) and _is_whole(storage.path_of(sha256)):
                    continue
                with storage.received(stream, sha256, limit=1 << 62) as received:  # type: ignore[arg-type]
                    storage.keep(received)
                came.append(storage.path_of(sha256))
        yield
    except BaseException:
        for file in came:
            file.unlink(missing_ok=True)
        raise


def _is_whole(path: Path) -> bool:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == path.name


def _begin_anew(engine: Engine, path: Path) -> None:
    """Sign everybody out, write the restore into the trail, and let the database take its measure."""
    actor = Actor.system("restore")
    with engine.begin() as connection:
        connection.execute(update(WEB_SESSION).where(WEB_SESSION.c.ended_at.is_(None)).values(ended_at=now()))
    with transaction():
        note_event("Backup", actor=actor, action="backup.restore", name=path.name)
    with engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()


def _advice(settings: Settings, manifest: Manifest) -> Iterator[str]:
    here = prints_of_keys(settings)
    for name, told in manifest.keys.items():
        if told not in here.get(name, []):
            yield (
                f"The {name} here is not the one of this backup, so that what depends on it is lost: put the former "
                f"one into {settings.secrets / name}, mode 600, or into YULAN_{name.replace('-', '_').upper()}."
            )
    if manifest.lost:
        yield f"{len(manifest.lost)} attachments were lost before this backup was made: {', '.join(manifest.lost)}."
