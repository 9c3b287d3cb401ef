"""Reads an .xls workbook in a process of its own, with bounded memory and time; run by its path, it imports no kernel.

One cell of that format can stand for gigabytes, and nothing before it says so. stdin is the workbook, stdout its sheets
as JSON: [name, rows, merged areas]; a day is {"day": ...}, a moment {"moment": ...}, anything else that is no plain value {"text": ...}.
The exit code says what came of it.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

READ, DAMAGED, TOO_MANY = 0, 3, 4
MEMORY = 512 << 20  # bytes of addresses: enough for a sheet of the largest size that is taken
SECONDS = 20  # of one processor


def main() -> int:
    """Read the workbook of stdin within the rows and columns that the command line names."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    rows, columns = (int(told) for told in sys.argv[1:])
    try:
        found = list(_sheets(sys.stdin.buffer.read(), rows, columns))
    except OverflowError:
        return TOO_MANY
    except (CalamineError, OSError, ValueError):
        return DAMAGED
    json.dump(found, sys.stdout)
    return READ


def _sheets(content: bytes, rows: int, columns: int) -> Iterator[tuple[str, list[list[Any]], list[Any]]]:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for told in workbook.sheets_metadata:
        if told.typ is SheetTypeEnum.WorkSheet:
            sheet = workbook.get_sheet_by_name(told.name)
            if sheet.total_height > rows or sheet.total_width > columns:
                raise OverflowError
            cells = [[_plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
            yield told.name, cells, sheet.merged_cell_ranges or []


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime() if value.time() != time():
            return {"moment": value.isoformat()}
        case date():
            return {"day": value.isoformat()[:10]}
        case _:
            return {"text": str(value)}


if __name__ == "__main__":
    sys.exit(main())
