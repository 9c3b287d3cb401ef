"""Proving once more who one is, in the form of the step that needs it, so that nothing typed there is lost.

A step that is `fresh` asks for the password (and the code of a second factor) among its own questions when the last
proof is older than ten minutes. Source: OWASP ASVS 5.0 item 7.5.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import request

from kernel import pages
from kernel.attempts import MINUTES, prove
from kernel.clock import now
from kernel.identity import current_actor, current_identity, current_session, renew_identity
from kernel.sessions import prove_session
from kernel.speech import gettext as _
from kernel.words import Sentence
from kernel.workflow import has_proved

PASSWORD, CODE = "proof_password", "proof_code"
TOLD = {
    "password": (PASSWORD, Sentence("This is not your present password.")),
    "code": (CODE, Sentence("This code is wrong or was used before. Wait for the next one on your phone.")),
    "wait": (PASSWORD, Sentence("Too many attempts. Please wait {n} minutes.", n=MINUTES)),
}

Problems = Mapping[str, Sequence[Sentence]]


def proof_fields(problems: Problems | None = None) -> list[pages.FieldView]:
    """Give the questions of a proof, or none when the person of this request proved a moment ago."""
    identity = current_identity()
    if identity is None or has_proved(current_actor()):
        return []
    told = problems or {}
    fields = [
        pages.FieldView(
            PASSWORD,
            _("Your password"),
            "password",
            hint=_("This step asks once more that it is you."),
            autocomplete="current-password",
            errors=[sentence.render() for sentence in told.get(PASSWORD, ())],
        )
    ]
    if identity.has_factor:
        errors = [sentence.render() for sentence in told.get(CODE, ())]
        fields.append(pages.FieldView(CODE, _("Code of your phone"), autocomplete="one-time-code", errors=errors))
    return fields


def take_proof() -> dict[str, tuple[Sentence, ...]]:
    """Read the proof of this request's form, if one is needed and given; gives what is wrong, field by field."""
    identity, password = current_identity(), request.form.get(PASSWORD, "")
    if identity is None or not password or has_proved(current_actor()):
        return {}
    user_id = identity.actor.user_id
    assert user_id is not None
    wrong = prove(user_id, password, request.form.get(CODE, ""), has_factor=identity.has_factor)
    if wrong:
        field, sentence = TOLD[wrong]
        return {field: (sentence,)}
    prove_session(current_session().token)
    renew_identity(replace(identity, actor=replace(identity.actor, proved_at=now())))
    return {}
