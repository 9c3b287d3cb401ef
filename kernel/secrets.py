"""Secrets that the system makes for itself: each a file in `var/secrets`, mode 600, written once."""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
from pathlib import Path

from kernel.settings import Settings, refuse_sample

OWN_EYES = 0o600
OWN_DOOR = 0o700


def keep(folder: Path, name: str) -> str:
    """Give the secret of that name; the first who asks makes it, and two who ask at once get the same.

    Raises PermissionError when the file can be read by others, because then it is no secret.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=OWN_DOOR)
    path = folder / name
    if not path.exists():
        _write_once(path, secrets.token_hex(32))
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"{path} can be read by others than its owner; run: chmod 600 {path}")
    return path.read_text(encoding="ascii").strip()


def secret_key(settings: Settings) -> str:
    """Give the key that signs sessions and forms; refuse one that is a sample or too short."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    key = keep(settings.secrets, "secret-key")
    refuse_sample_in(settings.secrets / "secret-key", key)
    return key


def refuse_sample_in(path: Path, secret: str) -> None:
    """Raise ValueError that names the file when the secret in it is a sample value."""
    try:
        refuse_sample(secret)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _write_once(path: Path, secret: str) -> None:
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        os.fchmod(descriptor, OWN_EYES)
        os.write(descriptor, secret.encode("ascii"))
        os.fsync(descriptor)
        os.link(draft, path)  # fails when somebody was first: then theirs is the secret
    except FileExistsError:
        pass
    finally:
        os.close(descriptor)
        Path(draft).unlink()


_SIGN_IN_KEY: list[bytes] = []


def sign_in_key(settings: Settings) -> str:
    """Give the key of which second factors and one-time links are derived."""
    if settings.sign_in_key is not None:
        return settings.sign_in_key.get_secret_value()
    return keep(settings.secrets, "sign-in-key")


def data_keys(settings: Settings) -> list[str]:
    """Give the keys of encrypted columns: the first encrypts, all of them open."""
    given = settings.data_key
    first = given.get_secret_value() if given is not None else keep(settings.secrets, "data-key")
    return [first, *(key.get_secret_value() for key in settings.data_key_fallbacks)]


def use_sign_in_key(key: str) -> None:
    """Let this process derive with that key."""
    _SIGN_IN_KEY[:] = [key.encode()]


def derive(purpose: str, salt: str) -> bytes:
    """Give 32 bytes that only the holder of the key can give again (HMAC-SHA256)."""
    if not _SIGN_IN_KEY:
        raise RuntimeError("no key to derive with: furnish() was not called")
    return hmac.new(_SIGN_IN_KEY[0], f"{purpose}:{salt}".encode(), "sha256").digest()
