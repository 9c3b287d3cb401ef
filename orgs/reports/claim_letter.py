"""The letters by which existing organizations claim their accounts: one sheet each, all in one file to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kernel.documents import Paper, letterhead, spaced
from kernel.words import Sentence

CENTRE = Sentence("Shanghai Women's Social Organization Development Centre")
LOCALE = "zh"
TITLE = Sentence("How your organization comes by its account")
STEPS = (
    Sentence("1. Open {address} and type both codes of this letter, your name and your e-mail address."),
    Sentence("2. Open the link that comes by mail within 7 days, and choose your password."),
    Sentence("3. Sign in. You are the administrator of your organization's account and invite your colleagues there."),
)


@dataclass(frozen=True, slots=True)
class LetterOfClaim:
    """What one letter says; its code is known to nobody once the letter is printed."""

    name: str
    credit_code: str
    address: str
    code: str
    expires_on: date


def build_claim_letters(letters: Sequence[LetterOfClaim], *, day: date) -> Paper:
    """Write the letters in Chinese; each begins on a sheet of its own, and no sheet counts the others."""
    paper = Paper(TITLE, organization=CENTRE, day=day, locale=LOCALE, is_numbered=False)
    for place, letter in enumerate(letters):
        if place:
            paper.sheet(TITLE, day=day)
        _write(paper, letter)
    return paper


def _write(paper: Paper, letter: LetterOfClaim) -> None:
    address = f"{letterhead().address}/claim"
    paper.paragraph(Sentence("To {name}:", name=letter.name))
    paper.paragraph(
        Sentence(
            "Your organization stands on our register, and nobody has an account for it yet. Whoever acts for it claims"
            " the account with the two codes below. Please give this letter to nobody else: with it one acts for your"
            " organization. The code opens one account, once."
        )
    )
    facts: list[tuple[Sentence, str | date]] = [
        (Sentence("Organization"), letter.name),
        (Sentence("Address"), letter.address),
        (Sentence("Unified social credit code"), letter.credit_code),
        (Sentence("Code of the letter"), spaced(letter.code)),
        (Sentence("Good until"), letter.expires_on),
        (Sentence("Page to claim the account"), address),
    ]
    paper.facts([(label, value) for label, value in facts if value])
    for step in STEPS:
        paper.paragraph(Sentence(step.msgid, address=address))
    paper.paragraph(
        Sentence("If the letter is lost or too old, the Centre sends a new one. It never asks you for your password."),
        "small",
    )
