"""A query's text read into its shape, with the tokens that `amcc_kg.sparql.text` finds.

Reads what the engine has accepted, so it need not tell good queries from bad; expressions are kept as they
are written, cut out of the text. Reading here costs a millisecond where a full parser costs its import, and
whatever it may misread cannot pass unseen: the printed query must give the row again, and every triple it
names is looked up in the graph. Knows no graph and no values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amcc_kg.sparql import text as sparql
from amcc_kg.sparql.cursor import UnreadableError
from amcc_kg.sparql.scope import visible
from amcc_kg.sparql.tree import (
    Aggregate,
    Bind,
    Element,
    Exists,
    Expression,
    Filter,
    Graph,
    Group,
    Key,
    Minus,
    Optional,
    Query,
    Select,
    SubSelect,
    TriplePattern,
    Union,
    Values,
)
from amcc_kg.sparql.triple_patterns import TriplesReader

if TYPE_CHECKING:
    from collections.abc import Callable

AGGREGATES = ("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT")
_MODIFIERS = ("GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES")


def read(text: str) -> Query:
    """Return the shape of a query that the engine accepts; raises `UnreadableError` for what is not known."""
    return _Reader(text).query()


class _Reader(TriplesReader):
    """Reads one whole query."""

    def query(self) -> Query:
        form = self.take(*sparql.FORMS)
        template: tuple[TriplePattern, ...] = ()
        described: list[str] = []
        if form == "SELECT":
            projection, distinct = self.projection()
        else:
            projection, distinct = (), ""
            if form == "CONSTRUCT" and self.peek() == "{":
                template = self.template()
                self.labels.clear()  # a label in the template is not that of the pattern
            while form == "DESCRIBE" and self.kind() in ("variable", "iri", "name"):
                described.append(self.variable() if self.kind() == "variable" else self.term())
        everything = form == "DESCRIBE" and self.take("*")
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
        if everything:
            names = visible(select.where) | (visible(select.values) if select.values else frozenset())
            described = sorted(name for name in names if not name.startswith(self.own))
        parts = (form, self.prologue, select, template, defaults, named)
        return Query(*parts, frozenset(self.constants), self.own, tuple(described))

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

    def group(self) -> Group:
        self.expect("{")
        if self.take("SELECT"):
            inner = self.body(*self.projection())
            self.expect("}")
            return Group((SubSelect(inner, tuple(self.fresh() for _ in inner.columns)),))
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
        raise UnreadableError(word)

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
