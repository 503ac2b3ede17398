"""A query's text read into its tree, by the grammars of SPARQL 1.1 and 1.2 and the notes below them.

Accepts what they accept, and says of anything else what was expected and where. Blank nodes become variables
of their own, so that a solution says which node each stood for; reified triples and annotations become the
triple patterns that they are short for. Expressions are held to the grammar and kept as they are written.
Knows no graph and no values.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NoReturn, TypeAlias, TypeVar

from amcc_kg.sparql import tree
from amcc_kg.sparql.prologue import DECLARATIONS, FORMS, UPDATES, head
from amcc_kg.sparql.tokens import spelled, tokens, variables
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import PlacedError
from amcc_kg.terms.lines import LineIndex
from amcc_kg.terms.spelling import is_meant

T = TypeVar("T")
Reading: TypeAlias = Callable[[], str]
Projection: TypeAlias = tuple[tuple[str, tree.Expression | None], ...]

AGGREGATES = ("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT")
_OF_ONE = (
    "STR LANG DATATYPE BOUND IRI URI ABS CEIL FLOOR ROUND STRLEN UCASE LCASE ENCODE_FOR_URI YEAR MONTH DAY",
    "HOURS MINUTES SECONDS TIMEZONE TZ MD5 SHA1 SHA256 SHA384 SHA512 ISIRI ISURI ISBLANK ISLITERAL ISNUMERIC",
    "LANGDIR HASLANG HASLANGDIR ISTRIPLE SUBJECT PREDICATE OBJECT",
)
_ARGUMENTS = {
    (0, 0): "RAND NOW UUID STRUUID",
    (0, 1): "BNODE",
    (0, 9999): "CONCAT COALESCE",
    (1, 1): " ".join(_OF_ONE),
    (2, 2): "LANGMATCHES CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER STRLANG STRDT SAMETERM",
    (2, 3): "SUBSTR REGEX",
    (3, 3): "IF STRLANGDIR TRIPLE",
    (3, 4): "REPLACE",
}
FUNCTIONS = {name: most for most, names in _ARGUMENTS.items() for name in names.split()}
"""The functions that there are, and how many arguments they take."""
_CONSTRAINTS = {"(", "EXISTS", "NOT", *FUNCTIONS, *AGGREGATES}  # what they begin with
_NODES = ("iri", "name", "blank", "variable", "string", "number")  # terms of one token
_COMPARING = ("=", "!=", "<", ">", "<=", ">=")
_TYPE, _FIRST, _REST, _NIL, _REIFIES = (
    f"<{prefixes.RDF}{name}>" for name in ("type", "first", "rest", "nil", "reifies")
)


class UnreadableError(ValueError):
    """What a text that is no query has, or this reader does not know.

    `line` and `column` count from 1, `offset` from 0.
    """

    def __init__(self, reason: str, text: str = "", offset: int = 0) -> None:
        super().__init__(reason)
        self.offset = offset
        self.line, self.column = LineIndex(text).place(offset)

    def placed(self, source: str) -> PlacedError:
        """Return the error to show for a query that a user calls `source`."""
        return PlacedError(source, self.line, self.column, str(self))


class ScopeError(UnreadableError):
    """What a query has, well formed as it is, against the rules of scope and grouping."""


def read(text: str, version: str = "1.1") -> tree.Query:
    """Return the tree of a query; raises `UnreadableError` for what is none, an update request too.

    The versions differ in one thing: by SPARQL 1.1 (§19.2) codepoint escapes may stand in names and words, by
    SPARQL 1.2 in strings and IRIs only. A VERSION in the text decides before the argument does.
    """
    return _Reader(text, version).whole()


def read_placed(text: str) -> tuple[tree.Query, dict[int, int]]:
    """Return the tree of a query, and by `id` the offsets where its parts start; raises as `read`.

    A triple pattern starts with its subject, or with what it does not share with the one before it.
    """
    reader = _Reader(text, "1.1")
    return reader.whole(), reader.starts


def dataset(text: str) -> list[tuple[str, int]]:
    """Return the graphs of a query's FROM clauses, as written, each with its offset in the text."""
    reader = _Reader(text, "1.1")
    reader.whole()
    return [(iri, offset) for iri, offset, _ in reader.graphs]


class _Reader:
    """A place in a text, and what was met before it."""

    def __init__(self, text: str, version: str) -> None:
        self.text = text
        if "\\" in text:
            version = head(tokens(text)).version or version
        self.tokens = list(tokens(text, "1.1" if version == "1.1" else "1.2"))
        self.at = 0
        self.own = "?_r"  # how variables start that stand for blank nodes and marks
        while self.own[1:] in text:
            self.own += "r"
        self.count = 0
        self.prefixes: dict[str, str] = {}
        self.labels: dict[str, str] = {}  # the blank nodes met so far, and their variables
        self.closed: set[str] = set()  # those of them whose basic graph pattern has ended
        self.patterns: list[tree.TriplePattern] = []
        self.constants: set[str] = set()  # the terms met so far
        self.constructs: dict[str, None] = {}  # what there is of SPARQL 1.2 or of other endpoints, in words
        self.graphs: list[tuple[str, int, bool]] = []  # of FROM clauses: where they stand, whether named
        self.starts: dict[int, int] = {}  # of patterns, by identity
        self.plain = False  # whether triple patterns have no paths, as in a template
        self.parts: list[str | tree.Exists | tree.Aggregate] = []  # of an expression, up to the token `cut`
        self.cut = 0
        self.aggregating = False  # whether an aggregate may stand here

    # ---- tokens ----

    def peek(self, ahead: int = 0) -> str:
        """Return a token to come if it is a word, in upper case, or a sign; else nothing."""
        if self.at + ahead >= len(self.tokens):
            return ""
        token = self.tokens[self.at + ahead]
        return token.text.upper() if token.kind == "word" else token.text if token.kind == "other" else ""

    def kind(self) -> str:
        """Return what kind of token is next; nothing at the end."""
        return self.tokens[self.at].kind if self.at < len(self.tokens) else ""

    def next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1].text

    def take(self, *words: str) -> str:
        """Go past the next token if it is one of these words or signs, and return it; else nothing."""
        word = self.peek()
        if not word or word not in words:
            return ""
        self.at += 1
        return word

    def expect(self, word: str) -> None:
        """Go past a token that must be there; raises `UnreadableError`."""
        if not self.take(word):
            self.unexpected(repr(word))

    def unexpected(self, wanted: str) -> NoReturn:
        """Raise that something else was expected here."""
        if self.at >= len(self.tokens):
            raise UnreadableError(f"its end where {wanted} was expected", self.text, len(self.text.rstrip()))
        found = self.tokens[self.at].text
        self.fail(f"{found if len(found) < 40 else found[:39] + '…'!r} where {wanted} was expected")

    def fail(
        self, reason: str, at: int | None = None, error: type[UnreadableError] = UnreadableError
    ) -> NoReturn:
        """Raise what is wrong with a token, by its number, or with the next."""
        at = min(self.at if at is None else at, len(self.tokens) - 1)
        raise error(reason, self.text, self.tokens[at].start if self.tokens else 0)

    def several(self, sign: str, reading: Callable[[], T]) -> list[T]:
        """Read one thing or more, with a sign between them."""
        found = [reading()]
        while self.take(sign):
            found.append(reading())
        return found

    def until(self, sign: str, reading: Callable[[], T]) -> list[T]:
        """Read things up to a sign, and the sign."""
        found = []
        while not self.take(sign):
            found.append(reading())
        return found

    def since(self, start: int) -> str:
        """Return the text of the tokens from a number on."""
        return spelled(self.tokens[start : self.at])

    def fresh(self) -> str:
        self.count += 1
        return f"{self.own}{self.count}"

    # ---- the query ----

    def whole(self) -> tree.Query:
        try:
            return self.query()
        except RecursionError:
            self.fail("parts nested more deeply than can be read")

    def query(self) -> tree.Query:
        declared = head(self.tokens)
        self.prefixes, self.at = declared.prefixes, declared.size
        form = self.take(*FORMS)
        if not form:
            if self.peek() in UPDATES:
                self.fail(f"{self.peek()}: it is an update, not a query")
            if self.take(*DECLARATIONS):
                self.unexpected("a well-formed declaration")
            self.unexpected("SELECT, ASK, CONSTRUCT or DESCRIBE")
        projection: Projection | None = ()
        template: tuple[tree.TriplePattern, ...] = ()
        described: list[str] = []
        distinct, everything, short = "", False, False
        if form == "SELECT":
            projection, distinct = self.projection()
        elif form == "CONSTRUCT":
            short = self.peek() != "{"
            template = () if short else self.template()
        elif form == "DESCRIBE":
            everything = bool(self.take("*"))
            while not everything and self.starts_name():
                at = self.at
                described.append(self.variable_or_iri())
                self.starts[id(described[-1])] = self.tokens[at].start
            if not (everything or described):
                self.unexpected("a variable, an IRI or '*'")
        while self.take("FROM"):
            is_named, at = bool(self.take("NAMED")), self.at
            self.graphs.append((self.iri(), self.tokens[at].start, is_named))
        where = None
        if short:
            self.expect("WHERE")
            before = self.at
            template = self.template()
            self.at = before
        elif form == "DESCRIBE" and self.peek() not in ("WHERE", "{"):
            where = tree.Group(())
        select = self.body(projection, distinct, where)
        if self.at < len(self.tokens):
            self.unexpected("the end")
        if everything:
            described = self.columns(select.where, select.values)
        prologue = "".join(f"{line}\n" for line in declared.lines)
        defaults, named = (tuple(g for g, _, is_named in self.graphs if is_named is n) for n in (False, True))
        parts = (form, prologue, select, template, defaults, named, frozenset(self.constants), self.own)
        return tree.Query(*parts, tuple(described), tuple(self.constructs))

    def template(self) -> tuple[tree.TriplePattern, ...]:
        """Read the template of a CONSTRUCT, or its pattern where that is the template."""
        self.expect("{")
        self.plain = True
        block = self.triples() if self.peek() != "}" else tree.Triples(())
        self.plain = False
        self.expect("}")
        self.labels.clear()  # a label in the template is not that of the pattern
        return block.patterns

    def projection(self) -> tuple[Projection | None, str]:
        distinct = self.take("DISTINCT", "REDUCED")
        if self.take("*"):
            return None, distinct
        found: list[tuple[str, tree.Expression | None]] = []
        while self.kind() == "variable" or self.peek() == "(":
            if self.take("("):
                expression = self.expression(aggregating=True)
                self.expect("AS")
                at, name = self.at, self.variable()
                if name in (other for other, _ in found):
                    self.fail(f"{name}, which the query already projects, bound anew", at, ScopeError)
                found.append((name, expression))
                self.expect(")")
            else:
                found.append((self.variable(), None))
        if not found:
            self.unexpected("a variable, '(' or '*'")
        return tuple(found), distinct

    def body(
        self, projection: Projection | None, distinct: str, where: tree.Group | None = None
    ) -> tree.Select:
        """Read from WHERE to the last modifier; for `SELECT *`, list what it projects."""
        start = self.at - 1
        if where is None:
            self.take("WHERE")
            where = self.group()
        keys: list[tree.Key] = []
        having: list[tree.Expression] = []
        if self.take("GROUP"):
            self.expect("BY")
            while self.kind() == "variable" or self.starts_constraint():
                at = self.at
                keys.append(self.key())
                self.starts[id(keys[-1])] = self.tokens[at].start
            if not keys:
                self.unexpected("a variable, '(' or a function")
        if self.take("HAVING"):
            # The first has to be there.
            while not having or self.starts_constraint():
                at = self.at
                having.append(self.constraint(aggregating=True))
                self.starts[id(having[-1])] = self.tokens[at].start
        order, sliced = tuple(self.order()), self.slice()
        at = self.at
        values = self.values() if self.take("VALUES") else None
        if values:
            self.starts[id(values)] = self.tokens[at].start
        if projection is None:
            if keys or any(expression.aggregates for expression in having):
                self.fail("SELECT * with GROUP BY", start, ScopeError)
            projection = tuple((name, None) for name in self.columns(where, values))
        select = tree.Select(projection, where, distinct, tuple(keys), tuple(having), order, sliced, values)
        self.starts[id(select)] = self.tokens[start].start
        self.check_columns(select, start)
        return select

    def columns(self, where: tree.Group, values: tree.Values | None) -> list[str]:
        """Return what `*` stands for."""
        names = tree.visible(where) | (tree.visible(values) if values else frozenset())
        return sorted(name for name in names if not name.startswith(self.own))

    def check_columns(self, select: tree.Select, at: int) -> None:
        """Hold columns to the rules of scope (§18.2.1) and of grouping (§19.8, §11.4)."""
        keys = {key.variable for key in select.keys}
        known = keys if select.is_grouped else set(tree.visible(select.where))
        for name, expression in select.projection:
            if expression is not None and name in known:
                self.fail(f"{name}, which its pattern already has, bound anew by a column", at, ScopeError)
            if select.is_grouped:
                parts = (name,) if expression is None else expression.parts
                used = [v for part in parts if isinstance(part, str) for v in variables(part)]
                if wrong := [variable for variable in used if variable not in known]:
                    place = "among its columns" if expression is None else "in a column"
                    self.ungrouped(wrong[0], select, at, place)
                known.add(name)

    def ungrouped(self, name: str, select: tree.Select, at: int, place: str) -> NoReturn:
        """Raise that a variable of a column is not grouped by; the columns end with the token `at`."""
        bound = tree.visible(select.where)
        near = [key for key in select.keys if key.named and is_meant(name[1:], key.variable[1:])]
        for key in near:
            if name in bound and key.expression is None and key.variable not in bound:
                reason = f"GROUP BY {key.variable}, which nothing binds; did you mean {name!r}?"
                raise ScopeError(reason, self.text, self.starts[id(key)])
        while self.tokens[at].kind != "variable" or self.tokens[at].text[1:] != name[1:]:
            at -= 1
        hint = f"; did you mean {near[0].variable!r}?" if near else ""
        self.fail(f"{name}, which is neither grouped by nor aggregated, {place}{hint}", at, ScopeError)

    def key(self) -> tree.Key:
        if self.kind() == "variable":
            return tree.Key(self.variable(), None)
        if not self.take("("):
            return tree.Key(self.fresh(), self.constraint(), named=False)
        expression = self.expression()
        named = bool(self.take("AS"))
        key = tree.Key(self.variable() if named else self.fresh(), expression, named)
        self.expect(")")
        return key

    def order(self) -> list[tree.OrderCondition]:
        found: list[tree.OrderCondition] = []
        if self.take("ORDER"):
            self.expect("BY")
            while True:
                if self.kind() == "variable":
                    found.append(tree.OrderCondition(tree.Expression((self.variable(),))))
                elif direction := self.take("ASC", "DESC"):
                    given = self.bracketed(aggregating=True)
                    found.append(tree.OrderCondition(given, direction == "DESC"))
                elif self.starts_constraint():
                    found.append(tree.OrderCondition(self.constraint(aggregating=True)))
                else:
                    break
            if not found:
                self.unexpected("a variable, '(' or a function")
        return found

    def slice(self) -> str:
        start, words = self.at, ["LIMIT", "OFFSET"]
        while word := self.take(*words):
            words.remove(word)
            if self.kind() != "number" or not self.tokens[self.at].text.isdecimal():
                self.unexpected("a whole number")
            self.at += 1
        return self.since(start)

    # ---- groups ----

    def group(self) -> tree.Group:
        self.expect("{")
        if self.take("SELECT"):
            inner = self.body(*self.projection())
            self.expect("}")
            return tree.Group((tree.SubSelect(inner, tuple(self.fresh() for _ in inner.columns)),))
        outer, self.labels = self.labels, {}
        self.closed.update(outer)
        elements: list[tree.Element] = []
        dotted = True
        while not self.take("}"):
            if self.starts_node():
                if not dotted:
                    self.unexpected("'.' or '}'")
                elements.append(self.triples())
                dotted = False
                continue
            if self.peek() != "FILTER":
                self.end_pattern()
            at = self.at
            elements.append(self.element(elements))
            self.starts[id(elements[-1])] = self.tokens[at].start
            self.take(".")
            dotted = True
        self.end_pattern()
        self.labels = outer
        return tree.Group(tuple(elements))

    def end_pattern(self) -> None:
        """Note that a basic graph pattern has ended, whose labels may not occur again (§19.6)."""
        self.closed.update(self.labels)
        self.labels.clear()

    def element(self, before: list[tree.Element]) -> tree.Element:
        """Read what stands in a group and is no triple pattern; `before` stands there already."""
        at = self.at
        if self.peek() == "LATERAL":
            self.fail("LATERAL")
        match self.take("{", "OPTIONAL", "MINUS", "GRAPH", "FILTER", "BIND", "VALUES", "SERVICE"):
            case "{":
                self.at = at
                branches = self.several("UNION", self.group)
                return tree.Union(tuple(branches), self.fresh()) if len(branches) > 1 else branches[0]
            case "OPTIONAL":
                return tree.Optional(self.group(), self.fresh())
            case "MINUS":
                return tree.Minus(self.group())
            case "GRAPH":
                return tree.Graph(self.variable_or_iri(), self.group())
            case "SERVICE":
                self.constructs["patterns of SERVICE"] = None
                silent = bool(self.take("SILENT"))
                return tree.Service(self.variable_or_iri(), self.group(), silent)
            case "FILTER":
                return tree.Filter(self.constraint())
            case "VALUES":
                return self.values()
            case "":
                self.unexpected("a pattern or '}'")
        self.expect("(")
        expression = self.expression()
        self.expect("AS")
        at, name = self.at, self.variable()
        if name in tree.visible(tree.Group(tuple(before))):
            self.fail(f"{name}, which the pattern already has, bound anew by BIND", at, ScopeError)
        self.expect(")")
        return tree.Bind(expression, name)

    def values(self) -> tree.Values:
        start = self.at
        single = not self.take("(")
        names = [self.variable()] if single else self.until(")", self.variable)
        if len(set(names)) < len(names):
            self.fail("VALUES with one variable twice", start)
        self.expect("{")
        undefined: set[str] = set()
        while not self.take("}"):
            at = self.at
            if not single:
                self.expect("(")
            row = [self.cell()] if single else self.until(")", self.cell)
            if len(row) != len(names):
                self.fail(f"VALUES with {len(names)} variables and a row of {len(row)}", at)
            undefined.update(name for name, value in zip(names, row, strict=True) if not value)
        copies = tuple(self.fresh() if name in undefined else name for name in names)
        return tree.Values(tuple(names), frozenset(names) - undefined, self.since(start), copies)

    def cell(self) -> str:
        """Read a value or UNDEF, which is nothing."""
        return "" if self.take("UNDEF") else self.value()

    def value(self) -> str:
        if self.peek() == "<<(":
            return self.triple_term(self.iri, self.predicate, self.value)
        return self.term()

    # ---- triples ----

    def triples(self) -> tree.Triples:
        outer, self.patterns = self.patterns, []
        while True:
            word = self.peek()
            optional = word == "<<" or (word in ("[", "(") and self.peek(1) not in ("]", ")"))
            subject = self.node()
            if not optional or self.starts_verb():
                self.properties(subject)
            if not (self.take(".") and self.starts_node()):
                break
        block, self.patterns = tree.Triples(tuple(self.patterns)), outer
        return block

    def starts_node(self) -> bool:
        return self.kind() in _NODES or self.peek() in ("[", "(", "<<", "<<(", "TRUE", "FALSE")

    def starts_verb(self) -> bool:
        return self.starts_name() or self.peek() in ("A", "^", "!", "(")

    def starts_name(self) -> bool:
        return self.kind() in ("variable", "iri", "name")

    def properties(self, subject: str) -> None:
        """Read `predicate object, object; predicate object …` of a subject."""
        while True:
            # What is before a predicate and ends with a sign is another triple, or in brackets.
            at = self.at - (self.at > 0 and self.tokens[self.at - 1].kind in _NODES)
            path = self.verb() if self.plain or self.kind() == "variable" else self.alternative()
            self.several(",", partial(self.statement, subject, path, at))
            signs = self.at
            while self.take(";"):
                pass
            if self.at == signs or not self.starts_verb():
                return

    def statement(self, subject: str, path: tree.Path, at: int) -> None:
        """Read an object, and the reifiers and annotations of its triple, which starts at a token."""
        at = self.at if self.tokens[self.at - 1].text == "," else at
        value, reifier = self.node(), ""
        self.patterns.append(tree.TriplePattern(subject, path, value))
        self.starts[id(self.patterns[-1])] = self.tokens[at].start
        while (sign := self.peek()) in ("~", "{|"):
            self.constructs["annotations of SPARQL 1.2"] = None
            if not isinstance(path, str):
                self.fail("an annotation of a path")
            self.at += 1
            if sign == "~":
                reifier = self.reify(self.reifier(), subject, path, value, at)
            else:
                self.properties(reifier or self.reify(self.fresh(), subject, path, value, at))
                self.expect("|}")
                reifier = ""

    def reify(self, reifier: str, subject: str, path: str, value: str, at: int) -> str:
        """Add the pattern that a reified triple is short for, which starts at a token."""
        self.constants.add(_REIFIES)
        self.patterns.append(tree.TriplePattern(reifier, _REIFIES, f"<<( {subject} {path} {value} )>>"))
        self.starts[id(self.patterns[-1])] = self.tokens[at].start
        return reifier

    def reifier(self) -> str:
        """Read what stands behind `~`: a name for the reifier, or nothing."""
        if self.starts_name():
            return self.variable_or_iri()
        if self.kind() == "blank" or (self.peek() == "[" and self.peek(1) == "]"):
            return self.blank()
        return self.fresh()

    def node(self) -> str:
        """Read a subject or object; what is inside brackets becomes patterns."""
        if self.peek() == "[" and self.peek(1) != "]":
            self.at += 1
            blank = self.fresh()
            self.properties(blank)
            self.expect("]")
            return blank
        if self.take("("):
            places: list[int] = []

            def item() -> str:
                places.append(self.at)
                return self.node()

            items = self.until(")", item)
            self.constants |= {_FIRST, _REST, _NIL}
            cells = [*(self.fresh() for _ in items), _NIL]
            for at, value, cell, rest in zip(places, items, cells, cells[1:], strict=False):
                pair = tree.TriplePattern(cell, _FIRST, value), tree.TriplePattern(cell, _REST, rest)
                self.patterns += pair
                self.starts |= {id(pattern): self.tokens[at].start for pattern in pair}
            return cells[0]
        return self.simple_node(reified=True)

    def simple_node(self, reified: bool = False) -> str:
        """Read a node without lists and properties; `reified` triples may be one."""
        if self.kind() == "variable":
            return self.variable()
        if self.kind() == "blank" or self.peek() == "[":
            return self.blank()
        if reified and self.take("<<"):
            self.constructs["reified triples of SPARQL 1.2"] = None
            at = self.at - 1
            subject, verb, value = self.simple_node(True), self.verb(), self.simple_node(True)
            found = self.reify(self.reifier() if self.take("~") else self.fresh(), subject, verb, value, at)
            self.expect(">>")
            return found
        if self.peek() == "<<(":
            return self.triple_term(self.simple_node, self.verb, self.simple_node)
        return self.term()

    def triple_term(self, subject: Reading, verb: Reading, value: Reading) -> str:
        self.constructs["triple terms of SPARQL 1.2"] = None
        self.expect("<<(")
        found = f"<<( {subject()} {verb()} {value()} )>>"
        self.expect(")>>")
        return found

    def blank(self) -> str:
        """Read a blank node and return the variable that stands for it."""
        if self.take("["):
            self.expect("]")
            return self.fresh()
        label = self.next()
        if label not in self.labels:
            if label in self.closed:
                self.fail(f"{label}, which another basic graph pattern has, too", self.at - 1)
            self.labels[label] = self.fresh()
        return self.labels[label]

    def alternative(self) -> tree.Path:
        found = self.several("|", self.sequence)
        return found[0] if len(found) == 1 else tree.Alternative(tuple(found))

    def sequence(self) -> tree.Path:
        found = self.several("/", self.step)
        return found[0] if len(found) == 1 else tree.Sequence(tuple(found))

    def step(self) -> tree.Path:
        """Read one step: `^`, brackets, `!`, and how often."""
        inverse = bool(self.take("^"))
        path: tree.Path
        if self.take("("):
            path = self.alternative()
            self.expect(")")
        elif self.take("!"):
            path = self.negated()
        else:
            path = self.predicate()
        mark = self.take("?", "*", "+")
        path = tree.Repeat(path, mark) if mark else path
        return tree.Inverse(path) if inverse else path

    def negated(self) -> tree.Negated:
        """Read what stands after `!`."""
        steps: tuple[list[str], list[str]] = ([], [])

        def step() -> None:
            steps[bool(self.take("^"))].append(self.predicate())

        if not self.take("("):
            step()
        elif not self.take(")"):
            self.several("|", step)
            self.expect(")")
        forwards, backwards = map(tuple, steps)
        return tree.Negated(forwards if forwards or not backwards else None, backwards or None)

    def predicate(self) -> str:
        """Read an IRI or `a`."""
        if self.peek() == "A" and self.tokens[self.at].text == "a":
            self.at += 1
            self.constants.add(_TYPE)
            return _TYPE
        return self.iri("a predicate")

    def verb(self) -> str:
        return self.variable() if self.kind() == "variable" else self.predicate()

    # ---- terms ----

    def variable(self) -> str:
        if self.kind() != "variable":
            self.unexpected("a variable")
        return f"?{self.next()[1:]}"

    def variable_or_iri(self) -> str:
        return self.variable() if self.kind() == "variable" else self.iri()

    def iri(self, wanted: str = "an IRI") -> str:
        """Read an IRI and remember it as a constant."""
        if self.kind() not in ("iri", "name"):
            self.unexpected(wanted)
        text = self.next()
        prefix = text.partition(":")[0]
        if text[0] != "<" and prefix not in self.prefixes:
            self.fail(f"the prefix {prefix}:, which is not declared", self.at - 1)
        self.constants.add(text)
        return text

    def term(self) -> str:
        """Read an IRI or a literal and remember it as a constant."""
        kind, start = self.kind(), self.at
        if kind in ("iri", "name"):
            return self.iri()
        if kind == "string":
            self.at += 1
            if self.kind() == "tag":
                direction = self.next().partition("--")[2]
                if direction not in ("", "ltr", "rtl"):
                    self.fail(f"{direction!r} where a direction, ltr or rtl, was expected", self.at - 1)
            elif self.take("^^"):
                self.iri()
        elif kind == "number" or self.peek() in ("TRUE", "FALSE"):
            self.at += 1
        else:
            self.unexpected("a term")
        text = self.since(start)
        self.constants.add(text)
        return text

    # ---- expressions ----

    def expression(self, aggregating: bool = False) -> tree.Expression:
        """Read an expression; `aggregating` tells whether aggregates may stand in it."""
        return self.gathered(self.operation, aggregating)

    def constraint(self, aggregating: bool = False) -> tree.Expression:
        """Read what stands after FILTER, HAVING or in GROUP BY: `(…)`, a call, EXISTS or NOT EXISTS."""
        if self.peek() == "(":
            return self.bracketed(aggregating)
        if not self.starts_constraint():
            self.unexpected("'(' or a function")
        return self.gathered(self.operand, aggregating)

    def bracketed(self, aggregating: bool = False) -> tree.Expression:
        self.expect("(")
        found = self.expression(aggregating)
        self.expect(")")
        return found

    def starts_constraint(self) -> bool:
        return self.peek() in _CONSTRAINTS or (self.kind() in ("iri", "name") and self.peek(1) == "(")

    def gathered(self, reading: Callable[[], object], aggregating: bool) -> tree.Expression:
        """Read a part of the text and return it as an expression."""
        outer = self.parts, self.cut, self.aggregating
        self.parts, self.cut, self.aggregating = [], self.at, aggregating
        reading()
        self.flush()
        found = tree.Expression(tuple(self.parts))
        self.parts, self.cut, self.aggregating = outer
        return found

    def flush(self) -> None:
        """Add what was read since the last part."""
        if self.cut < self.at:
            self.parts.append(self.since(self.cut))
        self.cut = self.at

    def operation(self) -> None:
        """Read operands and what stands between them."""
        self.operand()
        compared = False
        while True:
            if sign := self.take("||", "&&", "+", "-", "*", "/"):
                compared = compared and sign not in ("||", "&&")
                self.operand()
            elif self.kind() == "number" and self.tokens[self.at].text[0] in "+-":
                self.at += 1
            elif (word := self.peek()) in _COMPARING or word in ("IN", "NOT"):
                if compared:
                    self.unexpected("'&&' or '||'")
                compared = True
                self.at += 1
                if word == "NOT":
                    self.expect("IN")
                if word in _COMPARING:
                    self.operand()
                else:
                    self.arguments("IN", (0, 9999))
            else:
                return

    def operand(self) -> None:
        while self.take("!", "+", "-"):
            pass
        word = self.peek()
        if self.take("("):
            self.operation()
            self.expect(")")
        elif word == "EXISTS" or (word == "NOT" and self.peek(1) == "EXISTS"):
            self.flush()
            self.at += 1 if word == "EXISTS" else 2
            self.parts.append(tree.Exists(self.group(), word == "NOT"))
            self.cut = self.at
        elif word in AGGREGATES:
            self.flush()
            self.parts.append(self.aggregate())
            self.cut = self.at
        elif word in FUNCTIONS:
            self.at += 1
            self.arguments(word, FUNCTIONS[word])
        elif word == "<<(":
            self.expression_term()
        elif self.kind() == "variable":
            self.at += 1
        elif self.kind() in ("iri", "name"):
            self.iri()
            if self.peek() == "(":
                self.arguments("", (0, 9999))
        elif word and word[0].isalpha() and word not in ("TRUE", "FALSE"):
            called = self.peek(1) == "("
            self.fail(f"the function {word}" if called else f"{word!r} where a value was expected")
        else:
            self.term()

    def expression_term(self) -> str:
        """Read the object of a triple term in an expression."""
        if self.peek() == "<<(":
            return self.triple_term(self.variable_or_iri, self.verb, self.expression_term)
        return self.variable() if self.kind() == "variable" else self.term()

    def arguments(self, name: str, most: tuple[int, int]) -> None:
        """Read the arguments of a call; `most` says how many there are, at least and at most."""
        at = self.at
        self.expect("(")
        count = 0
        if name == "BOUND":
            self.variable()
            count = 1
        elif self.peek() != ")":
            if not name:
                self.take("DISTINCT")
            count = len(self.several(",", self.operation))
        self.expect(")")
        if not most[0] <= count <= most[1]:
            self.fail(f"{name} with {count} argument{'s' * (count != 1)}", at)

    def aggregate(self) -> tree.Aggregate:
        if not self.aggregating:
            self.fail(f"the aggregate {self.peek()} where no group is")
        start, name = self.at, self.next().upper()
        self.expect("(")
        self.take("DISTINCT")
        argument = None if name == "COUNT" and self.take("*") else self.expression()
        if name == "GROUP_CONCAT" and self.take(";"):
            self.expect("SEPARATOR")
            self.expect("=")
            if self.kind() != "string":
                self.unexpected("a string")
            self.at += 1
        self.expect(")")
        return tree.Aggregate(name, argument, self.since(start))
