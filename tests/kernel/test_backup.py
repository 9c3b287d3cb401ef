"""The drill: a house is backed up, its database is lost, and all of it comes back, counted; nothing false comes back."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from os import getpid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from click.testing import CliRunner, Result
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import text

from kernel import audit
from kernel.actor import Actor
from kernel.app import furnish
from kernel.backup import BackupProblem, Made, differences, forget_old, head_of_trail, make_backup, measure, verified
from kernel.backup.archive import DUMP, MANIFEST, SEAL
from kernel.cli import house
from kernel.clock import at
from kernel.database import Server, app_engine, dump_database, owner_engine
from kernel.database.server import create_database, drop_database
from kernel.db import db
from kernel.files import Storage
from kernel.housekeeping import back_up
from kernel.restore import _advice, restore
from kernel.scope import whole
from kernel.sessions import start_session
from kernel.settings import Settings
from tests.conftest import _copy, _unbind
from tests.house.conftest import TODAY, pages_read, world_template  # noqa: F401  (fixtures)

if TYPE_CHECKING:
    from tests.conftest import Copy

MORNING = at(TODAY, 10)
WRITTEN_BY_THE_RESTORE = {"audit_event", "web_session", "ab_permission_view_role"}
"""The restore in the trail, sessions ended, permissions as the code says: after all was counted and found equal."""
PAGES = {
    "officer": ("/", "/organizations/", "/calls/", "/applications/", "/projects/", "/evaluations/"),
    "finance": ("/years/", "/ledger/"),
    "org": ("/contracts/", "/applications/"),
    "sysadmin": ("/people/", "/jobs/"),
}


@dataclass(frozen=True)
class Drill:
    """A house with the demo programme, its backup, and the settings that name both."""

    copy: Copy
    server: Server
    settings: Settings
    made: Made


def at_server(settings: Settings, server: Server, **more: Any) -> Settings:
    """The settings of a house on a given server."""
    given = {"database_url": SecretStr(server.owner_url), "app_database_url": SecretStr(server.app_url)}
    return settings.model_copy(update={**given, **more})


@pytest.fixture(scope="module")
def drill(
    settings: Settings,
    server: Server,
    world_template: str,  # noqa: F811  (the fixture)
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Drill]:
    with _copy(server, world_template, f"yulan_drill_{getpid()}") as copy:
        here = server.at(copy.name)
        house_settings = at_server(settings, here, backup_folder=tmp_path_factory.mktemp("backups"))
        with time_machine.travel(MORNING, tick=False):
            made = make_backup(house_settings, copy.owner_url, house_settings.backup_folder or Path())
        yield Drill(copy, here, house_settings, made)


@pytest.fixture
def empty_server(settings: Settings, server: Server) -> Iterator[Server]:
    """A database with nothing in it; the process stands as it was afterwards."""
    name = f"yulan_restored_{getpid()}"
    drop_database(server, name)
    create_database(server, name)
    yield server.at(name)
    _unbind()
    furnish(settings)
    drop_database(server, name)


def tables_of(server: Server) -> int:
    with owner_engine(server.owner_url).connect() as connection:
        return len(measure(connection))


def forged(made: Made, to: Path, **changed: bytes) -> Path:
    """The archive anew, with other members, and with every hash made to fit."""
    with tarfile.open(made.path) as tar:
        held = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
    held |= {name.replace("_", "."): content for name, content in changed.items()}
    told = json.loads(held[MANIFEST])
    told["members"] = {name: hashlib.sha256(held[name]).hexdigest() for name in told["members"]}
    held[MANIFEST] = json.dumps(told).encode()
    held[SEAL] = hashlib.sha256(held[MANIFEST]).hexdigest().encode()
    with tarfile.open(to, "w") as tar:
        for name, content in held.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return to


def test_all_that_was_backed_up_comes_back_and_serves(
    drill: Drill, empty_server: Server, settings: Settings, app: Flask, tmp_path: Path
) -> None:
    empty_house = at_server(settings, empty_server, files_folder=tmp_path / "files")
    told = drill.made.manifest
    with owner_engine(drill.copy.owner_url).connect() as connection:
        before = measure(connection)
        balances = connection.execute(text("SELECT account_id, sum(amount) FROM posting GROUP BY 1 ORDER BY 1")).all()
        head = head_of_trail(connection)
        named = set(connection.scalars(text("SELECT DISTINCT sha256 FROM stored_file")))
    assert (told.tables, (told.trail_number, told.trail_hash)) == (before, head)
    assert told.files == len(named) > 0

    with time_machine.travel(MORNING, tick=False):
        restored = restore(empty_house, empty_server, drill.made.path)

    assert restored.advice == ()
    with owner_engine(empty_server.owner_url).connect() as connection:
        after = measure(connection)
        same = {name for name, table in after.items() if before[name] == table}
        assert {*before} - same <= WRITTEN_BY_THE_RESTORE
        assert after["audit_event"].rows == before["audit_event"].rows + 1
        assert (
            connection.execute(text("SELECT account_id, sum(amount) FROM posting GROUP BY 1 ORDER BY 1")).all()
            == balances
        )
        last = text("SELECT action, previous_hash FROM audit_event ORDER BY seq DESC LIMIT 1")
        assert connection.execute(last).one() == ("backup.restore", head[1])
        living = "SELECT count(*) FROM web_session WHERE ended_at IS NULL"
        assert connection.scalar(text(living)) == 0
    assert set(Storage(tmp_path / "files").all_hashes()) == named
    db.bind(app_engine(empty_server.app_url))
    assert audit.verify().is_whole
    with time_machine.travel(MORNING, tick=False):
        assert pages_of(app) == {(name, url): 200 for name, urls in PAGES.items() for url in urls}
        assert download_of(app) == 200


def pages_of(app: Flask) -> dict[tuple[str, str], int]:
    """Read the pages over the restored database, each as its own reader."""
    found = {}
    for name, urls in PAGES.items():
        client = signed_in(app, name)
        for url in urls:
            found[name, url] = client.get(url).status_code
            db.session.remove()
    return found


def download_of(app: Flask) -> int:
    with whole(Actor.system("tests"), "tests") as session:
        wanted = "SELECT public_id FROM stored_file WHERE NOT restricted ORDER BY id LIMIT 1"
        public_id = session.connection().scalar(text(wanted))
    db.session.remove()
    with signed_in(app, "officer").get(f"/files/{public_id}") as answer:
        assert answer.data.startswith(b"%PDF")
        return answer.status_code


def signed_in(app: Flask, name: str) -> Any:
    user = db.session.connection().scalar(text("SELECT id FROM ab_user WHERE username = :name"), {"name": name})
    db.session.remove()
    client = app.test_client()
    token = start_session(user, locale="zh", address="127.0.0.1", agent="tests")
    client.set_cookie(app.config["SESSION_COOKIE_NAME"], f"s.{token}")
    return client


def test_an_archive_is_for_its_owners_eyes_and_tells_the_head_of_the_trail_in_its_name(drill: Drill) -> None:
    told = drill.made.manifest
    assert stat.S_IMODE(drill.made.path.stat().st_mode) == 0o600
    assert drill.made.path.name == f"yulan-20261124T020000Z-trail-{told.trail_number}-{told.trail_hash[:12]}.tar"
    assert sorted(path.name for path in drill.made.path.parent.iterdir()) == [drill.made.path.name]
    with tarfile.open(drill.made.path) as tar:
        names = tar.getnames()
    assert (names[0], names[-2:]) == (DUMP, [MANIFEST, SEAL])


def test_the_keys_are_not_in_the_archive(drill: Drill) -> None:
    content = drill.made.path.read_bytes()
    keys = sorted(drill.made.manifest.keys)
    assert keys == ["data-key", "secret-key", "sign-in-key"]
    assert not any((drill.settings.secrets / name).read_bytes() in content for name in keys)


def test_a_restore_without_the_former_keys_names_each(drill: Drill, tmp_path: Path) -> None:
    elsewhere = drill.settings.model_copy(update={"var": tmp_path})
    told = list(_advice(elsewhere, drill.made.manifest))
    assert [one.split()[1] for one in told] == ["data-key", "secret-key", "sign-in-key"]
    assert "or into YULAN_DATA_KEY." in told[0]
    former = [SecretStr((drill.settings.secrets / "data-key").read_text())]
    again = elsewhere.model_copy(update={"data_key_fallbacks": former})
    assert len(list(_advice(again, drill.made.manifest))) == 2


@pytest.mark.parametrize("member", [DUMP, "files/", MANIFEST])
def test_a_flipped_byte_is_found_and_named(drill: Drill, tmp_path: Path, member: str) -> None:
    damaged = tmp_path / "damaged.tar"
    content = bytearray(drill.made.path.read_bytes())
    with tarfile.open(drill.made.path) as tar:
        hit = next(found for found in tar if found.name.startswith(member))
    content[hit.offset_data + hit.size // 2] ^= 1
    damaged.write_bytes(content)
    with pytest.raises(BackupProblem, match=f"damaged.tar is damaged: {hit.name} does not have "):
        verified(damaged)


def test_an_archive_that_was_cut_short_is_none(drill: Drill, tmp_path: Path) -> None:
    cut = tmp_path / "cut.tar"
    cut.write_bytes(drill.made.path.read_bytes()[: drill.made.size // 2])
    with pytest.raises(BackupProblem, match=r"cut\.tar (ends before its manifest|cannot be read to its end)"):
        verified(cut)


def test_a_name_that_would_leave_the_folder_is_no_member(drill: Drill, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.tar"
    with tarfile.open(foreign, "w") as tar:
        tar.addfile(tarfile.TarInfo("files/../../etc/passwd"))
    with pytest.raises(BackupProblem, match="is no member of a backup"):
        verified(foreign)


def test_a_damaged_archive_touches_nothing(
    drill: Drill, empty_server: Server, settings: Settings, tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged.tar"
    content = bytearray(drill.made.path.read_bytes())
    content[2000] ^= 1
    damaged.write_bytes(content)
    with pytest.raises(BackupProblem, match=r"database\.dump does not have its hash"):
        restore(at_server(settings, empty_server, files_folder=tmp_path / "files"), empty_server, damaged)
    assert tables_of(empty_server) == 0
    assert not (tmp_path / "files").exists()


def test_a_database_with_anything_in_it_is_refused(drill: Drill, tmp_path: Path) -> None:
    with pytest.raises(BackupProblem, match=r"The database yulan_drill_\d+ is not empty"):
        restore(replace_files(drill.settings, tmp_path), drill.server, drill.made.path)
    with owner_engine(drill.copy.owner_url).connect() as connection:
        assert differences(drill.made.manifest, measure(connection), head_of_trail(connection)) == []


def replace_files(settings: Settings, folder: Path) -> Settings:
    return settings.model_copy(update={"files_folder": folder / "files"})


def test_a_cut_tail_of_the_trail_shows_and_nothing_comes_back(
    drill: Drill, empty_server: Server, server: Server, settings: Settings, tmp_path: Path
) -> None:
    with _copy(server, drill.copy.name, f"yulan_cut_{getpid()}") as cut:
        with owner_engine(cut.owner_url).begin() as connection:
            connection.exec_driver_sql("ALTER TABLE audit_event DISABLE TRIGGER USER")
            connection.exec_driver_sql("DELETE FROM audit_event WHERE seq = (SELECT max(seq) FROM audit_event)")
            connection.exec_driver_sql("ALTER TABLE audit_event ENABLE TRIGGER USER")
        with owner_engine(cut.owner_url).execution_options(isolation_level="REPEATABLE READ").connect() as connection:
            snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
            dump_database(cut.owner_url, snapshot, tmp_path / "cut.dump", server=18)
        told = CliRunner().invoke(
            house, ["verify-audit", "--against", str(drill.made.path)], obj=at_server(settings, server.at(cut.name))
        )
        _unbind()
    number = drill.made.manifest.trail_number
    assert (told.exit_code, told.output) == (
        1,
        f"Error: The trail was cut: it ends with row {number - 1}, and the backup of 2026-11-24 02:00 UTC tells of row {number}.\n",
    )
    false = forged(drill.made, tmp_path / "false.tar", database_dump=(tmp_path / "cut.dump").read_bytes())
    with pytest.raises(BackupProblem) as refusal:
        restore(at_server(settings, empty_server, files_folder=tmp_path / "files"), empty_server, false)
    assert f"the audit trail ends with row {number - 1} " in str(refusal.value)
    assert f"audit_event has {number - 1} rows, the manifest tells {number}" in str(refusal.value)
    assert tables_of(empty_server) == 0
    assert list(Storage(tmp_path / "files").all_hashes()) == []


def test_a_backup_of_a_newer_release_is_refused(drill: Drill, empty_server: Server, tmp_path: Path) -> None:
    with tarfile.open(drill.made.path) as tar:
        told = json.loads(tar.extractfile(MANIFEST).read())  # type: ignore[union-attr]
    newer = forged(drill.made, tmp_path / "newer.tar", manifest_json=json.dumps({**told, "revision": "9999"}).encode())
    with pytest.raises(BackupProblem, match="tables at 9999, which this release does not know"):
        restore(drill.settings, empty_server, newer)


def test_a_lost_attachment_is_told_and_the_rest_is_kept(drill: Drill, tmp_path: Path) -> None:
    run = CliRunner().invoke(house, ["backup", str(tmp_path / "here")], obj=replace_files(drill.settings, tmp_path))
    _unbind()
    furnish(drill.settings)
    told = verified(next((tmp_path / "here").glob("*.tar")))
    assert run.exit_code == 1
    assert f"Error: {len(told.lost)} attachments that records name are not in the store" in run.output
    assert (told.files, len(told.lost)) == (0, drill.made.manifest.files)


def command_on(drill: Drill, settings: Settings) -> Callable[..., Result]:
    def run(*words: str) -> Result:
        told = CliRunner().invoke(house, words, obj=settings)
        _unbind()
        furnish(drill.settings)
        return told

    return run


def test_the_command_tells_the_head_and_the_archive_proves_itself(drill: Drill, tmp_path: Path) -> None:
    run = command_on(drill, drill.settings)
    made = run("backup", str(tmp_path / "mine.tar"))
    assert made.exit_code == 0, made.output
    told = verified(tmp_path / "mine.tar")
    assert f"the trail ends with row {told.trail_number}, {told.trail_hash}." in made.output
    assert run("verify-backup", str(tmp_path / "mine.tar")).output.startswith("Whole: release ")
    again = run("backup", str(tmp_path / "mine.tar"))
    assert "exists already; a backup is never written over" in str(again.exception)
    with owner_engine(drill.copy.owner_url).connect() as connection:
        noted = connection.execute(text("SELECT name, trail_number FROM backup ORDER BY id DESC LIMIT 1")).one()
        assert noted == ("mine.tar", told.trail_number)
        assert connection.scalar(text("SELECT action FROM audit_event ORDER BY seq DESC LIMIT 1")) == "backup.make"


def test_each_night_one_is_made_and_the_old_ones_go(drill: Drill, tmp_path: Path) -> None:
    for name in ("yulan-20260101T020000Z-trail-1-a.tar", "yulan-20261101T020000Z-trail-2-b.tar"):
        (tmp_path / name).touch()
    db.bind(drill.copy.engine)
    with time_machine.travel(MORNING, tick=False):
        files = back_up(Actor.system("backup"), drill.settings.model_copy(update={"backup_folder": tmp_path}))
    _unbind()
    kept = sorted(path.name[:21] for path in tmp_path.iterdir())
    assert (files, kept) == (drill.made.manifest.files, ["yulan-20261101T020000", "yulan-20261124T020000"])


def test_the_newest_stays_whatever_its_age(tmp_path: Path) -> None:
    (tmp_path / "yulan-20260101T020000Z-trail-1-a.tar").touch()
    with time_machine.travel(datetime(2026, 11, 24, tzinfo=UTC), tick=False):
        assert forget_old(tmp_path, days=1) == []
