"""Records, the session, transactions, and database refusals told in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from flask_appbuilder import Model
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Engine,
    Identity,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    TypeDecorator,
    event,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    OperationalError,
    PendingRollbackError,
    SQLAlchemyError,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column, scoped_session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from kernel.clock import now
from kernel.errors import Refused, Stale
from kernel.words import Sentence

METADATA: MetaData = Model.metadata
METADATA.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
Model.registry.update_type_annotation_map(
    {
        Decimal: Numeric(14, 2),
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        str: Text,
        int: BigInteger,
    }
)

CONNECTION_LOST = "8s2b"  # SQLAlchemy's code for a transaction whose connection died before it

E = TypeVar("E", bound=StrEnum)
R = TypeVar("R", bound="Fact")


class Fact(DeclarativeBase):
    """A row that is written once and never changed; registered beside FAB's own tables."""

    __abstract__ = True
    registry = Model.registry

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True, sort_order=-10)
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now(), sort_order=90)


class Record(Fact):
    """A row that lives: each save raises its version, and a save over a newer version is refused."""

    __abstract__ = True

    version: Mapped[int] = mapped_column(default=1, sort_order=91)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


class Choice(TypeDecorator[E]):
    """A StrEnum kept as its value, so that the database reads like the code; a CHECK knows the values."""

    impl = String(40)
    cache_ok = True

    def __init__(self, choices: type[E]) -> None:
        super().__init__()
        self.choices = choices

    def process_bind_param(self, value: E | str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.choices(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        return None if value is None else self.choices(value)


@event.listens_for(Column, "after_parent_attach")
def _check_choices(column: Column[Any], table: Table) -> None:
    if isinstance(column.type, Choice) and isinstance(table, Table) and table.metadata is METADATA:
        values = ", ".join(f"'{member.value}'" for member in column.type.choices)
        table.append_constraint(CheckConstraint(f"{column.name} IN ({values})", name=f"{column.name}_known"))


class Database:
    """The one session of a thread, bound to the server when the application starts."""

    def __init__(self) -> None:
        self.factory = sessionmaker(autoflush=True, expire_on_commit=False)
        self.session: scoped_session[Session] = scoped_session(self.factory)
        self.engine: Engine | None = None

    def bind(self, engine: Engine) -> None:
        """Let all sessions work on `engine`."""
        self.engine = engine
        self.session.remove()
        self.factory.configure(bind=engine)


db = Database()


@contextmanager
def transaction() -> Iterator[Session]:
    """Commit what is done inside, or nothing of it; the database's refusals come out as sentences.

    Raises Refused when a constraint says no, or when another deed holds the records for too long.
    """
    session = db.session()
    try:
        with told_in_words():
            yield session
            session.commit()
    except BaseException:
        session.rollback()
        raise


def claim_form() -> None:
    """Let the form that asked for this deed be taken in the deed's own transaction; the door says how, once a request."""
    claim = db.session().info.pop("claim", None)
    if claim is not None:
        claim()


@contextmanager
def told_in_words() -> Iterator[None]:
    """Turn a refusal of the database into Refused with a sentence for people."""
    try:
        yield
    except IntegrityError as error:
        raise Refused(sentence_for(error)) from error
    except StaleDataError as error:
        raise Refused(*Stale.reasons) from error
    except DataError as error:
        raise Refused(Sentence("A value is too long or too large to be stored. Please shorten it.")) from error
    except OperationalError as error:
        if getattr(error.orig, "pgcode", None) not in {"55P03", "40P01", "57014"}:
            raise
        raise Refused(Sentence("Somebody else is working on the same record. Please try again.")) from error


def is_away(error: SQLAlchemyError) -> bool:
    """Tell a database that does not answer, whatever the driver calls it, from a statement that is wrong."""
    if isinstance(error, PendingRollbackError):
        return error.code == CONNECTION_LOST
    return isinstance(error, OperationalError) or (isinstance(error, DBAPIError) and error.connection_invalidated)


CONSTRAINT_SENTENCES: dict[str, Sentence] = {}


def tell_constraints(sentences: Mapping[str, Sentence]) -> None:
    """Add what people read when the database refuses: constraint name → sentence."""
    CONSTRAINT_SENTENCES.update(sentences)


def sentence_for(error: DBAPIError) -> Sentence:
    """Give the sentence of the constraint that refused, or a general one."""
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
    if name in CONSTRAINT_SENTENCES:
        return CONSTRAINT_SENTENCES[name]
    if name.endswith("_known"):
        return Sentence("A value is not one of the choices.")
    if name.startswith("fk_"):
        return Sentence("This refers to a record that does not exist or is still used elsewhere.")
    return Sentence("This clashes with a record that exists.")


def expect_version(record: Record, version: int | None) -> None:
    """Refuse a save whose form was opened before somebody else saved.

    Raises Stale with the version that is saved by now.
    """
    if version is not None and record.version != version:
        raise Stale(record, record.version)
