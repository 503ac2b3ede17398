"""A query's text read into its shape, with the tokens that `amcc_kg.sparql` finds.

Reads what the engine has accepted, so it need not tell good queries from bad; expressions are kept as they
are written, cut out of the text. Reading here costs a millisecond where a full parser costs its import, and
whatever it may misread cannot pass unseen: the printed query must give the row again, and every triple it
names is looked up in the graph. Knows no graph and no values.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from amcc_kg import sparql, terms
from amcc_kg.receipts.algebra import (
    Aggregate,
    Alternative,
    Bind,
    Element,
    Exists,
    Expression,
    Filter,
    Graph,
    Group,
    Inverse,
    Key,
    Minus,
    Negated,
    Optional,
    Path,
    Query,
    Repeat,
    Select,
    Sequence,
    SubSelect,
    TriplePattern,
    Triples,
    Union,
    Values,
    visible,
)

if TYPE_CHECKING:
    from collections.abc import Callable

AGGREGATES = ("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?|\d+\.\d+|\d+)")
_TYPE, _FIRST, _REST, _NIL = (f"<{terms.RDF}{name}>" for name in ("type", "first", "rest", "nil"))
_MODIFIERS = ("GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES")


class UnreadableError(ValueError):
    """A query uses what this reader does not know; its text says what."""


def read(text: str) -> Query:
    """Return the shape of a query that the engine accepts; raises `UnreadableError` for what is not known."""
    return _Reader(text).query()


class _Reader:
    """Walks over the tokens of one text."""

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
        self.labels: dict[str, str] = {}
        self.constants: set[str] = set()
        self.patterns: list[TriplePattern] = []

    # Tokens

    def peek(self, ahead: int = 0) -> str:
        """Return the text of a token to come, words in upper case; nothing at the end."""
        if self.at + ahead >= len(self.tokens):
            return ""
        token = self.tokens[self.at + ahead]
        return token.text.upper() if token.kind == "word" else token.text

    def kind(self) -> str:
        return self.tokens[self.at].kind if self.at < len(self.tokens) else ""

    def offset(self) -> int:
        return self.tokens[self.at].start if self.at < len(self.tokens) else len(self.text)

    def take(self, *words: str) -> str:
        """Return the next token and go on; with `words`, only if it is one of them, else nothing."""
        word = self.peek()
        if words and (word not in words or self.kind() not in ("word", "other")):
            return ""
        self.at += 1
        return word

    def expect(self, word: str) -> None:
        if not self.take(word):
            found = self.tokens[self.at].text if self.at < len(self.tokens) else "the end"
            raise UnreadableError(f"{found!r} where {word!r} was expected")

    def fresh(self) -> str:
        self.count += 1
        return f"{self.own}{self.count}"

    def skip_to(self, offset: int) -> None:
        while self.at < len(self.tokens) and self.tokens[self.at].start < offset:
            self.at += 1

    # Queries

    def query(self) -> Query:
        form = self.take(*sparql.FORMS)
        template: tuple[TriplePattern, ...] = ()
        if form == "SELECT":
            projection, distinct = self.projection()
        else:
            projection, distinct = (), ""
            if form == "CONSTRUCT" and self.peek() == "{":
                template = self.template()
                self.labels.clear()  # a label in the template is not that of the pattern
            while form == "DESCRIBE" and self.peek() not in ("FROM", "WHERE", "{", "", *_MODIFIERS):
                self.take()
        defaults, named = self.dataset()
        where = None
        if form == "DESCRIBE" and self.peek() not in ("WHERE", "{"):
            where = Group(())
        elif form == "CONSTRUCT" and not template and self.peek() == "WHERE":
            before = self.at
            self.take()
            template = self.template()
            self.at = before
        select = self.body(projection, distinct, where)
        if self.at < len(self.tokens):
            raise UnreadableError(f"{self.tokens[self.at].text!r} after the query's end")
        parts = (form, self.prologue, select, template, defaults, named)
        return Query(*parts, frozenset(self.constants), self.own)

    def template(self) -> tuple[TriplePattern, ...]:
        self.expect("{")
        block = self.triples()
        self.expect("}")
        return block.patterns

    def dataset(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        defaults: list[str] = []
        named: list[str] = []
        while self.take("FROM"):
            (named if self.take("NAMED") else defaults).append(self.term())
        return tuple(defaults), tuple(named)

    def projection(self) -> tuple[tuple[tuple[str, Expression | None], ...] | None, str]:
        distinct = self.take("DISTINCT", "REDUCED")
        if self.take("*"):
            return None, distinct
        found: list[tuple[str, Expression | None]] = []
        while self.kind() == "variable" or self.peek() == "(":
            if self.take("("):
                expression = self.expression(lambda: self.peek() == "AS")
                self.expect("AS")
                found.append((self.variable(), expression))
                self.expect(")")
            else:
                found.append((self.variable(), None))
        return tuple(found), distinct

    def body(
        self,
        projection: tuple[tuple[str, Expression | None], ...] | None,
        distinct: str,
        where: Group | None = None,
    ) -> Select:
        """Read from WHERE to the last modifier; for `SELECT *`, list what it projects."""
        self.take("WHERE")
        where = where or self.group()
        keys: list[Key] = []
        having: list[Expression] = []
        if self.take("GROUP"):
            self.expect("BY")
            while self.peek() not in ("", "}", *_MODIFIERS):
                keys.append(self.key())
        if self.take("HAVING"):
            while self.peek() not in ("", "}", *_MODIFIERS):
                having.append(self.constraint())
        order = self.raw(("LIMIT", "OFFSET", "VALUES")) if self.peek() == "ORDER" else ""
        sliced = self.raw(("VALUES",)) if self.peek() in ("LIMIT", "OFFSET") else ""
        values = self.values() if self.take("VALUES") else None
        if projection is None:
            names = visible(where) | (visible(values) if values else frozenset())
            projection = tuple((name, None) for name in sorted(names) if not name.startswith(self.own))
        return Select(projection, where, distinct, tuple(keys), tuple(having), order, sliced, values)

    def key(self) -> Key:
        if self.kind() == "variable":
            return Key(self.variable(), None)
        if self.peek() != "(":
            return Key(self.fresh(), self.constraint(), named=False)
        self.take("(")
        expression = self.expression(lambda: self.peek() in ("AS", ")"))
        named = bool(self.take("AS"))
        key = Key(self.variable() if named else self.fresh(), expression, named)
        self.expect(")")
        return key

    def raw(self, ends: tuple[str, ...]) -> str:
        """Return the text up to a word of `ends`, the end of the group or of the query."""
        start, depth = self.offset(), 0
        while self.at < len(self.tokens):
            word = self.peek()
            if depth == 0 and (word == "}" or (word in ends and self.kind() == "word")):
                break
            depth += (word in ("(", "{")) - (word in (")", "}"))
            self.at += 1
        return self.text[start : self.offset()].strip()

    # Groups

    def group(self) -> Group:
        self.expect("{")
        if self.take("SELECT"):
            inner = self.body(*self.projection())
            self.expect("}")
            return Group((SubSelect(inner),))
        elements: list[Element] = []
        while not self.take("}"):
            if self.at >= len(self.tokens):
                raise UnreadableError("a group has no end")
            if not self.take("."):
                elements.append(self.element())
        return Group(tuple(elements))

    def element(self) -> Element:
        word = self.peek() if self.kind() in ("word", "other") else ""
        if word == "{":
            branches = [self.group()]
            while self.take("UNION"):
                branches.append(self.group())
            return Union(tuple(branches), self.fresh()) if len(branches) > 1 else branches[0]
        if word not in ("OPTIONAL", "MINUS", "GRAPH", "FILTER", "BIND", "VALUES", "SERVICE", "LATERAL"):
            return self.triples()
        self.take()
        match word:
            case "OPTIONAL":
                return Optional(self.group(), self.fresh())
            case "MINUS":
                return Minus(self.group())
            case "GRAPH":
                name = self.variable() if self.kind() == "variable" else self.term()
                return Graph(name, self.group())
            case "FILTER":
                return Filter(self.constraint())
            case "VALUES":
                return self.values()
            case "BIND":
                self.expect("(")
                expression = self.expression(lambda: self.peek() == "AS")
                self.expect("AS")
                bind = Bind(expression, self.variable())
                self.expect(")")
                return bind
        raise UnreadableError(f"{word} cannot be followed")

    def values(self) -> Values:
        start = self.offset()
        if self.take("("):
            names = []
            while not self.take(")"):
                names.append(self.variable())
        else:
            names = [self.variable()]
        self.expect("{")
        undefined: set[str] = set()
        position, single = 0, self.text[start] != "("
        while not self.take("}"):
            if self.take("("):
                position = 0
            elif not self.take(")"):
                if self.take("UNDEF"):
                    undefined.add(names[0 if single else position])
                else:
                    self.term()
                position += 1
        text = self.text[start : self.tokens[self.at - 1].start + 1]
        return Values(tuple(names), frozenset(names) - undefined, text)

    # Expressions

    def constraint(self) -> Expression:
        """Read what stands after FILTER, HAVING or in GROUP BY: `(…)`, a call, EXISTS or NOT EXISTS."""
        start = self.at

        def ended() -> bool:
            return self.at > start and self.tokens[self.at - 1].text in (")", "}")

        return self.expression(ended)

    def expression(self, ended: Callable[[], bool]) -> Expression:
        """Read tokens until, outside all brackets, `ended` says so."""
        parts: list[str | Exists | Aggregate] = []
        start, depth = self.offset(), 0

        def cut() -> None:
            if text := self.text[start : self.offset()].strip():
                parts.append(text)

        while self.at < len(self.tokens) and not (depth == 0 and ended()):
            negated = self.peek() == "NOT" and self.peek(1) == "EXISTS"
            if self.kind() == "word" and (negated or self.peek() == "EXISTS"):
                cut()
                self.at += 1 + negated
                parts.append(Exists(self.group(), negated))
                start = self.offset()
                continue
            if self.kind() == "word" and self.peek() in AGGREGATES and self.peek(1) == "(":
                cut()
                parts.append(self.aggregate())
                start = self.offset()
                continue
            if self.kind() in ("name", "iri"):
                self.constants.add(self.tokens[self.at].text)
            word = self.take()
            depth += (word == "(") - (word == ")")
        cut()
        return Expression(tuple(parts))

    def aggregate(self) -> Aggregate:
        start, name = self.offset(), self.take()
        self.expect("(")
        self.take("DISTINCT")
        argument = None if self.take("*") else self.expression(lambda: self.peek() in (")", ";"))
        if self.take(";"):
            self.expression(lambda: self.peek() == ")")
        self.expect(")")
        return Aggregate(name, argument, self.text[start : self.tokens[self.at - 1].start + 1])

    # Triples

    def triples(self) -> Triples:
        outer, self.patterns = self.patterns, []
        while self.at < len(self.tokens):
            compound = self.peek() in ("[", "(") and self.peek(1) not in ("]", ")")
            subject = self.node()
            if not compound or self.starts_verb():
                self.properties(subject)
            if not (self.take(".") and self.starts_node()):
                break
        block, self.patterns = Triples(tuple(self.patterns)), outer
        return block

    def starts_node(self) -> bool:
        word, kind = self.peek(), self.kind()
        if kind == "word":
            return word in ("TRUE", "FALSE")
        return kind in ("iri", "name", "variable", "string") or bool(re.match(r"[\[(+\-\d]", word))

    def starts_verb(self) -> bool:
        kind = self.kind()
        return kind in ("iri", "name", "variable") or self.peek() in ("A", "^", "!", "(")

    def properties(self, subject: str) -> None:
        while True:
            path = self.variable() if self.kind() == "variable" else self.alternative()
            self.patterns.append(TriplePattern(subject, path, self.node()))
            while self.take(","):
                self.patterns.append(TriplePattern(subject, path, self.node()))
            if not self.take(";"):
                return
            while self.take(";"):
                pass
            if not self.starts_verb():
                return

    def node(self) -> str:
        if self.kind() == "variable":
            return self.variable()
        if self.take("["):
            blank = self.fresh()
            if not self.take("]"):
                self.properties(blank)
                self.expect("]")
            return blank
        if self.take("("):
            items = []
            while not self.take(")"):
                items.append(self.node())
            self.constants |= {_FIRST, _REST, _NIL}
            cells = [*(self.fresh() for _ in items), _NIL]
            for item, cell, rest in zip(items, cells, cells[1:], strict=False):
                self.patterns += [TriplePattern(cell, _FIRST, item), TriplePattern(cell, _REST, rest)]
            return cells[0]
        if self.kind() == "name" and self.peek().startswith("_:"):
            label = self.take()
            if label not in self.labels:
                self.labels[label] = self.fresh()
            return self.labels[label]
        return self.term()

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
        if self.kind() != "variable":
            raise UnreadableError(f"{self.peek()!r} where a variable was expected")
        return "?" + self.take()[1:]

    # Paths

    def alternative(self) -> Path:
        found = [self.sequence()]
        while self.take("|"):
            found.append(self.sequence())
        return found[0] if len(found) == 1 else Alternative(tuple(found))

    def sequence(self) -> Path:
        found = [self.step()]
        while self.take("/"):
            found.append(self.step())
        return found[0] if len(found) == 1 else Sequence(tuple(found))

    def step(self) -> Path:
        inverse = bool(self.take("^"))
        if self.take("("):
            path = self.alternative()
            self.expect(")")
        elif self.take("!"):
            path = self.negated()
        else:
            path = self.predicate()
        mark = self.take("?", "*", "+")
        path = Repeat(path, mark) if mark else path
        return Inverse(path) if inverse else path

    def negated(self) -> Negated:
        forwards: list[str] = []
        backwards: list[str] = []
        many = bool(self.take("("))
        while not (many and self.take(")")):
            (backwards if self.take("^") else forwards).append(self.predicate())
            if not many:
                break
            self.take("|")
        return Negated(
            tuple(forwards) if forwards or not backwards else None, tuple(backwards) if backwards else None
        )

    def predicate(self) -> str:
        if self.kind() == "word" and self.tokens[self.at].text == "a":
            self.at += 1
            self.constants.add(_TYPE)
            return _TYPE
        return self.term()


def _without_comments(text: str) -> str:
    """Blank out comments, every offset kept, so that pieces of the text can be joined on one line."""
    kept = [" "] * len(text)
    for token in sparql.tokens(text):
        kept[token.start : token.start + len(token.text)] = token.text
    return "".join(kept)
