"""The settings as they are read when something starts: everything that is wrong is told at once, each in a sentence."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import SettingsError
from sqlalchemy.engine import make_url

from kernel.settings import ROOT, Settings

PREFIX = "YULAN_"
OWN_NAMES = {"database_url": "DATABASE_URL", "app_database_url": "APP_DATABASE_URL", "port": "PORT"}


class NotAsSet(Exception):  # noqa: N818  (it carries what a person reads; the command line prints it)
    """The settings cannot be right; `sentences` say which and what to do."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def read_settings(make: Callable[[], Settings], environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of this process, or name every value that is wrong, missing or unknown.

    Raises NotAsSet with one sentence for each. Whoever is given only the application's way into a database does
    without the owner's.
    """
    told = unknown_names(os.environ if environment is None else environment)
    try:
        settings = make()
    except ValidationError as refusal:
        raise NotAsSet([*told, *_sentences(refusal)]) from None
    except SettingsError as refusal:
        raise NotAsSet([*told, f"{refusal}: write it as JSON."]) from None
    if told := [*told, *contradictions(settings)]:
        raise NotAsSet(told)
    if settings.embedded and settings.app_database_url is not None:
        return settings.model_copy(update={"database_url": settings.app_database_url})
    return settings


def unknown_names(environment: Mapping[str, str]) -> list[str]:
    """Name every variable that looks like a setting of ours and is none: a slip of the pen would be silent."""
    known = [name_of(field) for field in Settings.model_fields]
    known.append("YULAN_PORT")
    told = []
    for name in sorted(environment):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            near = get_close_matches(name.upper(), known, n=1, cutoff=0.7)
            hint = f"did you mean {near[0]}?" if near else "take it out."
            told.append(f"{name}: there is no setting of this name; {hint}")
    return told


def name_of(field: str) -> str:
    """Give the environment's name of a setting."""
    return OWN_NAMES.get(field, PREFIX + field.upper())


def _sentences(refusal: ValidationError) -> Iterator[str]:
    for error in refusal.errors(include_url=False):
        field = str(error["loc"][0]) if error["loc"] else ""
        field = next((known for known, name in OWN_NAMES.items() if field in {name, f"{PREFIX}{name}"}), field)
        if error["type"] == "value_error":
            reason = str(error["ctx"]["error"])
        else:
            reason = _wanted(Settings.model_fields[field]) if field in Settings.model_fields else error["msg"]
        yield f"{name_of(field)}: {reason}."


def _wanted(field: FieldInfo) -> str:
    """Say what a setting takes, where pydantic's own words would speak of types."""
    bounds = {
        side: getattr(one, side)
        for one in field.metadata
        for side in ("ge", "le")
        if getattr(one, side, None) is not None
    }
    if bounds:
        return f"give a whole number from {bounds.get('ge', 0)} to {bounds['le']}"
    told = str(field.annotation)
    if "Literal" in told:
        return f"give one of {told.partition('[')[2].rstrip(']')}"
    if "AnyHttpUrl" in told:
        return "give an address that begins with https://, like https://grants.example.org"
    if "bool" in told:
        return "give yes or no"
    return "this value cannot be read; docs/operations.md says what is meant"


def contradictions(settings: Settings) -> list[str]:
    """Say what cannot be right together, and what the machine does not have."""
    return [*_of_the_door(settings), *_of_the_database(settings), *_of_the_mail(settings), *_of_the_folders(settings)]


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach a host."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _of_the_door(settings: Settings) -> Iterator[str]:
    if settings.public_url is None and not is_loopback(settings.host):
        yield (
            f"YULAN_PUBLIC_URL is missing: the house listens at {settings.host}, and answers only under names that it "
            "knows; give the address that people type, like https://grants.example.org."
        )
    if settings.public_url is None and settings.proxies:
        yield "YULAN_PUBLIC_URL is missing: with a proxy in front, give the address that people type."
    is_real = not settings.embedded and settings.public_url is not None
    if is_real and not settings.secure and not is_loopback(settings.public_url.host or ""):  # type: ignore[union-attr]
        yield (
            "YULAN_PUBLIC_URL begins with http://: passwords would travel in the open; let the proxy in front speak "
            "TLS, and write https://."
        )


def _of_the_database(settings: Settings) -> Iterator[str]:
    owner, app = settings.database_url, settings.app_database_url
    if owner is not None and app is not None:
        names = [make_url(url.get_secret_value()).username for url in (owner, app)]
        if names[0] == names[1]:
            yield (
                f"APP_DATABASE_URL names the owner, {names[1]}: nothing would hold back a reader; give it a role of "
                "its own, or leave it out and the role yulan_app is made."
            )
    if settings.backup_folder is not None and settings.embedded and app is not None:
        yield "YULAN_BACKUP_FOLDER needs DATABASE_URL: only the owner of the tables may read them all."


def _of_the_mail(settings: Settings) -> Iterator[str]:
    user, password = settings.smtp_user, settings.smtp_password
    if (user is None) != (password is None):
        lacking, given = ("USER", "PASSWORD") if user is None else ("PASSWORD", "USER")
        yield f"YULAN_SMTP_{lacking} is missing: YULAN_SMTP_{given} is given; give both or neither."
    if settings.smtp_host is None and user is not None:
        yield "YULAN_SMTP_HOST is missing: a user of the mail server is given; name the server."
    is_open = settings.smtp_host is not None and not settings.smtp_starttls and not is_loopback(settings.smtp_host)
    if is_open and password is not None:
        yield "YULAN_SMTP_STARTTLS is off: the mail server's password would travel in the open; take it out."


def _of_the_folders(settings: Settings) -> Iterator[str]:
    for field in ("var", "files_folder", "backup_folder"):
        folder: Path | None = getattr(settings, field)
        if folder is not None and (reason := _unwritable(folder)):
            yield f"{name_of(field)}: {reason}"
    if settings.font is not None and not settings.font.is_file():
        yield f"YULAN_FONT: there is no file {settings.font}; name a TrueType font, or leave it out."


def _unwritable(folder: Path) -> str | None:
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not stat.S_ISDIR(there.stat().st_mode):
        return f"{there} is a file and no folder; name another."
    if not os.access(there, os.W_OK | os.X_OK):
        return f"{there} cannot be written to by this user; run: chown {os.geteuid()} {there}"
    return None


@lru_cache(maxsize=1)
def release() -> str:
    """Give the number of this release."""
    told: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return told
