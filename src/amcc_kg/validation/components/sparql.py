"""A constraint's query: its tree, what it asks of the data, and how it is run for all focus nodes at once.

A constraint's query is written for one focus node, which stands for `$this` everywhere in it (SHACL section
5.3, pre-binding). It means the same for all of them at once if every group that speaks of a pre-bound
variable binds it first. What is not known for certain to mean the same (a LIMIT, an aggregate that is not
grouped by `$this`, a function that engines differ on) raises `Unreadable`, and so does what constraints may
not hold (MINUS, VALUES, SERVICE).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

from amcc_kg.sparql import printer, reader, tree
from amcc_kg.sparql.prologue import head
from amcc_kg.sparql.tokens import Token, tokens, variables
from amcc_kg.validation.shapes import literals
from amcc_kg.validation.shapes.shapes_graph import Unreadable

THIS = "?this"
_OF_TEXTS = "STR LANG LANGMATCHES SUBSTR STRLEN UCASE LCASE STRSTARTS STRENDS CONTAINS STRBEFORE STRAFTER"
_OF_TERMS = "CONCAT REGEX DATATYPE BOUND COALESCE IF SAMETERM ISIRI ISURI ISBLANK ISLITERAL ISNUMERIC"
_FUNCTIONS = {*_OF_TEXTS.split(" "), *_OF_TERMS.split(" "), "YEAR", "MONTH", "DAY"}
_WORDS = {"IN", "NOT", "TRUE", "FALSE"}
# What Python's and Rust's regular expressions read differently, or one of them not at all.
_RISKY_REGEX = r"\(\?|\\[1-9AZzGQEpPXRKhHvVNuUx]|[*+?}][+]|&&|--|~~|\[\[|\[:"


class TriplePattern(NamedTuple):
    """A triple pattern: subject, predicate (None for a path that is more than one), object; IRIs as keys.

    `top` tells that it stands in the outermost group; blank nodes start with `_:`.
    """

    subject: str
    predicate: str | None
    object: str
    top: bool


class Query:
    """A constraint's query, and what it asks.

    Attributes:
        written: its tree.
        bound: its pre-bound variables, as `?name`.
        patterns: its triple patterns, those that are asked of the shapes graph left out.
        predicates: the keys of the predicates that they name.
        everything: whether a path matches predicates that are not named, such as `!ex:p`.
        zero: whether a path may have no steps, and so matches every node of the graph with itself.
        asks_shapes: whether it asks anything of the shapes graph.
        words: the tokens of its text.
        inside: the variables in its pattern and behind it, each as often as it occurs.
    """

    def __init__(self, written: tree.Query, bound: set[str]) -> None:
        """Take the tree and walk through it; raises `Unreadable`."""
        self.written = written
        self.bound = bound
        self.patterns: list[TriplePattern] = []
        self.predicates: set[str] = set()
        self.everything = self.zero = self.asks_shapes = False
        self.words = list(tokens(printer.select(written.select)))
        self.inside = variables(printer.select(written.select._replace(projection=())))
        self._prefixes = head(tokens(written.prologue)).prefixes
        self._select(written.select, top=True)
        if self.zero:
            self._check_anchors()

    @property
    def projected(self) -> tuple[str, ...]:
        """The variables it returns, as `?name`."""
        return self.written.select.columns

    @property
    def spoken(self) -> set[str]:
        """The variables that occur anywhere in it."""
        return {f"?{word.text[1:]}" for word in self.words if word.kind == "variable"}

    @property
    def local(self) -> bool:
        """Whether it looks at no triples but those of the focus node itself."""
        elsewhere = self.everything or self.zero or self.asks_shapes or not self.patterns
        return not elsewhere and all(
            p.subject == THIS and (p.predicate or "?")[0] == "<" for p in self.patterns
        )

    def text(self, binding: Callable[[set[str], bool], Iterable[tree.Element]]) -> str:
        """Return its text, with what binds the variables that a group speaks of at the head of each group.

        `binding` is told these variables, and whether the group is the outermost one.
        """
        select = _Binding(binding).select(self.written.select, top=True)
        return self.written.prologue + printer.select(select)

    def passes_on(self, predicate: str) -> bool:
        """Tell whether it only passes on the values of a predicate, and never looks at them."""
        return not self.everything and all(
            p.predicate is not None and p.object[0] == "?" and self.inside.count(p.object) == 1
            for p in self.patterns
            if p.predicate in (None, predicate) or (p.predicate or "")[0] == "?"
        )

    def _select(self, select: tree.Select, top: bool = False) -> None:
        reduced = select.distinct if select.distinct == "REDUCED" else ""
        if modifier := reduced or select.order or select.slice or ("VALUES" if select.values else ""):
            raise Unreadable(f"a query with {modifier.split()[0]!r}")
        for name, expression in select.projection:
            if expression is not None:
                self._rebinding(name)
                self._expression(expression)
        self._element(select.where, top)
        if any(key.expression for key in select.keys):
            raise Unreadable("a query that groups by an expression in a constraint")
        for expression in select.having:
            self._expression(expression)
        if select.is_grouped and THIS not in (key.variable for key in select.keys):
            raise Unreadable("an aggregate that is not grouped by $this")
        wanted = self.bound - {"?shapesGraph", "?currentShape"}
        if not top and not wanted <= set(select.columns):
            raise Unreadable("a nested SELECT that does not return the pre-bound variables")

    def _rebinding(self, variable: str) -> None:
        if variable in self.bound:
            raise Unreadable("a query that binds a pre-bound variable anew")

    def _element(self, element: tree.Element, top: bool = False) -> None:
        match element:
            case tree.Triples():
                for subject, path, value in element.patterns:
                    predicate = self._key(path) if isinstance(path, str) else None
                    self._look_along(path)
                    pattern = TriplePattern(self._key(subject), predicate, self._key(value), top)
                    self.patterns.append(pattern)
            case tree.Group(elements):
                for part in elements:
                    self._element(part, top and not isinstance(part, tree.Group))
            case tree.Union() | tree.Optional():
                for part in tree.parts(element):
                    self._element(part)
            case tree.Graph():
                if element.name != "?shapesGraph":
                    raise Unreadable("a GRAPH other than $shapesGraph")
                # What is asked of the shapes graph is not asked of the data.
                count, named, everything = len(self.patterns), set(self.predicates), self.everything
                self._element(element.group)
                del self.patterns[count:]
                self.predicates, self.everything, self.asks_shapes = named, everything, True
            case tree.Filter():
                self._expression(element.expression)
            case tree.Bind():
                self._rebinding(element.variable)
                self._expression(element.expression)
            case tree.SubSelect():
                self._select(element.select)
            case _:
                raise Unreadable(f"{type(element).__name__.upper()} in a constraint")

    def _look_along(self, path: tree.Path) -> None:
        match path:
            case str():
                if path[0] != "?":
                    self.predicates.add(self._key(path))
            case tree.Sequence() | tree.Alternative():
                for step in path.paths:
                    self._look_along(step)
            case tree.Negated():
                self.everything = True
                self.predicates.update(map(self._key, (*(path.forwards or ()), *(path.backwards or ()))))
            case tree.Repeat():
                self.zero |= path.mark != "+"
                self._look_along(path.path)
            case _:
                self._look_along(path.path)

    def _key(self, term: str) -> str:
        """Return a term as patterns have it: an IRI by its key, a blank node by a label."""
        if term.startswith("<<("):
            raise Unreadable("a triple term in a constraint")
        if term.startswith(self.written.own):
            return f"_:{term[1:]}"
        prefix, colon, local = term.partition(":")
        if term[0] in "?<\"'+-.0123456789" or not colon:
            return term
        return f"<{self._prefixes[prefix]}{local.replace(chr(92), '')}>"

    def _expression(self, expression: tree.Expression) -> None:
        for part in expression.parts:
            if isinstance(part, tree.Exists):
                self._element(part.group)
            elif isinstance(part, str):
                _check_functions(list(tokens(part)))
            elif part.name != "COUNT" or (part.argument and part.argument.patterns):
                raise Unreadable(f"{part.name} in a constraint")
            elif part.argument:
                self._expression(part.argument)

    def _check_anchors(self) -> None:
        """Check that a path of no steps starts or ends at a node that something else leads to."""
        ends = [end for p in self.patterns for end in {p.subject, p.object}]
        for p in self.patterns:
            loose = [end[0] == "?" and end != THIS and ends.count(end) == 1 for end in (p.subject, p.object)]
            if p.predicate is None and all(loose):
                raise Unreadable("a path that may have no steps, between two nodes that nothing else names")
        if self.everything or any((p.predicate or "")[:1] == "?" for p in self.patterns):
            raise Unreadable("a path that may have no steps, beside any predicate")


def read(text: str, prefixes: Mapping[str, str], bound: set[str]) -> Query:
    """Return the query of a text; `bound` are its pre-bound variables, as `?name`. Raises `Unreadable`."""
    declarations = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in prefixes.items())
    try:
        found = reader.read(declarations + text)
    except reader.UnreadableError as error:
        raise Unreadable(f"a query with {error}") from error
    if found.form not in ("SELECT", "ASK") or found.defaults or found.named or "BASE <" in found.prologue:
        raise Unreadable(f"{found.form} of an unusual form in a constraint")
    words = [word.text.upper() for word in tokens(text)]
    if any(pair in (("SELECT", "*"), ("DISTINCT", "*")) for pair in pairwise(words)):
        raise Unreadable("SELECT * in a constraint")
    return Query(found, bound)


def _check_functions(words: list[Token]) -> None:
    """Hold a piece of an expression to the functions that engines agree on."""
    for at, word in enumerate(words):
        called = at + 1 < len(words) and words[at + 1].text == "("
        if called and word.kind in ("iri", "name"):
            raise Unreadable("a cast or a function of its own")
        if word.kind == "word" and word.text.upper() not in _FUNCTIONS | _WORDS:
            raise Unreadable(f"{word.text} in a constraint")
        if word.kind == "word" and word.text.upper() == "REGEX":
            pattern = _second_argument(words[at + 1 :])
            text = pattern.text if pattern is not None and pattern.kind == "string" else ""
            if not text or literals.compiled(_RISKY_REGEX).search(text):
                raise Unreadable("a regular expression that engines may differ on")
        if word.text == "<<(":
            raise Unreadable("a triple term in a constraint")


def _second_argument(words: list[Token]) -> Token | None:
    """Return the first token of the second argument of a call, from its bracket on."""
    depth = 0
    for word, following in pairwise(words):
        depth += (word.text == "(") - (word.text == ")")
        if depth == 1 and word.text == ",":
            return following
    return None


class _Binding:
    """Writes a tree anew, with what binds its variables at the head of groups.

    An EXISTS knows what is bound around it, and the group around a nested SELECT binds nothing itself.
    """

    def __init__(self, binding: Callable[[set[str], bool], Iterable[tree.Element]]) -> None:
        self.binding = binding

    def select(self, select: tree.Select, top: bool = False) -> tree.Select:
        return select._replace(
            where=self.group(select.where, top),
            projection=tuple((name, e and self.expression(e)) for name, e in select.projection),
            having=tuple(map(self.expression, select.having)),
        )

    def group(self, group: tree.Group, top: bool = False, asked: bool = False) -> tree.Group:
        elements = tuple(map(self.element, group.elements))
        nested = any(isinstance(element, tree.SubSelect) for element in elements)
        if asked or (nested and not top):
            return tree.Group(elements)
        binding = self.binding(set(variables(printer.group(group))), top)
        return tree.Group((*binding, tree.Group(elements)) if nested else (*binding, *elements))

    def element(self, element: tree.Element) -> tree.Element:
        match element:
            case tree.Group():
                return self.group(element)
            case tree.Union():
                return element._replace(branches=tuple(map(self.group, element.branches)))
            case tree.Optional() | tree.Graph():
                return element._replace(group=self.group(element.group))
            case tree.Filter() | tree.Bind():
                return element._replace(expression=self.expression(element.expression))
            case tree.SubSelect():
                return element._replace(select=self.select(element.select))
            case _:
                return element

    def expression(self, expression: tree.Expression) -> tree.Expression:
        parts = (
            part._replace(group=self.group(part.group, asked=True)) if isinstance(part, tree.Exists) else part
            for part in expression.parts
        )
        return tree.Expression(tuple(parts))
