"""Who does it: a person, a visitor without a name, or a job that acts on its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ReaderKind(StrEnum):
    """The kinds of reader; each has a database role of its own, so that a mistake above stops below."""

    PUBLIC = "public"
    ORG = "org"
    PANEL = "panel"
    STAFF = "staff"
    KEEPER = "keeper"
    DEED = "deed"

    @property
    def database_role(self) -> str:
        return f"g_{self.value}"


@dataclass(frozen=True, slots=True)
class Actor:
    """One identity with what it may do, made once per request or job run."""

    name: str
    user_id: int | None = None
    kind: ReaderKind = ReaderKind.PUBLIC
    roles: frozenset[str] = frozenset()
    permissions: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    organization_id: int | None = None
    proved_at: datetime | None = None
    """When the person behind a session last gave their password; None where no session is: a job, a command."""
    is_system: bool = False
    borrowed: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    """What of `permissions` is another person's duty, for whom this one is deputy now."""
    principal_id: int | None = None
    principal: str = ""
    lent: str = ""
    """The role for which this person stands in."""

    @property
    def duties(self) -> frozenset[str]:
        """Give the codes of the roles whose work is this person's today."""
        return self.roles | {self.lent} if self.lent else self.roles

    def borrows(self, verb: str, kind: str) -> bool:
        """Say whether this person may do this only as somebody's deputy."""
        return not self.is_system and (verb, kind) in self.borrowed

    def may(self, verb: str, kind: str) -> bool:
        """Say whether this kind of person may do this kind of thing at all; systems may do what jobs are for."""
        return self.is_system or (verb, kind) in self.permissions

    @classmethod
    def system(cls, name: str) -> Actor:
        """Give the actor of a job or of the command line; it stands in the trail under its own name."""
        return cls(name=name, kind=ReaderKind.DEED, is_system=True)


VISITOR = Actor(name="visitor")
