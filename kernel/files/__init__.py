"""Attachments: bytes under their hash, names only as data, nothing shown inside our pages.

A file is never deleted while a record knows it; "removing" one means that another supersedes it.
"""

from __future__ import annotations

from kernel.files.contents import DOCUMENTS, IMAGES, OLD_OFFICE, SPREADSHEETS, WITH_OLD_OFFICE, WITH_ZIP
from kernel.files.names import clean_name, extension_of
from kernel.files.storage import Storage, Verdict, current_storage, use_storage
from kernel.files.stored import (
    FileFaults,
    FileState,
    OpenedFile,
    StoredFile,
    check_files,
    copy_file,
    files_of,
    find_file,
    open_file,
    store_made,
    store_upload,
    supersede,
)

__all__ = [
    "DOCUMENTS",
    "IMAGES",
    "OLD_OFFICE",
    "SPREADSHEETS",
    "WITH_OLD_OFFICE",
    "WITH_ZIP",
    "FileFaults",
    "FileState",
    "OpenedFile",
    "Storage",
    "StoredFile",
    "Verdict",
    "check_files",
    "clean_name",
    "copy_file",
    "current_storage",
    "extension_of",
    "files_of",
    "find_file",
    "open_file",
    "store_made",
    "store_upload",
    "supersede",
    "use_storage",
]
