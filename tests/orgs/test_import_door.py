"""The wizard's own door: every hostile list is refused there in words, and nothing of it is kept."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import EnvironBuilder

from kernel.actor import Actor
from kernel.db import db
from kernel.files import StoredFile
from kernel.scope import whole
from orgs.models import ImportRun
from tests.factories.hostile import EICAR, workbook
from tests.factories.orgs import SET_UP
from tests.orgs.test_import_wizard import token_of
from tests.trials.test_hostile_files import HEADINGS, LONGEST, MACROS, TABLES, VIRUS, Row

SignIn = Callable[..., FlaskClient]
FORMULAS = "holds formulas or links"
LINK = {"xl/externalLinks/externalLink1.xml": b"<x/>"}
LISTS: tuple[Row, ...] = (
    *TABLES,
    ("公式.xlsx", lambda: workbook(HEADINGS, ["=1+1", "5A"]), FORMULAS),
    ("外部链接.xlsx", lambda: workbook(HEADINGS, ["示例甲", "5A"], more=LINK), FORMULAS),
    ("带宏.xlsx", lambda: workbook(HEADINGS, ["示例甲", "5A"], more={"xl/vbaProject.bin": b"x"}), MACROS),
    ("病毒.csv", lambda: "社会组织名称,等级\n".encode() + EICAR + b",5A\n", VIRUS),
)


@pytest.fixture
def desk(client: FlaskClient, sign_in: SignIn, officer: Actor) -> FlaskClient:
    client.get("/lang/en")
    return sign_in(client, "officer")


@pytest.mark.parametrize(("name", "make", "told"), LISTS, ids=[row[0] for row in LISTS])
def test_a_hostile_list_is_refused_in_words_and_not_kept(
    desk: FlaskClient, name: str, make: Callable[[], bytes], told: str
) -> None:
    desk.get("/lang/en")
    given = {"csrf_token": token_of(desk, "/imports/new"), "kind": "organizations", "file": (io.BytesIO(make()), name)}
    begun = time.process_time()

    sent = EnvironBuilder(path="/imports/new", method="POST", data=given).get_environ()
    answer = desk.open(sent)
    sent["wsgi.input"].close()

    said = re.sub(r"<[^>]+>|\s+", " ", answer.get_data(as_text=True)).replace("20,000", "20000")
    assert answer.status_code == 422
    assert told in said
    assert name in said
    assert time.process_time() - begun < LONGEST
    with whole(SET_UP, "look"):
        assert db.session.scalar(select(func.count()).select_from(ImportRun)) == 0
        assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 0
