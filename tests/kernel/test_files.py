"""Attachments: what they claim to be, what they are, where they lie, and who opens them."""

from __future__ import annotations

import hashlib
import io
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy.orm import Session

from kernel.actor import Actor, ReaderKind
from kernel.calendar import DayKind, Holiday
from kernel.clock import now
from kernel.errors import NotFound, Refused
from kernel.files import (
    WITH_OLD_OFFICE,
    WITH_ZIP,
    FileState,
    Storage,
    StoredFile,
    Verdict,
    check_files,
    clean_name,
    files_of,
    find_file,
    open_file,
    store_upload,
    supersede,
)
from kernel.files.contents import check_content, kind_of
from kernel.scope import Sight, see_as, whole

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
DEED = Actor.system("tests")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def archive(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name.replace("__", "/"), content)
    return target.getvalue()


def office(folder: str, **more: bytes) -> bytes:
    return archive(**{"[Content_Types].xml": b"<Types/>", f"{folder}__document.xml": b"<x/>"} | more)


def picture(kind: str, *, exif: bool = False) -> bytes:
    target, image = io.BytesIO(), Image.new("RGB", (60, 40), "#11595b")
    more = {}
    if exif:
        told = Image.Exif()
        told[0x0112] = 6
        told[0x010F] = "Camera of somebody"
        told.get_ifd(0x8825)[1] = "N"
        more["exif"] = told
    image.save(target, kind, **more)
    return target.getvalue()


def huge_png() -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def crowded() -> bytes:
    return archive(**{f"f{number}.txt": b"" for number in range(2_001)})


ELSE, DAMAGED, HERE = "its content is something else", "is damaged", "cannot be taken here"
HOSTILE = {
    "网页.html": (b"<script>alert(1)</script>", HERE),
    "图.svg": (b"<svg onload='alert(1)'/>", HERE),
    "程序.exe": (b"MZ", HERE),
    "没有扩展名": (PDF, HERE),
    "双重.pdf.exe": (PDF, HERE),
    "带宏.xlsm": (office("xl"), HERE),
    "空.pdf": (b"", "is empty"),
    "网页冒充.pdf": (b"<html>%PDF-1.7 %%EOF</html>", ELSE),
    "截断.pdf": (PDF[:20], DAMAGED),
    "程序冒充.jpg": (b"MZ" + b"\0" * 300, ELSE),
    "png冒充.jpg": (picture("PNG"), ELSE),
    "截断.png": (picture("PNG")[:60], DAMAGED),
    "截断.jpg": (picture("JPEG")[:200], DAMAGED),
    "巨图.png": (huge_png(), "more than 40 million pixels"),
    "压缩包冒充.docx": (archive(**{"a.txt": b"x"}), ELSE),
    "表格冒充.docx": (office("xl"), ELSE),
    "文字冒充.xlsx": (b"hello", ELSE),
    "截断.docx": (office("word")[:-30], ELSE),
    "宏.docx": (office("word", **{"word__vbaProject.bin": b"x"}), "macros"),
    "炸弹.docx": (office("word", **{"word__a.xml": b"\0" * (30 << 20)}), "unpacks to far more"),
    "文字冒充.doc": (b"hello", ELSE),
    "表格冒充.doc": (OLE + b"\0" * 600 + "Workbook".encode("utf-16-le"), ELSE),
    "宏.xls": (OLE + b"\0" * 600 + "Workbook\0_VBA_PROJECT".encode("utf-16-le"), "macros"),
    "套娃.zip": (archive(**{"inner.zip": b"x"}), "another archive"),
    "程序.zip": (archive(**{"a__run.EXE": b"x"}), "a program"),
    "穿越.zip": (archive(**{"..__..__etc__passwd": b"x"}), DAMAGED),
    "很多.zip": (crowded(), "unpacks to far more"),
    "坏.zip": (b"PK\x03\x04" + b"x" * 99, ELSE),
}


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "files")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_name_and_a_reason(name: str, storage: Storage, tmp_path: Path) -> None:
    content, told = HOSTILE[name]

    with pytest.raises(Refused) as refused:
        store_upload(
            io.BytesIO(content),
            name,
            owner=Holiday(),
            kind="proof",
            actor=DEED,
            allowed=WITH_OLD_OFFICE | WITH_ZIP,
            storage=storage,
        )

    (reason,) = refused.value.reasons
    assert told in reason.render("en")
    assert name in reason.render("en")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("协议.pdf", PDF),
        ("申报书.docx", office("word")),
        ("预算.XLSX", office("xl")),
        ("汇报.pptx", office("ppt")),
        ("旧表.xls", OLE + b"\0" * 600 + "Workbook".encode("utf-16-le")),
        ("旧文.doc", OLE + b"\0" * 600 + "WordDocument".encode("utf-16-le")),
        ("照片.JPEG", picture("JPEG")),
        ("照片.png", picture("PNG")),
        ("资料.zip", archive(**{"a__b.txt": b"x"})),
    ],
)
def test_a_sound_file_of_each_kind_is_taken(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)

    check_content(path, kind_of(name, WITH_OLD_OFFICE | WITH_ZIP), name)


def test_a_photograph_loses_where_it_was_taken_and_stands_upright(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(picture("JPEG", exif=True))
    assert b"Camera of somebody" in path.read_bytes()

    check_content(path, "jpg", "照片.jpg")

    assert b"Camera of somebody" not in path.read_bytes()
    with Image.open(path) as image:
        assert dict(image.getexif()) == {}
        assert image.size == (40, 60)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\某人\\协议 .pdf", "协议 .pdf"),
        ("合同\u202efdp.exe", "合同fdp.exe"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        (unicodedata.normalize("NFD", "é示例.pdf"), "é示例.pdf"),
        ("", "file"),
        ("名" * 300 + ".pdf", "名" * 196 + ".pdf"),
    ],
)
def test_a_name_is_kept_as_data_only(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


def test_a_file_over_the_limit_is_refused_while_it_arrives(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        store_upload(
            io.BytesIO(PDF + b"x" * (2 << 20)),
            "大.pdf",
            owner=Holiday(),
            kind="proof",
            actor=DEED,
            limit=1 << 20,
            storage=storage,
        )

    assert refused.value.reasons[0].render("en") == "“大.pdf” is larger than 1 MB. Please make it smaller or split it."
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_same_content_lies_on_disk_once(storage: Storage) -> None:
    for _ in range(2):
        with storage.received(io.BytesIO(PDF), "a.pdf", limit=1 << 20) as path:
            kept = storage.keep(path)

    digest = hashlib.sha256(PDF).hexdigest()
    assert (kept.sha256, kept.size, list(storage.all_hashes())) == (digest, len(PDF), [digest])
    assert storage.path_of(digest).relative_to(storage.root) == Path(digest[:2], digest[2:4], digest)
    assert list((storage.root / "tmp").iterdir()) == []


def test_the_sweep_takes_only_what_is_old_and_unknown(storage: Storage) -> None:
    kept = []
    for content in (PDF, PDF + b" "):
        with storage.received(io.BytesIO(content), "a.pdf", limit=1 << 20) as path:
            kept.append(storage.keep(path).sha256)
    (storage.root / "tmp" / "left").write_bytes(b"x")

    assert storage.sweep([kept[0]], before=now() - timedelta(hours=24)) == []
    assert storage.sweep([kept[0]], before=now() + timedelta(seconds=5)) == [kept[1]]
    assert list(storage.all_hashes()) == [kept[0]]
    assert list((storage.root / "tmp").iterdir()) == []


# --- With the database --------------------------------------------------------------------------------------------


@pytest.fixture
def owner(db_session: Session) -> Iterator[Holiday]:
    with whole(DEED, "set-up"):
        record = Holiday(day=date(2091, 1, 1), kind=DayKind.REST, name="元旦")
        db_session.add(record)
        db_session.flush()
        yield record


def upload(owner: Holiday, storage: Storage, name: str = "协议.pdf", **more: object) -> StoredFile:
    given = {"owner": owner, "kind": "contract", "actor": DEED, "organization_id": 7, "storage": storage} | more
    return store_upload(io.BytesIO(PDF + name.encode()), name, **given)  # type: ignore[arg-type]


def as_reader(kind: ReaderKind, *, organization_id: int | None = None, user_id: int = 501) -> Actor:
    return Actor(name=kind.value, user_id=user_id, kind=kind, organization_id=organization_id)


def found_by(actor: Actor, file: StoredFile) -> bool:
    see_as(actor)
    try:
        find_file(file.public_id)
    except NotFound:
        return False
    return True


def test_an_upload_becomes_a_record_with_its_hash(owner: Holiday, storage: Storage) -> None:
    file = upload(owner, storage, "协议 最终版.pdf")

    content = PDF + "协议 最终版.pdf".encode()
    assert (file.owner_kind, file.owner_id, file.organization_id) == ("Holiday", owner.id, 7)
    assert (file.original_name, file.extension, file.media_type) == ("协议 最终版.pdf", "pdf", "application/pdf")
    assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert (file.state, files_of(owner)) == (FileState.CLEAN, [file])


def test_a_file_goes_out_as_a_download_that_no_browser_runs(owner: Holiday, storage: Storage) -> None:
    file = upload(owner, storage, '协议 "最终"版.pdf')

    opened = open_file(DEED, file, storage=storage)

    with opened.stream:
        assert opened.stream.read().startswith(b"%PDF-")
    assert opened.headers == {
        "Content-Type": "application/pdf",
        "Content-Length": str(file.size),
        "Content-Disposition": 'attachment; filename="file.pdf"; '
        "filename*=UTF-8''%E5%8D%8F%E8%AE%AE%20_%E6%9C%80%E7%BB%88_%E7%89%88.pdf",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }


def test_each_opening_of_a_restricted_file_goes_into_the_trail(
    owner: Holiday, storage: Storage, db_session: Session
) -> None:
    plain, restricted = upload(owner, storage), upload(owner, storage, "签到表.pdf", restricted=True)
    reader = as_reader(ReaderKind.STAFF)

    for file in (plain, restricted, restricted):
        open_file(reader, file, storage=storage).stream.close()

    told = [event for event in db_session.info["audit"] if event["action"] == "file.open"]
    assert [(event["subject_id"], event["actor_id"]) for event in told] == [(restricted.id, 501)] * 2


def test_who_finds_a_file(db_session: Session, storage: Storage) -> None:
    with whole(DEED, "set-up"):
        owner = Holiday(day=date(2091, 1, 1), kind=DayKind.REST, name="元旦")
        own = upload(owner, storage)
        public = upload(owner, storage, "公告.pdf", organization_id=None, is_public=True)
        restricted = upload(owner, storage, "签到表.pdf", restricted=True)

    staff, visitor = as_reader(ReaderKind.STAFF), Actor(name="visitor")
    ours, theirs = (as_reader(ReaderKind.ORG, organization_id=number) for number in (7, 8))
    keeper, panel = as_reader(ReaderKind.KEEPER), as_reader(ReaderKind.PANEL)
    readers = (staff, ours, theirs, panel, keeper, visitor)
    assert [found_by(reader, own) for reader in readers] == [True, True, False, False, False, False]
    assert [found_by(reader, restricted) for reader in readers] == [True, True, False, False, False, False]
    assert [found_by(reader, public) for reader in readers] == [True] * 6


@pytest.mark.parametrize("kind", ["StoredFile", "Holiday"])
def test_a_panel_finds_a_file_while_it_or_its_owner_is_open_to_them(
    kind: str, db_session: Session, storage: Storage
) -> None:
    with whole(DEED, "set-up"):
        owner = Holiday(day=date(2091, 1, 1), kind=DayKind.REST, name="元旦")
        file = upload(owner, storage)
        restricted = upload(owner, storage, "签到表.pdf", restricted=True)
        record_id = file.id if kind == "StoredFile" else owner.id
        sight = Sight(user_id=501, kind=kind, record_id=record_id, opens_at=now() - timedelta(days=1))
        db_session.add(sight)
        db_session.flush()

    panel, another = as_reader(ReaderKind.PANEL), as_reader(ReaderKind.PANEL, user_id=502)
    assert (found_by(panel, file), found_by(panel, restricted), found_by(another, file)) == (True, False, False)

    with whole(DEED, "handed in"):
        sight.closes_at = now() - timedelta(seconds=1)
        db_session.flush()
    assert not found_by(panel, file)


def test_nobody_finds_a_file_that_is_not_there(owner: Holiday) -> None:
    with pytest.raises(NotFound):
        find_file(uuid4())


def test_what_a_scanner_rejects_is_not_kept_and_what_it_cannot_judge_waits(owner: Holiday, tmp_path: Path) -> None:
    verdicts = iter([Verdict.INFECTED, Verdict.UNKNOWN])
    storage = Storage(tmp_path / "files", scan=lambda _path: next(verdicts))

    with pytest.raises(Refused, match="carries a virus"):
        upload(owner, storage)
    assert list(storage.all_hashes()) == []

    waiting = upload(owner, storage)
    assert waiting.state is FileState.QUARANTINED
    with pytest.raises(Refused, match="has not been scanned yet"):
        open_file(DEED, waiting, storage=storage)


def test_a_newer_file_takes_the_place_of_an_older_one(owner: Holiday, storage: Storage) -> None:
    old, new = upload(owner, storage, "一稿.pdf"), upload(owner, storage, "二稿.pdf")

    supersede(old, by=new)

    assert files_of(owner, "contract") == [new]
    assert storage.holds(old.sha256)
    with pytest.raises(Refused, match="has been replaced already"):
        supersede(old, by=new)


def test_records_and_disk_are_compared(owner: Holiday, storage: Storage) -> None:
    lost, kept = upload(owner, storage, "一稿.pdf"), upload(owner, storage, "二稿.pdf")
    storage.path_of(lost.sha256).unlink()
    with storage.received(io.BytesIO(b"%PDF- orphan"), "x.pdf", limit=1 << 20) as path:
        orphan = storage.keep(path).sha256

    faults = check_files(storage=storage)

    assert [file.id for file in faults.missing if file.id in {lost.id, kept.id}] == [lost.id]
    assert faults.orphans == (orphan,)
    with pytest.raises(NotFound):
        open_file(DEED, lost, storage=storage)
