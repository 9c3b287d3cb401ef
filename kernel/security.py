"""FAB's security manager with our answers, and the kernel's own roles and table of permissions."""

from __future__ import annotations

from flask import current_app, g
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager

from kernel.actor import ReaderKind
from kernel.identity import current_actor, current_identity
from kernel.permissions import Grid, Role
from kernel.sessions import Identity

ROLES = (
    Role("public", "Public", ReaderKind.PUBLIC),
    Role("sysadmin", "System administrator", ReaderKind.KEEPER),
    Role("secadmin", "Security administrator", ReaderKind.KEEPER),
    Role("logadmin", "Audit administrator", ReaderKind.KEEPER),
)

GRID: Grid = {
    "User": {
        "list": ("sysadmin", "secadmin"),
        "show": ("sysadmin", "secadmin"),
        "create": ("sysadmin",),
        "lock": ("sysadmin",),
        "reset_password": ("sysadmin",),
        "end_sessions": ("sysadmin", "secadmin"),
        "give_roles": ("secadmin",),
        "reset_factor": ("secadmin",),
    },
    "Role": {"list": ("sysadmin", "secadmin")},
    "AuditEvent": {"list": ("logadmin",)},
    "JobRun": {"list": ("sysadmin",)},
    "System": {"show": ("sysadmin", "secadmin", "logadmin")},
    "Letter": {"list": ("sysadmin",), "send_again": ("sysadmin",), "give_up": ("sysadmin",)},
    "MailTemplate": {"list": ("sysadmin",), "edit": ("sysadmin",)},
}


class YulanSecurity(SecurityManager):
    """FAB's door with our sessions, our table of permissions, and none of FAB's own pages."""

    def create_login_manager(self, app: object) -> LoginManager:
        manager = super().create_login_manager(app)
        manager.session_protection = None
        manager.login_view = "SignIn.login"
        return manager

    def create_limiter(self, app: object) -> Limiter:
        limiter = Limiter(key_func=get_remote_address, storage_uri="memory://", enabled=False)
        limiter.init_app(current_app)
        return limiter

    def register_views(self) -> None:
        """FAB's pages are not opened; ours are registered by the application."""

    def load_user(self, pk: object) -> Identity | None:
        identity = current_identity()
        return identity if identity is not None and str(identity.id) == str(pk) else None

    def has_access(self, permission_name: str, view_name: str) -> bool:
        return current_actor().may(permission_name.removeprefix("can_"), view_name)

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        return current_actor().user_id is None and self.has_access(permission_name, view_name)

    @staticmethod
    def before_request() -> None:
        g.user = current_identity()
