"""How a backup is made: one snapshot for the counts, the dump and the list of files; nobody who writes is held up."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from sqlalchemy import Connection, text

from kernel.backup.archive import (
    DUMP,
    FILES,
    MANIFEST,
    SEAL,
    Manifest,
    add_bytes,
    add_file,
    name_of,
    safely_written,
    verified,
)
from kernel.backup.measuring import head_of_trail, measure
from kernel.clock import now
from kernel.database import dump_database, owner_engine
from kernel.environment import release
from kernel.errors import NotFound
from kernel.files import Storage
from kernel.secrets import data_keys, secret_key, sign_in_key
from kernel.settings import Settings

DESK = ".backup-"
OWN_DOOR = 0o700
MAJOR = 10_000  # server_version_num is 180006 for 18.6


@dataclass(frozen=True, slots=True)
class Made:
    """An archive that stands in its place and was read through."""

    path: Path
    size: int
    manifest: Manifest


def make_backup(settings: Settings, owner_url: str, to: Path) -> Made:
    """Write an archive into the folder `to`, or as the file `to` when that ends in .tar; then read it through.

    Raises BackupProblem, or DatabaseProblem with what pg_dump said.
    """
    engine = owner_engine(owner_url).execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        snapshot = str(connection.scalar(text("SELECT pg_export_snapshot()")))
        moment = now()
        path = _place(connection, to, moment)
        with TemporaryDirectory(dir=path.parent, prefix=DESK) as desk, safely_written(path) as stream:
            dump = Path(desk) / DUMP
            dump_database(owner_url, snapshot, dump, server=version_of(connection))
            _write(connection, settings, dump, stream, moment)
    return Made(path, path.stat().st_size, verified(path))


def _place(connection: Connection, to: Path, moment: datetime) -> Path:
    if to.suffix == ".tar":
        to.parent.mkdir(parents=True, exist_ok=True, mode=OWN_DOOR)
        return to
    to.mkdir(parents=True, exist_ok=True, mode=OWN_DOOR)
    return to / name_of(moment, *head_of_trail(connection))


def _write(connection: Connection, settings: Settings, dump: Path, stream: IO[bytes], moment: datetime) -> None:
    members: dict[str, str] = {}
    lost: list[str] = []
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        members[DUMP] = add_file(tar, DUMP, dump, moment)
        for sha256, content in _attachments(connection, Storage(settings.files)):
            if content is None:
                lost.append(sha256)
            else:
                add_bytes(tar, FILES + sha256, content, moment)
                members[FILES + sha256] = sha256
        number, head = head_of_trail(connection)
        manifest = Manifest(
            release=release(),
            revision=str(connection.scalar(text("SELECT version_num FROM alembic_version"))),
            server=version_of(connection),
            taken_at=moment,
            trail_number=number,
            trail_hash=head,
            keys={name: prints[0] for name, prints in prints_of_keys(settings).items()},
            tables=measure(connection),
            lost=tuple(lost),
            members=members,
        ).dump()
        add_bytes(tar, MANIFEST, manifest, moment)
        add_bytes(tar, SEAL, hashlib.sha256(manifest).hexdigest().encode(), moment)


def _attachments(connection: Connection, storage: Storage) -> Iterator[tuple[str, bytes | None]]:
    """Give the content of every attachment that the snapshot names; None where the store no longer has it whole.

    Content is never changed and is swept only a day after its last record went, so that what the snapshot names is
    still there.
    """
    named = connection.scalars(text("SELECT DISTINCT sha256 FROM stored_file ORDER BY sha256")).all()
    for sha256 in named:
        try:
            with storage.open(sha256) as stream:
                content = stream.read()
        except NotFound:
            yield sha256, None
            continue
        yield sha256, content if hashlib.sha256(content).hexdigest() == sha256 else None


def version_of(connection: Connection) -> int:
    """Give the server's major version."""
    return int(connection.scalar(text("SHOW server_version_num")) or 0) // MAJOR


def prints_of_keys(settings: Settings) -> dict[str, list[str]]:
    """Give what tells keys apart and gives none away: the print in use first, then those that still open."""
    held = {
        "secret-key": [secret_key(settings), *(key.get_secret_value() for key in settings.secret_key_fallbacks)],
        "sign-in-key": [sign_in_key(settings)],
        "data-key": data_keys(settings),
    }
    return {name: [_print_of(key) for key in keys] for name, keys in held.items()}


def _print_of(key: str) -> str:
    return hashlib.sha256(b"yulan-backup:" + key.encode()).hexdigest()[:16]


def forget_old(folder: Path, *, days: int) -> list[Path]:
    """Remove archives of this folder that are older than so many days, but never the newest; gives what went.

    What a run that was cut off has left for a day goes too.
    """
    archives = sorted(folder.glob("yulan-*.tar"))
    oldest = f"yulan-{now() - timedelta(days=days):%Y%m%dT%H%M%SZ}"
    gone = [path for path in archives[:-1] if path.name < oldest]
    for path in gone:
        path.unlink()
    a_day_ago = (now() - timedelta(days=1)).timestamp()
    for left in (*folder.glob(".yulan-*.part"), *folder.glob(f"{DESK}*")):
        if left.stat().st_mtime < a_day_ago:
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    return gone
