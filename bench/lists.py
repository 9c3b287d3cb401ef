"""P4 and P5: lists brought in and taken out, each by the product's own way and in a process of its own.

`python -m bench.lists <what>` measures one of `WHAT` in a database of its own and prints its figures; `measure` runs
them all. Memory is the most that such a process ever held. Counts (lines lost or double, bytes held) are limits; times
are told, and drift with whatever else the machine does.
"""

from __future__ import annotations

import csv
import io
import json
import random
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

from openpyxl import Workbook
from sqlalchemy import create_engine, text

import config
from bench.million import fill
from bench.start import ROOT, VAR
from bench.table import Figure
from kernel.accounts import add_user
from kernel.actor import Actor
from kernel.app import create_app
from kernel.database import running_server, scratch_database
from kernel.db import transaction
from kernel.prepare import enter, leave, prepare
from kernel.scope import whole
from kernel.sessions import start_session
from kernel.settings import Settings
from orgs import queries
from orgs.commands import check_pieces, take_in
from orgs.credit_code import check_digits_for
from orgs.jobs import work_on_imports
from orgs.models import ImportRun
from orgs.operations import bring_list, match_columns
from orgs.schemas import open_list, required_fields
from orgs.states import ImportKind
from orgs.views.exports import EXPORTS
from orgs.workflows import IMPORT

KIND = ImportKind.ORGANIZATIONS
HEADINGS = (
    "社会组织名称", "统一社会信用代码", "登记状态", "成立日期", "所在区", "地址", "服务领域", "专职人数", "评估等级",
)  # fmt: skip
PARTS = ("木兰", "春申", "浦江", "虹桥", "嘉定", "青禾", "白玉兰", "徐汇", "姐妹", "彩虹")
BENCH = Actor.system("bench")
BOOK, MILLION, TAKEN, EXPORTED = 2_000, 1_000_000, 50_000, 10_000
WIDE_ROWS, WIDE_COLUMNS = 20_000, 100
SECONDS = {"book": 3.0, "xlsx": 5.0, "csv": 1.0}
RATE = 10_000
MEGABYTES = {"cells": 400.0, "export": 150.0}
NOBODY_KNOWS = "!"
WITHIN = "within:"
GROWTH = 32.0  # MB between the first tenth of a million lines and the last line


@dataclass(frozen=True, slots=True)
class Scratch:
    """An empty house of one measurement: its settings, and its owner's way into the database."""

    settings: Settings
    owner_url: str


def rows(count: int) -> Iterator[tuple[object, ...]]:
    """Give lines of a list: names of a few words, valid codes, all that a list states of an organization."""
    for number in range(count):
        first = f"52310101{number:07d}A"
        name = f"示例·{PARTS[number % 10]}{PARTS[number // 10 % 10]}家庭服务中心{number}"
        code = first + check_digits_for(first)
        told = ("正常", "2015-03-08", "黄浦区", f"示例路 {number} 号", "家庭教育", number % 40, f"{number % 5 + 1}A")
        yield name, code, *told


def write_list(path: Path, count: int) -> None:
    """Write a csv as a program in China does."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerow(HEADINGS)
        csv.writer(stream).writerows(rows(count))


def held() -> float:
    """Give the most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def book(_house: Scratch) -> list[Figure]:
    """Bring a workbook of two thousand lines by the wizard: read, matched, checked, taken in."""
    sheet, target = Workbook(write_only=True), io.BytesIO()
    page = sheet.create_sheet()
    for row in (HEADINGS, *rows(BOOK)):
        page.append(row)
    sheet.save(target)
    begun = time.perf_counter()
    run = _checked(target.getvalue(), "名单.xlsx")
    checked = time.perf_counter() - begun
    with transaction():
        IMPORT["take"](run, actor=BENCH)
    work_on_imports(BENCH)
    seconds = time.perf_counter() - begun
    told = f"{checked:.1f} s until the preview, {held():.0f} MB"
    return [
        Figure(
            "P4", f"workbook of {BOOK:,} lines, read, checked and taken in", seconds, SECONDS["book"], "s", beside=told
        ),
        _lost("of the workbook", BOOK),
    ]


def _checked(content: bytes, filename: str) -> ImportRun:
    run = _brought(content, filename)
    work_on_imports(BENCH)
    return run


def _brought(content: bytes, filename: str) -> ImportRun:
    """Do what the web's process does; the clock's own reads the file anew."""
    read = open_list(content, filename, KIND, {})
    with transaction():
        run = bring_list(
            actor=BENCH, kind=KIND, stream=io.BytesIO(content), filename=filename,
            headers=read.table.headers, samples=read.samples, places=read.places, unit=read.unit,
        )  # fmt: skip
        match_columns(run, actor=BENCH, places=read.places, unit=read.unit, required=required_fields(KIND))
    return run


def _lost(what: str, expected: int) -> Figure:
    with transaction() as session, whole(BENCH, "bench"):
        there = session.scalar(text("SELECT count(*) FROM organization")) or 0
    return Figure("P4", f"lines {what} that were lost or came twice", abs(there - expected), 0, "lines", is_count=True)


def million(_house: Scratch) -> list[Figure]:
    """Read and check a csv of a million lines, and see that memory stays flat; take a twentieth of it in."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        write_list(path, MILLION)
        begun, read, bad, early = time.perf_counter(), 0, 0, 0.0
        for shown in check_pieces(path):
            read, bad = read + shown.total, bad + len(shown.bad)
            if not early and read >= MILLION // 10:
                early = held()
        seconds = time.perf_counter() - begun
        grown = held() - early
        write_list(path, TAKEN)
        begun = time.perf_counter()
        take_in(path, actor=BENCH, rejects=path.with_suffix(".rejects"))
        taken = time.perf_counter() - begun
    return [
        _rate(f"csv of {MILLION:,} lines, read and checked", MILLION, seconds),
        Figure(
            "P4", "lines of it that were lost, or wrongly found bad", MILLION - read + bad, 0, "lines", is_count=True
        ),
        Figure("P4", "memory that grew after its first tenth", grown, GROWTH, "MB", is_count=True),
        _rate(f"csv of {TAKEN:,} lines, taken in as new organizations", TAKEN, taken),
        _lost("of it", TAKEN),
    ]


def _rate(what: str, count: int, seconds: float) -> Figure:
    """Tell a rate as the microseconds of a line, so that less is better as in the other figures."""
    told = f"{count / seconds:,.0f} lines/s, at least {RATE:,} wanted"
    return Figure("P4", what, seconds / count * 1e6, 1e6 / RATE, "µs/line", beside=told)


def cells(house: Scratch) -> list[Figure]:
    """Bring a workbook of two million cells to its preview."""
    content = wide_path(house.settings).read_bytes()
    run = _checked(content, "很宽.xlsx")
    with transaction(), whole(BENCH, "bench"):
        counts = queries.lines_of_import(run, None, size=1, start=WIDE_ROWS - 1)
    return [
        Figure(
            "P4", f"two million cells ({len(content) >> 20} MB), brought and checked", held(), MEGABYTES["cells"], "MB",
            is_count=True,
        ),
        Figure("P4", "lines of them that were lost", 1 - len(counts), 0, "lines", is_count=True),
    ]  # fmt: skip


def wide_path(settings: Settings) -> Path:
    """Give where the workbook of two million cells lies."""
    return settings.var / "wide.xlsx"


def wide_workbook() -> bytes:
    """Write a workbook of two million cells by hand: names and codes, and numbers that no program can pack away."""
    dice, target = random.Random(7), io.BytesIO()
    empty = Workbook()
    empty.save(target)
    with zipfile.ZipFile(target) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = io.StringIO()
    sheet.write('<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>')
    titles = ("社会组织名称", "统一社会信用代码", *(f"列{place}" for place in range(WIDE_COLUMNS - 2)))
    sheet.write(f"<row>{''.join(map(_text_cell, titles))}</row>")
    for name, code, *_rest in rows(WIDE_ROWS):
        numbers = "".join(f"<c><v>{dice.randrange(10_000) / 10}</v></c>" for _place in range(WIDE_COLUMNS - 2))
        sheet.write(f"<row>{_text_cell(name)}{_text_cell(code)}{numbers}</row>")
    sheet.write("</sheetData></worksheet>")
    members["xl/worksheets/sheet1.xml"] = sheet.getvalue().encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return target.getvalue()


def _text_cell(told: object) -> str:
    return f'<c t="inlineStr"><is><t>{told}</t></is></c>'


def export(house: Scratch) -> list[Figure]:
    """Take ten thousand organizations out of the register through its own door."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        write_list(path, EXPORTED // 100)
        take_in(path, actor=BENCH, rejects=path.with_suffix(".rejects"))
    engine = create_engine(house.owner_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        fill(connection, EXPORTED)
        connection.execute(text("ANALYZE organization"))
    engine.dispose()
    app = create_app(house.settings)
    with transaction(), whole(BENCH, "bench"):
        user_id = add_user("officer", "示例", "officer@example.org", password_hash=NOBODY_KNOWS, codes=["officer"])
    with app.app_context():
        token = start_session(user_id, locale="zh", address="127.0.0.1", agent="bench")
    client = app.test_client()
    client.set_cookie(app.config["SESSION_COOKIE_NAME"], f"s.{token}")
    figures, before = [], held()
    for form in ("csv", "xlsx"):
        begun = time.perf_counter()
        answer = client.get(f"/organizations/export/{form}?order=name")
        size = sum(len(piece) for piece in answer.iter_encoded())
        seconds = time.perf_counter() - begun
        if answer.status_code != HTTPStatus.OK:
            raise RuntimeError(f"the export answered {answer.status_code}")
        what = f"{EXPORTED:,} organizations × {len(EXPORTS)} columns as {form}"
        figures.append(Figure("P5", what, seconds, SECONDS[form], "s", beside=f"{size / 1024:,.0f} KB"))
    grown = held() - before
    memory = Figure(
        "P5", "memory that a worker took for both", grown, MEGABYTES["export"], "MB", is_count=True,
        beside=f"{before:.0f} MB before",
    )  # fmt: skip
    return [*figures, memory]


WHAT: Mapping[str, Callable[[Scratch], list[Figure]]] = {
    "book": book,
    "million": million,
    "cells": cells,
    "export": export,
}


def measure() -> list[Figure]:
    """Run each measurement in a process of its own."""
    figures = []
    for what in WHAT:
        command = [sys.executable, "-m", "bench.lists", what]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  (our own module)
        figures += [Figure(**told) for told in json.loads(done.stdout.splitlines()[-1])]
    return figures


def main() -> None:
    """Measure what the command line names in an empty house, and print its figures as one line of JSON."""
    var = VAR.with_name("bench-lists")
    var.mkdir(parents=True, exist_ok=True)
    settings, what = Settings(modules=config.MODULES, var=var), sys.argv[1]
    if what.startswith(WITHIN):
        # The second of two processes: what it took to make the tables is none of its memory.
        figures = _within(settings, what.removeprefix(WITHIN), *json.load(sys.stdin))
        sys.stdout.write(json.dumps([asdict(figure) for figure in figures], ensure_ascii=False) + "\n")
        return
    with running_server(settings) as server, scratch_database(server, "lists") as copy:
        prepare(settings, copy)
        leave()
        if what == "cells":
            wide_path(settings).write_bytes(wide_workbook())
        command = [sys.executable, "-m", "bench.lists", WITHIN + what]
        ways_in = json.dumps([copy.app_url, copy.owner_url])
        subprocess.run(command, cwd=ROOT, input=ways_in, text=True, check=True)  # noqa: S603  (our own module)


def _within(settings: Settings, what: str, app_url: str, owner_url: str) -> list[Figure]:
    ready = settings.signing_in_at(app_url)
    enter(ready)
    figures = WHAT[what](Scratch(ready, owner_url))
    leave()
    return figures


if __name__ == "__main__":
    main()
