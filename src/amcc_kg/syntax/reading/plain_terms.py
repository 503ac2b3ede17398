"""Terms without brackets and the space between them, read one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amcc_kg.syntax.reading import grammar
from amcc_kg.syntax.reading.mistakes import no_term

if TYPE_CHECKING:
    from amcc_kg.syntax.reading.tokens import Tokens


def space(text: str, at: int) -> int:
    """Return where the white space and the comments at an offset end."""
    match = grammar.skip(text, at)
    return match.end() if match else at


def plain_term(text: str, at: int, tokens: Tokens) -> tuple[int, int]:
    """Return the number of the object at an offset, which is no bracket, and where it ends."""
    match = grammar.string(text, at)
    if match is None:
        match = grammar.plain_object(text, at)
        if match is None:
            raise no_term(text, at, "an object")
        return tokens.number(match[0], at), match.end()
    end = match.end()
    # White space may stand between the parts of a literal; without it the same term is the same text.
    if tag := grammar.language(text, end):
        return tokens.number(match[0] + tag[1], at), tag.end()
    if sign := grammar.datatype(text, end):
        kind = grammar.named(text, sign.end())
        if kind is None:
            raise no_term(text, sign.end(), "a datatype after `^^`")
        return tokens.number(f"{match[0]}^^{kind[0]}", at), kind.end()
    return tokens.number(match[0], at), end
