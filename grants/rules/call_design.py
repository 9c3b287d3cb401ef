"""What a call still lacks before it can be proposed, and what the law says about it: part by part of its designer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from grants.models import Call
from grants.questions import Definition, Question
from grants.rules import calls as rules
from grants.rules.eligibility.choosing import Chosen, cautions, refused_by_nature
from grants.states import CallNature, PassportFact
from kernel.actor import Actor
from kernel.clock import months_later
from kernel.money import HUNDRED
from kernel.words import Sentence

YEAR = 12
BARRED_FACTS: Final = frozenset({PassportFact.RATING, PassportFact.DISTRICT, PassportFact.TYPE})
BARRED_WORDS: Final = re.compile(r"获奖|奖项|荣誉|评估等级|注册地|本地业绩|本市业绩|本区业绩|地方业绩|组织形式")
"""Words of questions that ask for what government procurement must not weigh."""

CHARITY_59: Final = Sentence("Shanghai Charity Regulations, art. 59")
ORDER_102_24: Final = Sentence("Order No. 102 of the Ministry of Finance, art. 24")
RULES_20: Final = Sentence("Implementing Rules of the Government Procurement Law, art. 20")
OF_PROCUREMENT: Final[tuple[tuple[Sentence, Sentence], ...]] = (
    (Sentence("No bonus and no bar by district, local record, awards, rating or form of organization."), RULES_20),
    (
        Sentence("Reviewers are drawn at random from the official pool; they are not chosen by match."),
        Sentence("Implementing Rules of the Government Procurement Law, art. 39"),
    ),
    (
        Sentence("Questions of a published form change at the latest 15 days before the closing."),
        Sentence("Order No. 87 of the Ministry of Finance, art. 27"),
    ),
    (
        Sentence("A supplier may challenge within 7 working days; the notice takes 7 at least."),
        Sentence("Government Procurement Law, art. 52"),
    ),
    (
        Sentence("Contracts are signed within 30 days of the award notice."),
        Sentence("Government Procurement Law, art. 46"),
    ),
    (
        Sentence("Those served take part in the acceptance, and its result is published."),
        Sentence("Implementing Rules of the Government Procurement Law, art. 45"),
    ),
    (Sentence("Files are kept for 15 years at least."), Sentence("Government Procurement Law, art. 42")),
)
"""What a purchase asks: domain rules, section 2."""

GUARDS: Final[tuple[tuple[str, Callable[[Call, Actor], Sentence | None]], ...]] = (
    ("quotas", rules.year_is_approved),
    ("quotas", rules.quotas_are_there),
    ("quotas", rules.quotas_fit_the_year),
    ("lots", rules.lots_match_quotas),
    ("dates", rules.window_is_long_enough),
    ("dates", rules.closes_in_the_future),
    ("instalments", rules.instalments_are_complete),
    ("heads", rules.management_is_paid),
    ("money", rules.caps_are_ordered),
    ("procedure", rules.notice_is_long_enough),
)
"""The rules of a proposal besides the form's and the conditions' own, each in the part where it is mended."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing about a part: it stands in the way of the proposal, or it is only advice."""

    part: str
    sentence: Sentence
    blocks: bool = True


def gaps_of(call: Call, actor: Actor, *, chosen: Chosen, form: Definition, documents: int) -> list[Gap]:
    """Give everything that a draft lacks, and then what would make it better."""
    told = [Gap(part, reason) for part, guard in GUARDS if (reason := guard(call, actor))]
    if reason := rules.form_gap(form):
        told.append(Gap("form", reason))
    told += [Gap("eligibility", reason) for reason in refused_by_nature(call.nature, chosen)]
    told += [Gap("eligibility", reason, blocks=False) for reason in cautions(call.nature, chosen)]
    return [*told, *(Gap(part, reason, blocks=False) for part, reason in _advice(call, form, documents))]


def _advice(call: Call, form: Definition, documents: int) -> Iterator[tuple[str, Sentence]]:
    if not call.summary.strip():
        yield "basics", Sentence("Nothing says yet what the call is for; organizations read this first.")
    if not documents:
        yield "documents", Sentence("There is no document to download yet, such as the call in its signed form.")
    if call.service_to >= months_later(call.service_from, YEAR):
        yield (
            "dates",
            Sentence(
                "The service takes more than a year: a contract runs for one year, up to three with a reason ({source}).",
                source=ORDER_102_24,
            ),
        )
    if call.nature is CallNature.PROCUREMENT:
        if call.fiscal_percent < HUNDRED:
            yield "money", Sentence("Who sells a service brings no money along: a purchase asks for no co-funding.")
        yield from (("form", told) for told in barred_questions(form))


def barred_questions(form: Definition) -> Iterator[Sentence]:
    """Name the questions that ask for what a purchase must not weigh.

    Source: 政府采购法实施条例 art. 20.
    """
    for question in form.questions():
        if _is_barred(question):
            yield Sentence(
                "“{question}” asks for what a purchase must not weigh: district, local record, awards, rating or form of"
                " organization ({source}).",
                question=question.label,
                source=RULES_20,
            )


def _is_barred(question: Question) -> bool:
    return question.fact in BARRED_FACTS or BARRED_WORDS.search(f"{question.label} {question.hint}") is not None


def nature_rules(nature: CallNature) -> list[tuple[Sentence, Sentence | None]]:
    """Say what this legal nature switches on, each with its source."""
    if nature is CallNature.PROCUREMENT:
        return list(OF_PROCUREMENT)
    paid = Sentence("The management fee is paid: its cap cannot be 0, because charities may apply.")
    if nature is CallNature.GRANT:
        return [
            (Sentence("A grant agreement is signed; a share of their own money may be asked for."), None),
            (Sentence("A valid rating may break a tie; it is no bar."), None),
            (paid, CHARITY_59),
        ]
    return [
        (Sentence("One organization is asked directly; there is no competitive review."), None),
        (Sentence("Delivery, payment and acceptance follow the same rules as elsewhere."), None),
        (paid, CHARITY_59),
    ]
