"""The floor: one Flask route, the same rows by one SELECT, a plain Jinja table; nothing cheaper shows them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from flask import Flask, render_template_string
from gunicorn.app.base import BaseApplication
from sqlalchemy import Engine, create_engine, text

import config
from kernel.database import owner_url_of
from kernel.settings import Settings

PAGE = """<!doctype html><html><head><title>floor</title></head><body><table>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}
</table></body></html>"""
ROWS = text(
    "SELECT id, name, credit_code, district_code, type, status, projects_running, projects_total, last_grade "
    "FROM organization ORDER BY id DESC LIMIT 25",
)


class Served(BaseApplication):
    """Gunicorn with one sync worker, as the others have."""

    def __init__(self, app: Flask, port: int) -> None:
        self._app, self._port = app, port
        super().__init__()

    def load_config(self) -> None:
        for name, value in {"bind": f"127.0.0.1:{self._port}", "workers": 1, "loglevel": "error"}.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app


def owner_url(var: str) -> str:
    """Give the owner's way into the house's database; the server runs already."""
    return owner_url_of(Settings(modules=config.MODULES, var=Path(var)))


def floor_over(engine: Engine) -> Flask:
    """Make the floor's application over an engine."""
    app = Flask("floor")

    @app.get("/")
    def rows() -> Any:
        with engine.connect() as connection:
            return render_template_string(PAGE, rows=connection.execute(ROWS).all())

    @app.get("/ready")
    def ready() -> str:
        return "ready"

    return app


def main(port: int, var: str) -> None:
    """Serve the floor."""
    Served(floor_over(create_engine(owner_url(var), pool_size=1)), port).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
