"""The files of a record, drawn below its facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template, url_for
from markupsafe import Markup

from kernel.db import Fact
from kernel.files import files_of


def drawn_files(owner: Fact, words: Mapping[str, Any]) -> Markup:
    """Draw the present files of a record that the reader may open, each with the word for what it is."""
    shown = [
        {
            "name": file.original_name,
            "url": url_for("Files.index", public_id=file.public_id),
            "text": str(words.get(file.kind, "")),
            "locked": file.restricted,
        }
        for file in files_of(owner)
    ]
    return Markup(render_template("orgs/listing_files.html", files=shown))  # noqa: S704  (templates escape)
