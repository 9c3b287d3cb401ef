"""What changed between two texts, word by word, so that people can read it: Chinese by characters, Latin by words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

SENTENCES: Final = re.compile(r"[^。！？；!?;\n]*[。！？；!?;\n]+|[^。！？；!?;\n]+")
WORDS: Final = re.compile(r"\d[\d,.]*\d|[零〇一二三四五六七八九十百千万亿两]{2,}|[A-Za-z0-9]+|\s+|.", re.DOTALL)
SLIVER: Final = 2
"""So few signs between two changes that nobody would read them as unchanged."""
MOST_COMPARED: Final = 1_000_000
"""Two sentences whose words make more pairs than this are shown whole: nobody reads a sentence of a thousand signs by words."""

SAME, GONE, NEW = "same", "gone", "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that is in both versions, was taken out, or is new."""

    kind: str
    text: str


def changes(before: str, after: str) -> list[Piece]:
    """Give the pieces of two texts in reading order: same and gone make up the first, same and new the second.

    Sentences are compared first, and only those that differ word by word, so that long texts stay quick to compare.
    """
    old, new = SENTENCES.findall(before), SENTENCES.findall(after)
    pieces: list[Piece] = []
    for kind, i1, i2, j1, j2 in _opcodes(old, new):
        if kind == "equal":
            pieces.append(Piece(SAME, "".join(old[i1:i2])))
        else:
            pieces += _words("".join(old[i1:i2]), "".join(new[j1:j2]))
    return list(_joined(pieces))


def _words(before: str, after: str) -> Iterator[Piece]:
    old, new = WORDS.findall(before), WORDS.findall(after)
    if len(old) * len(new) > MOST_COMPARED:
        yield from (Piece(GONE, before), Piece(NEW, after))
        return
    for kind, i1, i2, j1, j2 in _without_slivers(_opcodes(old, new)):
        if kind == "equal":
            yield Piece(SAME, "".join(old[i1:i2]))
        else:
            yield from (Piece(*one) for one in ((GONE, "".join(old[i1:i2])), (NEW, "".join(new[j1:j2]))) if one[1])


Opcode = tuple[str, int, int, int, int]


def _opcodes(old: Sequence[str], new: Sequence[str]) -> list[Opcode]:
    """Compare what lies between a common beginning and a common end, so that a repeated text is not shifted."""
    least = min(len(old), len(new))
    head = next((n for n in range(least) if old[n] != new[n]), least)
    tail = next((n for n in range(least - head) if old[-1 - n] != new[-1 - n]), least - head)
    middle = SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False)
    found = [(kind, i1 + head, i2 + head, j1 + head, j2 + head) for kind, i1, i2, j1, j2 in middle.get_opcodes()]
    begin = [("equal", 0, head, 0, head)] if head else []
    end = [("equal", len(old) - tail, len(old), len(new) - tail, len(new))] if tail else []
    return [*begin, *found, *end]


def _without_slivers(found: Sequence[Opcode]) -> list[Opcode]:
    """Take a few equal signs between two changes into the change: a text in crumbs cannot be read."""
    kept: list[Opcode] = []
    for place, (kind, i1, i2, j1, j2) in enumerate(found):
        is_sliver = kind == "equal" and i2 - i1 <= SLIVER and 0 < place < len(found) - 1
        told = "replace" if is_sliver or kind != "equal" else "equal"
        if kept and told == kept[-1][0] == "replace":
            _kind, before_i1, _i2, before_j1, _j2 = kept.pop()
            kept.append(("replace", before_i1, i2, before_j1, j2))
        else:
            kept.append((told, i1, i2, j1, j2))
    return kept


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Put neighbours of one kind together."""
    held: Piece | None = None
    for piece in pieces:
        if held is not None and held.kind == piece.kind:
            held = Piece(held.kind, held.text + piece.text)
            continue
        if held is not None and held.text:
            yield held
        held = piece
    if held is not None and held.text:
        yield held


def shortened(pieces: Sequence[Piece], around: int = 60) -> list[Piece]:
    """Leave out the middle of long unchanged runs, so that a page shows what changed with the words around it."""
    told = []
    for place, piece in enumerate(pieces):
        text = piece.text
        if piece.kind == SAME and len(text) > 2 * around + 20 and len(pieces) > 1:
            head = "" if place == 0 else text[:around]
            tail = "" if place == len(pieces) - 1 else text[-around:]
            text = f"{head} … {tail}".strip()
        told.append(Piece(piece.kind, text))
    return told


def by_label(lines: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Give lines by their labels to be compared; a label that stands there twice is numbered from the second on."""
    told: dict[str, str] = {}
    for label, text in lines:
        name, count = label, 1
        while name in told:
            count += 1
            name = f"{label} ({count})"
        told[name] = text
    return told
