"""The tokens of a query's text, one after the other, and the terms that they make.

Cuts with the tokens that `amcc_kg.sparql.text` finds; knows terms and nothing of what stands between them.
"""

from __future__ import annotations

import re

from amcc_kg.sparql import text as sparql

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?|\d+\.\d+|\d+)")


class UnreadableError(ValueError):
    """A query uses what this reader does not know; its text says what."""


class Cursor:
    """A place in a text; `constants` are the terms met so far, `own` how new variables start."""

    def __init__(self, text: str) -> None:
        start = sparql.prologue_end(text)
        self.prologue = text[:start]
        self.text = _without_comments(text[start:])
        self.tokens = list(sparql.tokens(self.text))
        self.at = 0
        self.own = "?_r"
        while self.own[1:] in text:
            self.own += "r"
        self.count = 0
        self.constants: set[str] = set()

    def peek(self, ahead: int = 0) -> str:
        """Return the text of a token to come, words in upper case; nothing at the end."""
        if self.at + ahead >= len(self.tokens):
            return ""
        token = self.tokens[self.at + ahead]
        return token.text.upper() if token.kind == "word" else token.text

    def kind(self) -> str:
        """Return what kind of token is next."""
        return self.tokens[self.at].kind if self.at < len(self.tokens) else ""

    def offset(self) -> int:
        """Return where the next token starts in the text."""
        return self.tokens[self.at].start if self.at < len(self.tokens) else len(self.text)

    def take(self, *words: str) -> str:
        """Return the next token and go on; with `words`, only if it is one of them, else nothing."""
        word = self.peek()
        if words and (word not in words or self.kind() not in ("word", "other")):
            return ""
        self.at += 1
        return word

    def expect(self, word: str) -> None:
        """Go past a token that must be there; raises `UnreadableError`."""
        if not self.take(word):
            found = self.tokens[self.at].text if self.at < len(self.tokens) else "the end"
            raise UnreadableError(f"{found!r} where {word!r} was expected")

    def fresh(self) -> str:
        """Return a variable that the query does not have."""
        self.count += 1
        return f"{self.own}{self.count}"

    def skip_to(self, offset: int) -> None:
        """Go on to the first token that starts at an offset or after it."""
        while self.at < len(self.tokens) and self.tokens[self.at].start < offset:
            self.at += 1

    def term(self) -> str:
        """Read an IRI or a literal and remember it as a constant."""
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        if token is None:
            raise UnreadableError("the query ends where a term was expected")
        if token.kind in ("iri", "name"):
            text = token.text
            self.at += 1
        elif token.kind == "word" and token.text.upper() in ("TRUE", "FALSE"):
            text = token.text.lower()
            self.at += 1
        elif token.kind == "string":
            text = token.text
            self.at += 1
            if self.kind() == "tag":
                text += self.take()
            elif self.peek() == "^" and self.peek(1) == "^":
                self.at += 2
                text += "^^" + self.take()
        elif number := _NUMBER.match(self.text, token.start):
            text = number[0]
            self.skip_to(number.end())
        else:
            raise UnreadableError(f"{token.text!r} where a term was expected")
        self.constants.add(text)
        return text

    def variable(self) -> str:
        """Read a variable, written with `?`."""
        if self.kind() != "variable":
            raise UnreadableError(f"{self.peek()!r} where a variable was expected")
        return "?" + self.take()[1:]


def _without_comments(text: str) -> str:
    """Blank out comments, every offset kept, so that pieces of the text can be joined on one line."""
    kept = [" "] * len(text)
    for token in sparql.tokens(text):
        kept[token.start : token.start + len(token.text)] = token.text
    return "".join(kept)
