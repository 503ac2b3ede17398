"""Expressions with EXISTS in them: which patterns decide that a condition holds.

Splits at `||`, `&&` and `!` and asks the engine which side holds; everything else stays the engine's alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from amcc_kg.receipts.witnesses import NOTHING, Witness, gap, joined, smallest
from amcc_kg.sparql import printer, text
from amcc_kg.sparql.tree import Aggregate, Exists, Expression

if TYPE_CHECKING:
    from pyoxigraph import Quad

    from amcc_kg.graph.answers import Term
    from amcc_kg.receipts.probe import Solution
    from amcc_kg.receipts.tracer import Tracer

Piece: TypeAlias = str | Exists | Aggregate
_COMPARED = ("||", "&&", "!", "(", ")")


def deciding(
    tracer: Tracer,
    expression: Expression,
    solution: Solution,
    graph: Term | None,
    *,
    value: bool = False,
    held: frozenset[Quad] = frozenset(),
) -> Witness:
    """Return what decides an expression that holds in a solution: witnesses for EXISTS, absences for NOT.

    With `value`, it is the expression's value that counts, whatever it is: every pattern in it decides.
    `held` are quads that the row rests on anyway: a witness that needs no others is the smallest.
    """
    decision = _Decision(tracer, solution, graph, held)
    pieces = _pieces(expression)
    return decision.each(pieces) if value else decision.of(pieces, True)


class _Decision:
    """One expression under one solution."""

    def __init__(self, tracer: Tracer, solution: Solution, graph: Term | None, held: frozenset[Quad]) -> None:
        self._tracer = tracer
        self._solution = solution
        self._graph = graph
        self._held = held

    def of(self, pieces: list[Piece], wanted: bool) -> Witness:
        """Return what makes these pieces true, or false if that is what is wanted."""
        if not any(isinstance(piece, Exists) for piece in pieces):
            return NOTHING
        while inner := _unbracketed(pieces):
            pieces = inner
        for sign, needs_all in (("||", not wanted), ("&&", wanted)):
            sides = _split(pieces, sign)
            if len(sides) > 1:
                return self._sides(sides, wanted, needs_all)
        if pieces[0] == "!":
            return self.of(pieces[1:], not wanted)
        if len(pieces) == 1 and isinstance(pieces[0], Exists):
            return self._pattern(pieces[0], wanted)
        return self.each(pieces)

    def each(self, pieces: list[Piece]) -> Witness:
        """Return what decides every pattern in the pieces, whichever way it turned out."""
        return joined(self._pattern(p, None) for p in pieces if isinstance(p, Exists))

    def _sides(self, sides: list[list[Piece]], wanted: bool, needs_all: bool) -> Witness:
        if needs_all:
            return joined(self.of(side, wanted) for side in sides)
        held = [
            self.of(side, wanted)
            for side in sides
            if self._tracer.asked.holds(_text(side), self._solution, self._graph, wanted=wanted)
        ]
        return smallest(held, self._tracer.weight) if held else gap("it is not known why a FILTER holds")

    def _pattern(self, pattern: Exists, wanted: bool | None) -> Witness:
        """Return the witness of a pattern's inside or, if it has none, that it is absent."""
        if wanted is not None and wanted == pattern.negated:
            return self._tracer.absent(pattern.group, self._solution, self._graph)
        inside = self._tracer.exists(pattern, self._solution, self._graph, self._held)
        if inside is None and wanted is not None:
            return gap("what an EXISTS found was not found again")
        return inside or self._tracer.absent(pattern.group, self._solution, self._graph)


def _pieces(expression: Expression) -> list[Piece]:
    """Cut an expression into tokens with the space before them, patterns left whole; `||` as one piece."""
    found: list[Piece] = []
    for part in expression.parts:
        if not isinstance(part, str):
            found.append(part)
            continue
        end = 0
        for token in text.tokens(part):
            glued = bool(found) and token.start == end
            before = found[-1] if glued else None
            if isinstance(before, str) and before.strip() + token.text in ("||", "&&", "!="):
                found[-1] = f"{before}{token.text}"
            else:
                found.append(token.text if glued else f" {token.text}")
            end = token.start + len(token.text)
    return [_bare(piece) for piece in found]


def _bare(piece: Piece) -> Piece:
    """Take the space from what is compared; a number in several tokens must stay as it is written."""
    return piece.strip() if isinstance(piece, str) and piece.strip() in _COMPARED else piece


def _text(pieces: list[Piece]) -> str:
    """Write pieces as an expression again."""
    written = [
        (f" {p} " if p in _COMPARED else p)
        if isinstance(p, str)
        else f" {printer.expression(Expression((p,)))} "
        for p in pieces
    ]
    return "".join(written)


def _unbracketed(pieces: list[Piece]) -> list[Piece] | None:
    """Return what is inside if one pair of brackets is around everything."""
    if len(pieces) < 3 or pieces[0] != "(" or pieces[-1] != ")":
        return None
    depth = 0
    for index, piece in enumerate(pieces):
        depth += (piece == "(") - (piece == ")")
        if depth == 0 and index < len(pieces) - 1:
            return None
    return pieces[1:-1]


def _split(pieces: list[Piece], sign: str) -> list[list[Piece]]:
    sides: list[list[Piece]] = [[]]
    depth = 0
    for piece in pieces:
        depth += (piece == "(") - (piece == ")")
        if depth == 0 and piece == sign:
            sides.append([])
        else:
            sides[-1].append(piece)
    return sides
