"""What can be set from outside, and what is refused before anything starts."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from kernel.secrets import keep, secret_key
from kernel.settings import Settings

KEY = "q7Lw0ZbT4mXc9RkE2vNf8YhJ6uPdGa3s"


def made(**given: object) -> Settings:
    return Settings(_env_file=None, **given)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://owner:Vt5nQ2xk@db/yulan")
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("YULAN_SMTP_HOST", "mail.localdomain")
    settings = made()
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql+psycopg2://owner:Vt5nQ2xk@db/yulan"
    assert (settings.port, settings.embedded, settings.keeps_mail) == (9000, False, False)


def test_without_anything_the_system_brings_its_own_database_and_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "APP_DATABASE_URL", "PORT"):
        monkeypatch.delenv(name, raising=False)
    settings = made()
    assert (settings.embedded, settings.keeps_mail, settings.address) == (True, True, "http://127.0.0.1:8080")


def test_a_public_address_names_the_host_and_makes_cookies_secure() -> None:
    settings = made(public_url="https://grants.localdomain/")
    assert settings.address == "https://grants.localdomain"
    assert settings.secure
    assert settings.trusted_hosts == ("grants.localdomain", "127.0.0.1", "localhost", "[::1]")


@pytest.mark.parametrize(
    "key",
    ["change-me", "please-change-this-secret-key-before-use", "a" * 40, "0123456789abcdef", "sample-" + KEY],
)
def test_a_sample_key_is_refused(key: str) -> None:
    with pytest.raises(ValidationError, match="leave it out and one is made"):
        made(secret_key=key)


def test_a_refusal_does_not_repeat_the_secret() -> None:
    with pytest.raises(ValidationError) as refusal:
        made(secret_key="change-me-4711")
    assert "4711" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:///yulan.db", "only PostgreSQL serves"),
        ("nonsense", "not an address of a database"),
        ("postgresql://yulan:change-me@db/yulan", "sample value"),
        ("postgresql://postgres:postgres@db/yulan", "sample value"),
    ],
)
def test_a_database_that_cannot_serve_is_refused(url: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        made(database_url=url)


def test_a_real_key_is_used_as_it_is(tmp_path: Path) -> None:
    assert secret_key(made(var=tmp_path, secret_key=KEY)) == KEY


def test_former_keys_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YULAN_SECRET_KEY_FALLBACKS", f"{KEY},{KEY[::-1]}")
    assert [key.get_secret_value() for key in made().secret_key_fallbacks] == [KEY, KEY[::-1]]


def test_a_key_is_made_once_for_its_owners_eyes(tmp_path: Path) -> None:
    first = secret_key(made(var=tmp_path))
    path = tmp_path / "secrets" / "secret-key"
    assert secret_key(made(var=tmp_path)) == first == path.read_text(encoding="ascii")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(first) == 64


def test_a_sample_put_into_the_key_file_is_refused(tmp_path: Path) -> None:
    keep(tmp_path / "secrets", "secret-key")
    (tmp_path / "secrets" / "secret-key").write_text("change-me-" * 5, encoding="ascii")
    with pytest.raises(ValueError, match=r"secret-key: the key is a sample value"):
        secret_key(made(var=tmp_path))


def test_a_secret_that_others_can_read_is_none(tmp_path: Path) -> None:
    keep(tmp_path, "secret-key")
    (tmp_path / "secret-key").chmod(0o644)
    with pytest.raises(PermissionError, match="chmod 600"):
        keep(tmp_path, "secret-key")
