"""Why a query has no rows: the first part of it that leaves no solution over.

The parts of a group are put together one by one, in the order of the text and its filters last, as SPARQL 1.1
means it (§18.2.2), until the engine finds nothing any more. A part that has no solution by itself is gone
into. Of what constructs or describes it is told, too, what the solutions give no triple for (§16.2, §16.4).
Knows patterns and the engine; where they stand in a text is the reader's to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain
from math import inf
from time import monotonic
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode

from amcc_kg.graph.answers import Term
from amcc_kg.graph.hints import occurs
from amcc_kg.graph.receipt import in_query
from amcc_kg.receipts.probe import Probe
from amcc_kg.sparql import printer, tree
from amcc_kg.sparql.prologue import Bound, lines
from amcc_kg.sparql.substitution import mentioned
from amcc_kg.sparql.tree import Element, Group, Select, Values, is_variable

# `{}` is the part as it is written, or `this`.
_CONDITION = "{} holds for nothing that its group finds"
_MINUS = "MINUS takes away all that is found before it"
_UNFIT = "{} has solutions, but none"
_NONE = "{} has no solution"
_LONG = 80  # characters of a part that is not written out
_FEW = 3  # values of a parameter that are

_GONE_INTO = (tree.Group, tree.Union, tree.Graph, tree.SubSelect)
_JOINED = (*_GONE_INTO, tree.Triples, Values)


class Culprit(NamedTuple):
    """A part of a query, why nothing is left over there, and the pattern without a solution.

    The claim is None where the graph has no say. `blamed` are the parameters that it fits none of.
    """

    part: object  # a pattern, a condition, a term or a whole query, known by its identity
    reason: str
    claim: Group | None = None
    blamed: tuple[str, ...] = ()


class _Place(NamedTuple):
    """Where a group stands: the graphs that it is asked of, as written, the outermost first."""

    graphs: tuple[str, ...] = ()

    def __call__(self, *elements: Element) -> Group:
        """Return elements as they are asked there."""
        group = Group(elements)
        for name in reversed(self.graphs):
            group = Group((tree.Graph(name, group),))
        return group


def parameters(bindings: Mapping[str, Bound]) -> dict[Values, tuple[Term, ...]]:
    """Return what binds parameters where it stands before a pattern, with the values of each."""
    given: dict[Values, tuple[Term, ...]] = {}
    for name, bound in bindings.items():
        text = f"?{name} {{ {lines(bound)} }}"
        values = Values((f"?{name}",), frozenset({f"?{name}"}), text, (f"?{name}",))
        given[values] = bound if isinstance(bound, tuple) else (bound,)
    return given


def culprits(
    probe: Probe,
    query: tree.Query,
    bindings: Mapping[str, Bound] | None = None,
    patience: float = inf,
    inferred: Probe | None = None,
    *,
    hasty: bool = False,
) -> Iterator[Culprit]:
    """Yield what leaves nothing over, of a UNION each side; nothing for a query that has rows or triples.

    `bindings` are its parameters. `inferred` is asked what is inferred as well, where the `probe` is not.
    In a `hasty` search parts are asked about one by one, not what they give together. Raises `TimeoutError`
    where the engine is to be asked once more after `patience` seconds, or what is hasty does not tell.
    """
    search = _Search(probe, query, parameters(bindings or {}), monotonic() + patience, inferred, hasty)
    found = search.select(query.select, _Place(), tuple(search.given), is_known=query.form == "SELECT")
    if query.form == "CONSTRUCT":
        return _or(found, search.unmade())
    return search.undescribed(found) if query.form == "DESCRIBE" else found


class _Search(NamedTuple):
    """The search for what leaves nothing over in one query."""

    probe: Probe
    query: tree.Query
    given: dict[Values, tuple[Term, ...]]  # the parameters
    end: float  # until when the engine is asked
    inferred: Probe | None
    hasty: bool

    def has(self, pattern: Group, probe: Probe | None = None) -> bool:
        if monotonic() > self.end:
            raise TimeoutError("it takes too long to find out why there are no rows")
        return next((probe or self.probe).solutions(pattern, limit=1), None) is not None

    def select(
        self, select: Select, place: _Place, given: tuple[Values, ...] = (), *, is_known: bool = True
    ) -> Iterator[Culprit]:
        elements = (*given, *select.where.elements)
        # Without these a query has rows if its pattern has solutions.
        is_known = is_known and not (select.values or select.having or select.slice)
        of_pattern = self.group(elements, place, is_known=is_known)
        yield from _or(of_pattern, self.modifiers(select, elements, place))

    def modifiers(self, select: Select, elements: tuple[Element, ...], place: _Place) -> Iterator[Culprit]:
        """Yield which of what stands behind a pattern that has solutions leaves nothing over."""
        values = select.values
        if values and not self.has(place(*elements, values)):
            some = self.has(Group((values,)))
            reason, asked = (_UNFIT, (*elements, values)) if some else (_NONE, (values,))
            yield self.culprit(values, reason, asked, place)
            return
        whole = select._replace(where=Group(elements), order=(), slice="")
        rows = tree.SubSelect(whole, whole.columns)
        if select.having and not self.has(place(rows)):
            yield self.culprit(select.having[0], "HAVING leaves no group over", (rows,), place)
            return
        what = "rows" if select.projection else "solutions"
        if select.slice and not self.has(place(_rows(whole._replace(slice=select.slice)))):
            yield Culprit(select, f"{' '.join(select.slice.split())} leaves none of the {what} over")

    def group(
        self, elements: tuple[Element, ...], place: _Place, *, is_known: bool = True
    ) -> Iterator[Culprit]:
        """Yield what leaves nothing over in a group; `is_known` says that something does."""
        ordered = tuple(_in_order(elements))
        # What has very many sides is asked about side by side only.
        is_sure = is_known and len(ordered) == 1 and isinstance(ordered[0], _GONE_INTO)
        end, known = len(ordered), list[Culprit]()
        for at, element in enumerate(ordered):
            is_asked = isinstance(element, _JOINED) if self.hasty else _is_plain(element)
            if is_asked and not self.has(place(element)):
                end, known, is_sure = at + 1, list(self.alone(element, place)), True
                break
        try:
            if self.hasty:
                raise TimeoutError("it takes too long to put the parts together")
            if not ordered or (not is_sure and self.has(place(*ordered))):
                return
            some = self.most(ordered[:end], place)
        except TimeoutError:
            if not known:
                raise
            some = end - 1  # perhaps not the first, but nothing is left over there either
        if known and some + 1 == end:
            yield from known
            return
        before, element, elements = ordered[:some], ordered[some], ordered[: some + 1]
        if isinstance(element, Values) and element in self.given:
            yield Culprit(self.query.select, f"the parameter {element.variables[0][1:]} has no value")
        elif isinstance(element, tree.Filter):
            # What no variable decides is the same after whatever stands before it.
            asked = elements if mentioned(Group((element,))) else (element,)
            yield self.culprit(element, _CONDITION, asked, place)
        elif isinstance(element, tree.Minus):
            yield self.culprit(element, _MINUS, elements, place)
        elif before and self.has(place(element)):
            part = element.patterns[0] if isinstance(element, tree.Triples) else element
            yield self.culprit(part, _UNFIT, elements, place)
        else:
            yield from self.alone(element, place)

    def alone(self, element: Element, place: _Place) -> Iterator[Culprit]:
        """Yield what leaves nothing over in a part that has no solution by itself, or that it has none."""
        found: list[Culprit] = []
        with suppress(TimeoutError):  # that it has none is known
            found += self.within(element, place)
        part = element.patterns[0] if isinstance(element, tree.Triples) else element
        yield from found or [self.culprit(part, _NONE, (element,), place)]

    def culprit(self, part: object, reason: str, elements: tuple[Element, ...], place: _Place) -> Culprit:
        """Return a part with which elements have no solution, and without what else they have one."""
        *before, last = elements
        asks = any(map(asks_graph, elements))
        written = in_query(printer.body(Group((last,))))
        # Where it does not depend on the graph, a receipt says it without a place.
        if asks or part is not last or len(written) > _LONG:
            written = "this condition" if isinstance(last, tree.Filter) else "this"
        said, is_joined = reason.format(written), any(element not in self.given for element in before)
        if reason == _UNFIT and is_joined:
            said += " that fits what stands before it"
        # Where nothing else stands before it, it is the parameters that it does not fit.
        blamed = self.parameters(elements) if reason == _UNFIT and not is_joined else ()
        if is_condition := isinstance(last, tree.Filter):  # which holds for nothing without what it compares
            blamed = tuple(
                one for one in self.parameters(elements) if mentioned(Group((last,))) >= one.certain
            )
        more = ""
        with suppress(TimeoutError):
            blamed = self.blamed(elements, place) or blamed
            more = self.kind(blamed[0], elements, place) if len(blamed) == 1 else ""
            more = self.elsewhere(elements, place) or more
        if blamed:
            said += f" where {' and '.join(self.said(one, sought=not is_condition) for one in blamed)}"
        if not asks:
            return Culprit(part, f"{said}, which does not depend on the graph")
        return Culprit(part, f"{said}{more}", place(*elements), tuple(one.variables[0][1:] for one in blamed))

    def parameters(self, elements: tuple[Element, ...]) -> tuple[Values, ...]:
        return tuple(one for one in elements if isinstance(one, Values) and one in self.given)

    def blamed(self, elements: tuple[Element, ...], place: _Place) -> tuple[Values, ...]:
        """Return the parameters without one of which elements have a solution, or without all of them."""
        given = self.parameters(elements)
        if not given or not self.has(place(*_without(elements, given))):
            return ()
        return tuple(one for one in given if self.has(place(*_without(elements, (one,))))) or given

    def said(self, parameter: Values, *, sought: bool) -> str:
        """Return a parameter in words; `sought` tells that the graph has to have it."""
        terms, store = self.given[parameter], (self.inferred or self.probe).store
        values = [in_query(str(term)) for term in terms[:_FEW]]
        if len(terms) > _FEW:
            values.append(f"one of {len(terms) - _FEW} more")
        is_absent = sought and len(terms) == 1 and not occurs(store, terms[0])
        nowhere = ", which occurs nowhere in the graph" * is_absent
        return f"the parameter {parameter.variables[0][1:]} is {' or '.join(values)}{nowhere}"

    def kind(self, parameter: Values, elements: tuple[Element, ...], place: _Place) -> str:
        """Return in words that a parameter is of another kind than all that there is without it."""
        name, rest = parameter.variables[0], _without(elements, (parameter,))
        for kind, function, said in (
            (Literal, "isIRI", "an IRI each time, and never a literal"),
            (NamedNode, "isLiteral", "a literal each time, and never an IRI"),
        ):
            if all(isinstance(value, kind) for value in self.given[parameter]):
                tests = (_condition(f"{sign}{function}({name})") for sign in ("", "!"))
                if [self.has(place(*rest, test)) for test in tests] == [True, False]:
                    return f"; without that, {name} is {said}"
        return ""

    def elsewhere(self, elements: tuple[Element, ...], place: _Place) -> str:
        """Return in words that elements have a solution with what is inferred, or without GRAPH."""
        if self.inferred and self.has(place(*elements), self.inferred):
            return "; with what is inferred something is left over"
        if place.graphs and self.has(Group(elements)):
            name = in_query(place.graphs[-1])
            scope = f"any one graph of GRAPH {name}" if is_variable(name) else f"the graph {name}"
            return f" in {scope}; in the default graph, without GRAPH, something is left over"
        return ""

    def most(self, ordered: tuple[Element, ...], place: _Place) -> int:
        """Return how many of some parts, which together have no solution, have one."""
        # What is put to nothing gives nothing, so halves will do.
        some, end = 0, len(ordered)
        while end - some > 1:
            middle = (some + end) // 2
            if self.has(place(*ordered[:middle])):
                some = middle
            else:
                end = middle
        return some

    def within(self, element: Element, place: _Place) -> Iterator[Culprit]:
        """Yield what leaves nothing over inside of a part that has no solution by itself."""
        match element:
            case tree.Triples((pattern,)):
                yield Culprit(pattern, self.unmatched(element, place), place(element))
            case Group():
                yield from self.group(element.elements, place)
            case tree.Union():
                for branch in element.branches:
                    yield from self.group(branch.elements, place)
            case tree.Graph():
                yield from self.group(element.group.elements, _Place((*place.graphs, element.name)))
            case tree.SubSelect():
                yield from self.select(element.select, place)

    def unmatched(self, element: tree.Triples, place: _Place) -> str:
        """Return in words that nothing matches a pattern: terms that are nowhere, a graph that has it."""
        terms: dict[str, None] = {}

        def spell(term: str) -> str:
            terms[term] = None
            return "[]" if term.startswith(self.query.own) else term

        said = in_query(printer.body(Group((element,)), spell=spell)).removesuffix(" .")
        constants, store = self.probe.constants, (self.inferred or self.probe).store
        unknown = [t for t in terms if t in constants and not occurs(store, constants[t])]
        if self.query.constructs:
            unknown = []  # they may stand in triple terms
        named = tree.Graph(f"{self.query.own}g", Group((element,)))
        scope, more = "the graph", ""
        if place.graphs:
            name = in_query(place.graphs[-1])
            scope = f"any graph of GRAPH {name}" if is_variable(name) else f"the graph {name}"
            more = ", but the default graph has a match, so without GRAPH there is one"
            more *= self.has(Group((element,)))
        elif self.has(Group((named,))):
            scope, more = "the default graph", ", but a named graph has a match, so within GRAPH there is one"
        elif self.query.defaults:
            scope = "the graphs of FROM"
        elif self.query.named:
            scope = "the default graph, which is empty with FROM NAMED alone,"
        if self.inferred:
            scope = "asserted" if scope == "the graph" else f"asserted in {scope}"
            if self.has(place(element), self.inferred):
                more = ", but with what is inferred there is a match"
        else:
            scope = f"in {scope}"
        if unknown:
            more = f"; {' and '.join(map(in_query, unknown))} occur{'s' * (len(unknown) == 1)} nowhere"
        return f"nothing {scope} matches {said}{more}"

    def rows(self, *more: Element) -> Group:
        """Return the solutions that triples are made of, and what else is asked of them."""
        select = self.query.select
        where = Group((*self.given, *select.where.elements))
        return Group((_rows(select._replace(where=where)), *more))

    def unmade(self) -> Iterator[Culprit]:
        """Yield what of its template makes no triple of a query that has solutions, and why."""
        if not self.has(self.rows()):
            return
        if not self.query.template:
            yield Culprit(self.query.select, "there are solutions, but the template has no triple")
        for pattern in self.query.template:
            yield Culprit(pattern, f"there are solutions, but {self.dropped(pattern)}")

    def dropped(self, pattern: tree.TriplePattern) -> str:
        """Return in words why a triple of the template is made of no solution."""
        known = tree.projectable(self.query.select)
        for term, place in zip(pattern, ("subject", "predicate", ""), strict=True):
            if isinstance(self.probe.constants.get(str(term)), Literal) and place:
                return f"a literal, {term}, cannot be the {place} of a triple"
            if str(term).startswith("<<(") and place:
                return f"a triple term cannot be the {place} of a triple"
            if not is_variable(term) or str(term).startswith(self.query.own):
                continue
            if term not in known or not self.has(self.rows(_condition(f"BOUND({term})"))):
                return f"none binds {term}, so that this makes no triple"
            fit = {"subject": f"!isLiteral({term})", "predicate": f"isIRI({term})"}.get(place)
            if fit and not self.has(self.rows(_condition(fit))):
                kind = "a literal" if place == "subject" else "no IRI"
                return f"{term} is {kind} in each that binds it, which cannot be the {place} of a triple"
        return "each leaves a variable of this unbound, or has for it what cannot stand there"

    def undescribed(self, found: Iterator[Culprit]) -> Iterator[Culprit]:
        """Yield what was found, and of what is to be described why nothing is said of it."""
        some = list(found)
        yield from some
        for name in self.query.described:
            about = tree.Triples((tree.TriplePattern(name, *self.anything),))
            if not is_variable(name):
                if not self.has(claim := Group((about,))):
                    term = self.probe.constants[name]
                    more = "" if occurs((self.inferred or self.probe).store, term) else "; it occurs nowhere"
                    kind = "asserted " * (self.inferred is not None)
                    yield Culprit(name, f"{in_query(name)} is the subject of no {kind}triple{more}", claim)
            elif not some and not self.has(self.rows(_condition(f"BOUND({name})"))):
                yield Culprit(name, f"there are solutions, but none binds {name}")
            elif not some and not self.has(claim := self.rows(about)):
                reason = f"there are solutions, but what they have for {name} is the subject of no triple"
                yield Culprit(name, reason, claim)

    @property
    def anything(self) -> tuple[str, str]:
        """A predicate and an object that the query does not name."""
        return f"{self.query.own}predicate", f"{self.query.own}object"


def _or(found: Iterator[Culprit], others: Iterator[Culprit]) -> Iterator[Culprit]:
    """Yield what was found, or the others where that is nothing."""
    first = next(found, None)
    yield from others if first is None else chain([first], found)


def _is_plain(element: Element) -> bool:
    """Tell whether a part is a triple pattern without a path, which takes no time by itself."""
    return isinstance(element, tree.Triples) and isinstance(element.patterns[0].predicate, str)


def _in_order(elements: tuple[Element, ...]) -> Iterator[Element]:
    """Yield the parts of a group as they are put together: triple patterns one by one, conditions last."""
    for element in elements:
        if isinstance(element, tree.Triples):
            yield from (tree.Triples((pattern,)) for pattern in element.patterns)
        elif not isinstance(element, tree.Filter):
            yield element
    yield from (element for element in elements if isinstance(element, tree.Filter))


def _without(elements: tuple[Element, ...], some: tuple[Element, ...]) -> tuple[Element, ...]:
    return tuple(element for element in elements if element not in some)


def _condition(text: str) -> tree.Filter:
    return tree.Filter(tree.Expression((text,)))


def _rows(select: Select) -> tree.SubSelect:
    """Return a query as it stands in another; with all that it could project where it projects nothing."""
    if not (select.projection or select.distinct):
        select = select._replace(projection=tuple((name, None) for name in sorted(tree.projectable(select))))
    return tree.SubSelect(select, select.columns)


def asks_graph(element: Element) -> bool:
    """Tell whether it depends on the graph what solutions a part of a query has."""
    match element:
        case tree.Triples() | tree.Graph() | tree.Service():
            return True
        case tree.Filter() | tree.Bind():
            return "{" in printer.expression(element.expression)  # EXISTS, perhaps in an aggregate
        case tree.SubSelect(select):
            is_simple = printer.select(select._replace(where=Group(()))).count("{") == 1
            return not is_simple or asks_graph(select.where)
    return any(map(asks_graph, tree.parts(element)))
