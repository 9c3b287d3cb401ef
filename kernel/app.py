"""The application: FAB underneath, the modules on top, and the doors of the kernel itself."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, abort, g, get_flashed_messages, jsonify, request, session
from flask_appbuilder import AppBuilder
from jinja2 import ChoiceLoader, FileSystemLoader
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, ProgrammingError
from werkzeug.middleware.proxy_fix import ProxyFix

from kernel import pages, permissions, words
from kernel.account import Account, Home
from kernel.actor import ReaderKind
from kernel.administration import AuditView, JobRunView, PeopleView, RoleView
from kernel.api.openapi import Description
from kernel.api.tokens import Tokens
from kernel.attachments import DemoMail, Files
from kernel.calendar import KeptDays, use_own_days
from kernel.calendar_desk import WorkingDays
from kernel.catalogue import compile_words, folder_of
from kernel.checking import IssuedPaperView, PaperCheck
from kernel.database import app_engine, is_behind
from kernel.db import db, tell_constraints
from kernel.deputy_desk import DeputyView
from kernel.documents import Letterhead, use_font, use_letterhead
from kernel.drawing import drawn, icon, whole, word
from kernel.encryption import use_data_keys
from kernel.files import Storage, use_storage
from kernel.identity import current_actor, current_identity, current_locale, current_session
from kernel.inbox import Inbox, NoticeSettings
from kernel.languages import Templates, speak_in
from kernel.metrics import init_metrics
from kernel.module import MODULES, load_modules
from kernel.money import format_percent
from kernel.navigation import nav_of
from kernel.notices import use_address
from kernel.outbox import UndeliveredView, WordsView
from kernel.rows import drawn_rows
from kernel.scope import see_as
from kernel.search import SearchPage
from kernel.second_factor import require_of
from kernel.secrets import data_keys, secret_key, sign_in_key, use_sign_in_key
from kernel.security import GRID, ROLES, YulanSecurity
from kernel.sentences import SENTENCES
from kernel.sessions import IDLE, IDLE_OTHERS, NOT_PAGES, Identity, YulanSessions
from kernel.settings import Settings
from kernel.sign_in import SignIn
from kernel.speech import gettext as _
from kernel.system import System
from kernel.twice import guard_forms
from kernel.view_desk import SavedViews
from kernel.web import FormGuard, address_of, init_web

OWN_PAGES: tuple[type, ...] = (
    SignIn,
    Home,
    Inbox,
    NoticeSettings,
    Account,
    PeopleView,
    RoleView,
    AuditView,
    JobRunView,
    Files,
    PaperCheck,
    IssuedPaperView,
    DemoMail,
    UndeliveredView,
    WordsView,
    Tokens,
    Description,
    SearchPage,
    SavedViews,
    DeputyView,
    WorkingDays,
    System,
)


class House(AppBuilder):
    """FAB without its static files, its templates and its own pages."""

    def _add_global_static(self) -> None:
        """FAB brings Bootstrap 3 and jQuery; none of it is served."""

    def _add_admin_views(self) -> None:
        self.sm.register_views()

    def _add_menu_permissions(self) -> None:
        """The navigation is ours."""


def create_app(settings: Settings, *, engine: Engine | None = None) -> Flask:
    """Build the application for one process; the database must be migrated already."""
    app = Flask("yulan", static_folder=None, template_folder=None)
    app.jinja_environment = Templates
    configure(app, settings)
    load_house(settings.modules)
    if engine is None:
        engine = app_engine(app_url_of(settings))
    db.bind(engine)
    root = compile_words(settings.modules, settings.var)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(root)
    app.jinja_loader = ChoiceLoader(
        [FileSystemLoader(folder_of(name) / "templates") for name in ("kernel", *settings.modules)]
    )
    app.session_interface = YulanSessions()
    init_web(app, secure=settings.secure, modules=settings.modules)
    furnish(settings)
    app.before_request(_look_as_reader)
    FormGuard(app)  # after the reader is known, since its refusal is a page with the reader's own frame
    guard_forms(app)
    app.teardown_appcontext(lambda _error: db.session.remove())
    with app.app_context():
        builder = House(app, db.session, security_manager_class=YulanSecurity)
        for page in (*OWN_PAGES, *(page for module in MODULES for page in (*module.pages, *module.apis))):
            builder.add_view_no_menu(page)
    speak_in(app, root)
    app.context_processor(_shell_once)
    app.jinja_env.globals.update(
        drawn=drawn, drawn_rows=drawn_rows, icon=icon, state_tone=state_tone, current_actor=current_actor, word=word
    )
    app.jinja_env.filters |= {"whole": whole, "percent": format_percent}
    for module in MODULES:
        app.jinja_env.globals.update(module.jinja)
    app.add_url_rule("/healthz", endpoint="healthz", view_func=_healthz)
    app.add_url_rule("/readyz", endpoint="readyz", view_func=_readyz)
    init_metrics(app, settings)
    trust_proxies(app, settings.proxies)
    return app


def trust_proxies(app: Flask, count: int) -> None:
    """Believe the last so many proxies about the caller's address, host and scheme, and nobody else."""
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]


def load_house(names: Sequence[str]) -> None:
    """Make roles, permissions, sentences and modules known; what commands without pages need too."""
    permissions.declare(ROLES, GRID)
    tell_constraints(SENTENCES)
    load_modules(names)


def furnish(settings: Settings) -> None:
    """Put at hand what deeds of this process reach for: files, the Centre's own days, the sign-in's key, the font."""
    use_storage(Storage(settings.files))
    kept = KeptDays()
    use_own_days(kept.read, kept.forget)
    use_address(settings.address)
    use_sign_in_key(sign_in_key(settings))
    use_data_keys(data_keys(settings))
    require_of(settings.second_factor_roles)
    use_letterhead(Letterhead(settings.centre, settings.address))
    if settings.font or settings.font_rare:
        use_font(settings.font, rare=settings.font_rare)


def app_url_of(settings: Settings) -> str:
    """Give the application's way into its database; `running_server` has filled it in."""
    if settings.app_database_url is None:
        raise RuntimeError("no database: start the server first, or set DATABASE_URL")
    return settings.app_database_url.get_secret_value()


def configure(app: Flask, settings: Settings) -> None:
    """Set what Flask and FAB read from their config."""
    app.config.update(
        SECRET_KEY=secret_key(settings),
        SECRET_KEY_FALLBACKS=[key.get_secret_value() for key in settings.secret_key_fallbacks],
        SESSION_COOKIE_NAME="__Host-yulan" if settings.secure else "yulan",
        SESSION_COOKIE_SECURE=settings.secure,
        TRUSTED_HOSTS=[*settings.trusted_hosts],
        FAB_SAFE_REDIRECT_HOSTS=[*settings.trusted_hosts],
        FAB_CREATE_DB=False,
        FAB_UPDATE_PERMS=False,
        FAB_ADD_SECURITY_API=False,
        FAB_API_SWAGGER_UI=False,
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=60 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=5 * 1024 * 1024,
        BABEL_DEFAULT_LOCALE="zh_Hans_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        LANGUAGES={"zh": {"flag": "cn", "name": "中文"}, "en": {"flag": "gb", "name": "English"}},
        YULAN=settings,
    )


def state_tone(state: Any) -> pages.StateView:
    """Give tone, icon and word of a coded choice."""
    return pages.StateView(getattr(state, "tone", "idle"), getattr(state, "icon", ""), _(words.word_of(state)))


def _look_as_reader() -> None:
    if current_session().is_away:
        abort(HTTPStatus.SERVICE_UNAVAILABLE)
    if not request.path.startswith(NOT_PAGES):
        see_as(current_actor())


def _healthz() -> Any:
    """Say that this process lives; asks nobody else, so that a database away does not end the workers."""
    return jsonify(status="ok")


def _readyz() -> Any:
    """Say whether pages can be served: the database answers, and its tables are not older than this release."""
    try:
        behind = is_behind(db.session().connection())
    except OperationalError:
        db.session.rollback()
        return jsonify(status="the database does not answer"), HTTPStatus.SERVICE_UNAVAILABLE
    except ProgrammingError:  # no table of revisions, or none that this role may read
        db.session.rollback()
        behind = True
    if behind:
        return jsonify(status="the tables are older than this release"), HTTPStatus.SERVICE_UNAVAILABLE
    return jsonify(status="ok")


def _shell_once() -> dict[str, pages.Shell]:
    """Build the shell once a request: a page is drawn in several parts."""
    if "shell" not in g:
        g.shell = _shell()
    return {"shell": g.shell}


def _shell() -> pages.Shell:
    actor = current_actor()
    identity = current_identity()
    is_desk = actor.kind in {ReaderKind.STAFF, ReaderKind.KEEPER}
    nav = nav_of(actor, flat=not is_desk)
    tabs = [item for group in nav for item in group.items] if identity and not is_desk else []
    return pages.Shell(
        kind="desk" if is_desk else "open",
        locale=current_locale(),
        nav=nav,
        tabs=tabs,
        menu=[
            pages.Link(_("Account and security"), address_of("Account.index")),
            pages.Link(_("Notification settings"), address_of("NoticeSettings.index")),
        ],
        user=_shell_user(identity) if identity else None,
        unread=identity.unread if identity else 0,
        notices=_told(),
        home_url=address_of("Home.index"),
        inbox_url=address_of("Inbox.index"),
        search_url=address_of("SearchPage.index") if identity else None,
    )


def _told() -> list[tuple[str, str]]:
    flashed: list[tuple[str, str]] = get_flashed_messages(with_categories=True) if session else []  # type: ignore[assignment]
    return flashed


def _shell_user(identity: Identity) -> pages.ShellUser:
    actor = identity.actor
    labels = [_(permissions.ROLES[code].label) for code in sorted(actor.roles) if code in permissions.ROLES]
    if actor.principal:
        labels.append(_("deputy of %(principal)s", principal=actor.principal))
    idle = int(IDLE.get(actor.kind, IDLE_OTHERS).total_seconds())
    return pages.ShellUser(actor.user_id or 0, actor.name, ", ".join(labels), identity.username, idle)
