"""The archive: a tar of the dump, the attachments under their hashes, the manifest, and the manifest's own hash.

The manifest is the last but one member: an archive that was cut short has none.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any

FORMAT = 1
DUMP = "database.dump"
MANIFEST = "manifest.json"
SEAL = "manifest.sha256"
FILES = "files/"
CHUNK = 1 << 20
OWN_EYES = 0o600
KNOWN_NAME = re.compile(r"database\.dump|manifest\.json|manifest\.sha256|files/[0-9a-f]{64}")


class BackupProblem(RuntimeError):  # noqa: N818  (it names what is wrong, for a person; the command line prints it)
    """The archive cannot be made, trusted or restored; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a table held: its rows, and a sum over the content of all of them, whatever their order."""

    rows: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an archive holds, and of which moment."""

    release: str
    revision: str
    server: int
    taken_at: datetime
    trail_number: int
    trail_hash: str
    keys: dict[str, str]
    """A print of each key that signs, derives and encrypts, so that a restore under others can say which."""
    tables: dict[str, Table]
    lost: tuple[str, ...]
    """Hashes of attachments that records name and that the store did not have, or had with another content."""
    members: dict[str, str]
    """The SHA-256 of every other member."""

    def dump(self) -> bytes:
        """Give the manifest as it stands in the archive."""
        told = {"product": "Yulan", "format": FORMAT, **asdict(self), "taken_at": self.taken_at.isoformat()}
        return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode()

    @classmethod
    def load(cls, content: bytes) -> Manifest:
        """Read a manifest. Raises BackupProblem when it is none of ours."""
        told: dict[str, Any] = json.loads(content)
        if told.pop("product", None) != "Yulan" or told.pop("format", None) != FORMAT:
            raise BackupProblem("This is no backup of this product, or one of a format that this release cannot read.")
        told["taken_at"] = datetime.fromisoformat(told["taken_at"])
        told["tables"] = {name: Table(**table) for name, table in told["tables"].items()}
        told["lost"] = tuple(told["lost"])
        return cls(**told)

    @property
    def files(self) -> int:
        return sum(name.startswith(FILES) for name in self.members)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


def name_of(taken_at: datetime, trail_number: int, trail_hash: str) -> str:
    """Name an archive after its moment and the head of the trail, so that the name alone tells of a cut tail."""
    return f"yulan-{taken_at:%Y%m%dT%H%M%SZ}-trail-{trail_number}-{trail_hash[:12] or 'empty'}.tar"


@contextmanager
def safely_written(path: Path) -> Iterator[IO[bytes]]:
    """Write a file for its owner's eyes beside its place; it stands there whole and on disk, or not at all.

    Raises BackupProblem when there is one of that name.
    """
    if path.exists():
        raise BackupProblem(f"{path} exists already; a backup is never written over.")
    draft = path.with_name(f".{path.name}.part")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWN_EYES)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        draft.rename(path)
        _sync(path.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def add_bytes(tar: tarfile.TarFile, name: str, content: bytes, moment: datetime) -> None:
    """Add a member from memory."""
    tar.addfile(_member(name, len(content), moment), BytesIO(content))


def add_file(tar: tarfile.TarFile, name: str, path: Path, moment: datetime) -> str:
    """Add a file of any size; gives its SHA-256."""
    with path.open("rb") as stream:
        tar.addfile(_member(name, path.stat().st_size, moment), stream)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _member(name: str, size: int, moment: datetime) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, OWN_EYES, int(moment.timestamp())
    return member


def verified(path: Path) -> Manifest:
    """Read the whole archive and give its manifest.

    Raises BackupProblem that names every member which is damaged, lacking or too many.
    """
    hashes, manifest, seal = _read_through(path)
    if not manifest:
        raise BackupProblem(f"{path.name} ends before its manifest: it was cut short, or it is no backup.")
    if seal.decode(errors="replace").strip() != hashlib.sha256(manifest).hexdigest():
        raise BackupProblem(f"{path.name} is damaged: {MANIFEST} does not have the hash that {SEAL} tells.")
    told = Manifest.load(manifest)
    wrong = [f"{name} does not have its hash" for name in sorted(hashes) if told.members.get(name) != hashes[name]]
    wrong += [f"{name} is lacking" for name in sorted(told.members) if name not in hashes]
    if wrong:
        raise BackupProblem(f"{path.name} is damaged: {'; '.join(wrong)}.")
    return told


def _read_through(path: Path) -> tuple[dict[str, str], bytes, bytes]:
    hashes: dict[str, str] = {}
    kept = {MANIFEST: b"", SEAL: b""}
    with _opened(path) as members:
        for name, stream in members:
            if name in kept:
                kept[name] = stream.read()
            elif name in hashes:
                raise BackupProblem(f"{path.name} is damaged: {name} is in it twice.")
            else:
                hashes[name] = _hash_of(stream)
    return hashes, kept[MANIFEST], kept[SEAL]


def _hash_of(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := stream.read(CHUNK):
        digest.update(piece)
    return digest.hexdigest()


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    try:
        with tarfile.open(path, "r:") as tar:
            yield _members(path, tar)
    except (tarfile.TarError, EOFError) as error:
        raise BackupProblem(f"{path.name} cannot be read to its end: {error}.") from error
    except FileNotFoundError as error:
        raise BackupProblem(f"There is no file {path}.") from error


def _members(path: Path, tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    for member in tar:
        stream = tar.extractfile(member) if member.isreg() else None
        if stream is None or not KNOWN_NAME.fullmatch(member.name):
            raise BackupProblem(f"{path.name} is damaged: {member.name!r} is no member of a backup.")
        yield member.name, stream


@contextmanager
def read_members(path: Path, wanted: Iterable[str]) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """Walk through the members of these names."""
    names = set(wanted)
    with _opened(path) as members:
        yield ((name, stream) for name, stream in members if name in names)
