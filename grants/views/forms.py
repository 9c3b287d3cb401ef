"""A deed as a page with one form, its questions read from the deed itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import request

from grants.views.deeds import Drawn, form_or_done
from kernel import pages
from kernel.arguments import arguments_of, read_arguments
from kernel.views import Page, field_of, typed_values

Done = Callable[..., tuple[str, str]]
"""Carries the deed out with its arguments; gives where to go and what to tell."""


def ask(
    view: Page,
    deed: Callable[..., Any],
    *,
    title: str,
    done: Done,
    back_url: str,
    crumbs: Sequence[tuple[str, str | None]] = (),
    defaults: Mapping[str, Any] | None = None,
    lead: str = "",
    confirm: str = "",
    note: tuple[str, str] | None = None,
) -> Drawn:
    """Ask for what a deed needs, or carry it out; what was typed stays when the answer is no."""
    arguments = arguments_of(deed)
    typed = typed_values() if request.method == "POST" else dict(defaults or {})

    def fields(given: Mapping[str, Any], problems: Mapping[str, Any]) -> list[pages.FieldView]:
        return [field_of(argument, given, problems) for argument in arguments]

    form = pages.FormPage(
        title=title,
        url=request.path,
        lead=lead,
        crumbs=crumbs,
        back_url=back_url,
        confirm=confirm or title,
        note=note,
    )
    return form_or_done(
        view, form, fields=fields, carry_out=lambda: done(**read_arguments(arguments, typed)), typed=typed
    )
