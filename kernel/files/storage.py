"""Bytes on disk under their hash: written beside, synced, renamed; a crash leaves an orphan at worst."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, BinaryIO

from kernel.errors import NotFound, Refused
from kernel.words import Sentence

CHUNK = 1 << 18


class Verdict(StrEnum):
    """What a scanner says about a file."""

    CLEAN = "clean"
    INFECTED = "infected"
    UNKNOWN = "unknown"


Scan = Callable[[Path], Verdict]


@dataclass(frozen=True, slots=True)
class Kept:
    """What the storage knows about bytes: their SHA-256 in hexadecimal and how many there are."""

    sha256: str
    size: int


class Storage:
    """One folder of files named by their hash; the same content is kept once."""

    def __init__(self, root: Path, *, scan: Scan | None = None) -> None:
        self.root = root
        self.scan = scan
        self._beside = root / "tmp"

    def path_of(self, sha256: str) -> Path:
        """Give where content lies: ab/cd/ and the whole hash."""
        return self.root / sha256[:2] / sha256[2:4] / sha256

    @contextmanager
    def received(self, stream: BinaryIO, name: str, *, limit: int) -> Iterator[Path]:
        """Stream an upload into a file beside the store; it is gone afterwards unless `keep` has moved it.

        Raises Refused as soon as there are more than `limit` bytes, and for an empty file.
        """
        self._beside.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self._beside, delete=False) as target:
            path = Path(target.name)
            try:
                self._copy(stream, target.file, name, limit)
            except BaseException:
                path.unlink(missing_ok=True)
                raise
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    @staticmethod
    def _copy(stream: BinaryIO, target: IO[bytes], name: str, limit: int) -> None:
        size = 0
        while piece := stream.read(CHUNK):
            size += len(piece)
            if size > limit:
                raise Refused(_too_large(name, limit))
            target.write(piece)
        if not size:
            raise Refused(Sentence("“{name}” is empty. Please choose the file again.", name=name))

    @contextmanager
    def bench(self) -> Iterator[Path]:
        """Give a place beside the store where the house makes a file; it is gone afterwards unless `keep` has moved it."""
        self._beside.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self._beside, delete=False) as made:
            path = Path(made.name)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def keep(self, path: Path) -> Kept:
        """Move a received file to its place, safely on disk before this returns."""
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as stream:
            while piece := stream.read(CHUNK):
                digest.update(piece)
                size += len(piece)
            os.fsync(stream.fileno())
        kept = Kept(digest.hexdigest(), size)
        place = self.path_of(kept.sha256)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.chmod(0o440)
        path.replace(place)
        _sync_folder(place.parent)
        return kept

    def open(self, sha256: str) -> BinaryIO:
        """Open content for reading.

        Raises NotFound when it is not there.
        """
        try:
            return self.path_of(sha256).open("rb")
        except FileNotFoundError as error:
            raise NotFound from error

    def holds(self, sha256: str) -> bool:
        """Say whether the content is there."""
        return self.path_of(sha256).is_file()

    def all_hashes(self) -> Iterator[str]:
        """Give the hash of everything that is kept."""
        return (path.name for path in self.root.glob("??/??/*"))

    def sweep(self, known: Collection[str], *, before: datetime) -> list[str]:
        """Remove content that no record knows and that is older than `before`; give what was removed.

        Leftovers of broken uploads of that age go too.
        """
        removed = [name for name in self.all_hashes() if name not in known and self._is_older(name, before)]
        for name in removed:
            self.path_of(name).unlink(missing_ok=True)
        for left in self._beside.glob("*"):
            if left.stat().st_mtime < before.timestamp():
                left.unlink(missing_ok=True)
        return removed

    def _is_older(self, sha256: str, before: datetime) -> bool:
        return self.path_of(sha256).stat().st_mtime < before.timestamp()


def _too_large(name: str, limit: int) -> Sentence:
    return Sentence(
        "“{name}” is larger than {limit} MB. Please make it smaller or split it.", name=name, limit=limit >> 20
    )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_current: list[Storage] = []


def use_storage(storage: Storage) -> None:
    """Let the application say where files are kept."""
    _current[:] = [storage]


def current_storage() -> Storage:
    """Give the application's storage.

    Raises RuntimeError before the application has named one.
    """
    if not _current:
        raise RuntimeError("no storage is in use yet")
    return _current[0]
