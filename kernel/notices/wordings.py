"""The words of each kind of mail, which people of the house change in versions; what was sent keeps its own.

Safe by its shape: a placeholder is a name in curly brackets, replaced by text and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select

from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.audit import note
from kernel.db import db
from kernel.errors import Invalid, Refused, Stale
from kernel.notices.messages import MailTemplate
from kernel.words import Sentence
from kernel.workflow import deed

PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the words of one kind of mail may and must hold."""

    kind: str
    names: Sequence[str]
    needed: Sequence[str] = ()


def words_in_use(kind: str) -> MailTemplate | None:
    """Give the version whose words are sent now, or None for the built-in ones."""
    newest = versions_of(kind, most=1)
    return newest[0] if newest and not newest[0].is_built_in else None


def in_use(kinds: Iterable[str]) -> dict[str, int]:
    """Give which of these kinds are sent in words of the house's own: kind → number of the version."""
    newest = (
        select(MailTemplate.kind, MailTemplate.number, MailTemplate.subject_zh)
        .where(MailTemplate.kind.in_(list(kinds)))
        .distinct(MailTemplate.kind)
        .order_by(MailTemplate.kind, MailTemplate.number.desc())
    )
    return {row.kind: row.number for row in db.session.execute(newest) if row.subject_zh is not None}


def versions_of(kind: str, *, most: int = 50) -> Sequence[MailTemplate]:
    """Give the versions of a kind, newest first."""
    wanted = select(MailTemplate).where(MailTemplate.kind == kind).order_by(MailTemplate.number.desc()).limit(most)
    return db.session.scalars(wanted).all()


def fill(text: str, values: Mapping[str, str]) -> str | None:
    """Put values into words; None when the words ask for one that is not there any more."""
    if set(PLACEHOLDER.findall(text)) - values.keys():
        return None
    return PLACEHOLDER.sub(lambda found: values[found.group(1)], text)


def problem_with(text: str, allowed: Allowed, *, needed: Sequence[str] = ()) -> Sentence | None:
    """Say what is wrong with words, or None: unknown placeholders, stray brackets, a placeholder that is missing."""
    names = PLACEHOLDER.findall(text)
    if unknown := [name for name in names if name not in allowed.names]:
        told = ", ".join(allowed.names) or "–"
        return Sentence("“{name}” is no placeholder of this mail. There are: {names}.", name=unknown[0], names=told)
    if set("{}") & set(PLACEHOLDER.sub("", text)):
        return Sentence("Curly brackets stand only around the name of a placeholder.")
    if missing := [name for name in needed if name not in names]:
        return Sentence("Please keep the placeholder “{name}”.", name=missing[0])
    return None


def check_words(allowed: Allowed, words: Mapping[str, str]) -> None:
    """Refuse words that cannot be sent; raises Invalid with every problem beside its field."""
    needed = {name: allowed.needed if name.startswith("body") else () for name in words}
    found = {name: problem_with(text, allowed, needed=needed[name]) for name, text in words.items()}
    for name, text in words.items():
        if name.startswith("subject") and found[name] is None and len(text.splitlines()) > 1:
            found[name] = Sentence("A subject is one line.")
    if problems := {name: [told] for name, told in found.items() if told is not None}:
        raise Invalid(problems)


@deed("edit", "MailTemplate")
def save_words(
    allowed: Allowed,
    *,
    actor: Actor,
    after: int,
    subject_zh: Annotated[str, Ask("Subject in Chinese", most=200)],
    body_zh: Annotated[str, Ask("Text in Chinese", long=True, most=5000)],
    subject_en: Annotated[str, Ask("Subject in English", most=200)],
    body_en: Annotated[str, Ask("Text in English", long=True, most=5000)],
) -> MailTemplate:
    """Let a kind of mail be sent in these words from now on; `after` is the version that its author saw.

    Raises Invalid for words that cannot be sent, Stale when somebody saved meanwhile.
    """
    words = {"subject_zh": subject_zh, "body_zh": body_zh, "subject_en": subject_en, "body_en": body_en}
    check_words(allowed, words)
    return _next_version(allowed.kind, actor, after, words)


@deed("edit", "MailTemplate")
def restore_words(allowed: Allowed, *, actor: Actor, after: int) -> MailTemplate:
    """Let a kind of mail be sent in its built-in words again.

    Raises Refused when it is already, Stale when somebody saved meanwhile.
    """
    if words_in_use(allowed.kind) is None:
        raise Refused(Sentence("The built-in words are in use already."))
    return _next_version(allowed.kind, actor, after, dict.fromkeys(("subject_zh", "body_zh", "subject_en", "body_en")))


def _next_version(kind: str, actor: Actor, after: int, words: Mapping[str, str | None]) -> MailTemplate:
    newest = versions_of(kind, most=1)
    number = newest[0].number if newest else 0
    if number != after:
        raise Stale(kind, number)
    version = MailTemplate(kind=kind, number=number + 1, by_id=actor.user_id, **words)
    db.session.add(version)
    db.session.flush()
    told = {"kind": kind, "number": version.number, **words}
    note("MailTemplate.restore" if version.is_built_in else "MailTemplate.edit", version, actor=actor, **told)
    return version
