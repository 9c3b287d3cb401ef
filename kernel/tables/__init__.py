"""Spreadsheets in and out: reading of foreign files, imports with a preview, exports that no program runs.

Values only: formulas, macros, links and pictures of a workbook are never looked at.
"""

from __future__ import annotations

from kernel.tables.importing import (
    Column,
    ImportPreview,
    ImportRow,
    RejectsFile,
    as_amount,
    as_day,
    as_money,
    as_text,
    as_whole,
    one_of,
    places_of,
    preview,
    read_row,
    read_rows,
    write_rejects,
)
from kernel.tables.limits import Limits
from kernel.tables.reading import Table, read_pieces, read_table
from kernel.tables.seen import Seen
from kernel.tables.template import Blank, write_template
from kernel.tables.text import Cell, normalize_text
from kernel.tables.writing import Export, csv_bytes, write_csv, write_xlsx

__all__ = [
    "Blank",
    "Cell",
    "Column",
    "Export",
    "ImportPreview",
    "ImportRow",
    "Limits",
    "RejectsFile",
    "Seen",
    "Table",
    "as_amount",
    "as_day",
    "as_money",
    "as_text",
    "as_whole",
    "csv_bytes",
    "normalize_text",
    "one_of",
    "places_of",
    "preview",
    "read_pieces",
    "read_row",
    "read_rows",
    "read_table",
    "write_csv",
    "write_rejects",
    "write_template",
    "write_xlsx",
]
