"""Small markup for cells, drawn by the macros of a module's template."""

from __future__ import annotations

from typing import Any

from flask import current_app
from markupsafe import Markup

_MACROS = "yulan-macros"


def drawn(template: str, macro: str, *given: Any) -> Markup:
    """Draw a macro with these values; the template is looked up once, since a register draws hundreds of cells."""
    known: dict[tuple[str, str], Any] = current_app.extensions.setdefault(_MACROS, {})
    if (template, macro) not in known:
        known[template, macro] = getattr(current_app.jinja_env.get_template(template).module, macro)
    return Markup(known[template, macro](*given))  # noqa: S704  (the macro escapes)
