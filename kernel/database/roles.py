"""Who may do what in the database: an owner, the application, and one role per kind of reader.

The application signs in as yulan_app and has no right of its own to what people own: for each transaction it takes
the role of its reader (`SET LOCAL ROLE g_org`). Its memberships are therefore without inheritance.
"""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from kernel.database.engine import owner_engine
from kernel.database.problem import DatabaseProblem

OWNER = "yulan_owner"
APP = "yulan_app"
READERS = ("g_public", "g_org", "g_panel", "g_staff", "g_keeper", "g_deed")
OLDEST = 160000  # membership WITH INHERIT FALSE, SET TRUE is new in PostgreSQL 16
TURNSTILE = 7_025_001  # the advisory lock under which roles are made


def prepare_roles(owner_url: str, *, password: str | None = None, app: str = APP) -> None:
    """Make the readers' roles and the application's, or find that they are right already.

    Safe to run again and at once from several processes. With a `password` the application's role is made and given
    it; without, that role exists (APP_DATABASE_URL names it) and only its memberships are looked after.
    Raises DatabaseProblem with the statements to run, when the owner may not make roles.
    """
    engine = owner_engine(owner_url)
    with engine.begin() as connection:
        _check_version(connection)
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": TURNSTILE})
        statements = _missing(connection, app, password)
        try:
            with connection.begin_nested():
                for statement in statements:
                    connection.execute(text(statement))
        except ProgrammingError as error:
            raise DatabaseProblem(_advice(connection, statements)) from error
        if password is not None and make_url(owner_url).username != app:
            _set_password(connection, app, password)


def prepare_owner(admin_url: str, password: str, database: str) -> None:
    """Make the owner's role and its database; the superuser's only errand."""
    engine = owner_engine(admin_url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": TURNSTILE})
        if not _has_role(connection, OWNER):
            connection.execute(text(f"CREATE ROLE {OWNER} LOGIN CREATEROLE"))
        _set_password(connection, OWNER, password)
        if not connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": database}):
            connection.execute(text(f'CREATE DATABASE "{database}" OWNER {OWNER}'))


def _missing(connection: Connection, app: str, password: str | None) -> list[str]:
    wanted = [f"CREATE ROLE {reader} NOLOGIN" for reader in READERS if not _has_role(connection, reader)]
    if not _has_role(connection, app):
        if password is None:
            raise DatabaseProblem(f"APP_DATABASE_URL names the role {app}, which does not exist; make it first.")
        wanted.append(f"CREATE ROLE {app} LOGIN NOINHERIT")
    wanted.extend(
        f"GRANT {reader} TO {app} WITH INHERIT FALSE, SET TRUE"
        for reader in READERS
        if not _is_member(connection, reader, app)
    )
    return wanted


def _has_role(connection: Connection, name: str) -> bool:
    return connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name}) is not None


def _is_member(connection: Connection, reader: str, app: str) -> bool:
    asked = text(
        "SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles a ON a.oid = m.member "
        "WHERE r.rolname = :reader AND a.rolname = :app AND m.set_option AND NOT m.inherit_option"
    )
    return connection.scalar(asked, {"reader": reader, "app": app}) is not None


def _set_password(connection: Connection, role: str, password: str) -> None:
    # A utility statement takes no parameters: the server quotes the word itself.
    statement = connection.scalar(
        text("SELECT format('ALTER ROLE %I PASSWORD %L', CAST(:role AS text), CAST(:password AS text))"),
        {"role": role, "password": password},
    )
    connection.exec_driver_sql(str(statement))


def _check_version(connection: Connection) -> None:
    version = int(connection.scalar(text("SHOW server_version_num")) or 0)
    if version < OLDEST:
        raise DatabaseProblem(f"The server is PostgreSQL {version // 10000}; Yulan needs 16 or later.")


def _advice(connection: Connection, statements: list[str]) -> str:
    user = connection.scalar(text("SELECT current_user"))
    lines = ";\n".join(statements)
    return f"The database user {user} may not make roles. Let an administrator run once:\n\n{lines};"
