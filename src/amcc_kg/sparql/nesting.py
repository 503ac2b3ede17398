"""Queries whose parts stand in each other so deeply that the engine would end with them.

The engine reads and evaluates by recursion: into brackets, but also along a chain of operators or clauses,
each of which takes what is before it as its operand. A best effort over tokens; what it lets through costs a
worker.
"""

from __future__ import annotations

from amcc_kg.sparql.tokens import Token, tokens
from amcc_kg.terms.errors import PlacedError
from amcc_kg.terms.lines import LineIndex

_OPENING = ("{", "(", "[", "<<(", "<<", "{|")
_CLOSING = ("}", ")", "]", ")>>", ">>", "|}")
# The engine's parser runs out of stack at about three times as many.
_DEEPEST = 1000
# Its evaluation runs out of stack at somewhat more clauses, and at some three times as many operators.
_LONGEST = 2000
_OF_PATHS = ("!", "|", "^", "/")
_OF_EXPRESSIONS = (*_OF_PATHS, "&&", "||", "*", "+", "-")
_CLAUSES = ("FILTER", "MINUS", "OPTIONAL", "UNION")


class _Level:
    """What stands between a pair of brackets so far: which pair, and how long its chains are."""

    __slots__ = ("clauses", "is_expression", "operators")

    def __init__(self, opening: str) -> None:
        self.is_expression = opening == "("
        self.operators = 0
        self.clauses = 0


def refuse_deep(text: str) -> None:
    """Refuse a query nested so deeply that the engine would end with it; raises `PlacedError`."""
    # Each clause has brackets of its own.
    few = sum(map(text.count, ("{", "(", "[", "<<"))) <= _DEEPEST
    if few and sum(map(text.count, "!&|^/*+-")) <= _LONGEST:
        return
    levels, length = [_Level("")], 0
    for token in tokens(text):
        if token.text in _OPENING:
            levels.append(_Level(token.text))
            if len(levels) > _DEEPEST + 1:
                raise _placed(text, token, f"brackets nested more than {_DEEPEST} deep")
        elif token.text in _CLOSING:
            if len(levels) > 1:
                level = levels.pop()
                length -= level.operators + level.clauses
        else:
            length += _longer(token, levels)
            if length > _LONGEST:
                raise _placed(text, token, f"more than {_LONGEST} operators or clauses in one chain")


def _longer(token: Token, levels: list[_Level]) -> int:
    """Count a token at its level, and return by how much the chains have become longer."""
    level, word = levels[-1], token.text.upper()
    if word == "AS" and len(levels) > 1:
        # A column, or BIND: each takes all before it in the group around these brackets.
        levels[-2].clauses += 1
        return 1
    if level.is_expression:
        if token.text in ",;":
            return _ended(level)
    elif token.text in ".,;" or (token.kind == "word" and word != "A"):
        counted = word in _CLAUSES
        level.clauses += counted
        return counted + _ended(level)
    counted = _is_operator(token, level)
    level.operators += counted
    return counted


def _ended(level: _Level) -> int:
    ended, level.operators = level.operators, 0
    return -ended


def _is_operator(token: Token, level: _Level) -> bool:
    if not level.is_expression:
        return token.text in _OF_PATHS
    # A sign may be part of the number behind it.
    return token.text in _OF_EXPRESSIONS or (token.kind == "number" and token.text[0] in "+-")


def _placed(text: str, token: Token, reason: str) -> PlacedError:
    return PlacedError("", *LineIndex(text).place(token.start), reason)
