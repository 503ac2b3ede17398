"""Random graphs and random queries over them, for what must hold of every query."""

from __future__ import annotations

from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store

EX = "http://example.org/"
PROLOGUE = f"PREFIX ex: <{EX}>\n"
_NODES = [*(NamedNode(f"{EX}n{number}") for number in range(4)), BlankNode("b")]
_PREDICATES = [NamedNode(EX + name) for name in "pqr"]
_VALUES = [Literal(number) for number in range(3)]
_GRAPHS = [NamedNode(EX + "g1"), NamedNode(EX + "g2")]

_quad = st.builds(
    Quad,
    st.sampled_from(_NODES),
    st.sampled_from(_PREDICATES),
    st.sampled_from([*_NODES, *_NODES, *_VALUES]),
    st.sampled_from([DefaultGraph(), DefaultGraph(), *_GRAPHS]),
)
graphs = st.lists(_quad, min_size=3, max_size=14, unique_by=str)


def store_of(quads: list[Quad]) -> Store:
    """Put quads into a store whose default graph holds all of them, as a compiled graph's does."""
    store = Store()
    for graph in _GRAPHS:
        store.add_graph(graph)
    for quad in quads:
        store.add(quad)
        store.add(Quad(quad.subject, quad.predicate, quad.object))
    return store


VARIABLES = ["?a", "?b", "?c", "?d"]
_NAMES = [f"ex:n{number}" for number in range(4)]
_VERBS = ["ex:p", "ex:q", "ex:r"]
BETWEEN = "|"  # what GROUP_CONCAT puts between values


class Writer:
    """Writes one random query, piece by piece; `draw` chooses."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._made = 0

    def one(self, choices: list[str]) -> str:
        return self._draw(st.sampled_from(choices))

    def variable(self) -> str:
        return self.one(VARIABLES)

    def new(self) -> str:
        """Return a variable that is nowhere else in the query."""
        self._made += 1
        return f"?made{self._made}"

    def triple(self) -> str:
        node, object_ = self.one(VARIABLES * 2 + _NAMES), self.one(VARIABLES * 3 + [*_NAMES, "0", "1"])
        return f"{node} {self.one(_VERBS * 2 + VARIABLES)} {object_} ."

    def path(self, depth: int = 2) -> str:
        kind = self.one(["step", "/", "|", "^", "*", "!"]) if depth else "step"
        match kind:
            case "step":
                return self.one(_VERBS)
            case "/" | "|":
                return f"({self.path(depth - 1)}{kind}{self.path(depth - 1)})"
            case "^":
                return f"(^{self.path(depth - 1)})"
            case "*":
                return f"({self.path(depth - 1)}{self.one(['+', '*', '?'])})"
        return f"(!({self.one(_VERBS)}|^{self.one(_VERBS)}))"

    def walk(self) -> str:
        return f"{self.one(VARIABLES + _NAMES)} {self.path()} {self.one(VARIABLES + _NAMES)} ."

    def condition(self, depth: int) -> str:
        plain = self.one(["{0} != {1}", "{0} = {1} || {0} < 2", "BOUND({0})", "!BOUND({0})", "isIRI({0})"])
        plain = plain.format(self.variable(), self.one([*VARIABLES, *_NAMES, "1"]))
        if not depth or self.one(["plain", "exists"]) == "plain":
            return plain
        exists = f"{self.one(['', 'NOT ', '! '])}EXISTS {self.group(depth - 1)}"
        return self.one([exists, exists, f"({plain}) || {exists}", f"!({plain} && {exists})"])

    def element(self, depth: int) -> str:
        kinds = ["triple", "path", "filter", "values", "bind"]
        inner = ["group", "optional", "union", "minus", "graph", "select", "count", "filter", "optional"]
        inside = depth - 1
        match self.one(kinds + inner if depth else kinds):
            case "triple":
                return self.triple()
            case "path":
                return self.walk()
            case "group":
                return self.group(inside)
            case "optional":
                return f"OPTIONAL {self.group(inside)}"
            case "union":
                return f"{self.group(inside)} UNION {self.group(inside)}"
            case "minus":
                return f"MINUS {self.group(inside)}"
            case "graph":
                return f"GRAPH {self.one(['?g', 'ex:g1'])} {self.group(inside)}"
            case "filter":
                return f"FILTER ({self.condition(depth)})"
            case "values":
                return f"VALUES {self.variable()} {{ {self.one([*_NAMES, '1'])} UNDEF }}"
            case "bind":
                made, new = f"BIND (STR({self.variable()}) AS {{0}})", self.new()
                return self.one([made, made, f"{{{{ {made} FILTER (BOUND({{0}})) }}}}"]).format(new)
            case "select":
                distinct, inner = self.one(["", "DISTINCT", "REDUCED"]), self.group(inside)
                ordered = f"order by {' '.join(VARIABLES)}"
                cut = self.one(["", "", f"{ordered} limit 2", f"{ordered} offset 1"])
                return f"{{ SELECT {distinct} {self.variable()} {inner} {cut} }}"
        return f"{{ {self.grouped(inside)} }}"

    def group(self, depth: int) -> str:
        # A triple first, so that most groups have solutions.
        rest = [self.element(depth) for _ in range(self._draw(st.integers(0, 2)))]
        return f"{{ {' '.join([self.triple(), *rest])} }}"

    def exists(self) -> str:
        return f"{self.one(['', 'NOT '])}EXISTS {self.group(0)}"

    def head(self) -> str:
        names = self._draw(st.lists(st.sampled_from(VARIABLES), min_size=1, max_size=3, unique=True))
        some = " ".join(names)
        return self.one(
            ["*", some, f"DISTINCT {some}", f"REDUCED {some}", f"{some} ({self.exists()} AS {self.new()})"]
        )

    def call(self) -> str:
        calls = ["COUNT(*)", "COUNT({})", "SUM({})", "MIN({})", "MAX({})", "COUNT(DISTINCT {})", "AVG({})"]
        calls += ["SAMPLE({})", f"GROUP_CONCAT({{}}; SEPARATOR='{BETWEEN}')"]
        return self.one(calls).format(self.variable())

    def keys(self) -> tuple[str, str]:
        """Return what to group by, and the names of it that can be projected."""
        key, other, new = self.one(["?a", "?b"]), self.one(["?c", "?d"]), self.new()
        plain = [(key, key), (key, ""), (f"{key} {other}", f"{key} {other}"), (f"{key} {other}", other)]
        computed = [(f"(STR({key}) AS {new})", new), (f"isIRI({key}) {other}", other)]
        return self._draw(
            st.sampled_from([*plain, *computed, (f"({self.exists()} AS {new}) {key}", f"{key} {new}")])
        )

    def having(self) -> str:
        conditions = ["COUNT(*) > 1", f"{self.call()} != 1", f"BOUND({self.variable()})", self.exists()]
        conditions += [f"COUNT(*) > 1 || {self.exists()}", f"{self.exists()}) ({self.call()} != 1"]
        return self.one(["", "", f"HAVING ({self.one(conditions)})"])

    def grouped(self, depth: int, dataset: str = "") -> str:
        (keys, names), name, other = self.keys(), self.new(), self.new()
        made = [f"({self.call()} AS {name})", f"({self.call()} AS {name}) ({self.exists()} AS {other})"]
        made += [f"({self.exists()} AS {name})", f"(IF({self.exists()}, {self.call()}, 0) AS {name})"]
        group = self.group(depth)
        return f"SELECT {names} {self.one(made)} {dataset} {group} GROUP BY {keys} {self.having()}"

    def dataset(self) -> str:
        clauses = ["FROM ex:g1", "FROM ex:g1 FROM ex:g2", "FROM NAMED ex:g1", "FROM ex:g2 FROM NAMED ex:g1"]
        return self.one(["", "", "", "", *clauses])

    def end(self) -> str:
        """Write what may stand behind any pattern: order, slice, values."""
        order = self.one(["", f"ORDER BY {self.variable()}", f"ORDER BY DESC({self.variable()}) ?a"])
        cut = self.one(["", "", "", "LIMIT 0", "LIMIT 2", "OFFSET 1", "LIMIT 1 OFFSET 1"])
        one, other = self.one(["?a", "?b"]), self.one(["?c", "?d"])
        line = f"({self.one(_NAMES)} UNDEF) (UNDEF {self.one([*_NAMES, '1'])})"
        values = self.one(
            ["", "", f"VALUES {one} {{ {self.one(_NAMES)} 1 }}", f"VALUES ({one} {other}) {{ {line} }}"]
        )
        return f"{order} {cut} {values}"

    def query(self) -> str:
        group, dataset, end = self.group(2), self.dataset(), self.end()
        object_ = self.one([*VARIABLES, "2.50", "01", "1e0"])
        made = f"{self.variable()} ex:made {self.variable()} . _:x ex:of {object_}"
        described = self.one(["?a", "?a ?b", "?c ex:n1", "ex:n0 ex:n1", "*"])
        return self.one(
            [
                f"SELECT {self.head()} {dataset} {group} {end}",
                f"SELECT {self.head()} {dataset} {group} {end}",
                f"{self.grouped(2, dataset)} {end}",
                f"{self.grouped(1, dataset)} {end}",
                f"SELECT ({self.call()} AS ?m) {dataset} {group} {self.having()}",
                f"CONSTRUCT {{ {made} }} {dataset} WHERE {group} {end}",
                f"DESCRIBE {described} {dataset} WHERE {group} {end}",
                f"ASK {dataset} {group} {end}",
            ]
        )


@st.composite
def queries(draw: st.DrawFn) -> str:
    """Return any query; the words of its own slice are in upper case, those of a subquery's in lower."""
    return PROLOGUE + Writer(draw).query()


@st.composite
def patterns(draw: st.DrawFn) -> str:
    """Return any group, in its braces."""
    writer = Writer(draw)
    return f"{{ {' '.join(writer.element(1) for _ in range(draw(st.integers(1, 3))))} }}"


@st.composite
def joins(draw: st.DrawFn, paths: bool = False) -> str:
    """Return a query that is nothing but triple patterns or, with `paths`, has paths as well."""
    writer = Writer(draw)
    kinds = draw(st.lists(st.booleans(), max_size=2))
    rest = [writer.walk() if paths and kind else writer.triple() for kind in kinds]
    first = writer.walk() if paths else writer.triple()
    return f"{PROLOGUE}SELECT {writer.head()} {{ {' '.join([first, *rest])} }}"
