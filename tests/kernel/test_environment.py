"""What is told before anything starts: every setting that is wrong, missing, unknown or at odds with another."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kernel.environment import NotAsSet, read_settings, unknown_names
from kernel.settings import ROOT, Settings

KEY = "q7Lw0ZbT4mXc9RkE2vNf8YhJ6uPdGa3s"
OWNER = "postgresql://owner:Vt5nQ2xk@db/yulan"
APP = "postgresql://yulan_app:kX9wRm3z@db/yulan"


def told(tmp_path: Path, **given: object) -> list[str]:
    """What is said about these settings."""
    with pytest.raises(NotAsSet) as refusal:
        read_settings(lambda: Settings(_env_file=None, **{"var": tmp_path, **given}), {})
    return refusal.value.sentences


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("port", "80a", "PORT: give a whole number from 1 to 65535."),
        ("port", "70000", "PORT: give a whole number from 1 to 65535."),
        ("web_workers", "0", "YULAN_WEB_WORKERS: give a whole number from 1 to 64."),
        ("backup_days", "0", "YULAN_BACKUP_DAYS: give a whole number from 1 to 3650."),
        ("public_url", "grants.localdomain", "YULAN_PUBLIC_URL: give an address that begins with https://, like https://grants.example.org."),
        ("public_url", "ftp://grants.localdomain", "YULAN_PUBLIC_URL: give an address that begins with https://, like https://grants.example.org."),
        ("public_url", "https://a.localdomain/yulan", "YULAN_PUBLIC_URL: the house serves at the root of its host; leave out what follows the host and the port."),
        ("language", "fr", "YULAN_LANGUAGE: give one of 'zh', 'en'."),
        ("log_level", "LOUD", "YULAN_LOG_LEVEL: give one of 'DEBUG', 'INFO', 'WARNING', 'ERROR'."),
        ("smtp_starttls", "perhaps", "YULAN_SMTP_STARTTLS: give yes or no."),
        ("mail_from", "Yulan", "YULAN_MAIL_FROM: this is no sender; write it as: Yulan <no-reply@example.org>."),
        ("metrics_token", "short", "YULAN_METRICS_TOKEN: make one of 32 characters or more by chance: openssl rand -hex 32."),
        ("secret_key_fallbacks", "short", "YULAN_SECRET_KEY_FALLBACKS: a former key is shorter than 32 characters; take it out of the list."),
        ("database_url", "mysql://a:b@db/c", "DATABASE_URL: only PostgreSQL serves: postgresql://user:password@host/name."),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_right_is_named_in_a_sentence(
    tmp_path: Path, name: str, value: str, sentence: str
) -> None:
    assert told(tmp_path, **{name: value}) == [sentence]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"host": "0.0.0.0"}, "YULAN_PUBLIC_URL is missing: the house listens at 0.0.0.0"),  # noqa: S104  (that is the story)
        ({"proxies": 1}, "YULAN_PUBLIC_URL is missing: with a proxy in front"),
        ({"database_url": OWNER, "public_url": "http://a.localdomain"}, "YULAN_PUBLIC_URL begins with http://"),
        ({"database_url": OWNER, "app_database_url": OWNER}, "APP_DATABASE_URL names the owner, owner"),
        ({"app_database_url": APP, "backup_folder": "."}, "YULAN_BACKUP_FOLDER needs DATABASE_URL"),
        ({"smtp_host": "mail", "smtp_user": "yulan"}, "YULAN_SMTP_PASSWORD is missing"),
        ({"smtp_host": "mail", "smtp_password": KEY}, "YULAN_SMTP_USER is missing"),
        ({"smtp_user": "yulan", "smtp_password": KEY}, "YULAN_SMTP_HOST is missing"),
        (
            {"smtp_host": "mail", "smtp_user": "yulan", "smtp_password": KEY, "smtp_starttls": False},
            "YULAN_SMTP_STARTTLS is off",
        ),
        ({"font": "/nowhere/song.ttf"}, "YULAN_FONT: there is no file /nowhere/song.ttf"),
        ({"files_folder": "/etc/hostname/files"}, "YULAN_FILES_FOLDER: /etc/hostname is a file and no folder"),
        ({"backup_folder": "/proc/backups"}, "YULAN_BACKUP_FOLDER: /proc cannot be written to"),
    ],
)
def test_what_cannot_be_right_together_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, object], sentence: str
) -> None:
    monkeypatch.setattr(os, "access", lambda path, _mode: not str(path).startswith("/proc"))  # root may write anywhere
    sentences = told(tmp_path, **given)
    assert [one for one in sentences if one.startswith(sentence)] == sentences
    assert len(sentences) == 1


def test_all_is_told_at_once(tmp_path: Path) -> None:
    assert [one.partition(":")[0] for one in told(tmp_path, port=0, web_workers=0, secret_key="change-me")] == [
        "PORT",
        "YULAN_WEB_WORKERS",
        "YULAN_SECRET_KEY",
    ]


def test_an_unknown_name_is_told_with_the_nearest_known_one() -> None:
    assert unknown_names({"YULAN_SMTP_HOTS": "mail", "YULAN_PORT": "8080", "PATH": "/bin"}) == [
        "YULAN_SMTP_HOTS: there is no setting of this name; did you mean YULAN_SMTP_HOST?"
    ]
    assert unknown_names({"YULAN_COLOUR_OF_THE_DOOR": "red"}) == [
        "YULAN_COLOUR_OF_THE_DOOR: there is no setting of this name; take it out."
    ]


def test_every_setting_that_is_right_is_taken(tmp_path: Path) -> None:
    given = {"var": tmp_path, "host": "0.0.0.0", "public_url": "https://grants.localdomain"}  # noqa: S104  (a real door)
    real = {"database_url": OWNER, "app_database_url": APP, "smtp_host": "mail", "backup_folder": tmp_path / "backups"}
    settings = read_settings(lambda: Settings(_env_file=None, **given, **real), {})
    assert (settings.embedded, settings.knows_owner, settings.backup_folder) == (False, True, tmp_path / "backups")


def test_who_is_given_the_applications_way_alone_does_without_the_owners(tmp_path: Path) -> None:
    settings = read_settings(lambda: Settings(_env_file=None, var=tmp_path, app_database_url=APP), {})
    assert (settings.embedded, settings.knows_owner) == (False, False)


def test_the_front_door_tells_it_without_a_trace(tmp_path: Path) -> None:
    known = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")}
    wrong = {"YULAN_VAR": str(tmp_path), "PORT": "0", "YULAN_SMTP_USR": "x", "YULAN_SMTP_PASSWORD": "x"}
    ended = subprocess.run(
        [sys.executable, str(ROOT / "run.py"), "serve"],
        env=known | wrong,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.splitlines() == [
        "YULAN_SMTP_USR: there is no setting of this name; did you mean YULAN_SMTP_USER?",
        "PORT: give a whole number from 1 to 65535.",
    ]
