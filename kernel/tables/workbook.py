"""An .xlsx looked through before any reader unpacks it: what is hostile in it, and where its cells lie."""

from __future__ import annotations

import io
import re
import zipfile
from functools import lru_cache

from kernel.errors import Refused
from kernel.tables.limits import HEADING_SEARCH_ROWS, Limits, counted, damaged, hold, too_many, unusual

CHUNK = 1 << 20
RATIO_FREE_BYTES = 1 << 20
"""Members below this size are not asked for their ratio: a small sheet of equal rows packs far better than 100 : 1."""

_TAG = re.compile(rb"""<(?:\w+:)?(row|c)(?=[\s/>])(?:[^<]*?[\s"']r\s*=\s*["']([^"']*)["'])?""")
_A1 = re.compile(rb"([A-Za-z]{0,3})([0-9]{1,7})")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")


def check_workbook(content: bytes, filename: str, limits: Limits) -> None:
    """Look at a workbook's members before any reader unpacks it: a few kilobytes can stand for gigabytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            hold(len(members) <= limits.members, unusual(filename))
            hold(not any(member.filename.lower().endswith((".zip", ".xlsx")) for member in members), unusual(filename))
            linked = any("/externallinks/" in f"/{member.filename.lower()}" for member in members)
            hold(limits.formulas or not linked, counted(filename))
            left = limits.unpacked
            for member in members:
                left -= _check_member(archive, member, left, filename, limits)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise Refused(damaged(filename)) from error
    except _Deflated as error:
        raise Refused(damaged(filename)) from error


_Deflated = zipfile.zlib.error if hasattr(zipfile, "zlib") else zipfile.BadZipFile


def _check_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, allowed: int, filename: str, limits: Limits
) -> int:
    """Unpack one member in pieces and count; what its header says about its size is not believed."""
    unpacked, carried = 0, b""
    places = _Places(filename, limits) if member.filename.lower().endswith((".xml", ".rels")) else None
    with archive.open(member) as stream:
        while piece := stream.read(CHUNK):
            unpacked += len(piece)
            hold(unpacked <= allowed, unusual(filename))
            is_dense = unpacked > RATIO_FREE_BYTES and unpacked > limits.ratio * max(member.compress_size, 1)
            hold(not is_dense, unusual(filename))
            if places is not None:
                carried = places.check(carried + piece)
    if places is not None:
        places.check(carried + b"<")
    return unpacked


class _Places:
    """Follows where the cells of a sheet lie, with or without their own word for it.

    One value in the last corner makes a reader lay out 17 thousand million cells.
    """

    def __init__(self, filename: str, limits: Limits) -> None:
        self.filename = filename
        self.limits = limits
        self.row = 0
        self.column = 0

    def check(self, text: bytes) -> bytes:
        """Look at all tags but the last, which may not be whole yet, and give that one back."""
        plain = b"<!DOCTYPE" not in text and b"<!ENTITY" not in text and b"\x00" not in text
        hold(plain, unusual(self.filename))
        hold(self.limits.formulas or _FORMULA.search(text) is None, counted(self.filename))
        begun = text.rfind(b"<")
        hold(len(text) - begun <= CHUNK, unusual(self.filename))
        for tag, place in _TAG.findall(text[:begun]):
            self._go(tag == b"row", place)
            if self.row > self.limits.rows + HEADING_SEARCH_ROWS or self.column > self.limits.columns:
                raise Refused(too_many(self.filename, self.limits))
        return text[begun:]

    def _go(self, is_row: bool, place: bytes) -> None:  # noqa: FBT001  (which of the two tags)
        parts = _A1.fullmatch(place) if place else None
        if place and (parts is None or is_row is bool(parts[1])):
            raise Refused(unusual(self.filename))
        if parts is not None:
            self.row, self.column = int(parts[2]), _column(parts[1])
        elif is_row:
            self.row, self.column = self.row + 1, 0
        else:
            self.column += 1


@lru_cache(maxsize=1_000)
def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number
