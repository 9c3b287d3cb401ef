"""The server from the wheel: made, found again, killed, restarted; its roles; the way in of the application."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from kernel.database import READERS, DatabaseProblem, Server, app_engine, owner_engine, prepare_roles, start_server
from kernel.settings import ROOT, Settings

HOLD = """
import sys
from kernel.database import start_server
from kernel.settings import Settings
server = start_server(Settings(_env_file=None, var=sys.argv[1], database_options={"fsync": "off"}))
print("holding", flush=True)
sys.stdin.readline()
server.leave()
"""


@pytest.fixture(scope="module")
def own_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(_env_file=None, var=tmp_path_factory.mktemp("var"), database_options={"fsync": "off"})


@pytest.fixture
def own_server(own_settings: Settings) -> Iterator[Server]:
    running = start_server(own_settings)
    yield running
    running.leave()


def postmaster(server: Server) -> psutil.Process:
    assert server.embedded is not None
    process = server.embedded.postmaster()
    assert process is not None
    return process


def asked(server: Server, question: str) -> object:
    with app_engine(server.app_url).connect() as connection:
        return connection.scalar(text(question))


def test_the_application_signs_in_as_itself_with_its_limits(own_server: Server) -> None:
    assert asked(own_server, "SELECT current_user") == "yulan_app"
    assert asked(own_server, "SHOW statement_timeout") == "15s"
    assert asked(own_server, "SHOW lock_timeout") == "5s"
    assert asked(own_server, "SHOW idle_in_transaction_session_timeout") == "1min"
    assert asked(own_server, "SHOW timezone") == "UTC"


def test_no_role_of_the_application_is_a_superuser(own_server: Server) -> None:
    rights = (
        "SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolname ~ '^(yulan|g)_' AND (rolsuper OR rolbypassrls)"
    )
    assert asked(own_server, rights) is None


def test_the_application_takes_a_readers_role_and_has_none_by_itself(own_server: Server) -> None:
    with app_engine(own_server.app_url).begin() as connection:
        for role in READERS:
            assert connection.scalar(text("SELECT pg_has_role(current_user, :role, 'USAGE')"), {"role": role}) is False
            connection.execute(text(f"SET LOCAL ROLE {role}"))
            assert connection.scalar(text("SELECT current_user")) == role
            connection.execute(text("SET LOCAL ROLE NONE"))


def test_the_application_cannot_become_the_owner(own_server: Server) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        app_engine(own_server.app_url).begin() as connection,
    ):
        connection.execute(text("SET LOCAL ROLE yulan_owner"))


def test_the_owner_makes_the_extensions_and_chinese_has_trigrams(own_server: Server) -> None:
    with owner_engine(own_server.owner_url).begin() as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS btree_gist"))
        assert connection.scalar(text("SELECT cardinality(show_trgm('示例公益'))")) == 5


def test_roles_are_made_again_without_harm(own_server: Server) -> None:
    assert own_server.embedded is not None
    password = Path(own_server.embedded.data.parent / "secrets" / "database-app").read_text(encoding="ascii")
    for _ in range(2):
        prepare_roles(own_server.embedded.admin_url(), password=password)
    assert asked(own_server, "SELECT current_user") == "yulan_app"


def test_an_owner_without_the_right_to_make_roles_is_told_what_to_run(own_server: Server) -> None:
    with owner_engine(own_server.owner_url).begin() as connection:
        connection.execute(text("CREATE ROLE plain_owner LOGIN PASSWORD 'Vt5nQ2xk'"))
        connection.execute(text("CREATE ROLE other_app LOGIN NOINHERIT"))
    plain = own_server.owner_url.replace("//yulan_owner:", "//plain_owner:")
    secret = plain.split("//plain_owner:")[1].split("@")[0]
    with pytest.raises(DatabaseProblem, match="GRANT g_org TO other_app WITH INHERIT FALSE, SET TRUE"):
        prepare_roles(plain.replace(secret, "Vt5nQ2xk"), app="other_app")


def test_a_given_server_gets_its_roles_from_its_owner(own_server: Server, tmp_path: Path) -> None:
    admin = own_server.embedded.admin_url("yulan") if own_server.embedded else ""
    given = start_server(
        Settings(_env_file=None, var=tmp_path, database_url=admin, app_database_url=own_server.app_url)
    )
    assert given.embedded is None
    assert asked(given, "SELECT current_user") == "yulan_app"


def test_a_given_server_that_is_away_is_told_in_a_sentence(tmp_path: Path) -> None:
    away = Settings(_env_file=None, var=tmp_path, database_url="postgresql://owner:Vt5nQ2xk@127.0.0.1:9/yulan")
    with pytest.raises(DatabaseProblem, match="does not answer"):
        start_server(away)


def test_a_killed_server_is_started_again_with_what_was_committed(own_server: Server, own_settings: Settings) -> None:
    with owner_engine(own_server.owner_url).begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS kept AS SELECT 17 AS number"))
    killed = postmaster(own_server)
    killed.kill()
    again = start_server(own_settings)
    assert postmaster(again).pid != killed.pid
    with owner_engine(again.owner_url).connect() as connection:
        assert connection.scalar(text("SELECT number FROM kept")) == 17
    again.leave()


def test_a_strangers_number_in_the_pid_file_is_not_the_server(own_settings: Settings) -> None:
    server = start_server(own_settings)
    assert server.embedded is not None
    data = server.embedded.data
    server.leave()
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n0\n5432\n{data}\n\n 0 0\nready\n", encoding="ascii")
    (data / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n", encoding="ascii")
    again = start_server(own_settings)
    assert postmaster(again).pid != os.getpid()
    again.leave()


def test_the_last_user_stops_the_server(own_settings: Settings) -> None:
    first = start_server(own_settings)
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(own_settings.var)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "holding\n"
    number = postmaster(first).pid
    first.leave()
    assert first.embedded is not None
    assert first.embedded.answers()
    assert postmaster(first).pid == number
    other.communicate("\n", timeout=30)
    assert first.embedded.postmaster() is None
    with pytest.raises(OperationalError):
        asked(first, "SELECT 1")


def test_a_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, var=tmp_path, database_options={"fsync": "off"})
    (tmp_path / "pg.new").mkdir()
    (tmp_path / "pg.new" / "PG_VERSION").write_text("18\n", encoding="ascii")
    server = start_server(settings)
    assert asked(server, "SELECT 1") == 1
    server.leave()


def test_data_of_another_release_is_told_in_a_sentence(own_settings: Settings) -> None:
    version = own_settings.var / "pg" / "PG_VERSION"
    ours = version.read_text(encoding="ascii")
    version.write_text("17\n", encoding="ascii")
    with pytest.raises(DatabaseProblem, match="was made by PostgreSQL 17 and this is 18"):
        start_server(own_settings)
    version.write_text(ours, encoding="ascii")


def test_a_connection_that_the_server_ended_is_replaced_before_it_is_used(own_server: Server) -> None:
    engine = app_engine(own_server.app_url, pool_size=1)
    with engine.connect() as connection:
        ended = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with app_engine(own_server.app_url).begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": ended})

    with engine.connect() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != ended
