"""The contract of a project as it is signed: parties, money, targets, obligations, signatures."""

from __future__ import annotations

from collections.abc import Iterator

from grants.models import Contract, Project
from grants.reports.capitals import capitals
from kernel.documents import Heading, Paper
from kernel.documents.text import Text
from kernel.money import format_percent
from kernel.words import Sentence

CENTRE = Sentence("Shanghai Women's Social Organization Development Centre")
LOCALE = "zh"

OBLIGATIONS = (
    Sentence(
        "Party B carries the project out itself and does not pass the contract on; part of the work is given to "
        "others only with the written consent of party A and under their names."
    ),
    Sentence(
        "Party B keeps a ledger of the project: activities, attendance, expenses and their receipts, and shows it "
        "to party A, the evaluators and the auditors on request."
    ),
    Sentence(
        "The money is spent on this project alone, within its budget, and each expense is proved by a valid "
        "invoice or receipt that is charged nowhere else."
    ),
    Sentence(
        "Party B records each activity within 7 days, hands in the mid-term and the final report, and takes part "
        "in the mid-term and the final evaluation and the audit."
    ),
    Sentence(
        "Personal data of those served is kept by party B under the law and never handed on; party A receives "
        "counts only."
    ),
    Sentence(
        "What is not spent or not recognized is settled by the final grade and the audit; a refund is due within "
        "30 days of being asked."
    ),
    Sentence("A change of content, people or budget lines beyond 10% needs the consent of party A before it is made."),
)


WORD = Sentence("Contract")


def build_contract(contract: Contract, code: str) -> Paper:
    """Write the contract in Chinese, the language in which it binds, with its check code."""
    project = contract.project
    paper = Paper(
        Sentence("Contract on the project “{title}”", title=project.title),
        organization=CENTRE,
        number=contract.number,
        day=contract.signed_on,
        check=Sentence("Contract {number} · project {project}", number=contract.number, project=project.number),
        code=code,
        locale=LOCALE,
    )
    paper.facts(_facts(contract, project))
    paper.heading(Sentence("Payment"))
    paper.table(
        (
            Heading(Sentence("Instalment"), 2),
            Heading(Sentence("Share"), 1, is_figure=True),
            Heading(Sentence("Sum (yuan)"), 2, is_figure=True),
            Heading(Sentence("Condition"), 4),
        ),
        _instalments(project),
        total=(Sentence("Total"), format_percent(100), contract.amount, ""),
    )
    paper.heading(Sentence("Targets"))
    paper.table(
        (Heading(Sentence("Target"), 3), Heading(Sentence("Planned"), 2, is_figure=True)),
        (
            (Sentence("People served"), project.people_target),
            (Sentence("Person-times"), project.person_times_target),
            (Sentence("Sessions"), project.sessions_target),
        ),
    )
    paper.heading(Sentence("Obligations"))
    for place, told in enumerate(OBLIGATIONS, 1):
        paper.paragraph(f"{place}. {told.render(LOCALE)}")
    return paper.signatures(
        (
            (Sentence("Party A: {name}", name=CENTRE), (Sentence("Signed by"), Sentence("Date"))),
            (Sentence("Party B: {name}", name=project.organization.name), (Sentence("Signed by"), Sentence("Date"))),
        ),
        is_sealed=True,
    )


def _facts(contract: Contract, project: Project) -> Iterator[tuple[Text, Text]]:
    yield Sentence("Party A"), CENTRE
    yield Sentence("Party B"), f"{project.organization.name}（{project.organization.credit_code}）"
    yield Sentence("Project"), f"{project.number} {project.title}"
    yield Sentence("Call"), f"{project.call.number} {project.call.title}"
    yield Sentence("Service period"), Sentence("{first} to {last}", first=project.starts_on, last=project.ends_on)
    yield (
        Sentence("Amount"),
        Sentence("{amount} yuan ({capitals})", amount=contract.amount, capitals=f"人民币{capitals(contract.amount)}"),
    )


CONDITIONS = {
    "first": Sentence("The contract is signed and a receipt is handed in."),
    "middle": Sentence("The mid-term evaluation is passed."),
    "final": Sentence("The final grade and the audit are accepted; the amount follows the settlement."),
}


def _instalments(project: Project) -> Iterator[tuple[Text, Text, Text, Text]]:
    for part in project.instalments:
        yield (
            Sentence(part.kind.word),
            format_percent(part.percent),
            part.amount,
            CONDITIONS[part.kind.value],
        )
