"""Questions about a call: asked by organizations, answered by staff to everybody, without names."""

from __future__ import annotations

from typing import Annotated

from grants.models import Call, CallAnswer, CallQuestion
from grants.notices.call_forms import ANSWER_PUBLISHED, QUESTION_ANSWERED, QUESTION_ASKED
from grants.queries.call_questions import names_in
from grants.rules.call_questions import may_be_answered, may_be_asked
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import now
from kernel.db import db
from kernel.errors import Invalid, Refused
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if

MOST = 1000


@deed("ask", "CallQuestion")
def ask_question(
    call: Call,
    *,
    actor: Actor,
    text: Annotated[
        str,
        Ask(
            "Your question",
            "It is answered to everybody on the page of the call, without the name of your organization.",
            long=True,
            most=MOST,
        ),
    ],
) -> CallQuestion:
    """Ask about a call; raises Refused when its questions have ended, or the actor acts for no organization."""
    if actor.organization_id is None:
        raise Refused(Sentence("You act for no organization, so you cannot ask for it."))
    lock(call)
    refuse_if(may_be_asked(call))
    question = CallQuestion(
        call_id=call.id, call=call, organization_id=actor.organization_id, asked_by_id=actor.user_id, text=text
    )
    db.session.add(question)
    db.session.flush()
    QUESTION_ASKED.send(question, actor=actor)
    return question


@deed("answer", "CallQuestion")
def answer_question(
    question: CallQuestion,
    *,
    actor: Actor,
    published: Annotated[
        str,
        Ask(
            "The question as everybody reads it",
            "Take out what tells who asked: names, places, numbers of projects.",
            long=True,
            most=MOST,
        ),
    ],
    answer: Annotated[str, Ask("Answer", long=True, most=3000)],
) -> CallAnswer:
    """Answer to everybody, or correct an answer; the asker and all who have a draft are told.

    Raises Refused after the closing, Invalid where the published words name an organization that asked or applies.
    """
    lock(question)
    refuse_if(may_be_answered(question.call))
    _refuse_names(question, published=published, answer=answer)
    kept = question.answer
    if kept is None:
        kept = CallAnswer(
            call_id=question.call_id,
            source_id=question.id,
            source=question,
            question=published,
            answer=answer,
            answered_by_id=actor.user_id,
        )
        db.session.add(kept)
    else:
        kept.question, kept.answer, kept.corrected_at, kept.answered_by_id = published, answer, now(), actor.user_id
    db.session.flush()
    QUESTION_ANSWERED.send(kept, actor=actor, occasion=str(kept.version))
    ANSWER_PUBLISHED.send(kept, actor=actor, occasion=str(kept.version))
    return kept


def _refuse_names(question: CallQuestion, **texts: str) -> None:
    """Hold back what would tell who asked."""
    problems = {
        name: [Sentence("Please take the name out: {name}.", name=found)]
        for name, text in texts.items()
        for found in names_in(text, question)
    }
    if problems:
        raise Invalid(problems)
