"""Whether a receipt is enough for its row, and holds nothing that it does not need.

By the definition: the row is an answer where there is nothing but the receipt and the ontology; it is one,
too, wherever these are and nothing is there that the receipt says is absent; and where only patterns are
joined no triple can go. Of groups the members are compared by the values that they give. All of it is asked
of the engine, of graphs made for the purpose; knows nothing of how a receipt was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import product
from typing import TypeAlias

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, Store, Triple

from amcc_kg.evidence.counterexamples import Way, demanded, instances, ways
from amcc_kg.graph import answers
from amcc_kg.graph.answers import ASK, GRAPH, SELECT, Result, Term
from amcc_kg.graph.receipt import Receipt, short
from amcc_kg.sparql import printer, tree
from amcc_kg.sparql.deviations import mended
from amcc_kg.sparql.substitution import mentioned
from amcc_kg.sparql.tokens import tokens
from amcc_kg.terms import prefixes

_INFERRED = NamedNode(prefixes.INFERRED_GRAPH)
_THERE = NamedNode("urn:made-up:there")
_FLEETING = {"RAND", "UUID", "STRUUID", "BNODE", "NOW"}  # whose values are new each time
_MANY = 40  # triples beyond which it is not tried whether each is needed
_SOLUTIONS = 50  # of one row, that must each be denied nothing
_ROUNDS = 4  # in which triples are added that take a row away, and may give it anew
_PICKING = {"MIN", "MAX", "SAMPLE"}

_Row: TypeAlias = tuple[str, ...]
_Proves: TypeAlias = Callable[[Triple, frozenset[Triple]], bool]


class Sufficiency:
    """Holds receipts against the rows that they are of."""

    def __init__(self, whole: Store, alone: Store, proves: _Proves) -> None:
        """Take the graph, and a store with nothing but its ontology, into which receipts are put in turn.

        `proves` tells whether a triple follows from some others and the ontology.
        """
        self._whole, self._alone, self._proves = whole, alone, proves

    def fault(self, case: Case, receipt: Receipt) -> str:
        """Return what the receipt of a row lacks or has too much, in words; empty if nothing."""
        answer = case.answer
        with self._holding(quads(receipt)):
            if not answer:
                return self._undenied_no(case, receipt)
            missing = next((more for more in self._more(case) if self._gives(case, more)), None)
            if missing is None:
                return "the row is no answer over its receipt and the ontology alone"
            told = any("the subquery's" in remark for remark in receipt.remarks)
            # Where there are no members, the subquery stands in what is absent as it is.
            told = told or any(cut in a.pattern for cut in case.inner_slices for a in receipt.absences)
            if case.must_tell_of_slices and receipt.leaves and not told:
                return "it does not say that a subquery leaves rows out"
            with self._holding(missing):
                if fault := self._undenied(case, receipt):
                    return fault
            # With the nodes there that a path of length zero needs, which no triple is needed for.
            with self._holding([*missing, *(self._nodes(case) if case.has_empty_paths else ())]):
                return self._needless(case, receipt)

    def needs_graphs(self, case: Case, receipt: Receipt, triple: Triple) -> bool:
        """Tell whether the row needs that a triple is in the graphs that are named for it, not anywhere."""
        left = [q for q in quads(receipt) if q.triple != triple or q.graph_name == DefaultGraph()]
        with self._holding(left):
            return not (case.is_positive and self._answers(case))

    @contextmanager
    def _holding(self, found: Iterable[Quad]) -> Iterator[None]:
        store = self._alone
        known = set(store.named_graphs())
        added = [quad for quad in dict.fromkeys(found) if quad not in store]
        store.extend(added)
        try:
            yield
        finally:
            for quad in added:
                store.remove(quad)
            for graph in {quad.graph_name for quad in added} - known - {DefaultGraph()}:
                store.remove_graph(graph)

    @contextmanager
    def _without(self, left_out: Iterable[Quad]) -> Iterator[None]:
        gone = [quad for quad in left_out if quad in self._alone]
        for quad in gone:
            self._alone.remove(quad)
        try:
            yield
        finally:
            self._alone.extend(gone)

    def _more(self, case: Case) -> Iterator[list[Quad]]:
        """Yield what else may be there besides a receipt: nothing, nodes for paths, what is denied of others.

        A path of length zero goes from each node that there is; what a negation within a negation, or of
        another member of a group, finds is no part of a receipt. (Nodes are there by edges, which `!p` may go
        along; so a receipt that lacks a triple may pass where a query has both `!p` and `q*`.)
        """
        yield []
        nodes = self._nodes(case) if case.has_empty_paths else []
        if nodes:
            yield nodes
        denied = denials(case.select.where)
        nested = case.is_grouped or any(map(denials, denied))
        if denied and nested and (case.is_grouped or self._is_partly_given(case, nodes)):
            yield [*nodes, *self._seen_by_negations(case)]

    def _gives(self, case: Case, more: Iterable[Quad] = ()) -> bool:
        """Tell whether the row is an answer here, with some quads besides."""
        with self._holding(more):
            return self._answers(case)

    def _answers(self, case: Case) -> bool:
        found = answers.of_engine(self._alone.query(case.text))
        if case.answer.kind == ASK:
            return found.boolean
        row = case.comparable(self._is_there)
        return any(row == case.comparable(self._is_there, other) for other in found.cells)

    def _is_there(self, node: BlankNode) -> bool:
        """Tell whether a node without a name is the graph's and not made anew by the query."""
        pattern = self._whole.quads_for_pattern
        return any(next(iter(pattern(*at)), None) for at in ((node, None, None), (None, None, node)))

    def _nodes(self, case: Case) -> list[Quad]:
        """Return quads by which the nodes that the row and the query name are there."""
        named = [term for terms in case.constants.values() for term in terms]
        nodes = [t for t in (*case.row, *named) if t is not None and not isinstance(t, Triple)]
        graphs = [DefaultGraph(), *self._alone.named_graphs()]
        return [Quad(_THERE, _THERE, node, graph) for node, graph in product(nodes, graphs)]

    def _seen_by_negations(self, case: Case) -> list[Quad]:
        """Return the quads of the graph that the patterns of a query's negations can match."""
        found: list[Quad] = []
        for pattern in case.patterns(denials(case.select.where)):
            wanted = case.terms(pattern)
            found += (q for q in self._whole if _agree(wanted, q.triple))
        return found

    def _is_partly_given(self, case: Case, more: list[Quad]) -> bool:
        """Tell whether what a query does not deny is there with the row's terms."""
        with self._holding(more):
            return bool(self._solutions(case, limit=1))

    def _solutions(
        self, case: Case, limit: int = _SOLUTIONS, store: Store | None = None
    ) -> list[dict[str, Term]]:
        """Return solutions of what a query asks for and does not deny that agree with the row."""
        pattern = positive(case.select.where)
        return case.solve(store or self._alone, pattern, limit)

    def _undenied(self, case: Case, receipt: Receipt) -> str:
        """Say which negation finds something in a graph in which all that the receipt says is true."""
        if case.counts_inside or any(remark.startswith("nothing in ") for remark in receipt.remarks):
            return ""
        if case.is_grouped:
            return self._undenied_members(case, receipt)
        return next(
            (_unsaid(n) for n in case.negations for w in ways(n) if self._undoes(w, case, receipt)), ""
        )

    def _undoes(self, way: Way, case: Case, receipt: Receipt) -> bool:
        """Tell whether what is denied may be there in some way without making the receipt untrue."""
        added: set[Quad] = set()
        for _ in range(_ROUNDS if case.answer.kind != SELECT else _ROUNDS // 2):
            with self._holding(added):
                solutions = self._solutions(case)
                added.update(self._placed(case, instances(case.query, way, solutions), solutions))
            with self._holding(added):
                if not self._answers(case):
                    return self._all_denied(receipt)
        return False

    def _undenied_no(self, case: Case, receipt: Receipt) -> str:
        """Say that an answer without rows is one with rows where all that the receipt says is true."""
        if any("cuts off every" in r or "leaves none of" in r for r in receipt.remarks):
            return ""
        if not receipt.absences and not receipt.remarks:
            return "it does not say what is absent"
        where = case.select.where
        for way in ways(where):
            with self._holding(self._placed(case, instances(case.query, way, []), [])):
                # With what its subqueries cut off, as what is absent has it.
                found = answers.of_engine(self._alone.query(mended(printer.query(case.query))))
                if found and self._all_denied(receipt):
                    return _unsaid(where)
        return ""

    def _undenied_members(self, case: Case, receipt: Receipt) -> str:
        """Say which negation takes a member out of the row's group, or puts one into it that has none."""
        where, picks = case.select.where, {a.name for a in case.select.aggregates} <= _PICKING
        real = case.solve(self._whole, where, 1)
        if not real and not case.select.keys:
            for way in ways(where):
                with self._holding(self._placed(case, instances(case.query, way, []), [])):
                    if case.solve(self._alone, where, 1) and self._all_denied(receipt):
                        return _unsaid(where)
            return ""
        if not case.solve(self._alone, positive(where), 1):
            return "it shows no member of the group"
        negations = negated(where)
        if not negations:
            return ""
        members = [
            m for m in case.solve(self._alone, where, _SOLUTIONS) if m in case.solve(self._whole, where)
        ]
        if picks and len(members) > 1:
            return ""
        for negation in negations:
            for way in ways(negation):
                with self._holding(self._placed(case, instances(case.query, way, members), members)):
                    left = case.solve(self._alone, where)
                    if any(member not in left for member in members) and self._all_denied(receipt):
                        return _unsaid(negation)
        return ""

    def _placed(self, case: Case, triples: Iterable[Triple], solutions: list[dict[str, Term]]) -> list[Quad]:
        """Return triples in the default graph and in every graph that the query may ask for them."""
        known = set(self._alone.named_graphs())
        named = [term for some in solutions for term in some.values() if term in known]
        graphs = {g for g in (*named, *case.graphs()) if isinstance(g, NamedNode)}
        if case.has_open_graph and not graphs:
            graphs.update(sorted((g for g in known if isinstance(g, NamedNode)), key=str)[:1])
        places: list[NamedNode | DefaultGraph] = [DefaultGraph(), *graphs]
        return [_quad(triple, graph) for triple in triples for graph in places]

    def _all_denied(self, receipt: Receipt) -> bool:
        # A node without a name is called by a way to it, which is no part of what the row rests on.
        with self._holding(self._to_nameless):
            return not any(bool(self._alone.query(mended(a.question))) for a in receipt.absences)

    @cached_property
    def _to_nameless(self) -> list[Quad]:
        return [quad for quad in self._whole if isinstance(quad.object, BlankNode)]

    def _needless(self, case: Case, receipt: Receipt) -> str:
        """Say which triple the row does not need."""
        leaves = frozenset(receipt.triples)
        if case.is_positive and len(leaves) + len(receipt.inferred) <= _MANY:
            if any("less may give it" in remark for remark in receipt.remarks):
                return ""
            needed = {triple for triple in {*leaves, *receipt.inferred} if self._is_needed(case, triple)}
        else:
            needed = {t for t in {*leaves, *receipt.inferred} if case.concerns(t)}
        for triple in receipt.inferred:
            if triple not in needed and not (case.has_paths and case.concerns(triple)):
                return f"the row does not need the inferred {short(str(triple))}"
        for triple in sorted(leaves - needed, key=str):
            rest = leaves - {triple}
            if all(self._proves(goal, rest) for goal in receipt.inferred):
                return f"the row does not need {short(str(triple))}"
        return ""

    def _is_needed(self, case: Case, triple: Triple) -> bool:
        with self._without(
            list(self._alone.quads_for_pattern(triple.subject, triple.predicate, triple.object, None))
        ):
            return not self._answers(case)


class Case:
    """One row of an answer and the query that gave it, as a receipt justifies it: not in its place."""

    def __init__(self, query: tree.Query, answer: Result, index: int) -> None:
        self.query, self.answer = query, answer
        self.select = _unsliced(query.select)._replace(order=())
        self.text = mended(printer.query(query._replace(select=self.select)))
        has_row = answer.kind != ASK and len(answer) > 0
        self.row: tuple[Term | None, ...] = answer.cells[index] if has_row else ()
        words = {token.text.upper() for token in tokens(self.text)}
        self.is_fleeting = not words.isdisjoint(_FLEETING)
        self._is_unordered = "GROUP_CONCAT" in words
        self.is_grouped = self.select.is_grouped
        patterns = self.patterns([self.select.where, *self._conditions()])
        paths = [p.predicate for p in patterns if not isinstance(p.predicate, str)]
        self.has_paths = bool(paths)
        self.has_empty_paths = any(map(_may_be_empty, paths))

    def _conditions(self) -> list[tree.Group]:
        select = self.select
        given = [*select.computed.values(), *select.having]
        return [part.group for expression in given for part in expression.patterns]

    @property
    def negations(self) -> list[tree.Group]:
        """The patterns that may not match for the row: of MINUS, OPTIONAL and EXISTS."""
        return [*negated(self.select.where), *self._conditions()]

    @property
    def inner_slices(self) -> list[str]:
        """The slices of subqueries."""
        return [_slice(select) for select in self._sliced]

    @property
    def _sliced(self) -> list[tree.Select]:
        selects = (e.select for e in _everything(self.query.select.where) if isinstance(e, tree.SubSelect))
        return [select for select in selects if select.slice]

    def is_cut_off_by(self, slice_: str, store: Store) -> bool:
        """Tell whether a graph has rows for the query, or a subquery, of which a slice leaves some out."""
        if slice_ == _slice(self.query.select) and self.has_any(store):
            return True
        asked = [_unsliced(select) for select in self._sliced if _slice(select) == slice_]
        inside = [tree.Group((tree.SubSelect(select, ()),)) for select in asked]
        named = [tree.Group((tree.Graph(f"{self.query.own}any", group),)) for group in inside]
        return any(self.solve(store, group, 1) for group in (*inside, *named))

    @property
    def is_impossible(self) -> bool:
        """Whether some part of the query has no solution whatever the graph holds."""
        select, nothing = self.query.select, Store()
        groups = [part for part in _everything(select.where) if isinstance(part, tree.Group)]
        if select.values:
            groups.append(tree.Group((*select.where.elements, select.values)))
        if select.having:
            groups.append(tree.Group((tree.SubSelect(select._replace(order=(), slice=""), select.columns),)))
        apart = (tree.Group(tuple(_apart(group))) for group in groups)
        return any(group.elements and not self.solve(nothing, group, 1) for group in apart)

    @property
    def must_tell_of_slices(self) -> bool:
        """Whether some subquery that every solution goes through cuts something off."""

        def cuts(group: tree.Group) -> bool:
            return any(
                bool(e.select.slice) or cuts(e.select.where)
                if isinstance(e, tree.SubSelect)
                else isinstance(e, (tree.Group, tree.Graph)) and any(map(cuts, _groups(e)))
                for e in group.elements
            )

        return cuts(self.query.select.where)

    @property
    def asks_graphs(self) -> bool:
        """Whether the query asks for named graphs."""
        return bool(self.query.defaults or self.query.named) or any(
            isinstance(e, tree.Graph) for e in _everything(self.select.where)
        )

    @property
    def dataset(self) -> str:
        """The clauses of FROM, with whole IRIs."""
        defaults, named = self.clauses
        return " ".join([*(f"FROM <{iri}>" for iri in defaults), *(f"FROM NAMED <{iri}>" for iri in named)])

    @property
    def clauses(self) -> tuple[list[str], list[str]]:
        """The IRIs of the graphs of FROM and of FROM NAMED, sorted."""
        known = self.constants
        defaults, named = (
            sorted(str(known[iri][0])[1:-1] for iri in some)
            for some in (self.query.defaults, self.query.named)
        )
        return defaults, named

    def has_any(self, store: Store) -> bool:
        """Tell whether a graph has an answer to the query if nothing is cut off."""
        return bool(answers.of_engine(store.query(self.text)))

    def has_more_than(self, number: int, store: Store) -> bool:
        """Tell whether some pattern of the query has so many solutions."""
        groups = [self.select.where, *self._conditions(), *negated(self.select.where)]
        return any(len(self.solve(store, positive(group), number + 1)) > number for group in groups)

    @property
    def counts_inside(self) -> bool:
        """Whether a subquery counts or cuts off, so that more triples may always change its rows."""
        selects = [e.select for e in _everything(self.query.select.where) if isinstance(e, tree.SubSelect)]
        return any(select.is_grouped or select.slice for select in selects)

    @property
    def is_positive(self) -> bool:
        """Whether the query does nothing but join and choose: more triples never take a row away."""
        parts = [*_everything(self.select.where)]
        plain = (
            tree.Triples,
            tree.Group,
            tree.Union,
            tree.Graph,
            tree.Filter,
            tree.Bind,
            tree.Values,
            tree.SubSelect,
        )
        denies = any(
            not isinstance(e, plain) or (isinstance(e, (tree.Filter, tree.Bind)) and e.expression.patterns)
            for e in parts
        )
        counts = self.is_grouped or self.counts_inside or bool(self._conditions())
        return not (denies or counts or self.is_fleeting or self.query.form == "DESCRIBE")

    @property
    def has_open_graph(self) -> bool:
        """Whether the query asks for any named graph."""
        return any(
            isinstance(e, tree.Graph) and tree.is_variable(e.name) for e in _everything(self.select.where)
        )

    def graphs(self) -> list[Term | None]:
        """Return the graphs that the query names."""
        names = [e.name for e in _everything(self.select.where) if isinstance(e, tree.Graph)]
        names += [*self.query.defaults, *self.query.named]
        known = self.constants
        return [term for name in names for term in known.get(name, ())]

    @cached_property
    def constants(self) -> dict[str, tuple[Term, ...]]:
        """Return the terms that the query writes, by how it writes them."""
        texts = sorted(self.query.constants)
        columns = " ".join(f"({text} AS ?c{number})" for number, text in enumerate(texts))
        if not texts:
            return {}
        found = Store().query(f"{self.query.prologue}SELECT {columns} {{}}")
        assert isinstance(found, QuerySolutions)
        row = tuple(next(found))
        return {text: (term,) for text, term in zip(texts, row, strict=True) if term is not None}

    def patterns(self, groups: Iterable[tree.Group]) -> list[tree.TriplePattern]:
        """Return all triple patterns in some groups."""
        blocks = (e for group in groups for e in _everything(group) if isinstance(e, tree.Triples))
        return [pattern for block in blocks for pattern in block.patterns]

    def terms(self, pattern: tree.TriplePattern) -> tuple[Term | None, Term | None, Term | None]:
        """Return what a triple must have to match a pattern, None for anything; of paths, any triple may."""
        if not isinstance(pattern.predicate, str):
            return (None, None, None)
        known = self.constants
        subject, predicate, object_ = (next(iter(known.get(str(part), ())), None) for part in pattern)
        return subject, predicate, object_

    def concerns(self, triple: Triple) -> bool:
        """Tell whether some pattern of the query can match a triple, or it is described."""
        if self.query.form == "DESCRIBE":
            return True
        for pattern in self.patterns([self.select.where, *self._conditions()]):
            if _agree(self.terms(pattern), triple):
                return True
        return False

    def comparable(
        self, is_there: Callable[[BlankNode], bool], row: tuple[Term | None, ...] | None = None
    ) -> _Row:
        """Return a row, this one's if none is given, as text, without what is new each time."""
        cells = self.row if row is None else row[: len(self.row)]
        names = [f"?{name}" for name in self.answer.names]
        sure = tree.certain(self.select.where)
        texts = []
        for name, term in zip(names, cells, strict=False):
            text = "" if term is None else str(term)
            if isinstance(term, BlankNode) and not is_there(term):
                text = "_:"
            if self.is_fleeting and (name not in sure or self.answer.kind == GRAPH):
                text = ""
            texts.append("".join(sorted(text)) if self._is_unordered else text)
        return tuple(texts)

    def solve(self, store: Store, pattern: tree.Group, limit: int | None = None) -> list[dict[str, Term]]:
        """Return solutions of a pattern that agree with the row in what it binds of the pattern."""
        names = sorted(tree.visible(pattern))
        cells = zip(self.answer.names, self.row, strict=False) if self.answer.kind != GRAPH else ()
        row = {f"?{name}": term for name, term in cells if f"?{name}" in names and term is not None}
        keys = {key.variable for key in self.select.keys}
        if self.is_grouped:
            row = {name: term for name, term in row.items() if name in keys}
        sure = tree.certain(pattern)
        values = " ".join(
            f"VALUES {name} {{ {term} }}"
            for name, term in row.items()
            if name in sure and not isinstance(term, BlankNode)
        )
        end = f" LIMIT {limit}" if limit else ""
        head = f"{self.query.prologue}SELECT {' '.join(names) or '(1 AS ?_none)'} {self.dataset}"
        text = f"{head} WHERE {{ {values} {printer.group(pattern)} }}{end}"
        found = store.query(mended(text))
        assert isinstance(found, QuerySolutions)
        solutions = [
            {name: term for name, term in zip(names, one, strict=False) if term is not None} for one in found
        ]
        return [s for s in solutions if all(s.get(name, term) == term for name, term in row.items())]


def quads(receipt: Receipt) -> list[Quad]:
    """Return what a receipt says, in the graphs in which it says it."""
    stated = [(leaf.triple, [*leaf.passages, *leaf.files]) for leaf in receipt.leaves]
    stated += [(triple, [prefixes.INFERRED_GRAPH]) for triple in receipt.inferred]
    named = [_quad(triple, NamedNode(graph)) for triple, graphs in stated for graph in graphs]
    return [*(_quad(triple, DefaultGraph()) for triple, _ in stated), *named]


def positive(group: tree.Group) -> tree.Group:
    """Return what a pattern asks for without what it denies, subqueries and EXISTS as patterns in it."""
    kept: list[tree.Element] = []
    for element in group.elements:
        match element:
            case tree.Minus():
                continue
            case tree.Filter() if inside := demanded(element):
                kept.append(positive(inside))
            case tree.Filter() | tree.Bind() if element.expression.patterns:
                continue
            case tree.Group():
                kept.append(positive(element))
            case tree.Union():
                kept.append(element._replace(branches=tuple(map(positive, element.branches))))
            case tree.Optional() | tree.Graph():
                kept.append(element._replace(group=positive(element.group)))
            case tree.SubSelect() if not element.select.is_grouped:
                kept.append(positive(element.select.where))
            case _:
                kept.append(element)
    return tree.Group(tuple(kept))


def negated(group: tree.Group) -> list[tree.Group]:
    """Return the patterns in a pattern that may not match; of EXISTS, too, which may be asked either way."""
    found: list[tree.Group] = []
    for element in group.elements:
        match element:
            case tree.Minus():
                found.append(element.group)
            case tree.Optional():
                found += [element.group, *negated(element.group)]
            case tree.Filter() | tree.Bind():
                for condition in element.expression.patterns:
                    found += [condition.group, *([] if condition.negated else negated(condition.group))]
            case tree.SubSelect():
                found += negated(element.select.where)
            case _:
                for part in tree.parts(element):
                    found += negated(part if isinstance(part, tree.Group) else tree.Group((part,)))
    return found


def denials(group: tree.Group) -> list[tree.Group]:
    """Return the patterns that a pattern denies, by MINUS or a condition; not those that are optional."""
    found: list[tree.Group] = []
    for element in group.elements:
        match element:
            case tree.Minus():
                found.append(element.group)
            case tree.Filter() if inside := demanded(element):
                found += denials(inside)
            case tree.Filter() | tree.Bind():
                found += [condition.group for condition in element.expression.patterns]
            case tree.SubSelect():
                found += denials(element.select.where)
            case _:
                for part in tree.parts(element):
                    found += denials(part if isinstance(part, tree.Group) else tree.Group((part,)))
    return found


def _everything(group: tree.Group) -> Iterator[tree.Element]:
    """Yield each part of a pattern, those of subqueries and conditions too."""
    for element in tree.within(group, negated=True):
        yield element
        match element:
            case tree.SubSelect():
                yield from _everything(element.select.where)
            case tree.Filter() | tree.Bind():
                for condition in element.expression.patterns:
                    yield from _everything(condition.group)


def _apart(group: tree.Group) -> Iterator[tree.Element]:
    """Yield the elements of a group that neither ask the graph nor see what those bind that do."""
    bound: frozenset[str] = frozenset()
    for element in sorted(group.elements, key=lambda one: isinstance(one, tree.Filter)):
        alone = tree.Group((element,))
        asks = any(isinstance(part, (tree.Triples, tree.Graph)) for part in _everything(alone))
        if asks or (isinstance(element, (tree.Filter, tree.Bind)) and mentioned(alone) & bound):
            bound |= tree.visible(element)
        else:
            yield element


def _slice(select: tree.Select) -> str:
    return " ".join(select.slice.split())


def _unsliced(select: tree.Select) -> tree.Select:
    """Return a query that cuts nothing off, nor does any subquery: a receipt justifies no place."""

    def opened(element: tree.Element) -> tree.Element:
        match element:
            case tree.SubSelect():
                return element._replace(select=_unsliced(element.select))
            case tree.Group():
                return inside(element)
            case tree.Union():
                return element._replace(branches=tuple(map(inside, element.branches)))
            case tree.Optional() | tree.Graph() | tree.Minus():
                return element._replace(group=inside(element.group))
        return element

    def inside(group: tree.Group) -> tree.Group:
        return tree.Group(tuple(map(opened, group.elements)))

    return select._replace(slice="", where=inside(select.where))


def _may_be_empty(path: tree.Path) -> bool:
    match path:
        case tree.Repeat(inner, mark):
            return mark != "+" or _may_be_empty(inner)
        case tree.Inverse(inner):
            return _may_be_empty(inner)
        case tree.Sequence(paths):
            return all(map(_may_be_empty, paths))
        case tree.Alternative(paths):
            return any(map(_may_be_empty, paths))
    return False


def _quad(triple: Triple, graph: NamedNode | DefaultGraph) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, graph)


def _groups(element: tree.Group | tree.Graph) -> list[tree.Group]:
    return [element.group if isinstance(element, tree.Graph) else element]


def _agree(wanted: Iterable[Term | None], triple: Triple) -> bool:
    return all(term in (None, part) for term, part in zip(wanted, triple, strict=True))


def _unsaid(pattern: tree.Group) -> str:
    said = short(" ".join(printer.body(pattern).split())).removesuffix(" .")
    return f"it does not say that nothing is there that would take the row away: {said}"
