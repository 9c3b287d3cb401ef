"""The commands of the front door, on a server given by its address, as an administrator runs them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from pydantic import SecretStr
from sqlalchemy import Connection, text
from werkzeug.security import check_password_hash

from kernel.cli import house, main
from kernel.settings import Settings

if TYPE_CHECKING:
    from tests.conftest import Copy

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, committed_database: Copy) -> Run:
    """Run a command on the test's own database, given by its two addresses."""
    given = settings.model_copy(
        update={
            "database_url": SecretStr(committed_database.owner_url),
            "app_database_url": SecretStr(committed_database.app_url),
        }
    )

    def _run(*words: str) -> Result:
        return CliRunner().invoke(house, words, obj=given)

    return _run


def test_create_admin_makes_two_keepers_with_passwords_told_once(run: Run, owner_connection: Connection) -> None:
    told = run("create-admin")
    assert told.exit_code == 0, told.output
    passwords = dict(re.findall(r"^  (\w+)  (\S+)$", told.output, re.MULTILINE))
    assert sorted(passwords) == ["secadmin", "sysadmin"]
    stored = {row.username: row.password for row in owner_connection.execute(text("SELECT * FROM ab_user"))}
    assert all(check_password_hash(stored[name], password) for name, password in passwords.items())
    roles = text(
        "SELECT u.username, r.name FROM ab_user u JOIN ab_user_role ur ON ur.user_id = u.id "
        "JOIN ab_role r ON r.id = ur.role_id ORDER BY 1"
    )
    assert owner_connection.execute(roles).all() == [("secadmin", "secadmin"), ("sysadmin", "sysadmin")]


def test_create_admin_does_not_touch_an_account_that_exists(run: Run, owner_connection: Connection) -> None:
    run("create-admin")
    before = owner_connection.execute(text("SELECT username, password FROM ab_user ORDER BY 1")).all()
    again = run("create-admin")
    assert (again.exit_code, again.output) == (1, "Error: There is an account sysadmin already.\n")
    assert owner_connection.execute(text("SELECT username, password FROM ab_user ORDER BY 1")).all() == before


def test_the_demo_does_not_load_where_people_are(run: Run) -> None:
    run("create-admin")
    told = run("demo")
    assert told.exit_code == 1
    assert "There are people in this database" in told.output


def test_a_given_server_is_never_emptied(run: Run, owner_connection: Connection) -> None:
    run("create-admin")
    told = run("demo", "--anew")
    assert str(told.exception) == "a given server is never emptied"
    assert owner_connection.scalar(text("SELECT count(*) FROM ab_user")) == 2


@pytest.mark.parametrize("command", ["migrate", "sync-security", "load-data"])
def test_what_brings_the_database_up_to_date_can_be_run_again(run: Run, command: str) -> None:
    first, second = run(command), run(command)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.output == second.output


def test_the_trail_is_whole_until_a_row_is_changed(run: Run, owner_connection: Connection) -> None:
    run("create-admin")
    assert run("verify-audit").output.startswith("The trail is whole")
    owner_connection.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
    owner_connection.execute(text("UPDATE audit_event SET action = 'nothing happened' WHERE seq = 1"))
    told = run("verify-audit")
    assert told.exit_code == 1
    assert "rows 1 of" in told.output


def test_the_commands_of_the_kernel_and_of_the_modules_are_listed(run: Run) -> None:
    listed = run("--help").output
    assert all(name in listed for name in ("serve", "jobs", "demo", "create-admin", "verify-audit", "draw", "words"))


def test_the_diagrams_are_markdown(run: Run) -> None:
    assert run("draw").exit_code == 0


def test_settings_that_cannot_be_right_are_told_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(lambda: Settings(_env_file=None, secret_key="change-me"))
    assert end.value.code == 2
    assert capsys.readouterr().err == (
        "YULAN_SECRET_KEY: the key is shorter than 32 characters; leave it out and one is made.\n"
    )
