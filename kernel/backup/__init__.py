"""Backups: the database and the attachments of one moment in one archive, with a manifest that says what is in it.

The secrets are kept apart on purpose: whoever finds an archive shall not find the keys with it.
"""

from __future__ import annotations

from kernel.backup.archive import BackupProblem, Manifest, Table, read_members, verified
from kernel.backup.making import Made, forget_old, make_backup, prints_of_keys
from kernel.backup.measuring import differences, head_of_trail, measure
from kernel.backup.record import Backup, keep_in_mind, newest_backup

__all__ = [
    "Backup",
    "BackupProblem",
    "Made",
    "Manifest",
    "Table",
    "differences",
    "forget_old",
    "head_of_trail",
    "keep_in_mind",
    "make_backup",
    "measure",
    "newest_backup",
    "prints_of_keys",
    "read_members",
    "verified",
]
