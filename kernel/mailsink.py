"""A mail server for demo and tests: it takes every letter and keeps it, for a page to show; nothing leaves the house."""

from __future__ import annotations

import email
import email.policy
import mailbox
from asyncio import Server
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from kernel.clock import now

ARRIVED = "X-Arrived-At"
RECIPIENTS = "X-Recipients"
LONGEST_LETTER = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter as it arrived: its key in the folder, when, from whom, for whom, and what it says."""

    key: str
    arrived_at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    message_id: str


class MailSink:
    """The server, in a thread of its own, and the folder (a maildir) that it fills."""

    def __init__(self, folder: Path, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self._controller = _AnyPort(_Keeper(_box(folder)), hostname=host, port=port, data_size_limit=LONGEST_LETTER)

    @property
    def port(self) -> int:
        """The port on which it listens; chosen by the system when 0 was asked for."""
        return int(self._controller.port)

    def start(self) -> None:
        """Begin to listen. Raises OSError when the port is taken."""
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()


class _AnyPort(Controller):
    def _trigger_server(self) -> None:
        # The controller knocks at its own port to make sure that it listens: it must know which one it was given.
        if isinstance(self.server, Server):
            self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class _Keeper:
    def __init__(self, box: mailbox.Maildir) -> None:
        self._box = box

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  (aiosmtpd's name)
        content = envelope.content or b""
        head = f"{ARRIVED}: {now().isoformat()}\r\n{RECIPIENTS}: {', '.join(envelope.rcpt_tos)}\r\n".encode()
        self._box.add(head + (content if isinstance(content, bytes) else content.encode()))
        return "250 Kept"


def list_messages(folder: Path, *, recipient: str = "", most: int = 200) -> list[Letter]:
    """Give the letters of a folder, newest first; those for one recipient when it is named."""
    if not (folder / "new").exists():
        return []
    box = _box(folder)
    letters = [_read(key, box.get_bytes(key)) for key in box.iterkeys()]
    chosen = [letter for letter in letters if not recipient or recipient in letter.recipients]
    return sorted(chosen, key=lambda letter: (letter.arrived_at, letter.key), reverse=True)[:most]


def _box(folder: Path) -> mailbox.Maildir:
    folder.parent.mkdir(parents=True, exist_ok=True)
    return mailbox.Maildir(folder, create=True)


def _read(key: str, content: bytes) -> Letter:
    message = email.message_from_bytes(content, _class=EmailMessage, policy=email.policy.default)
    body = message.get_body(("plain",))
    return Letter(
        key=key,
        arrived_at=datetime.fromisoformat(str(message[ARRIVED])),
        sender=str(message["From"] or ""),
        recipients=tuple(part.strip() for part in str(message[RECIPIENTS] or "").split(",") if part.strip()),
        subject=str(message["Subject"] or ""),
        text=str(body.get_content()).replace("\r\n", "\n") if body is not None else "",
        message_id=str(message["Message-ID"] or ""),
    )
