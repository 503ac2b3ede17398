"""Expressions of SPARQL cut at their brackets and signs; what they mean is the engine's to say."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TypeAlias

from amcc_kg.sparql import tree
from amcc_kg.sparql.tokens import tokens

Piece: TypeAlias = str | tree.Exists | tree.Aggregate
"""A token, a pattern or an aggregate."""


def pieces_of(expression: tree.Expression) -> list[Piece]:
    """Cut an expression into tokens, patterns left whole."""
    found: list[Piece] = []
    for part in expression.parts:
        found += [token.text for token in tokens(part)] if isinstance(part, str) else [part]
    return found


def unbracketed(pieces: list[Piece]) -> list[Piece] | None:
    """Return what is inside if one pair of brackets is around everything."""
    return pieces[1:-1] if all(_depths(pieces)[:-1]) else None


def split(pieces: list[Piece], sign: str) -> list[list[Piece]]:
    """Return the pieces between the signs that stand outside all brackets."""
    depths = _depths(pieces)
    signs = [at for at, piece in enumerate(pieces) if piece == sign and depths[at] == 0]
    return [pieces[start + 1 : end] for start, end in pairwise([-1, *signs, len(pieces)])]


def _depths(pieces: list[Piece]) -> list[int]:
    """Return how many brackets are open behind each piece."""
    return list(accumulate((piece == "(") - (piece == ")") for piece in pieces))
