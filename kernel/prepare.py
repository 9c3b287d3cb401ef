"""Making a database ready to serve: the newest tables, the roles of people, the reference data."""

from __future__ import annotations

from kernel.audit import write_gathered  # noqa: F401  (its listeners must stand before the first row is written)
from kernel.database import Server, app_engine, migrate
from kernel.db import db, transaction
from kernel.module import load_data, load_modules
from kernel.permissions import sync_security
from kernel.settings import Settings


def bind(settings: Settings) -> None:
    """Load the modules and let this process's sessions work on the application's database."""
    load_modules(settings.modules)
    if settings.app_database_url is None:
        raise RuntimeError("the settings do not say how the application signs in to its database")
    db.bind(app_engine(settings.app_database_url.get_secret_value()))


def prepare(settings: Settings, server: Server) -> Settings:
    """Bring the database to where this release needs it; gives the settings with the way in filled in."""
    migrate(server.owner_url)
    ready = settings.signing_in_at(server.app_url)
    bind(ready)
    with transaction() as session:
        sync_security(session)
    load_data()
    db.session.remove()
    return ready
