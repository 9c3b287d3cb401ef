"""What can be set from outside: typed, from the environment, refused with a sentence when it cannot be right."""

from __future__ import annotations

from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AliasChoices, AnyHttpUrl, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent.parent
SHORTEST_SECRET = 32
SAMPLE_WORDS = ("change", "sample", "example", "secret", "password", "default", "insecure", "development")


class Settings(BaseSettings):
    """The settings of one process; every name is read from the environment as YULAN_<NAME>."""

    model_config = SettingsConfigDict(
        env_prefix="YULAN_", frozen=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    modules: tuple[str, ...] = ()
    """The business modules in the order of their arrows; the product's own config names them."""

    var: Path = ROOT / "var"
    """Where everything lives that the system makes: data, secrets, files, mail, logs."""

    files_folder: Path | None = None
    """Where attachments lie; `var/files` without it. Several web nodes name the same shared storage."""

    database_url: Annotated[SecretStr | None, Field(validation_alias=AliasChoices("database_url", "DATABASE_URL"))] = (
        None
    )
    """The owner's way into a given PostgreSQL server (16 or later); without it an embedded server is started."""

    app_database_url: Annotated[
        SecretStr | None, Field(validation_alias=AliasChoices("app_database_url", "APP_DATABASE_URL"))
    ] = None
    """The application's own way in; without it the role yulan_app is made and its password kept in `var`."""

    database_options: dict[str, str] = Field(default_factory=dict)
    """Options for the embedded server on top of its own (the tests switch fsync off)."""

    demo: bool = True
    """Whether an embedded database opens with the demo programme on its first day; a given server never does."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535, validation_alias=AliasChoices("port", "PORT", "YULAN_PORT"))] = 8080
    web_workers: Annotated[int, Field(ge=1, le=64)] = 2

    public_url: AnyHttpUrl | None = None
    """The address that people type, when a proxy stands in front; https makes cookies Secure and sends HSTS."""

    proxies: Annotated[int, Field(ge=0, le=5)] = 0
    """How many proxies in front may be believed about the caller's address."""

    secret_key: SecretStr | None = None
    """Signs sessions and forms; without it one is made once and kept in `var`."""

    secret_key_fallbacks: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Former keys, separated by commas, that still open what they signed."""

    sign_in_key: SecretStr | None = None
    """Of it second factors and one-time links are derived; without it one is made once and kept in `var`.

    Every node needs the same, and a backup without it leaves every second factor to be set up anew.
    """

    data_key: SecretStr | None = None
    """With it bank accounts and contacts are encrypted; without it one is made once and kept in `var`.

    Every node needs the same, and a backup without it cannot be read in these columns. Keep it apart from the backups.
    """

    data_key_fallbacks: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Former data keys, separated by commas, that still open what they encrypted."""

    second_factor_roles: Annotated[tuple[str, ...], NoDecode] = ()
    """Roles, separated by commas, whose holders sign in with a second factor (docs/sign-in.md recommends which)."""

    smtp_host: str | None = None
    """The mail server; without it mail is kept in `var/mail` by a local one."""

    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = True
    mail_from: str = "Yulan <no-reply@localhost>"
    mail_sink_port: Annotated[int, Field(ge=0, le=65535)] = 8025
    """Where the local mail server listens while no `smtp_host` is set."""

    font: Path | None = None
    """A TrueType font with Chinese glyphs for papers; without it the packaged one is used."""

    font_rare: Path | None = None
    """A second font for the rare characters of names that the first one cannot draw."""

    centre: str = ""
    """The name that stands on the letterhead; without it the product's own."""

    backup_folder: Path | None = None
    """Where the jobs process puts a backup each night; without it nobody does so by the clock."""

    backup_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """How many days the nightly backups are kept; the newest one stays whatever its age."""

    metrics_token: SecretStr | None = None
    """What a monitor on another machine sends as its bearer token to read /metrics; without it only this machine may."""

    language: Literal["zh", "en"] = "zh"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("var", "files_folder", "backup_folder", "font", mode="after")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().resolve() if value is not None else None

    @field_validator("database_url", "app_database_url", mode="after")
    @classmethod
    def _postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        told = value.get_secret_value()
        try:
            url = make_url(told.replace("postgres://", "postgresql://", 1))
        except ArgumentError as error:
            raise ValueError("this is not an address of a database: postgresql://user:password@host/name") from error
        if url.get_backend_name() != "postgresql":
            raise ValueError("only PostgreSQL serves: postgresql://user:password@host/name")
        if is_sample(url.password) or (url.password and url.password == url.username):
            raise ValueError("the password is a sample value; set a real one")
        return SecretStr(url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False))

    @field_validator("secret_key_fallbacks", "data_key_fallbacks", "second_factor_roles", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("secret_key", "sign_in_key", "data_key", mode="after")
    @classmethod
    def _real_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            refuse_sample(value.get_secret_value())
        return value

    @field_validator("secret_key_fallbacks", "data_key_fallbacks", mode="after")
    @classmethod
    def _real_keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(key.get_secret_value()) < SHORTEST_SECRET for key in value):
            raise ValueError(f"a former key is shorter than {SHORTEST_SECRET} characters; take it out of the list")
        return value

    @field_validator("metrics_token", mode="after")
    @classmethod
    def _real_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and (
            len(value.get_secret_value()) < SHORTEST_SECRET or is_sample(value.get_secret_value())
        ):
            raise ValueError(f"make one of {SHORTEST_SECRET} characters or more by chance: openssl rand -hex 32")
        return value

    @field_validator("public_url", mode="after")
    @classmethod
    def _at_the_root(cls, value: AnyHttpUrl | None) -> AnyHttpUrl | None:
        if value is not None and (value.path not in {None, "/"} or value.query or value.fragment):
            raise ValueError("the house serves at the root of its host; leave out what follows the host and the port")
        return value

    @field_validator("mail_from", mode="after")
    @classmethod
    def _address(cls, value: str) -> str:
        if "@" not in parseaddr(value)[1]:
            raise ValueError("this is no sender; write it as: Yulan <no-reply@example.org>")
        return value

    @property
    def embedded(self) -> bool:
        """Whether the system brings its own database server: then it is a demo or a trial."""
        return self.database_url is None

    @property
    def knows_owner(self) -> bool:
        """Whether this process may go in as the owner of the tables; a web node need not."""
        return self.embedded or self.database_url != self.app_database_url

    @property
    def keeps_mail(self) -> bool:
        """Whether mail stays in the house, to be read on a page of the demo."""
        return self.smtp_host is None

    @property
    def address(self) -> str:
        """The address that people type, without a slash at its end."""
        return str(self.public_url).rstrip("/") if self.public_url else f"http://{self.host}:{self.port}"

    @property
    def secure(self) -> bool:
        return self.public_url is not None and self.public_url.scheme == "https"

    @property
    def trusted_hosts(self) -> tuple[str, ...]:
        """The host names under which the system answers."""
        local = ("127.0.0.1", "localhost", "[::1]", self.host)
        named = (self.public_url.host,) if self.public_url and self.public_url.host else ()
        return tuple(dict.fromkeys((*named, *local)))

    @property
    def secrets(self) -> Path:
        return self.var / "secrets"

    @property
    def files(self) -> Path:
        return self.files_folder or self.var / "files"

    @property
    def mail(self) -> Path:
        return self.var / "mail"

    def signing_in_at(self, app_url: str) -> Self:
        """Give the same settings with the application's way into its database filled in."""
        return self.model_copy(update={"app_database_url": SecretStr(app_url)})


def is_sample(secret: str | None) -> bool:
    """Tell whether a secret looks copied from a document or typed in a hurry."""
    if not secret:
        return False
    told = secret.casefold()
    return any(word in told for word in SAMPLE_WORDS) or len(set(told)) < 4  # noqa: PLR2004  (aaaa, 1212)


def refuse_sample(secret: str) -> None:
    """Raise ValueError for a signing key that is short or a sample value."""
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"the key is shorter than {SHORTEST_SECRET} characters; leave it out and one is made")
    if is_sample(secret):
        raise ValueError("the key is a sample value; leave it out and one is made")
