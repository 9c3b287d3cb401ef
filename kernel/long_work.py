"""How far a work of the jobs is, for a page that waits for it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, render_template


@dataclass(frozen=True, slots=True)
class LongWork:
    """A work under way: where its page asks again, what is being done, how far in words and in numbers; no total yet: 0."""

    url: str
    label: str
    told: str
    done: int
    total: int


def how_far(work: LongWork | None) -> Response:
    """Answer a page that asks again; without a work it is over, and the page comes anew."""
    html = render_template("kernel/how_far.html", work=work)
    return Response(html, headers={"Cache-Control": "no-store", "X-Over": "" if work else "1"})
