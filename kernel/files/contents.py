"""What a file really is: its extension and its content must tell the same, and neither may be a trap."""

from __future__ import annotations

import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import filetype
from PIL import Image, ImageOps, UnidentifiedImageError

from kernel.errors import Refused
from kernel.files.names import extension_of
from kernel.words import Sentence

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "csv": "text/csv",
    "jpg": "image/jpeg",
    "png": "image/png",
    "zip": "application/zip",
}
SAME_AS = {"jpeg": "jpg", "jpe": "jpg"}

IMAGES = frozenset({"jpg", "png"})
OLD_OFFICE = frozenset({"doc", "xls"})
DOCUMENTS = frozenset({"pdf", "docx", "xlsx", "pptx"}) | IMAGES
WITH_OLD_OFFICE = DOCUMENTS | OLD_OFFICE
WITH_ZIP = DOCUMENTS | {"zip"}
SPREADSHEETS = frozenset({"xlsx", "xls", "csv"})

OOXML_FOLDERS = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}
ARCHIVES = (".zip", ".rar", ".7z", ".gz", ".tar", ".xz", ".bz2", ".jar")
PROGRAMS = (
    ".exe",
    ".dll",
    ".bat",
    ".cmd",
    ".com",
    ".js",
    ".vbs",
    ".ps1",
    ".scr",
    ".msi",
    ".sh",
    ".html",
    ".htm",
    ".svg",
)

MOST_MEMBERS = 2_000
LARGEST_UNPACKED = 200 << 20
LARGEST_RATIO = 100
RATIO_FREE_BYTES = 1 << 20
LARGEST_IMAGE = 40_000_000
CHUNK = 1 << 20

# The text by which scanners are tried out, in two pieces so that none takes this file for it: it is refused without
# a scanner too, and shows that uploads are looked into.
TRIAL_VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

NEAR = max(len(TRIAL_VIRUS), 4096)  # bytes of a piece that are looked at again with the next one
DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
REMOTE = re.compile(
    rb"<Relationship\b(?=[^<>]*TargetMode\s*=\s*[\"']External)(?![^<>]*\sType\s*=\s*[\"'][^\"'<>]*/hyperlink[\"'])"
    rb"[^<>]*\sTarget\s*=\s*[\"'](?:https?:|ftp:|smb:|file:/{2,5}[^/:]+/|\\\\|[^\"'<>]*&#)",
    re.IGNORECASE,
)
"""A part that an office program would fetch from the network when the document is opened; plain links are none."""


def kind_of(name: str, allowed: frozenset[str]) -> str:
    """Give the kind that a name claims: "jpeg" is "jpg".

    Raises Refused when the place where the file belongs does not take this kind.
    """
    claimed = extension_of(name)
    kind = SAME_AS.get(claimed, claimed)
    if kind not in allowed:
        told = Sentence(
            "“{name}” cannot be taken here. Please choose one of: {kinds}.", name=name, kinds=sorted(allowed)
        )
        raise Refused(told)
    return kind


def check_content(path: Path, kind: str, name: str) -> None:
    """Look into the file and see that it is of its kind and harmless to open; pictures are written anew.

    Raises Refused with the name and what to do about it.
    """
    _look_through(path, name)
    if kind in OOXML_FOLDERS or kind == "zip":
        _check_archive(path, kind, name)
    elif kind in IMAGES:
        _rewrite_image(path, kind, name)
    elif kind == "pdf":
        _check_pdf(path, name)
    elif kind == "csv":
        _check_lines(path, name)
    else:
        _check_old_office(path, kind, name)


def _not_what_it_says(name: str, kind: str) -> Refused:
    return Refused(
        Sentence(
            "“{name}” is named as {kind}, but its content is something else. Please export it again as {kind}.",
            name=name,
            kind=kind.upper(),
        )
    )


def _damaged(name: str) -> Refused:
    return Refused(
        Sentence("“{name}” is damaged and cannot be opened. Please save it again and upload it anew.", name=name)
    )


def _refuse_virus(text: bytes, name: str) -> None:
    if TRIAL_VIRUS in text:
        raise Refused(
            Sentence("“{name}” carries a virus and was not kept. Please clean your computer first.", name=name)
        )


def _look_through(path: Path, name: str) -> None:
    carried = b""
    with path.open("rb") as stream:
        while piece := stream.read(CHUNK):
            _refuse_virus(carried + piece, name)
            carried = piece[-NEAR:]


ARCHIVE_BEGIN, ARCHIVE_END = b"PK\x03\x04", b"PK\x05\x06"


def _check_pdf(path: Path, name: str) -> None:
    with path.open("rb") as stream:
        head = stream.read(1024)
        stream.seek(max(0, path.stat().st_size - 2048))
        tail = stream.read()
    if not head.startswith(b"%PDF-"):
        raise _not_what_it_says(name, "pdf")
    if b"%%EOF" not in tail:
        raise _damaged(name)
    if ARCHIVE_END in tail.rpartition(b"%%EOF")[2]:
        raise _not_what_it_says(name, "pdf")


def _check_lines(path: Path, name: str) -> None:
    """A list of lines is no other kind of file under a wrong name; in which encoding it is written, its reader finds."""
    with path.open("rb") as stream:
        head = stream.read(1024)
    if filetype.guess(head) is not None or head.startswith((OLE_MAGIC, b"%PDF-")):
        raise _not_what_it_says(name, "csv")


OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLE_STREAMS = {"doc": ("WordDocument",), "xls": ("Workbook", "Book")}


def _check_old_office(path: Path, kind: str, name: str) -> None:
    content = path.read_bytes()
    if not content.startswith(OLE_MAGIC):
        raise _not_what_it_says(name, kind)
    # Names of streams stand in the directory of the compound file as UTF-16, so that they can be found as they are.
    if not any(stream.encode("utf-16-le") in content for stream in OLE_STREAMS[kind]):
        raise _not_what_it_says(name, kind)
    if any(stream.encode("utf-16-le") in content for stream in ("_VBA_PROJECT", "EncryptedPackage")):
        raise _with_macros(name)


def _with_macros(name: str) -> Refused:
    return Refused(
        Sentence(
            "“{name}” holds macros or is protected by a password. Please save it without them as a new file.", name=name
        )
    )


def _check_archive(path: Path, kind: str, name: str) -> None:
    with path.open("rb") as stream:
        if not stream.read(4).startswith((ARCHIVE_BEGIN, ARCHIVE_END)):
            raise _not_what_it_says(name, kind)
    try:
        with zipfile.ZipFile(path) as archive:
            names = [member.filename for member in archive.infolist()]
            if len(names) > MOST_MEMBERS:
                raise _bomb(name)
            _check_members(names, kind, name)
            _check_unpacked(archive, kind, name)
    except zipfile.BadZipFile as error:
        raise (_not_what_it_says(name, kind) if not zipfile.is_zipfile(path) else _damaged(name)) from error
    except (zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, struct.error) as error:
        raise _damaged(name) from error


def _bomb(name: str) -> Refused:
    return Refused(
        Sentence(
            "“{name}” unpacks to far more than it should and was not opened. Please make it anew with fewer contents.",
            name=name,
        )
    )


def _check_members(names: list[str], kind: str, name: str) -> None:
    lowered = [member.lower() for member in names]
    if kind == "zip":
        if any(member.endswith(ARCHIVES) for member in lowered):
            raise Refused(
                Sentence("“{name}” holds another archive. Please put the files themselves into one archive.", name=name)
            )
        if any(member.endswith(PROGRAMS) for member in lowered):
            raise Refused(Sentence("“{name}” holds a program or a web page. Please leave it out.", name=name))
        if any(member.startswith(("/", "\\")) or ".." in member.replace("\\", "/").split("/") for member in names):
            raise _damaged(name)
        return
    if "[Content_Types].xml" not in names or not any(member.startswith(OOXML_FOLDERS[kind]) for member in names):
        raise _not_what_it_says(name, kind)
    if any(member.endswith(("vbaproject.bin", "vbadata.xml")) or "/macrosheets/" in member for member in lowered):
        raise _with_macros(name)


def _check_unpacked(archive: zipfile.ZipFile, kind: str, name: str) -> None:
    """Unpack every member in pieces and count: the sizes in an archive's headers are only claims."""
    total = 0
    for member in archive.infolist():
        unpacked, carried = 0, b""
        is_markup = kind in OOXML_FOLDERS and member.filename.lower().endswith((".xml", ".rels"))
        with archive.open(member) as stream:
            while piece := stream.read(CHUNK):
                unpacked += len(piece)
                total += len(piece)
                is_dense = unpacked > RATIO_FREE_BYTES and unpacked > LARGEST_RATIO * max(member.compress_size, 1)
                if total > LARGEST_UNPACKED or is_dense:
                    raise _bomb(name)
                _refuse_virus(carried + piece, name)
                if is_markup:
                    _check_markup(carried + piece, name)
                carried = piece[-NEAR:]


def _check_markup(text: bytes, name: str) -> None:
    """Refuse what no office program writes into a document: declarations that multiply, parts that lie elsewhere."""
    if any(word in text for word in DECLARATIONS):
        raise _bomb(name)
    if REMOTE.search(text):
        raise Refused(
            Sentence(
                "“{name}” would fetch parts of itself from the network. "
                "Please break its links to other files and upload it again.",
                name=name,
            )
        )


def _rewrite_image(path: Path, kind: str, name: str) -> None:
    """Write the picture anew without anything but its pixels: a photograph tells where somebody was."""
    guessed = filetype.guess(str(path))
    if guessed is None or guessed.extension != kind:
        raise _not_what_it_says(name, kind)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=["JPEG" if kind == "jpg" else "PNG"]) as image:
                if image.width * image.height > LARGEST_IMAGE:
                    raise _too_many_pixels(name)
                _WRITERS[kind](ImageOps.exif_transpose(image), path)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(name) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, struct.error, zlib.error) as error:
        raise _damaged(name) from error


def _too_many_pixels(name: str) -> Refused:
    return Refused(
        Sentence("“{name}” has more than 40 million pixels. Please make it smaller and upload it again.", name=name)
    )


def _write_jpeg(image: Image.Image, path: Path) -> None:
    plain = image if image.mode in {"L", "RGB"} else image.convert("RGB")
    plain.info = {}
    plain.save(path, "JPEG", quality=88, optimize=True, exif=b"")


def _write_png(image: Image.Image, path: Path) -> None:
    plain = image if image.mode in {"1", "L", "LA", "P", "RGB", "RGBA"} else image.convert("RGBA")
    transparency = plain.info.get("transparency")
    plain.info = {} if transparency is None else {"transparency": transparency}
    plain.save(path, "PNG")


_WRITERS: dict[str, Callable[[Image.Image, Path], None]] = {"jpg": _write_jpeg, "png": _write_png}
