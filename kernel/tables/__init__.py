"""Spreadsheets in and out: reading of foreign files, imports with a preview, exports that no program runs.

Values only: formulas, macros, links and pictures of a workbook are never looked at.
"""

from __future__ import annotations

from kernel.tables.importing import (
    Column,
    ImportPreview,
    ImportRow,
    as_day,
    as_money,
    as_text,
    as_whole,
    one_of,
    preview,
    write_rejects,
)
from kernel.tables.reading import Limits, Table, read_table
from kernel.tables.text import Cell, normalize_text
from kernel.tables.writing import Export, write_csv, write_xlsx

__all__ = [
    "Cell",
    "Column",
    "Export",
    "ImportPreview",
    "ImportRow",
    "Limits",
    "Table",
    "as_day",
    "as_money",
    "as_text",
    "as_whole",
    "normalize_text",
    "one_of",
    "preview",
    "read_table",
    "write_csv",
    "write_rejects",
    "write_xlsx",
]
