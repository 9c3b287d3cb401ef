"""Files that mean harm, and sound ones beside them; made by code each time, so that none of them lies anywhere."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

from openpyxl import Workbook

SOUND_PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
"""The text by which every scanner is tried out, in two pieces so that none takes this file for it."""

SECTOR = 512
END, FREE, FAT_ITSELF = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def archive(members: Mapping[str, bytes], *, prefix: bytes = b"") -> bytes:
    """Give a zip archive of these members, after some bytes that belong to something else."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return prefix + target.getvalue()


def office(folder: str, more: Mapping[str, bytes] | None = None) -> bytes:
    """Give the least that is a document of this kind, with more members."""
    least = {"[Content_Types].xml": b"<Types/>", f"{folder}/document.xml": b"<x/>"}
    return archive(least | dict(more or {}))


def lying_archive(unpacked: int) -> bytes:
    """Give an archive whose one member says that it is small and unpacks to `unpacked` bytes."""
    whole = bytearray(archive({"a.txt": b"\0" * unpacked}))
    for magic, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", whole, whole.index(magic) + place, 100)
    return bytes(whole)


def workbook(*rows: list[object], more: Mapping[str, bytes] | None = None) -> bytes:
    """Give an .xlsx of these rows, with more members."""
    book, target = Workbook(), io.BytesIO()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(target)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as made:
        for name, content in (more or {}).items():
            made.writestr(name, content)
    return target.getvalue()


def png(width: int, height: int) -> bytes:
    """Give a picture that says it is this large and brings a thousand bytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def old_workbook(cells: Mapping[tuple[int, int], str | float]) -> bytes:
    """Give an .xls (BIFF8 in a compound file) with these values at (row, column), both from 0."""

    def record(number: int, content: bytes) -> bytes:
        return struct.pack("<HH", number, len(content)) + content

    def begin(kind: int) -> bytes:
        return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))

    def cell(place: tuple[int, int], value: str | float) -> bytes:
        where = struct.pack("<HHH", *place, 0)
        if isinstance(value, str):
            return record(0x0204, where + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
        return record(0x0203, where + struct.pack("<d", value))

    name, end = b"Sheet1", record(0x000A, b"")
    head_size = len(begin(5)) + len(record(0x0085, b"\0" * (8 + len(name)))) + len(end)
    head = begin(5) + record(0x0085, struct.pack("<IBBBB", head_size, 0, 0, len(name), 0) + name) + end
    return compound({"Workbook": head + begin(0x10) + b"".join(cell(*one) for one in cells.items()) + end})


def compound(streams: Mapping[str, bytes]) -> bytes:
    """Give a compound file (OLE) of these streams, each long enough to lie in sectors of its own."""
    table, bodies, entries = [FAT_ITSELF, END], b"", [_entry("Root Entry", 5, END, 0, child=1)]
    for place, (name, content) in enumerate(streams.items(), 1):
        padded = content + b"\0" * (max(4096, -(-len(content) // SECTOR) * SECTOR) - len(content))
        first, count = len(table), len(padded) // SECTOR
        table += [*range(first + 1, first + count), END]
        bodies += padded
        following = place + 1 if place < len(streams) else FREE
        entries.append(_entry(name, 2, first, len(padded), right=following))
    entries += [_entry("", 0, 0, 0)] * (-len(entries) % 4)
    assert len(table) <= SECTOR // 4, "one sector of the table is all that is made here"
    assert len(entries) == 4, "one sector of names is all that is made here"
    fat = struct.pack(f"<{SECTOR // 4}I", *table, *[FREE] * (SECTOR // 4 - len(table)))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    head += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, END, 0, END, 0)
    head += struct.pack("<109I", 0, *[FREE] * 108)
    return head + fat + b"".join(entries) + bodies


def _entry(name: str, kind: int, first: int, size: int, *, child: int = FREE, right: int = FREE) -> bytes:
    told = (name + "\0").encode("utf-16-le") if name else b""
    head = told.ljust(64, b"\0") + struct.pack("<HBBIII", len(told), kind, 1, FREE, right, child)
    return head + b"\0" * 36 + struct.pack("<IQ", first, size)
