"""Letters: written once, in their recipient's language, with the words in force; what is written never changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from kernel.clock import local
from kernel.db import db
from kernel.notices.messages import Letter, MailTemplate, Message
from kernel.notices.wordings import fill, words_in_use
from kernel.words import Sentence

SETTINGS = "/account/notices/"
COPY = Sentence("This letter is a copy. What counts stands in your messages in the system.")
ALONE = Sentence("This letter was written by a program; nobody reads an answer to it.")
CHOOSE = Sentence("Which letters you get, you choose here:")

LINK_HERE = "<<link>>"  # where a secret link will stand; what is stored never holds it

_address: list[str] = ["http://localhost:8000"]


def use_address(address: str) -> None:
    """Let the application say under which address it is reached; letters lead there."""
    _address[0] = address.rstrip("/")


SECRET_LINKS: dict[str, Callable[[Message], str]] = {}


def carry_secret_link(key: str, path_of: Callable[[Message], str]) -> None:
    """Let the letters of this kind of notice carry a path that stands nowhere else, told when a letter goes out."""
    SECRET_LINKS[key] = path_of


def secret_link_of(letter: Letter) -> str:
    """Give the whole address that only this letter carries, empty for most; for deeds."""
    if letter.kind not in SECRET_LINKS:
        return ""
    return link_to(SECRET_LINKS[letter.kind](db.session.get_one(Message, int(letter.occasion))))


@dataclass(frozen=True, slots=True)
class Occasion:
    """What is told once: its kind, its sentences, and where it leads; `can_be_less` where one may choose fewer letters.

    Without `has_inbox` the letter is no copy: it is told to somebody who has no account.
    """

    kind: str
    headline: Sentence
    body: Sentence
    link: str
    can_be_less: bool = True
    has_inbox: bool = True


@dataclass(frozen=True, slots=True)
class Written:
    """The words of a letter, and the version that they came from (None: the built-in)."""

    subject: str
    text: str
    template_id: int | None = None


def write_letters(told: Occasion, to: Sequence[tuple[int, str, str]]) -> list[int]:
    """Write one letter for each (recipient, locale, occasion) that has none yet; gives the ids of the new ones."""
    if not to:
        return []
    template = words_in_use(told.kind)
    written = {locale: write(told, template, locale) for _person, locale, _occasion in to}
    rows = [
        {
            "kind": told.kind,
            "recipient_id": person,
            "occasion": occasion,
            "template_id": written[locale].template_id,
            "locale": locale,
            "subject": written[locale].subject,
            "text": written[locale].text,
        }
        for person, locale, occasion in to
    ]
    added = insert(Letter).on_conflict_do_nothing().returning(Letter.id)
    return list(db.session.connection().execute(added, rows).scalars())


def write_letter_to(told: Occasion, address: str, locale: str, *, recipient_id: int, occasion: str) -> None:
    """Write one letter to an address, for somebody without an account or whose account ends now; once an occasion."""
    written = write(told, words_in_use(told.kind), locale)
    row = {
        "kind": told.kind,
        "recipient_id": recipient_id,
        "occasion": occasion,
        "address": address,
        "template_id": written.template_id,
        "locale": locale,
        "subject": written.subject,
        "text": written.text,
    }
    db.session.connection().execute(insert(Letter).on_conflict_do_nothing(), [row])


def forget_addresses(occasion: str) -> None:
    """Forget where the letters of one occasion went, for somebody whose address is kept nowhere else; for deeds."""
    db.session.execute(update(Letter).where(Letter.occasion == occasion).values(address=None))


def write(told: Occasion, template: MailTemplate | None, locale: str) -> Written:
    """Put what is told into the words in force; where these ask for what is not known any more, the built-in ones."""
    values = told.headline.shown(locale) | told.body.shown(locale)
    if template is not None:
        subject, body = (fill(part, values) for part in template.words(locale))
        if subject is not None and body is not None:
            return Written(one_line(subject), framed(told, body, locale), template.id)
    return Written(one_line(told.headline.render(locale)), framed(told, told.body.render(locale), locale))


def one_line(words: str) -> str:
    """Give words as a subject: a headline of two lines is no header."""
    return " ".join(words.split())


def framed(told: Occasion, body: str, locale: str) -> str:
    """Give the text of a letter: what is said, where it leads, and what a letter is."""
    foot = [COPY.render(locale)] if told.has_inbox else [ALONE.render(locale)]
    if told.can_be_less:
        foot.append(f"{CHOOSE.render(locale)} {_address[0]}{SETTINGS}")
    lead = LINK_HERE if told.kind in SECRET_LINKS else link_to(told.link)
    return "\n\n".join([body, lead, "-- \n" + "\n".join(foot)]) + "\n"


def link_to(path: str) -> str:
    """Give the whole address of a path of the house."""
    return f"{_address[0]}{path}"


def envelope(letter: Letter, to: str, *, sender: str, secret: str = "", can_be_less: bool = True) -> EmailMessage:
    """Give a letter as it goes out; the same in every try, so that a mail program shows one."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, letter.subject
    message["Date"] = format_datetime(local(letter.created_at))
    message["Message-ID"] = f"<message-{letter.id}@{host()}>"
    message["Auto-Submitted"] = "auto-generated"
    if can_be_less:
        message["List-Unsubscribe"] = f"<{link_to(SETTINGS)}>"
    message.set_content(letter.text.replace(LINK_HERE, secret) if secret else letter.text)
    message["Content-Language"] = letter.locale  # last: what a letter contains is forgotten with its old content
    return message


def host() -> str:
    """Give the name under which the house writes: its address without scheme and port."""
    return _address[0].rsplit("://", maxsplit=1)[-1].split(":", maxsplit=1)[0]


SAMPLES: Mapping[str, str] = {
    "amount": "120,000.00",
    "count": "3",
    "day": "2027-03-15",
    "due": "2027-03-15",
    "opens": "2027-02-01 09:00",
    "closes": "2027-03-15 17:00",
    "number": "2027-XM-0017",
    "project": "2027-XM-0017",
    "year": "2027",
}


def sample_of(names: Sequence[str]) -> dict[str, Any]:
    """Give values that show how words will look; no record's own are used."""
    return {name: SAMPLES.get(name, f"〔{name}〕") for name in names}
