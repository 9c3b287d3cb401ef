"""The library of eligibility rules: what each asks, by which law or terms, with which parameters, under which nature.

A number that can differ from call to call is a parameter of a call's rule; its limits stand here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from grants.states import CallNature, EligibilityRule as Rule
from kernel.words import Sentence
from orgs.states import DocumentKind, OrganizationType

ALL_NATURES: Final = frozenset(CallNature)
COMPETITIVE: Final = frozenset({CallNature.PROCUREMENT, CallNature.GRANT})
ON_REQUEST: Final[frozenset[CallNature]] = frozenset()

CODE_STANDARD: Final = Sentence("GB 32100-2015 and GB 11714-1997")
PROCUREMENT_LAW_22: Final = Sentence("Government Procurement Law, art. 22")
ORDER_102: Final = Sentence("Order No. 102 of the Ministry of Finance, art. 8")
ORDER_102_TERM: Final = Sentence("Order No. 102 of the Ministry of Finance, art. 24")
ORDER_60: Final = Sentence("Order No. 60 of the Ministry of Civil Affairs; windows of the Centre's calls")
RATING_RULES: Final = Sentence("Rules on the rating of social organizations; terms of the Centre's calls")
CHARITY_RULES: Final = Sentence("Shanghai Charity Regulations, art. 59; terms of the Centre's calls")
TERMS: Final = Sentence("Terms of the Centre's calls")

NO_FAVOUR: Final = Sentence(
    "Government procurement: no bar by district, local record, awards, rating or form of organization "
    "(Implementing Regulations, art. 20). Take “{rule}” out."
)
NO_SIZE: Final = Sentence(
    "Government procurement: no bar by size or by the years since the founding (Cai Ku [2019] No. 38). Take “{rule}” out."
)
RECORD_IS_NO_GATE: Final = Sentence(
    "Government procurement: “{rule}” weighs an organization's record here; suppliers may challenge it. "
    "Keep it only where the law asks for it."
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number or choice of a rule: `kind` is count, percent, yes, choice or choices; `options` names a list."""

    name: str
    label: Sentence
    kind: str
    default: Any
    least: int = 0
    most: int = 0
    options: str = ""


@dataclass(frozen=True, slots=True)
class RuleKind:
    """One rule of the library.

    `about` says what it asks, with its counts in their places, `help` what an applicant who does not meet it can do. `always`: every call asks it,
    since the law or the books rest on it. `refused`, `warned`: what is told under government procurement.
    `overruled`: an officer may decide against the facts, with a reason.
    """

    rule: Rule
    about: Sentence
    source: Sentence
    help: Sentence | None = None
    parameters: tuple[Parameter, ...] = ()
    always: bool = False
    natures: frozenset[CallNature] = ON_REQUEST
    refused: Sentence | None = None
    warned: Sentence | None = None
    overruled: bool = False

    def asks(self, told: Mapping[str, Any]) -> Sentence:
        """Say what it asks with these parameters."""
        return Sentence(self.about.msgid, **(self.beginning() | dict(told)))

    def beginning(self) -> dict[str, Any]:
        """Give the parameters as they begin."""
        return {one.name: one.default for one in self.parameters}


def _years(default: int, least: int = 1, most: int = 5) -> Parameter:
    return Parameter("years", Sentence("Years"), "count", default, least, most)


def _likeness(title: int, text: int) -> tuple[Parameter, ...]:
    return (
        Parameter("title", Sentence("Titles alike from (%)"), "percent", title, 30, 100),
        Parameter("text", Sentence("Text in common from (%)"), "percent", text, 5, 100),
    )


KINDS: Final = (
    RuleKind(
        Rule.CODE,
        Sentence("Both check characters of the credit code are right."),
        CODE_STANDARD,
        Sentence("Compare the code with your registration certificate and tell the Centre what is wrong."),
        always=True,
    ),
    RuleKind(
        Rule.STATUS,
        Sentence("The organization is registered: not in liquidation, deregistered or revoked."),
        PROCUREMENT_LAW_22,
        Sentence("Tell the Centre if your registrar says something else, with the certificate."),
        always=True,
    ),
    RuleKind(
        Rule.TYPE,
        Sentence("The organization is not of a barred kind, such as institutions that live on the public budget."),
        ORDER_102,
        Sentence("Another organization that is not of a barred kind can apply."),
        (
            Parameter(
                "barred",
                Sentence("Barred kinds"),
                "choices",
                [OrganizationType.PUBLIC_INSTITUTION.value],
                options="types",
            ),
        ),
        natures=ALL_NATURES,
    ),
    RuleKind(
        Rule.RATING,
        Sentence("The rating in force on the closing day; without a least grade it only breaks ties."),
        RATING_RULES,
        Sentence("Hand in the certificate of your rating under “My organization”."),
        (Parameter("least", Sentence("Rated at least (empty: only breaks ties)"), "choice", "", options="grades"),),
        natures=frozenset({CallNature.GRANT, CallNature.ENTRUSTED}),
        refused=NO_FAVOUR,
        overruled=True,
    ),
    RuleKind(
        Rule.INSPECTION,
        Sentence("The annual inspections of the last {years} years are passed."),
        TERMS,
        Sentence("Send the Centre the certificate of the missing year, so that the register is put right."),
        (_years(3), Parameter("undecided", Sentence("Last year's may have no conclusion yet"), "yes", default=True)),
        natures=ALL_NATURES,
        overruled=True,
    ),
    RuleKind(
        Rule.ABNORMAL,
        Sentence("Not on the list of abnormal activities within the last {years} years."),
        ORDER_60,
        Sentence("If you were taken off the list, tell the Centre the day and where it is published."),
        (_years(1),),
        natures=ALL_NATURES,
        overruled=True,
    ),
    RuleKind(
        Rule.SERIOUS,
        Sentence("Not on the list of serious violations within the last {years} years."),
        ORDER_60,
        Sentence("If you were taken off the list, tell the Centre the day and where it is published."),
        (_years(2, least=2),),
        natures=ALL_NATURES,
        overruled=True,
    ),
    RuleKind(
        Rule.PENALTY,
        Sentence("No major penalty within the last {years} years before the closing day."),
        PROCUREMENT_LAW_22,
        Sentence("If the penalty was lifted or is no major one, tell the Centre with the decision."),
        (_years(3, least=3),),
        natures=ALL_NATURES,
        overruled=True,
    ),
    RuleKind(
        Rule.BLACKLIST,
        Sentence("Not on the Centre's own blacklist."),
        TERMS,
        Sentence("Your file says how the listing can be mended or appealed."),
        always=True,
    ),
    RuleKind(
        Rule.FIRST_TIME,
        Sentence("Whoever has no project yet asks for at most the call's cap for first-time contractors."),
        TERMS,
        Sentence("Ask for less, up to the cap."),
        always=True,
    ),
    RuleKind(
        Rule.FOUNDED,
        Sentence("Founded at least {years} years before the closing day."),
        TERMS,
        Sentence("Look at the founding day in “My organization”; tell the Centre if it is wrong."),
        (_years(1, most=10),),
        refused=NO_SIZE,
    ),
    RuleKind(
        Rule.DISTRICT,
        Sentence("The organization is at home in one of some districts."),
        TERMS,
        Sentence("Look at the district in “My organization”."),
        (Parameter("districts", Sentence("Districts"), "choices", [], options="districts"),),
        refused=NO_FAVOUR,
    ),
    RuleKind(
        Rule.FIELD,
        Sentence("The organization serves in one of some fields."),
        TERMS,
        Sentence("Add the field in “My organization” if you serve in it."),
        (Parameter("fields", Sentence("Fields of service"), "choices", [], options="fields"),),
        refused=NO_FAVOUR,
        overruled=True,
    ),
    RuleKind(
        Rule.EXPERIENCE,
        Sentence("The organization has carried out at least {least} projects of this programme."),
        TERMS,
        Sentence("Projects of past years that the register misses can be told to the Centre."),
        (Parameter("least", Sentence("Projects at least"), "count", 1, 1, 10),),
        refused=NO_FAVOUR,
    ),
    RuleKind(
        Rule.GRADE,
        Sentence("No project was graded poor within the last {years} years."),
        TERMS,
        Sentence("An objection to a grade is answered by the Centre."),
        (_years(2),),
        natures=frozenset({CallNature.GRANT, CallNature.ENTRUSTED}),
        warned=RECORD_IS_NO_GATE,
        overruled=True,
    ),
    RuleKind(
        Rule.RUNNING,
        Sentence("At most {most} projects still run when this service starts."),
        TERMS,
        Sentence("Apply again when a project has ended."),
        (Parameter("most", Sentence("Projects at most"), "count", 2, 0, 20),),
        natures=frozenset({CallNature.GRANT, CallNature.ENTRUSTED}),
        overruled=True,
    ),
    RuleKind(
        Rule.ACCOUNT,
        Sentence("The bank account is recorded and verified by the Centre."),
        TERMS,
        Sentence("Record the account under “My organization”; the Centre verifies it."),
    ),
    RuleKind(
        Rule.DOCUMENTS,
        Sentence("Some documents are recorded and in force on the closing day."),
        TERMS,
        Sentence("Record the document with its last day under “My organization”."),
        (Parameter("kinds", Sentence("Documents"), "choices", [DocumentKind.REGISTRATION.value], options="documents"),),
        overruled=True,
    ),
    RuleKind(
        Rule.SAME_ORGANIZATION,
        Sentence(
            "The organization is not funded twice for one project: no other application or past project of its own is alike."
        ),
        TERMS,
        parameters=_likeness(50, 30),
        natures=ALL_NATURES,
    ),
    RuleKind(
        Rule.LINKED_ORGANIZATIONS,
        Sentence("No application or past project of an organization that is linked to this one is alike."),
        TERMS,
        parameters=_likeness(50, 15),
        natures=COMPETITIVE,
    ),
    RuleKind(
        Rule.OTHER_ORGANIZATIONS,
        Sentence("No application of another organization is alike: text is written, not copied."),
        TERMS,
        parameters=_likeness(60, 15),
        natures=COMPETITIVE,
    ),
    RuleKind(
        Rule.PERIOD,
        Sentence("The project's period lies inside the call's service and takes 12 months at most."),
        ORDER_102_TERM,
        always=True,
    ),
    RuleKind(Rule.ARITHMETIC, Sentence("The lines of the budget sum to what is asked for."), TERMS, always=True),
    RuleKind(
        Rule.CAPS, Sentence("What is asked for stays within the call's cap and its lot's amount."), TERMS, always=True
    ),
    RuleKind(
        Rule.HEADS,
        Sentence("Capped budget heads, the management fee among them, stay within their share of the fiscal money."),
        CHARITY_RULES,
        always=True,
    ),
    RuleKind(
        Rule.COFUNDING,
        Sentence("The fiscal share of the whole budget stays within the call's share."),
        TERMS,
        always=True,
    ),
)
LIBRARY: Final[Mapping[Rule, RuleKind]] = MappingProxyType({kind.rule: kind for kind in KINDS})


def defaults_for(nature: CallNature) -> dict[Rule, dict[str, Any]]:
    """Give the rules that a call of a nature begins with, each with its parameters."""
    return {kind.rule: kind.beginning() for kind in KINDS if kind.always or nature in kind.natures}
