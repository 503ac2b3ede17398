"""The shape of a query: its groups and patterns as plain values, and which variables they bind.

The nodes follow SPARQL 1.1's grammar (§19.8), because what is printed from them must mean what was read.
Terms and expressions stay as the query writes them: only the engine says what they mean. Knows SPARQL 1.1's
rules of scope (§18.2.1), no graph and no solutions.
Named tuples, because every cold call defines these classes and a dataclass takes seven times as long to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from amcc_kg.sparql.tokens import variables


class Inverse(NamedTuple):
    """`^path`."""

    path: Path


class Sequence(NamedTuple):
    """`first/second/…`."""

    paths: tuple[Path, ...]


class Alternative(NamedTuple):
    """`one|other|…`."""

    paths: tuple[Path, ...]


class Repeat(NamedTuple):
    """`path?`, `path*` or `path+`, by `mark`."""

    path: Path
    mark: str


class Negated(NamedTuple):
    """`!(a|^b)`: any predicate but those, forwards and backwards; None for a direction not asked for."""

    forwards: tuple[str, ...] | None
    backwards: tuple[str, ...] | None


Path: TypeAlias = str | Inverse | Sequence | Alternative | Repeat | Negated


class TriplePattern(NamedTuple):
    """Subject, predicate or path, object, as written; variables start with `?`, triple terms with `<<(`."""

    subject: str
    predicate: Path
    object: str


class Triples(NamedTuple):
    """A block of triple patterns."""

    patterns: tuple[TriplePattern, ...]


class Group(NamedTuple):
    """`{ … }`."""

    elements: tuple[Element, ...]


class Union(NamedTuple):
    """`{ … } UNION { … }`; `mark` is the variable that tells the sides apart when the query is traced."""

    branches: tuple[Group, ...]
    mark: str


class Optional(NamedTuple):
    """`OPTIONAL { … }`; `mark` is the variable that tells whether it matched when the query is traced."""

    group: Group
    mark: str


class Minus(NamedTuple):
    """`MINUS { … }`."""

    group: Group


class Graph(NamedTuple):
    """`GRAPH name { … }`."""

    name: str
    group: Group


class Service(NamedTuple):
    """`SERVICE name { … }`: a pattern that another endpoint would be asked for."""

    name: str
    group: Group
    silent: bool


class Exists(NamedTuple):
    """`EXISTS { … }` or `NOT EXISTS { … }`."""

    group: Group
    negated: bool


class Aggregate(NamedTuple):
    """A call such as `COUNT(DISTINCT ?x)`: its name, its argument (None for `*`), its text as written."""

    name: str
    argument: Expression | None
    text: str


class Expression(NamedTuple):
    """An expression as written, cut where a pattern or an aggregate stands in it."""

    parts: tuple[str | Exists | Aggregate, ...]

    @property
    def patterns(self) -> list[Exists]:
        """The EXISTS and NOT EXISTS in it."""
        return [part for part in self.parts if isinstance(part, Exists)]

    @property
    def aggregates(self) -> list[Aggregate]:
        """The aggregates in it."""
        return [part for part in self.parts if isinstance(part, Aggregate)]


class Filter(NamedTuple):
    """`FILTER expression`."""

    expression: Expression


class Bind(NamedTuple):
    """`BIND (expression AS ?variable)`."""

    expression: Expression
    variable: str


class Values(NamedTuple):
    """`VALUES`: its variables, those of them that are bound in every line, the lines as written.

    `copies` are as of a subquery: a variable that a line leaves open may be bound by what stands around it.
    """

    variables: tuple[str, ...]
    certain: frozenset[str]
    text: str
    copies: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Its variables, as a subquery calls them."""
        return self.variables


class SubSelect(NamedTuple):
    """A query inside a query; `copies` are variables that hold its columns as it gave them when traced.

    A column that it leaves unbound may be bound by what stands around it.
    """

    select: Select
    copies: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The variables that it projects."""
        return self.select.columns


Element: TypeAlias = (
    Triples | Group | Union | Optional | Minus | Graph | Service | Filter | Bind | Values | SubSelect
)


class Key(NamedTuple):
    """One thing to group by: a variable, with the expression that it stands for if there is one."""

    variable: str
    expression: Expression | None
    named: bool = True  # False for `GROUP BY expression` without a name: the variable is ours


class OrderCondition(NamedTuple):
    """One thing to order by, and in which direction."""

    expression: Expression
    descending: bool = False


class Select(NamedTuple):
    """The body of a query: what it projects (variable, expression or None), pattern, modifiers as written."""

    projection: tuple[tuple[str, Expression | None], ...]
    where: Group
    distinct: str = ""
    keys: tuple[Key, ...] = ()
    having: tuple[Expression, ...] = ()
    order: tuple[OrderCondition, ...] = ()
    slice: str = ""
    values: Values | None = None

    @property
    def computed(self) -> dict[str, Expression]:
        """The columns that are computed, and how."""
        return {variable: given for variable, given in self.projection if given is not None}

    @property
    def aggregates(self) -> list[Aggregate]:
        """The aggregates that decide a row, in its columns or in HAVING."""
        return [a for e in (*self.computed.values(), *self.having) for a in e.aggregates]

    @property
    def is_grouped(self) -> bool:
        """Whether rows stand for groups of solutions."""
        return bool(self.keys or self.aggregates)

    @property
    def columns(self) -> tuple[str, ...]:
        """The projected variables."""
        return tuple(variable for variable, _ in self.projection)


class Query(NamedTuple):
    """A whole query."""

    form: str
    prologue: str
    select: Select
    template: tuple[TriplePattern, ...] = ()  # of a CONSTRUCT
    defaults: tuple[str, ...] = ()  # the graphs of FROM, as written
    named: tuple[str, ...] = ()  # those of FROM NAMED
    constants: frozenset[str] = frozenset()  # the terms written anywhere in it
    own: str = "?_r"  # how variables start that stand for blank nodes and marks
    described: tuple[str, ...] = ()  # what DESCRIBE names, `*` spelt out
    constructs: tuple[str, ...] = ()  # what it has of SPARQL 1.2 or of other endpoints, in words


def is_variable(term: Path) -> bool:
    """Tell whether a term is a variable."""
    return isinstance(term, str) and term.startswith("?")


def parts(element: Element) -> tuple[Element, ...]:
    """Return the patterns that stand directly in a pattern; none of a subquery."""
    match element:
        case Group(found) | Union(found, _):
            return found
        case Optional() | Minus() | Graph() | Service():
            return (element.group,)
    return ()


def within(element: Element, *, negated: bool = False) -> Iterator[Element]:
    """Yield a pattern and the patterns in it, those of subqueries left out; of MINUS only with `negated`."""
    yield element
    if negated or not isinstance(element, Minus):
        for part in parts(element):
            yield from within(part, negated=negated)


def visible(element: Element) -> frozenset[str]:
    """Return the variables that solutions of a pattern may bind: in-scope variables, SPARQL 1.1 §18.2.1."""
    match element:
        case Triples():
            return _variables(element)
        case Graph() | Service():
            return visible(element.group).union(filter(is_variable, [element.name]))
        case Bind():
            return frozenset({element.variable})
        case Values():
            return frozenset(element.variables)
        case SubSelect():
            return frozenset(element.select.columns)
        case Minus():
            return frozenset()
    return frozenset().union(*map(visible, parts(element)))


def certain(element: Element) -> frozenset[str]:
    """Return variables that every solution of a pattern binds; maybe not all of them."""
    match element:
        case Triples():
            return _variables(element)
        case Group():
            return frozenset().union(*map(certain, element.elements))
        case Union():
            return frozenset.intersection(*map(certain, element.branches))
        case Graph() | Service(silent=False):
            return certain(element.group).union(filter(is_variable, [element.name]))
        case Values():
            return element.certain
        case SubSelect(select, _):
            sure = certain(select.where)
            if select.is_grouped:
                sure &= {key.variable for key in select.keys if key.expression is None}
            return sure & {name for name, given in select.projection if given is None}
        case _:
            return frozenset()


def projectable(select: Select) -> frozenset[str]:
    """Return the variables that a query's pattern leaves to its columns: of a grouped query, the keys."""
    inside = frozenset(key.variable for key in select.keys) if select.is_grouped else visible(select.where)
    return inside | (visible(select.values) if select.values else frozenset())


def matched(select: Select) -> frozenset[str]:
    """Return the columns of a query that its patterns find in the graph; all others the query makes."""
    found = _matched(select.where)
    if select.is_grouped:
        keys = {key.variable: key.expression or Expression((key.variable,)) for key in select.keys}
        found = frozenset(name for name, given in keys.items() if given.parts[0] in found)
    shown = {name: given or Expression((name,)) for name, given in select.projection}
    return frozenset(n for n, given in shown.items() if len(given.parts) == 1 and given.parts[0] in found)


def _matched(element: Element) -> frozenset[str]:
    match element:
        case Triples():
            return _variables(element)
        case Graph():
            return _matched(element.group).union(filter(is_variable, [element.name]))
        case SubSelect():
            return matched(element.select)
        case Union():
            # What one side makes may be what the other finds.
            made = (visible(branch) - _matched(branch) for branch in element.branches)
            return frozenset().union(*map(_matched, element.branches)).difference(*made)
        case Group() | Optional():
            return frozenset().union(*map(_matched, parts(element)))
    return frozenset()


def marks(element: Element) -> frozenset[str]:
    """Return the marks that a traced pattern binds; those inside a subquery or a negation stay there."""
    found: set[str] = set()
    for part in within(element):
        match part:
            case Union() | Optional():
                found.add(part.mark)
            case SubSelect() | Values():
                found.update(copy for _, copy in copied(part))
    return frozenset(found)


def subselects(element: Element, graph: str | None = None) -> Iterator[tuple[SubSelect, str | None]]:
    """Yield the subqueries of a pattern, each with the name of the graph that it is asked of."""
    if isinstance(element, SubSelect):
        yield element, graph
    elif not isinstance(element, Minus):
        for part in parts(element):
            yield from subselects(part, element.name if isinstance(element, Graph) else graph)


def _variables(block: Triples) -> frozenset[str]:
    found: set[str] = set()
    for term in (term for pattern in block.patterns for term in pattern):
        if is_variable(term):
            found.add(str(term))
        elif isinstance(term, str) and term.startswith("<<("):
            found.update(variables(term))
    return frozenset(found)


def inner_row(element: SubSelect | Values) -> tuple[str, ...]:
    """Return the variables that show a row of a subquery or of VALUES in a marked solution."""
    sure, pairs = certain(element), zip(element.columns, element.copies, strict=True)
    return tuple(name if name in sure else copy for name, copy in pairs)


def copied(element: SubSelect | Values) -> Iterator[tuple[str, str]]:
    """Yield the variables of a subquery or of VALUES that a marked pattern copies, each with its copy."""
    pairs = zip(element.columns, inner_row(element), strict=True)
    return ((name, copy) for name, copy in pairs if name != copy)
