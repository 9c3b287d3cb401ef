"""What Flask-AppBuilder gives by itself: a ModelView over as many organizations, in a database of its own."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

from flask import Flask, g
from flask_appbuilder import AppBuilder, Model, ModelView
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import Integer, String, event, text
from sqlalchemy.orm import Mapped, mapped_column

import config
from bench.floor import Served
from kernel.database import Server, running_server
from kernel.database.server import create_database, drop_database
from kernel.settings import Settings

NAME = "yulan_bench_stock"
FREE = ("BEGIN", "COMMIT", "ROLLBACK", "SET ", "SAVEPOINT", "RELEASE")
PASSWORD = "yulan-demo-2026"  # noqa: S105  (of a database that lives for one run)


class StockOrganization(Model):
    """The columns that the register shows."""

    __tablename__ = "stock_organization"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    credit_code: Mapped[str] = mapped_column(String(18))
    district_code: Mapped[str] = mapped_column(String(6))
    type: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(40))
    projects_running: Mapped[int] = mapped_column(Integer)
    projects_total: Mapped[int] = mapped_column(Integer)


class OrganizationView(ModelView):
    """A stock view with FAB's own page size of 25."""

    datamodel = SQLAInterface(StockOrganization)
    list_columns = ["name", "credit_code", "district_code", "type", "status", "projects_running", "projects_total"]
    page_size = 25


def stock_over(server: Server) -> Flask:
    """Fill a database of its own and make the stock view's application over it."""
    drop_database(server, NAME)
    create_database(server, NAME)
    app = Flask("stock")
    app.config.update(
        SECRET_KEY="of-one-run-" + "x" * 24, SQLALCHEMY_DATABASE_URI=server.at(NAME).owner_url, WTF_CSRF_ENABLED=True
    )
    db = SQLA(app)
    with app.app_context():
        Model.metadata.create_all(db.engine)
        builder = AppBuilder(app, db.session)
        builder.add_view(OrganizationView, "Organizations")
        role = builder.sm.find_role("Admin")
        builder.sm.add_user("bench", "Bench", "Bench", "bench@example.org", role, PASSWORD)
        fill = (
            "INSERT INTO stock_organization SELECT n, '示例机构 ' || n, lpad(n::text, 18, '0'), '310101', 'association', "
            "'active', 0, 0 FROM generate_series(1, 2200) AS n"
        )
        db.session.execute(text(fill))
        db.session.commit()
        _count(app, db.engine)
        db.engine.dispose()
    return app


def main(port: int, var: str) -> None:
    """Serve the stock view; the server of its database is the house's, and runs before and after."""
    logging.disable(logging.WARNING)
    with running_server(Settings(modules=config.MODULES, var=Path(var))) as server:
        app = stock_over(server)
    Served(app, port).run()


def _count(app: Flask, engine: Any) -> None:
    last = {"/organizationview/list/": 0}

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "seen" in g and not statement.lstrip().upper().startswith(FREE):
            g.seen += 1

    event.listen(engine, "before_cursor_execute", note)
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: setattr(g, "seen", 0))

    @app.after_request
    def keep(response: Any) -> Any:
        last["/organizationview/list/"] = max(g.get("seen", 0), last["/organizationview/list/"])
        return response

    @app.get("/statements")
    def statements() -> str:
        return str(last["/organizationview/list/"])


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
