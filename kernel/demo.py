"""The demo programme: made-up people and whatever the modules show with them; loaded once, in one transaction.

The same day and the same seed make the same programme. Nothing in it is real, and nobody meets it by accident: it
loads into an empty database alone, and its sign-ins exist nowhere else.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from io import BytesIO
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from kernel.accounts import add_user
from kernel.actor import Actor
from kernel.audit import acting, note_event
from kernel.clock import at
from kernel.db import Fact, transaction
from kernel.files import FileState, current_storage
from kernel.files.storage import Kept
from kernel.files.stored import LARGEST
from kernel.module import MODULES
from kernel.notices import Message, Notice, Way
from kernel.numbering import NUMBER_SERIES, format_number
from kernel.passwords import hash_of_password
from kernel.scope import whole
from kernel.settings import Settings
from kernel.words import Sentence

PASSWORD = "yulan-demo-2026"  # noqa: S105  (told to everybody; no other database has it)
SEED = 2014
CHUNK = 2000
KEEPERS = (("sysadmin", "周管理员"), ("secadmin", "吴安全员"), ("logadmin", "郑日志员"))


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Summary:
    """What was loaded: how many rows of each kind, and the names that sign in."""

    rows: Mapping[str, int]
    sign_ins: tuple[str, ...]


@dataclass
class Stage:
    """Where the modules set up their parts: the day, the dice, the people, and a fast way into the tables.

    `scale` makes everything smaller for tests; what a module must show at any size it asks for with `least`.
    """

    session: Session
    actor: Actor
    as_of: date
    seed: int
    scale: Fraction
    people: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    rows: Counter[str] = field(default_factory=Counter)
    _password: str = ""
    _dice: Random = field(default_factory=lambda: Random(SEED))  # noqa: S311  (a seed is wanted)
    _serials: Counter[str] = field(default_factory=Counter)
    _numbers: dict[tuple[str, int], int] = field(default_factory=dict)

    def draw(self, topic: str) -> Random:
        """Give dice of a topic's own, so that one part of the programme does not shift another."""
        return Random(f"{self.seed}:{self.as_of}:{topic}")  # noqa: S311  (a seed is wanted)

    def count(self, number: int, *, least: int = 1) -> int:
        """Give a number of records at the stage's scale."""
        return max(least, round(number * self.scale))

    def moment(self, day: date, hour: int = 10, minute: int = 0) -> datetime:
        """Give a moment of a day in Shanghai, never after the programme's own morning."""
        return min(at(day, hour, minute), at(self.as_of, 8))

    def sign_in(self, username: str, name: str, *codes: str, organization_id: int | None = None) -> int:
        """Make a person who can sign in with the demo's password; gives the user's id."""
        self._password = self._password or hash_of_password(PASSWORD)
        address = f"{username}@example.org"
        made = add_user(
            username, name, address, password_hash=self._password, codes=codes, organization_id=organization_id
        )
        self.people[username] = made
        self.names[username] = name
        return made

    def stand_in(self, username: str, name: str, code: str, *, password_hash: str) -> int:
        """Make a person who only makes the numbers true and is no sign-in of the demo; gives the user's id."""
        return add_user(username, name, f"{username}@example.org", password_hash=password_hash, codes=(code,))

    def ids(self, model: type[Fact], count: int) -> list[int]:
        """Draw the ids of rows that others will refer to before they are written."""
        sequence = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
        return list(self.session.scalars(sequence, {"name": model.__tablename__, "count": count}))

    def load(self, model: type[Fact], rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows that all have the same columns."""
        table: Any = model.__table__
        for start in range(0, len(rows), CHUNK):
            self.session.execute(insert(table), list(rows[start : start + CHUNK]))
        self.rows[model.__name__] += len(rows)

    def number(self, kind: str, year: int) -> str:
        """Give the next number of a series; the series are written at the end."""
        key = (kind, year)
        if key not in self._numbers:
            wanted = select(NUMBER_SERIES.c.last).where(NUMBER_SERIES.c.kind == kind, NUMBER_SERIES.c.year == year)
            self._numbers[key] = self.session.scalar(wanted) or 0
        self._numbers[key] += 1
        return format_number(kind, year, self._numbers[key])

    def serial(self, topic: str) -> int:
        """Count up: 1, 2, 3 ... for each topic apart."""
        self._serials[topic] += 1
        return self._serials[topic]

    def tell(self, notice: Notice, record: Fact | None, *, on: date) -> None:
        """Put an unread notice into the inboxes of those of its readers who sign in; no mail goes out for it."""
        if record is None:
            return
        told = notice.params(record)
        headline, body = Sentence(notice.headline, **told), Sentence(notice.body, **told)
        row = {
            "kind": notice.key,
            "subject_kind": type(record).__name__,
            "subject_id": record.id,
            "occasion": "demo",
            "headline": headline.dump(),
            "body": body.dump(),
            "text": f"{headline.render('zh')}\n{body.render('zh')}",
            "link": notice.link(record),
            "way": Way.INBOX,
            "created_at": self.moment(on, 16),
        }
        readers = sorted(set(notice.to(record)) & set(self.people.values()))
        self.load(Message, [{**row, "recipient_id": reader} for reader in readers])

    def keep(self, content: bytes) -> Kept:
        """Put a paper into the store of files; the same content is kept once."""
        storage = current_storage()
        with storage.received(BytesIO(content), "demo.pdf", limit=LARGEST) as path:
            return storage.keep(path)

    def file(
        self, kept: Kept, name: str, *, owner: tuple[str, int], kind: str, organization_id: int | None, on: datetime
    ) -> dict[str, Any]:
        """Give the row of a PDF of one record, without its id."""
        return {
            "public_id": UUID(int=self._dice.getrandbits(128), version=4),
            "owner_kind": owner[0],
            "owner_id": owner[1],
            "organization_id": organization_id,
            "kind": kind,
            "original_name": name,
            "extension": "pdf",
            "media_type": "application/pdf",
            "size": kept.size,
            "sha256": kept.sha256,
            "state": FileState.CLEAN,
            "created_at": on,
        }

    def write_numbers(self) -> None:
        """Leave every series where the programme has brought it."""
        rows = [{"kind": kind, "year": year, "last": last} for (kind, year), last in self._numbers.items()]
        if rows:
            wanted = upsert(NUMBER_SERIES)
            keys = [NUMBER_SERIES.c.kind, NUMBER_SERIES.c.year]
            told = wanted.on_conflict_do_update(index_elements=keys, set_={"last": wanted.excluded.last})
            self.session.execute(told, rows)


def weighted(dice: Random, choices: Sequence[tuple[T, int]]) -> T:
    """Give one of some things, each as often as its weight says."""
    return dice.choices([one for one, _ in choices], [weight for _, weight in choices])[0]


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Let no collector look through rows that all stay until they are written: it would take a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def load(
    settings: Settings,  # noqa: ARG001  (whoever loads is at work with them)
    as_of: date,
    *,
    seed: int = SEED,
    scale: Fraction | float = 1,
) -> Summary:
    """Load the whole programme as it stands on a day, or nothing of it; the database must have nobody in it yet."""
    actor = Actor.system("demo")
    with _without_collecting(), transaction() as session, whole(actor, "demo.load"), acting(actor, "demo.load"):
        stage = Stage(session, actor, as_of, seed, Fraction(scale).limit_denominator(10_000))
        for username, name in KEEPERS:
            stage.sign_in(username, name, username)
        for module in MODULES:
            if module.demo is not None:
                module.demo(stage)
        stage.write_numbers()
        for kind, count in stage.rows.items():
            note_event(kind, actor=actor, count=count)
    return Summary(dict(stage.rows), tuple(stage.people))
