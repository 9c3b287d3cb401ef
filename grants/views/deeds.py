"""Deeds of a record as forms of their own: asked on a page, carried out, told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Response, flash, redirect, request
from werkzeug.wrappers import Response as Answer

from kernel import pages
from kernel.db import transaction
from kernel.errors import Invalid, Refused
from kernel.views import Page

Drawn = str | tuple[str, int] | Answer
Fields = Callable[[Mapping[str, Any], Mapping[str, Any]], Sequence[pages.FieldView]]


def form_or_done(
    view: Page,
    form: pages.FormPage,
    *,
    fields: Fields,
    carry_out: Callable[[], tuple[str, str]],
    typed: Mapping[str, Any],
) -> Drawn:
    """Show a form, or carry out what it asks and go on: nothing typed is lost when the answer is no.

    `fields(typed, problems)` draws the questions; `carry_out` gives (where to go, what to tell).
    """
    if request.method != "POST":
        form.fields = fields(typed, {})
        return view.render("kernel/form.html", form_page=form)
    try:
        with transaction():
            url, told = carry_out()
    except Invalid as invalid:
        form.fields = fields(typed, invalid.problems)
        known = {field.name for field in form.fields}
        form.errors = [] if known >= set(invalid.problems) else [reason.render() for reason in invalid.reasons]
        return view.render("kernel/form.html", form_page=form), HTTPStatus.UNPROCESSABLE_ENTITY
    except Refused as refused:
        form.fields = fields(typed, {})
        form.errors = [reason.render() for reason in refused.reasons]
        return view.render("kernel/form.html", form_page=form), HTTPStatus.CONFLICT
    flash(told, "success")
    return redirect(url)


__all__ = ["Drawn", "Fields", "Response", "form_or_done"]
