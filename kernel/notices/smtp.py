"""The way out of the house: one connection for a batch of letters, and what a server's answers mean."""

from __future__ import annotations

import contextlib
import smtplib
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol

PATIENCE = 10.0  # seconds for each word of the mail server
PERMANENT = 500  # from here on a server's no is meant for good (RFC 5321, 4.2.1)
CLOSING = 421  # the server ends the connection
LONGEST_ANSWER = 300


class PostAway(Exception):  # noqa: N818  (what is the case, not whose error)
    """The mail server is away, or will not talk to us: no letter's fault, and no letter's try."""


class LetterFailed(Exception):  # noqa: N818  (what is the case, not whose error)
    """One letter was not taken: for good or for now, and whether the connection is lost with it."""

    def __init__(self, answer: str, *, for_good: bool, line_lost: bool) -> None:
        super().__init__(answer)
        self.answer = answer[:LONGEST_ANSWER]
        self.for_good = for_good
        self.line_lost = line_lost


class Line(Protocol):
    """An open connection that takes one letter after the other."""

    def send(self, letter: EmailMessage) -> None:
        """Hand over a letter. Raises LetterFailed, or PostAway when the server takes nothing from us."""

    def close(self) -> None: ...


class Post(Protocol):
    """What carries letters out of the house."""

    def open(self) -> Line:
        """Begin a batch. Raises PostAway."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """An SMTP server."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    starttls: bool = False

    def open(self) -> Line:
        """Connect and sign in. Raises PostAway."""
        try:
            server = smtplib.SMTP(self.host, self.port, timeout=PATIENCE)
            if self.starttls:
                server.starttls()
            if self.user and self.password:
                server.login(self.user, self.password)
        except (smtplib.SMTPException, OSError) as failure:
            raise PostAway(f"{self.host}:{self.port}: {_words_of(failure)}") from failure
        return SmtpLine(server)


class SmtpLine:
    """A connection to an SMTP server."""

    def __init__(self, server: smtplib.SMTP) -> None:
        self._server = server

    def send(self, letter: EmailMessage) -> None:
        """Hand over a letter. Raises LetterFailed, or PostAway when the server refuses our own address."""
        try:
            self._server.send_message(letter)
        except smtplib.SMTPSenderRefused as failure:
            raise PostAway(_words_of(failure)) from failure
        except smtplib.SMTPRecipientsRefused as failure:
            code, _words = next(iter(failure.recipients.values()))
            raise _failed(code, failure) from failure
        except smtplib.SMTPResponseException as failure:
            raise _failed(failure.smtp_code, failure) from failure
        except (smtplib.SMTPException, OSError) as failure:
            raise LetterFailed(_words_of(failure), for_good=False, line_lost=True) from failure

    def close(self) -> None:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            self._server.quit()


def _failed(code: int, failure: Exception) -> LetterFailed:
    return LetterFailed(_words_of(failure), for_good=code >= PERMANENT, line_lost=code == CLOSING)


def _words_of(failure: Exception) -> str:
    """Give a server's own words, or the name of what happened."""
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(failure.recipients.values()))
        return _answer(code, words)
    if isinstance(failure, smtplib.SMTPResponseException):
        return _answer(failure.smtp_code, failure.smtp_error)
    return f"{type(failure).__name__}: {failure}"[:LONGEST_ANSWER]


def _answer(code: int, words: bytes | str) -> str:
    told = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {told}"[:LONGEST_ANSWER]
