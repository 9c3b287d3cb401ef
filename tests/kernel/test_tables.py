"""Spreadsheets: what people really send is read, what is hostile is refused, what goes out is never run."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from kernel.errors import Refused
from kernel.tables import (
    Cell,
    Column,
    Export,
    ImportRow,
    Limits,
    RejectsFile,
    Seen,
    Table,
    as_day,
    as_money,
    as_text,
    as_whole,
    normalize_text,
    one_of,
    preview,
    read_table,
    write_csv,
    write_rejects,
    write_xlsx,
)
from kernel.words import Sentence

WANTED = ("社会组织名称", "等级")


def workbook(*rows: list[Any], title: str = "名单") -> bytes:
    book, target = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(target)
    return target.getvalue()


def changed(content: bytes, member: str, change: Callable[[bytes], bytes]) -> bytes:
    source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            archive.writestr(name, change(source.read(name)) if name == member else source.read(name))
    return target.getvalue()


def refusal(content: bytes, filename: str = "名单.xlsx", limits: Limits | None = None) -> str:
    with pytest.raises(Refused) as refused:
        read_table(content, filename, wanted=WANTED, limits=limits or Limits())
    (told,) = refused.value.reasons
    return told.render("en")


# --- Reading -----------------------------------------------------------------------------------------------------


def test_a_workbook_is_read_below_its_titles() -> None:
    content = workbook(
        ["2026 年度名单"],
        [],
        ["序号", " 社会组织名称＊", "等级", "日期", "金额"],
        [1, "示例甲", "5A级", date(2026, 3, 1), 1200.5],
        [2, "示例乙"],
    )

    table = read_table(content, "名单.xlsx", wanted=WANTED)

    assert table == Table(
        headers=("序号", "社会组织名称＊", "等级", "日期", "金额"),
        rows=[
            [Decimal(1), "示例甲", "5A级", date(2026, 3, 1), Decimal("1200.5")],
            [Decimal(2), "示例乙", None, None, None],
        ],
        first_row=4,
        sheet="名单",
    )


def test_the_sheet_with_the_wanted_headings_is_taken() -> None:
    book, target = Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.append(["填写说明"])
    second = book.create_sheet("数据")
    second.append(["等级", "社会组织名称"])
    second.append(["3A", "示例甲"])
    book.save(target)

    table = read_table(target.getvalue(), "a.xlsx", wanted=WANTED)

    assert (table.sheet, table.rows) == ("数据", [["3A", "示例甲"]])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_in_every_encoding_that_offices_write(encoding: str) -> None:
    content = "社会组织名称,等级\r\n示例·玉兰𠮷中心,5A级社会组织\r\n".encode(encoding)

    table = read_table(content, "名单.csv", wanted=WANTED)

    assert (table.rows, table.first_row) == ([["示例·玉兰𠮷中心", "5A级社会组织"]], 2)


def test_csv_may_be_separated_by_tabs_or_semicolons_and_hold_line_breaks() -> None:
    assert read_table("社会组织名称\t等级\n甲\t5A\n".encode(), "a.txt").rows == [["甲", "5A"]]
    assert read_table("社会组织名称;等级\n甲;5A\n".encode(), "a.csv").rows == [["甲", "5A"]]
    assert read_table('社会组织名称,等级\n"甲\n乙",5A\n'.encode(), "a.csv").rows == [["甲\n乙", "5A"]]


def test_a_file_on_disk_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("社会组织名称,等级\n甲,5A\n")

    assert read_table(path, "名单.csv", wanted=WANTED).rows == [["甲", "5A"]]


def test_only_values_are_read_and_never_formulas() -> None:
    table = read_table(workbook(["社会组织名称", "等级"], ["=1+1", "5A"]), "a.xlsx", wanted=WANTED)

    assert table.rows == [[None, "5A"]]


# --- Hostile files ------------------------------------------------------------------------------------------------

SHEET = "xl/worksheets/sheet1.xml"
GOOD = workbook(list(WANTED), ["示例甲", "5A"])


def test_a_cell_in_the_last_corner_is_refused_before_anything_is_laid_out() -> None:
    far = changed(GOOD, SHEET, lambda sheet: sheet.replace(b'r="A2"', b'r="XFD1048576"'))

    assert "more than 20000 rows or 200 columns" in refusal(far)


def test_a_far_cell_hidden_in_other_spellings_is_refused() -> None:
    for spelling in (b"r = 'XFD2'", b't="s" r="XFD2"', b't="s"r="XFD2"', b'x=">" r="XFD2"', b'r="&#88;FD2"', b'r="2"'):
        assert refusal(changed(GOOD, SHEET, lambda sheet, told=spelling: sheet.replace(b'r="A2"', told)))


def test_a_far_row_is_refused() -> None:
    far = changed(GOOD, SHEET, lambda sheet: sheet.replace(b'<row r="2"', b'<row r="1048576"'))

    assert "more than 20000 rows" in refusal(far)


def test_cells_without_a_place_are_counted() -> None:
    rows = changed(GOOD, SHEET, lambda sheet: sheet.replace(b"</sheetData>", b"<row/>" * 20_100 + b"</sheetData>"))
    cells = changed(
        GOOD, SHEET, lambda sheet: sheet.replace(b"</sheetData>", b"<row>" + b"<c/>" * 201 + b"</row></sheetData>")
    )

    assert "more than 20000 rows" in refusal(rows)
    assert "more than 20000 rows" in refusal(cells)


def test_a_place_that_is_cut_by_the_reading_is_seen_all_the_same() -> None:
    for size in range(6):
        content = changed(
            GOOD,
            SHEET,
            lambda sheet, room=size: sheet.replace(
                b'<c r="A2"', b" " * ((1 << 20) - sheet.index(b'<c r="A2"') - room) + b'<c r="XFD9"'
            ),
        )

        assert "more than 20000 rows" in refusal(content, limits=Limits(ratio=100_000))


def test_a_thousand_begun_tags_cost_no_time() -> None:
    begun = time.process_time()

    assert refusal(
        changed(GOOD, SHEET, lambda sheet: sheet + b"<c " * 300_000 + b'<c r="A' * 100_000),
        limits=Limits(ratio=100_000),
    )
    assert time.process_time() - begun < 20


def test_an_entity_bomb_is_refused() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'

    assert "unusual" in refusal(changed(GOOD, SHEET, lambda sheet: bomb + sheet))


def test_a_zip_bomb_is_refused_while_it_is_unpacked() -> None:
    padded = changed(GOOD, "docProps/app.xml", lambda _: b" " * (40 << 20))

    assert "unusual" in refusal(padded)


def test_too_many_members_and_nested_archives_are_refused() -> None:
    target = io.BytesIO(GOOD)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("xl/embeddings/a.zip", b"x")
    crowded = io.BytesIO(GOOD)
    with zipfile.ZipFile(crowded, "a") as archive:
        for number in range(600):
            archive.writestr(f"x{number}", b"")

    assert "unusual" in refusal(target.getvalue())
    assert "unusual" in refusal(crowded.getvalue())


@pytest.mark.parametrize(
    ("content", "filename", "told"),
    [
        (b"%PDF-1.7", "名单.xlsx", "is not a spreadsheet"),
        (GOOD, "名单.csv", "is not a spreadsheet"),
        (GOOD, "名单.pdf", "is not a spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "名单.xls", "cannot be read"),
        (GOOD[:-30], "名单.xlsx", "cannot be read"),
        (b"PK\x03\x04" + b"x" * 99, "名单.xlsx", "cannot be read"),
        (b"", "名单.csv", "has no row with the headings 社会组织名称, 等级"),
        ("甲,乙\n1,2\n".encode(), "名单.csv", "has no row with the headings"),
        (b"a,b\n\x00,1\n", "名单.csv", "cannot be read"),
        (b"a," + b"x" * 200_000, "名单.csv", "cannot be read"),
        (b"," * 300, "名单.csv", "more than 20000 rows or 200 columns"),
        (b"a,b\n" * 20_100, "名单.csv", "more than 20000 rows or 200 columns"),
    ],
)
def test_what_is_no_table_is_refused_in_words(content: bytes, filename: str, told: str) -> None:
    assert told in refusal(content, filename)
    assert filename in refusal(content, filename)


def test_a_large_file_is_refused_by_its_size() -> None:
    assert "larger than 1 MB" in refusal(b"a,b\n" * 300_000, "名单.csv", Limits(size=1 << 20))


# --- Importing ----------------------------------------------------------------------------------------------------


def columns() -> list[Column]:
    return [
        Column("name", ("社会组织名称", "名称"), as_text(10), required=True),
        Column("grade", ("等级",), one_of({"5A级社会组织": 5, "无等级社会组织": 0}), required=True),
        Column("amount", ("金额",), as_money),
        Column("founded_on", ("成立日期",), as_day),
        Column("people", ("人数",), as_whole),
    ]


def table(*rows: list[Cell], headers: tuple[str, ...] = ("名称", "等级", "金额", "成立日期", "人数", "备注")) -> Table:
    return Table(headers, list(rows), first_row=3)


def test_a_preview_says_of_each_row_what_it_becomes() -> None:
    shown = preview(
        table(
            [" 示例（甲） ", "５Ａ级社会组织", "1,200.50元", "2010年3月8日", Decimal(12), "x"],
            [None] * 6,
            ["示例乙", "无等级社会组织", None, date(2011, 1, 1), "3", None],
            ["示例丙", "无等级社会组织", None, "2011-01-01 00:00:00", "3", None],
            ["示例丁", "无等级社会组织", None, "40544", "3", None],
        ),
        columns(),
    )

    assert [row.values for row in shown.good] == [
        {"name": "示例(甲)", "grade": 5, "amount": Decimal("1200.50"), "founded_on": date(2010, 3, 8), "people": 12},
        *(
            {"name": f"示例{name}", "grade": 0, "amount": None, "founded_on": date(2011, 1, 1), "people": 3}
            for name in "乙丙丁"
        ),
    ]
    assert [row.number for row in shown.good] == [3, 5, 6, 7]
    assert shown.ignored == ("备注",)
    assert shown.summary.render("en") == "4 rows: 4 can be taken, 0 cannot."


def test_all_reasons_of_a_row_are_told_at_once() -> None:
    shown = preview(
        table(["一二三四五六七八九十一", "6A", "1.234", "2027-02-30", "1.5", None], [None, "5A级社会组织"]), columns()
    )

    assert shown.good == ()
    assert [reason.render("en") for reason in shown.bad[0].reasons] == [
        "社会组织名称: the text is longer than 10 characters.",
        "等级: “6A” is not one of: 5A级社会组织, 无等级社会组织.",
        "金额: “1.234” has more than two places.",
        "成立日期: “2027-02-30” is not a day. Please write it as 2027-03-01.",
        "人数: “1.5” is not a whole number.",
    ]
    assert [reason.render("en") for reason in shown.bad[1].reasons] == ["社会组织名称 is empty."]


def test_a_check_over_the_whole_row_adds_its_reasons() -> None:
    shown = preview(
        table(["甲", "5A级社会组织"]), columns(), check=lambda values: [Sentence("{name} again.", name=values["name"])]
    )

    assert [reason.render("en") for reason in shown.bad[0].reasons] == ["甲 again."]


@pytest.mark.parametrize("typed", ["一百", "NaN", "Infinity", "1e400", "-", "=1+1"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        as_money(typed)

    assert refused.value.reasons[0].render("en") == f"“{typed}” is not a number."


def test_full_width_digits_and_thousands_are_understood() -> None:
    assert as_money("￥１２，０００．５０") == Decimal("12000.50")


def test_a_missing_column_stops_the_import_at_once() -> None:
    with pytest.raises(Refused) as refused:
        preview(table(headers=("名称",)), columns())

    assert refused.value.reasons[0].render("en") == "The file lacks the column 等级. Please use the template."


@pytest.mark.parametrize("filename", ["名单.csv", "名单.xlsx"])
def test_rejected_rows_come_back_with_their_reasons_and_can_be_sent_again(filename: str) -> None:
    shown = preview(table(["=cmd|' /C calc'!A0", "6A", Decimal("3.10"), date(2027, 3, 1)]), columns())

    back = read_table(write_rejects(shown, filename, locale="en"), filename, wanted=("等级",))

    assert back.headers[:4] == ("Row of the file", "Why it was not taken", "名称", "等级")
    row = [str(cell) for cell in back.rows[0][:6]]
    assert row[0] == "3"
    assert row[1].startswith("社会组织名称: the text is longer than 10 characters. 等级: “6A” is not one of")
    assert row[2].lstrip("'") == "=cmd|' /C calc'!A0"
    assert [row[3], *(str(cell) for cell in back.rows[0][4:6])] == ["6A", row[4], "2027-03-01"]


# --- Writing ------------------------------------------------------------------------------------------------------


class Tone(StrEnum):
    OK = "ok"


RISKY = ["=1+1", "+86", "-1+cmd", "@SUM(A1)", "\tx", "\rx", "＝1", "＋1", "－1", "＠x"]
FIRST: list[Export[list[Any]]] = [Export("值", lambda row: row[0])]


def test_no_text_becomes_a_formula_in_a_workbook() -> None:
    target = io.BytesIO()
    write_xlsx([[text] for text in RISKY], FIRST, target, locale="en")

    sheet = load_workbook(io.BytesIO(target.getvalue())).active
    assert sheet is not None
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert [(cell.data_type, cell.quotePrefix) for cell in cells] == [("s", True)] * len(RISKY)
    assert [str(cell.value).strip() for cell in cells] == [text.strip() for text in RISKY]
    with zipfile.ZipFile(target) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_no_text_becomes_a_formula_in_a_csv_file() -> None:
    content = b"".join(write_csv([[text] for text in RISKY], FIRST))

    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row[0] for row in rows[1:]] == [f"'{text}" for text in RISKY]


def test_numbers_and_days_stay_what_they_are() -> None:
    moment = datetime(2027, 3, 1, 1, 30, tzinfo=UTC)
    values = [Decimal("-1200.50"), 7.5, -3, date(2027, 3, 1), moment, None, Tone.OK, Sentence("Row"), True]
    target = io.BytesIO()
    write_xlsx([[value] for value in values], FIRST, target, locale="en")

    sheet = load_workbook(io.BytesIO(target.getvalue())).active
    assert sheet is not None
    written = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert written == [-1200.5, 7.5, -3, datetime(2027, 3, 1), datetime(2027, 3, 1, 9, 30), None, "Ok", "Row", "yes"]  # noqa: DTZ001  (workbooks know no zones)

    content = b"".join(write_csv([[value] for value in values], FIRST, locale="en")).decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(content, newline=""))][1:] == [
        "-1200.50",
        "7.5",
        "-3",
        "2027-03-01",
        "2027-03-01 09:30",
        "",
        "Ok",
        "Row",
        "yes",
    ]


def test_a_csv_file_comes_in_pieces() -> None:
    pieces = list(write_csv(([number] for number in range(1_200)), FIRST))

    assert len(pieces) == 3
    assert b"".join(pieces).count(b"\r\n") == 1_201


def test_characters_that_a_workbook_cannot_hold_are_left_out() -> None:
    target = io.BytesIO()
    write_xlsx([["甲\x00\x0b乙"]], FIRST, target, sheet="名/单[1]")

    assert read_table(target.getvalue(), "a.xlsx").rows == [["甲乙"]]


def test_text_is_compared_in_one_form() -> None:
    assert normalize_text(" ５１３１０１　上海\u200b（示例）\n 中心 ") == "513101 上海(示例) 中心"


def test_what_was_met_before_is_known_among_a_hundred_thousand() -> None:
    seen = Seen()

    assert all(seen.add(f"MJ{number}") for number in range(100_000))
    assert not any(seen.add(f"MJ{number}") for number in range(0, 100_000, 7))
    assert seen.add("")
    assert len(seen.places) * seen.places.itemsize <= 32 * 100_000


def test_a_file_of_rejects_is_written_as_they_come(tmp_path: Path) -> None:
    def row(number: int) -> ImportRow:
        return ImportRow(number, ["甲", "=1+1"], {}, (Sentence("{column} is empty.", column="等级"),))

    with (tmp_path / "rejects.csv").open("wb") as target:
        sink = RejectsFile(target, ["名称", "等级"])
        sink.write([row(3)])
        sink.write([row(9), row(12)])

    lines = (tmp_path / "rejects.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["3", "9", "12"]
    assert lines[1].endswith(",甲,'=1+1")


def test_rows_become_cells_when_they_are_asked_for() -> None:
    table = read_table(b"a,b\n1,\n ,2\n", "a.csv", wanted=["a"])

    assert table.rows == [["1", None], [None, "2"]]
    assert (table.rows[1], table.rows[:1], len(table.rows)) == ([None, "2"], [["1", None]], 2)
    assert table.rows == read_table(b"a,b\n1,\n ,2\n", "b.csv", wanted=["a"]).rows
