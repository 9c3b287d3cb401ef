"""Papers that went out: what was stored is what was hashed, and anybody with the code learns whether it holds."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page
from pypdf import PdfReader
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from grants.models import Contract, Project
from grants.reports.contract import CENTRE, WORD
from kernel.checking import MOST_MISSES
from kernel.db import db, transaction
from kernel.documents import Paper, new_code, read_code, spaced
from kernel.documents.checkcode import ALPHABET, LENGTH
from kernel.errors import Refused
from kernel.files import Storage, current_storage, use_storage
from kernel.notices import Message
from kernel.papers import GLYPHS_MISSING, ISSUED_PAPER, IssuedPaper, PaperState, issue_paper, papers_of, recall_papers
from kernel.scope import see_as, whole
from kernel.words import Sentence
from tests.factories.awards import Awarding, Crew, awarding, crew, signed_project
from tests.factories.people import SYSTEM, person, token_of

pytestmark = pytest.mark.usefixtures("app")
NO_SUCH = "没有有效核验码的文书不是我们出具的"
IN_FORCE = "这是我们出具的文书，现在有效。"


@pytest.fixture(autouse=True)
def _storage(tmp_path: Path) -> None:
    use_storage(Storage(tmp_path))


@pytest.fixture
def made(db_session: Session) -> Awarding:
    return awarding()


@pytest.fixture
def people(made: Awarding) -> Crew:
    return crew(made.applications[0].organization_id)


@pytest.fixture
def contract(made: Awarding, people: Crew) -> Contract:
    return contract_of(signed_project(made, people))


def contract_of(project: Project) -> Contract:
    with whole(SYSTEM, "look"):
        contract = project.contract
    assert contract is not None
    return contract


def paper_of(contract: Contract) -> IssuedPaper:
    with whole(SYSTEM, "look"):
        (paper,) = papers_of(contract)
    return paper


def content_of(paper: IssuedPaper) -> bytes:
    return current_storage().path_of(paper.sha256).read_bytes()


def again(contract: Contract, people: Crew, text: str = "新版。") -> IssuedPaper:
    """Issue a newer version of a contract's paper."""
    with transaction(), whole(SYSTEM, "again"):
        return issue_paper(
            lambda code: Paper("协议", organization=CENTRE, number=contract.number, code=code).paragraph(text),
            owner=contract,
            kind="contract",
            word=WORD,
            number=contract.number,
            issuer=CENTRE,
            actor=people.director,
        )


# Codes


def test_a_code_is_drawn_of_plain_characters_and_read_as_people_type_it() -> None:
    codes = {new_code() for _ in range(500)}

    assert len(codes) == 500
    assert all(len(code) == LENGTH and set(code) <= set(ALPHABET) for code in codes)
    assert not set(ALPHABET) & set("01ILOU")
    assert all(group[-1].isdigit() for code in codes for group in spaced(code).split("-"))
    assert spaced("ABCDEFGH23456789") == "ABCD-EFGH-2345-6789"
    for typed in (
        "ABCD-EFGH-2345-6789",
        " abcd efgh 2345 6789",
        "ＡＢＣＤ－ＥＦＧＨ－２３４５－６７８９",
        "abcdefgh23456789",
    ):
        assert read_code(typed) == "ABCDEFGH23456789"
    for typed in ("", "ABCD", "ABCD-EFGH-2345-678O", "x" * 100_000, "' OR 1=1 --", "\x00" * 16):
        assert read_code(typed) == ""


# Issuing


def test_signing_keeps_the_paper_under_its_hash_with_its_code_printed_on_it(contract: Contract) -> None:
    paper = paper_of(contract)
    content = content_of(paper)

    assert (paper.word, paper.number, paper.state) == ("Contract", contract.number, PaperState.CURRENT)
    assert (paper.sha256, paper.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (contract.file_id, contract.sha256) == (paper.file_id, paper.sha256)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    assert all(spaced(paper.code) in page for page in pages)


def test_the_stored_bytes_are_served_and_never_made_again(
    contract: Contract, people: Crew, client: FlaskClient, sign_in: Callable[..., FlaskClient], monkeypatch: Any
) -> None:
    sealed, url = paper_of(contract).sha256, f"/contracts/{contract.id}/paper"
    monkeypatch.setattr(Paper, "build", lambda _self: pytest.fail("a signed paper was made anew"))

    with sign_in(client, "orglead_t").get(url) as served:
        assert hashlib.sha256(served.data).hexdigest() == sealed


def test_a_newer_version_replaces_the_older_and_both_files_stay(contract: Contract, people: Crew) -> None:
    first = paper_of(contract)

    second = again(contract, people)

    with whole(SYSTEM, "look"):
        newer, older = papers_of(contract)
        assert (newer.id, older.id) == (second.id, first.id)
        assert (newer.state, older.state) == (PaperState.CURRENT, PaperState.SUPERSEDED)
        assert older.superseded_at is not None
        assert older.file.superseded_by_id == newer.file_id
    assert newer.code != older.code
    assert content_of(older) != content_of(newer)


def test_one_version_is_in_force_for_the_database_too(contract: Contract, people: Crew) -> None:
    first = paper_of(contract).id
    again(contract, people)
    wanted = update(IssuedPaper.__table__).where(IssuedPaper.__table__.c.id == first)

    with pytest.raises(IntegrityError, match="uq_issued_paper_in_force"), whole(SYSTEM, "tamper"):
        db.session.execute(wanted.values(state="current", superseded_at=None))


def test_a_character_without_a_glyph_is_told_to_those_who_can_mend_it(contract: Contract, people: Crew) -> None:
    keeper = person("keeper_t", "sysadmin")

    paper = again(contract, people, "𠮷女士")

    assert paper.missing == "𠮷"
    with whole(SYSTEM, "look"):
        wanted = select(Message).where(Message.kind == GLYPHS_MISSING.key, Message.recipient_id == keeper.user_id)
        (message,) = db.session.scalars(wanted)
    assert "𠮷 (U+20BB7)" in message.told.render("en")


# Void


def test_the_director_declares_a_paper_void_with_a_reason_and_nobody_else(contract: Contract, people: Crew) -> None:
    paper = paper_of(contract)
    with pytest.raises(Refused), transaction():
        ISSUED_PAPER["withdraw"](paper, actor=people.officer, reason="误发。")

    with transaction():
        ISSUED_PAPER["withdraw"](paper, actor=people.director, reason="误发。")

    assert (paper.state, paper.reason) == (PaperState.WITHDRAWN, "误发。")
    with pytest.raises(Refused), transaction():
        ISSUED_PAPER["withdraw"](paper, actor=people.director, reason="再来一次。")


def test_papers_of_a_record_that_is_taken_back_are_void_and_a_new_one_follows(contract: Contract, people: Crew) -> None:
    with transaction(), whole(SYSTEM, "recall"):
        recall_papers(
            contract,
            actor=people.officer,
            reason=Sentence("The sheet was returned to the agency; a new report follows."),
        )
    again(contract, people)

    with whole(SYSTEM, "look"):
        assert [paper.state for paper in papers_of(contract)] == [PaperState.CURRENT, PaperState.WITHDRAWN]


def test_the_workflow_of_papers_is_whole() -> None:
    ISSUED_PAPER.check()

    assert set(ISSUED_PAPER.steps) == {"supersede", "recall", "withdraw"}


# Verifying


def page_of(client: FlaskClient, url: str) -> str:
    return client.get(url).get_data(as_text=True)


def test_anybody_verifies_a_paper_by_its_code(contract: Contract, client: FlaskClient) -> None:
    paper = paper_of(contract)

    for url in (f"/check/{spaced(paper.code)}", f"/check/{paper.code.lower()}", f"/check/?code={paper.code}"):
        page = page_of(client, url)
        assert IN_FORCE in page
        for told in ("协议", paper.number, paper.sha256, "上海市女性社会组织发展中心", f"{paper.issued_on}"):
            assert told in page


def test_nothing_about_people_or_the_other_party_is_told(contract: Contract, people: Crew, client: FlaskClient) -> None:
    with whole(SYSTEM, "look"):
        hidden = [contract.organization.name, contract.project.title, people.director.name, f"{contract.amount:,.2f}"]

    page = page_of(client, f"/check/{paper_of(contract).code}")

    assert IN_FORCE in page
    assert [text for text in hidden if text in page] == []


@pytest.mark.parametrize("typed", ["ABCD-EFGH-2345-6789", "nonsense", "' OR '1'='1", "%00"])
def test_what_is_no_code_of_ours_gets_one_answer(contract: Contract, client: FlaskClient, typed: str) -> None:
    answer = client.get(f"/check/{typed}")

    assert answer.status_code == 200
    assert NO_SUCH in answer.get_data(as_text=True)
    assert IN_FORCE not in answer.get_data(as_text=True)


def test_guessing_is_throttled_and_a_true_code_costs_nothing(contract: Contract, client: FlaskClient) -> None:
    code = paper_of(contract).code
    for _time in range(3):
        assert IN_FORCE in page_of(client, f"/check/{code}")

    answers = [client.get(f"/check/{new_code()}").status_code for _time in range(MOST_MISSES + 1)]

    assert answers == [200] * MOST_MISSES + [429]
    assert IN_FORCE not in page_of(client, f"/check/{code}"), "who has guessed too often waits for true codes too"


def test_a_replaced_and_a_void_paper_say_so(contract: Contract, people: Crew, client: FlaskClient) -> None:
    first = paper_of(contract).code
    second = again(contract, people)
    code = second.code
    with transaction():
        ISSUED_PAPER["withdraw"](second, actor=people.director, reason="误发。")

    assert "已有新版" in page_of(client, f"/check/{first}")
    void = page_of(client, f"/check/{code}")
    assert "已作废，不再有效" in void
    assert "误发" not in void


def test_without_script_the_server_compares_the_file_and_keeps_nothing(contract: Contract, client: FlaskClient) -> None:
    paper = paper_of(contract)
    content, url = content_of(paper), f"/check/{paper.code}"
    token = token_of(page_of(client, url))
    kept = sorted(current_storage().root.rglob("*"))

    def verdict(sent: bytes) -> str:
        data = {"csrf_token": token, "file": (io.BytesIO(sent), "任意.pdf")}
        page = client.post(url, data=data).get_data(as_text=True)
        (told,) = [name for name in ("same", "other") if f'data-verdict="{name}">' in page]
        return told

    assert verdict(content) == "same"
    assert verdict(content[:-1] + bytes([content[-1] ^ 1])) == "other"
    assert verdict(content + b"\n") == "other"
    assert sorted(current_storage().root.rglob("*")) == kept


def test_visitors_and_organizations_cannot_list_papers(
    contract: Contract, people: Crew, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    see_as(people.officer)
    assert len(db.session.scalars(select(IssuedPaper)).all()) == 1
    see_as(people.org_admin)
    with pytest.raises(ProgrammingError, match="permission denied"):
        db.session.scalars(select(IssuedPaper)).all()
    db.session.rollback()

    assert client.get("/papers/").status_code == 302
    assert sign_in(client, "org_t").get("/papers/").status_code == 403


def test_the_register_finds_a_paper_by_number_and_by_code(
    contract: Contract, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    paper = paper_of(contract)
    code, sealed, url, file = paper.code, paper.sha256, f"/papers/{paper.id}", f"/files/{paper.file.public_id}"
    words = (contract.number, spaced(code), code.lower())
    officer = sign_in(client, "officer_t")

    assert [typed for typed in words if spaced(code) not in page_of(officer, f"/papers/?q={typed}")] == []
    assert spaced(code) not in page_of(officer, f"/papers/?q={new_code()}")
    record = page_of(officer, url)
    assert sealed in record
    assert file in record
    assert "作废" not in record
    assert "作废" in page_of(sign_in(client, "director_t"), url)


def test_no_reader_writes_a_paper(contract: Contract, people: Crew) -> None:
    paper = paper_of(contract)
    see_as(people.director)

    with pytest.raises(ProgrammingError, match="permission denied"):
        db.session.execute(update(IssuedPaper).where(IssuedPaper.id == paper.id).values(sha256="0" * 64))


# In a browser


@pytest.mark.journey
def test_a_browser_compares_the_file_without_sending_it(live_server: str, page: Page, tmp_path: Path) -> None:
    made = awarding()
    contract = contract_of(signed_project(made, crew(made.applications[0].organization_id)))
    paper = paper_of(contract)
    content = content_of(paper)
    true, changed = tmp_path / "true.pdf", tmp_path / "changed.pdf"
    true.write_bytes(content)
    changed.write_bytes(content[:500] + bytes([content[500] ^ 1]) + content[501:])
    sent: list[str] = []

    page.goto(f"{live_server}/check/")
    page.get_by_label("核验码", exact=True).fill(spaced(paper.code).lower())
    page.get_by_role("button", name="核验").click()
    page.get_by_text(IN_FORCE).wait_for()
    page.on("request", lambda request: sent.append(request.method))

    page.get_by_label("收到的文件（PDF）").set_input_files(true)
    page.get_by_role("button", name="比对文件").click()
    page.get_by_text("这就是我们出具的那份文件").wait_for()
    page.get_by_label("收到的文件（PDF）").set_input_files(changed)
    page.get_by_role("button", name="比对文件").click()
    page.get_by_text("这不是我们出具的那份文件").wait_for()

    assert not page.get_by_text("这就是我们出具的那份文件").is_visible()
    assert sent == []
