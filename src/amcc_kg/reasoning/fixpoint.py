"""The closure of a graph: clauses as SPARQL updates, run in the query engine until nothing is new.

Clauses that do not depend on one another's conclusions run once, in order; those that do run together,
semi-naively: every further round joins only what the round before found. Knows nothing of which triples are
noise (`amcc_kg.reasoning.closure`) or how one came about (`amcc_kg.reasoning.proofs`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, Store

from amcc_kg.reasoning.clauses import (
    SCHEMA_PREDICATES,
    SCHEMA_TYPES,
    TYPE,
    Atom,
    Clause,
    Schema,
    Term,
    renamed,
    variables,
)
from amcc_kg.reasoning.strata import Group, firing, holds, key, overlaps, strata

_BLANK = "urn:amcc-kg:blank:"
_DELTA = "urn:amcc-kg:delta:"
# Links from one thing of a transitive property, on average, up to which each is followed by itself.
_FEW_LINKS = 1.5
# Contradictions of one kind that are looked at before the simplest is shown.
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Clash:
    """A contradiction: the clause that rules it out, and what its variables stand for."""

    clause: Clause
    binding: tuple[tuple[str, Term], ...]


def close(store: Store) -> list[Clash]:
    """Add to the default graph what follows from it and is RDF; return the contradictions found, sorted."""
    schema: Schema | None = None
    while True:
        schema = Schema(store, schema)
        clauses = schema.clauses()
        if any(atom[1] in SCHEMA_PREDICATES for clause in clauses for atom in clause.body):
            # Somebody's property stands above the schema's own: it sees what follows about the schema.
            schema.complete()
            store.extend(Quad(t.subject, t.predicate, t.object) for t in schema.why)
        named = _name_blank_nodes(store, clauses)
        in_words = [_renamed(clause, named) for clause in clauses]
        fired = _run(store, in_words)
        clashes = list(_clashes(store, in_words))
        back: dict[Term, Term] = {iri: node for node, iri in named.items()}
        for node, iri in named.items():
            _rename(store, iri, node)
        clashes = [
            Clash(_renamed(c.clause, back), tuple((name, back.get(term, term)) for name, term in c.binding))
            for c in clashes
        ]
        if not any(map(_reaches_schema, fired)) or Schema(store).stated <= set(schema.why):
            return sorted(clashes, key=lambda clash: (clash.clause.rule.name, str(clash.binding)))


def _run(store: Store, clauses: list[Clause]) -> list[Clause]:
    """Run the clauses to the fixpoint; return those that could fire."""
    fired = firing(store, clauses)
    rounds = 0
    for group in strata(store, fired):
        if group.transitive is not None:
            store.update(_path_update(store, group))
        elif group.shared:
            store.update(_shared_update(store, group))
        else:
            rounds = _run_group(store, group, rounds)
    return fired


def _run_group(store: Store, group: Group, rounds: int) -> int:
    """Run clauses that may depend on one another until nothing is new; return the number of rounds so far."""
    heads = {key(atom) for atom in _conclusions(group, group.clauses)}
    found = NamedNode(f"{_DELTA}{rounds}") if group.recursive else None
    for clause in group.clauses:
        store.update(_update(group, clause, None, None, found))
    while found is not None and next(store.quads_for_pattern(None, None, None, found), None):
        rounds += 1
        before, found = found, NamedNode(f"{_DELTA}{rounds}")
        for clause in group.clauses:
            for at, atom in enumerate(clause.body):
                if any(overlaps(head, key(atom)) for head in heads):
                    store.update(_update(group, clause, at, before, found))
        store.remove_graph(before)
    return rounds + 1


def _conclusions(group: Group, clauses: Iterable[Clause]) -> tuple[Atom, ...]:
    return group.above.all_of(clause.head for clause in clauses if clause.head)


def _path_update(store: Store, group: Group) -> str:
    """Return the SPARQL update that links what links of one transitive property lead to."""
    link = group.transitive
    start, _, end = _of(group.clauses[0])
    (row,) = _rows(store, f"SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT ?x) AS ?m) WHERE {{ ?x {link} ?y }}")
    # To go on from each link by itself finds only what is new, but goes many ways where things have many.
    path = f"{link}/{link}+" if int(row["n"].value) <= _FEW_LINKS * int(row["m"].value) else f"{link}+"
    heads = _text(_conclusions(group, group.clauses))
    return f"INSERT {{ {heads} }} WHERE {{ {start} {path} {end} }}"


def _shared_update(store: Store, group: Group) -> str:
    """Return the SPARQL update that concludes the heads of clauses with one body, and what is above them."""
    clauses = group.clauses
    found = dict.fromkeys(clause.head for clause in clauses if clause.head)
    body = _text(clauses[0].body)
    # A match all of whose heads are known is passed over, as what is above them is known or will be; telling
    # the others apart would take longer. Where nothing of one head's kind is known, looking would only cost.
    if all(holds(store, key(head)) for head in found):
        body += f" FILTER NOT EXISTS {{ {_text(found)} }}"
    body = _once(variables(found), variables(clauses[0].body), body)
    return f"INSERT {{ {_text(_conclusions(group, clauses))} }} WHERE {{ {body} }}"


def _update(
    group: Group, clause: Clause, at: int | None, before: NamedNode | None, found: NamedNode | None
) -> str:
    """Return the SPARQL update of a clause; what is new goes into the graph `found` too.

    With `at` and `before`, that atom of the body is sought in the graph of what the last round found.
    """
    head = _of(clause)
    parts = [_text([atom]) for atom in clause.body]
    if at is not None:
        parts.insert(0, f"GRAPH {before} {{ {parts.pop(at)} }}")
    pattern = f"{' . '.join(parts)} {_unlike(clause)} FILTER NOT EXISTS {{ {_text([head])} }}"
    pattern = _once(variables([head]), variables(clause.body), pattern)
    heads = _text(_conclusions(group, [clause]))
    also = f" GRAPH {found} {{ {heads} }}" if found else ""
    return f"INSERT {{ {heads}{also} }} WHERE {{ {pattern} }}"


def _of(clause: Clause) -> Atom:
    assert clause.head is not None
    return clause.head


def _once(kept: list[str], matched: list[str], pattern: str) -> str:
    """Return a pattern that gives each of some of its variables once."""
    # One thing may match in many ways, and each insertion costs more than telling them apart.
    some = kept and len(kept) < len(matched)
    return f"SELECT DISTINCT {' '.join(kept)} WHERE {{ {pattern} }}" if some else pattern


def _clashes(store: Store, clauses: list[Clause]) -> Iterator[Clash]:
    """Give the ways in which the closed graph contradicts the ontology."""
    disjoint: list[Clause] = []
    for clause in clauses:
        if clause.head is not None:
            continue
        if [atom[:2] for atom in clause.body] == [("?x", TYPE)] * 2:
            disjoint.append(clause)
            continue
        pattern = f"{_text(clause.body)} {_unlike(clause)}"
        for row in _rows(store, f"SELECT * WHERE {{ {pattern} }} LIMIT {_SHOWN}"):
            yield Clash(clause, tuple((name, row[name[1:]]) for name in variables(clause.body)))
    # Disjoint classes come in hundreds of pairs: each is sought among the instances of the smaller class,
    # with one query for each such class.
    sizes = {c: _size(store, c) for c in dict.fromkeys(c for d in disjoint for c in _classes(d))}
    pairs: dict[Term, dict[Term, Clause]] = {}
    for clause in disjoint:
        small, large = sorted(_classes(clause), key=lambda c: (sizes[c], str(c)))
        if sizes[small]:
            pairs.setdefault(small, {})[large] = clause
    for small, others in pairs.items():
        for row in _rows(store, f"SELECT * WHERE {{ {_within_both(small, list(others))} }} LIMIT {_SHOWN}"):
            yield Clash(others[row["c"]], (("?x", row["x"]),))


def _within_both(class_: Term, others: list[Term]) -> str:
    """Return the SPARQL pattern for what is in a class and in one of others, `?c`."""
    start = f"?x a {class_} . ?x a"
    if len(others) == 1:
        # Asking a thing for one class takes half the time of going through all of its classes.
        return f"{start} {others[0]} . BIND({others[0]} AS ?c)"
    return f"{start} ?c FILTER(?c IN ({', '.join(map(str, others))}))"


def _classes(clause: Clause) -> tuple[Term, Term]:
    one, other = (atom[2] for atom in clause.body)
    assert not isinstance(one, str) and not isinstance(other, str)
    return one, other


def _size(store: Store, class_: Term) -> int:
    found = _rows(store, f"SELECT (COUNT(*) AS ?n) WHERE {{ ?x a {class_} }}")
    return int(next(iter(found))["n"].value)


def _rows(store: Store, query: str) -> QuerySolutions:
    answer = store.query(query)
    assert isinstance(answer, QuerySolutions)
    return answer


def _reaches_schema(clause: Clause) -> bool:
    if clause.head is None:
        return False
    _, predicate, object_ = clause.head
    if predicate == TYPE:
        return isinstance(object_, str) or object_ in SCHEMA_TYPES
    return isinstance(predicate, str) or predicate in SCHEMA_PREDICATES


def _name_blank_nodes(store: Store, clauses: list[Clause]) -> dict[Term, NamedNode]:
    """Give IRIs for a while to the blank nodes in clauses: in SPARQL a blank node is a variable."""
    atoms = [atom for clause in clauses for atom in (*clause.body, *([clause.head] if clause.head else []))]
    found = sorted({word for atom in atoms for word in atom if isinstance(word, BlankNode)}, key=str)
    named: dict[Term, NamedNode] = {node: NamedNode(f"{_BLANK}{at}") for at, node in enumerate(found)}
    for node, iri in named.items():
        _rename(store, node, iri)
    return named


def _renamed(clause: Clause, names: Mapping[Term, Term]) -> Clause:
    if not names:
        return clause
    head = None if clause.head is None else renamed(clause.head, names)
    return replace(clause, head=head, body=tuple(renamed(atom, names) for atom in clause.body))


def _rename(store: Store, old: Term, new: Term) -> None:
    default = DefaultGraph()
    for quad in list(store.quads_for_pattern(old, None, None, default)):  # type: ignore[arg-type] # IRI or blank
        store.remove(quad)
        store.add(Quad(new, quad.predicate, quad.object, default))  # type: ignore[arg-type] # too
    for quad in list(store.quads_for_pattern(None, None, old, default)):
        store.remove(quad)
        store.add(Quad(quad.subject, quad.predicate, new, default))


def _text(atoms: Iterable[Atom]) -> str:
    """Return atoms as a graph pattern; terms spell themselves as SPARQL has them."""
    return " . ".join(" ".join(map(str, atom)) for atom in atoms)


def _unlike(clause: Clause) -> str:
    unlike = clause.rule.unlike
    open_ = unlike is not None and set(unlike) <= set(variables(clause.body))
    return f"FILTER(!sameTerm({', '.join(unlike)}))" if unlike and open_ else ""
