"""The rules against a second reasoner, over random ontologies and data; each known difference shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from pyoxigraph import NamedNode, RdfFormat, Store
from rdflib import OWL, RDF, Graph, Literal, URIRef
from rdflib.term import Node
from small_graphs import EX, HEAD, as_it_comes, conclusions, dataset, graphs, has_error, thorough

from amcc_kg.reasoning import clauses, closure, fixpoint, strata
from amcc_kg.reasoning.clauses import NEEDED_SCHEMA_RULES, RULES, Schema
from amcc_kg.terms.errors import InconsistentError, InputError

pytestmark = pytest.mark.usefixtures("literals_as_written")


@given(graphs)
@thorough
def test_the_closure_is_that_of_the_second_reasoner(turtle: str) -> None:
    ours, theirs = conclusions(turtle, closure.RULES), conclusions(turtle, closure.OWLRL)
    if ours is None or theirs is None:
        assert ours == theirs
    else:
        assert ours - theirs == set()
        assert theirs - ours == set()


# For each rule the least that makes it conclude something, and what it concludes; None: a contradiction.
LEAST: dict[str, list[tuple[str, str | None]]] = {
    "eq-sym": [(":a owl:sameAs :b .", ":b owl:sameAs :a")],
    "eq-trans": [(":a owl:sameAs :b . :b owl:sameAs :c .", ":a owl:sameAs :c")],
    "eq-rep-s": [(":a owl:sameAs :b . :a :p :c .", ":b :p :c")],
    "eq-rep-p": [(":p owl:sameAs :q . :a :p :c .", ":a :q :c")],
    "eq-rep-o": [(":c owl:sameAs :d . :a :p :c .", ":a :p :d")],
    "eq-diff1": [
        (":a owl:sameAs :b . :b owl:differentFrom :a .", None),
        (":a owl:differentFrom :a .", None),
    ],
    "eq-diff2": [("[] a owl:AllDifferent ; owl:members ( :a :b :c ) . :c owl:sameAs :b .", None)],
    "eq-diff3": [("[] a owl:AllDifferent ; owl:distinctMembers ( :a :b :c ) . :c owl:sameAs :a .", None)],
    "prp-dom": [(":p rdfs:domain :A . :a :p :b .", ":a a :A")],
    "prp-rng": [(":p rdfs:range :A . :a :p :b .", ":b a :A")],
    "prp-fp": [(":p a owl:FunctionalProperty . :a :p :b , :c .", ":b owl:sameAs :c")],
    "prp-ifp": [(":p a owl:InverseFunctionalProperty . :b :p :a . :c :p :a .", ":b owl:sameAs :c")],
    "prp-irp": [(":p a owl:IrreflexiveProperty . :a :p :a .", None)],
    "prp-symp": [(":p a owl:SymmetricProperty . :a :p :b .", ":b :p :a")],
    "prp-asyp": [(":p a owl:AsymmetricProperty . :a :p :b . :b :p :a .", None)],
    "prp-trp": [(":p a owl:TransitiveProperty . :a :p :b . :b :p :c . :c :p :d .", ":a :p :d")],
    "prp-spo1": [(":p rdfs:subPropertyOf :q . :a :p :b .", ":a :q :b")],
    "prp-spo2": [
        (":r owl:propertyChainAxiom ( :p :q ) . :a :p :b . :b :q :c .", ":a :r :c"),
        (":r owl:propertyChainAxiom ( :p :q :p ) . :a :p :b . :b :q :c . :c :p :d .", ":a :r :d"),
        (":r owl:propertyChainAxiom ( :p ) . :a :p :b .", ":a :r :b"),
    ],
    "prp-eqp1": [(":p owl:equivalentProperty :q . :a :p :b .", ":a :q :b")],
    "prp-eqp2": [(":p owl:equivalentProperty :q . :a :q :b .", ":a :p :b")],
    "prp-pdw": [(":p owl:propertyDisjointWith :q . :a :p :b ; :q :b .", None)],
    "prp-adp": [("[] a owl:AllDisjointProperties ; owl:members ( :p :q :r ) . :a :r :b ; :q :b .", None)],
    "prp-inv1": [(":p owl:inverseOf :q . :a :p :b .", ":b :q :a")],
    "prp-inv2": [(":p owl:inverseOf :q . :a :q :b .", ":b :p :a")],
    "prp-key": [
        (":A owl:hasKey ( :v ) . :a a :A ; :v 1 . :b a :A ; :v 1 .", ":a owl:sameAs :b"),
        (":A owl:hasKey ( :v :p ) . :a a :A ; :v 1 ; :p :c . :b a :A ; :v 1 ; :p :c .", ":a owl:sameAs :b"),
    ],
    "prp-npa1": [
        (
            "[] owl:sourceIndividual :a ; owl:assertionProperty :p ; owl:targetIndividual :b . :a :p :b .",
            None,
        )
    ],
    "prp-npa2": [
        ("[] owl:sourceIndividual :a ; owl:assertionProperty :v ; owl:targetValue 1 . :a :v 1 .", None)
    ],
    "cls-nothing2": [(":a a owl:Nothing .", None)],
    "cls-int1": [(":C owl:intersectionOf ( :A :B ) . :a a :A , :B .", ":a a :C")],
    "cls-int2": [(":C owl:intersectionOf ( :A :B ) . :a a :C .", ":a a :B")],
    "cls-uni": [(":C owl:unionOf ( :A :B ) . :a a :B .", ":a a :C")],
    "cls-com": [(":A owl:complementOf :B . :a a :A , :B .", None)],
    "cls-svf1": [(":C owl:onProperty :p ; owl:someValuesFrom :A . :a :p :b . :b a :A .", ":a a :C")],
    "cls-svf2": [(":C owl:onProperty :v ; owl:someValuesFrom owl:Thing . :a :v 1 .", ":a a :C")],
    "cls-avf": [(":C owl:onProperty :p ; owl:allValuesFrom :A . :a a :C ; :p :b .", ":b a :A")],
    "cls-hv1": [
        (':C owl:onProperty :v ; owl:hasValue "01"^^xsd:integer . :a a :C .', ':a :v "01"^^xsd:integer')
    ],
    "cls-hv2": [(":C owl:onProperty :p ; owl:hasValue :b . :a :p :b .", ":a a :C")],
    "cls-maxc1": [(":C owl:onProperty :p ; owl:maxCardinality 0 . :a a :C ; :p :b .", None)],
    "cls-maxc2": [
        (":C owl:onProperty :p ; owl:maxCardinality 1 . :a a :C ; :p :b , :c .", ":b owl:sameAs :c")
    ],
    "cls-maxqc1": [
        (
            ":C owl:onProperty :p ; owl:onClass :A ; owl:maxQualifiedCardinality 0 . "
            ":a a :C ; :p :b . :b a :A .",
            None,
        )
    ],
    "cls-maxqc2": [
        (
            ":C owl:onProperty :p ; owl:onClass owl:Thing ; owl:maxQualifiedCardinality 0 . "
            ":a a :C ; :p :b .",
            None,
        )
    ],
    "cls-maxqc3": [
        (
            ":C owl:onProperty :p ; owl:onClass :A ; owl:maxQualifiedCardinality 1 . "
            ":a a :C ; :p :b , :c , :d . :b a :A . :c a :A .",
            ":b owl:sameAs :c",
        )
    ],
    "cls-maxqc4": [
        (
            ":C owl:onProperty :p ; owl:onClass owl:Thing ; owl:maxQualifiedCardinality 1 . "
            ":a a :C ; :p :b , :c .",
            ":b owl:sameAs :c",
        )
    ],
    "cls-oo": [(":C owl:oneOf ( :a :b ) .", ":b a :C")],
    "cax-sco": [(":A rdfs:subClassOf :B . :a a :A .", ":a a :B")],
    "cax-eqc1": [(":A owl:equivalentClass :B . :a a :A .", ":a a :B")],
    "cax-eqc2": [(":A owl:equivalentClass :B . :a a :B .", ":a a :A")],
    "cax-dw": [(":A owl:disjointWith :B . :a a :A , :B .", None)],
    "cax-adc": [("[] a owl:AllDisjointClasses ; owl:members ( :A :B :C ) . :a a :C , :B .", None)],
    "scm-svf1": [
        (
            ":C owl:onProperty :p ; owl:someValuesFrom :A . :D owl:onProperty :p ; owl:someValuesFrom :B . "
            ":A rdfs:subClassOf :B . :a a :C .",
            ":a a :D",
        )
    ],
    "scm-svf2": [
        (
            ":C owl:onProperty :p ; owl:someValuesFrom :A . :D owl:onProperty :q ; owl:someValuesFrom :A . "
            ":p rdfs:subPropertyOf :r . :r rdfs:subPropertyOf :q . :a a :C .",
            ":a a :D",
        )
    ],
    "scm-avf1": [
        (
            ":C owl:onProperty :p ; owl:allValuesFrom :A . :D owl:onProperty :p ; owl:allValuesFrom :B . "
            ":A rdfs:subClassOf :B . :a a :C .",
            ":a a :D",
        )
    ],
    "scm-avf2": [
        (
            ":C owl:onProperty :p ; owl:allValuesFrom :A . :D owl:onProperty :q ; owl:allValuesFrom :A . "
            ":p rdfs:subPropertyOf :q . :a a :D .",
            ":a a :C",
        )
    ],
}


def test_every_rule_has_an_example() -> None:
    assert {rule.name for rule in RULES} | NEEDED_SCHEMA_RULES == set(LEAST)


@pytest.mark.parametrize("rule", LEAST)
def test_a_rule_concludes_what_it_should(rule: str) -> None:
    for turtle, conclusion in LEAST[rule]:
        ours = conclusions(turtle, closure.RULES)
        assert ours == conclusions(turtle, closure.OWLRL)
        if conclusion is None:
            assert ours is None
            with pytest.raises(InconsistentError, match=rf"\({rule}\)") as caught:
                closure.close(dataset(turtle))
            assert caught.value.proof is not None and caught.value.proof.rule == rule
            continue
        wanted = next(iter(Graph().parse(data=f"{HEAD} {conclusion} .", format="turtle")))
        assert ours is not None and tuple(term.n3() for term in wanted) in ours


@pytest.mark.parametrize("rule", sorted(set(LEAST) - {"eq-trans"}))  # what it says eq-rep-o says too
def test_without_the_rule_its_example_concludes_nothing(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for table in ("RULES", "SCHEMA_RULES"):
        rest = tuple(r for r in getattr(clauses, table) if r.name != rule)
        monkeypatch.setattr(clauses, table, rest)
    for turtle, conclusion in LEAST[rule]:
        found = conclusions(turtle, closure.RULES)
        assert found is not None
        if conclusion is not None:
            (wanted,) = Graph().parse(data=f"{HEAD} {conclusion} .", format="turtle")
            assert tuple(term.n3() for term in wanted) not in found


class Watched:
    """A store that keeps the updates it is asked for."""

    def __init__(self, turtle: str) -> None:
        self.updates: list[str] = []
        self.store = Store()
        self.store.load((HEAD + turtle).encode(), RdfFormat.TURTLE)

    def update(self, text: str) -> None:
        self.updates.append(text)
        self.store.update(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)

    def count(self, predicate: URIRef) -> int:
        return len(list(self.store.quads_for_pattern(None, NamedNode(predicate), None)))


CHAIN = "".join(f":n{at} :p :n{at + 1} .\n" for at in range(64))


def test_rules_that_depend_on_one_another_join_only_what_is_new() -> None:
    watched = Watched(f":p a owl:TransitiveProperty , owl:SymmetricProperty .\n{CHAIN}")
    assert fixpoint.close(watched) == []  # type: ignore[arg-type]
    assert watched.count(EX.p) == 65 * 65
    delta = [text for text in watched.updates if "GRAPH <urn:amcc-kg:delta:0>" in text.partition("WHERE")[2]]
    assert len(delta) == 3  # the premise of the one, either premise of the other
    assert len(watched.updates) < 30  # rounds grow with the logarithm of the longest chain
    assert not list(watched.store.named_graphs())


def test_what_carries_on_from_link_to_link_is_walked_once() -> None:
    watched = Watched(f":p a owl:TransitiveProperty . :n64 :p :n0 .\n{CHAIN}")
    assert fixpoint.close(watched) == []  # type: ignore[arg-type]
    assert watched.count(EX.p) == 65 * 65
    assert len(watched.updates) == 1


def test_what_has_many_links_is_followed_to_all_their_ends() -> None:
    links = "".join(f":n{one} :p :n{other} .\n" for one in range(12) for other in (one + 1, one + 2, one + 3))
    watched = Watched(f":p a owl:TransitiveProperty ; rdfs:subPropertyOf :q .\n{links}")
    assert fixpoint.close(watched) == []  # type: ignore[arg-type]
    assert watched.count(EX.p) == watched.count(EX.q) == 15 * 14 // 2 - 3


def test_groups_of_clauses_come_after_those_they_depend_on() -> None:
    store = Store()
    text = (
        ":r owl:propertyChainAxiom ( :p :q ) . :q owl:inverseOf :s . :r rdfs:domain :A . "
        ":A rdfs:subClassOf :B . :t a owl:TransitiveProperty . :a :p :b ; :t :b . :c :s :b ."
    )
    store.load((HEAD + text).encode(), RdfFormat.TURTLE)
    groups = strata.strata(store, strata.firing(store, Schema(store).clauses()))
    order = [tuple(sorted(clause.rule.name for clause in group.clauses)) for group in groups]
    chain, inverses = ("prp-spo2",), ("prp-inv1", "prp-inv2")
    assert order.index(inverses) < order.index(chain) < order.index(("prp-dom",))
    assert [group.recursive for group in groups] == [name == ("prp-trp",) for name in order]


def test_clauses_that_say_something_of_one_thing_in_one_body_run_together() -> None:
    store = Store()
    text = ":A rdfs:subClassOf :B , :C . :p rdfs:domain :A , :D ; rdfs:range :B . :a :p :b ."
    store.load((HEAD + text).encode(), RdfFormat.TURTLE)
    groups = strata.strata(store, strata.firing(store, Schema(store).clauses()))
    rules = [tuple(clause.rule.name for clause in group.clauses) for group in groups]
    assert sorted(rules) == [("prp-dom", "prp-dom"), ("prp-rng",)]
    fixpoint.close(store)
    assert len(list(store.quads_for_pattern(None, NamedNode(RDF.type), None))) == 5


def test_what_is_above_a_class_or_property_is_concluded_in_one_go() -> None:
    watched = Watched(
        ":A rdfs:subClassOf :B . :B rdfs:subClassOf :C , :A . :C rdfs:subClassOf :D . "
        ":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :r . :s rdfs:subPropertyOf :r . "
        ":a a :A ; :p :b ; :s 'c' ."
    )
    assert fixpoint.close(watched) == []  # type: ignore[arg-type]
    assert len(watched.updates) == 3  # for what is stated: a class and two properties
    assert watched.count(RDF.type) == 4
    assert [watched.count(predicate) for predicate in (EX.q, EX.r)] == [1, 2]


@pytest.mark.parametrize(
    ("turtle", "conclusions"),
    [
        # What is above an inverse leads back to where it came from.
        (
            ":p owl:inverseOf :q . :q rdfs:subPropertyOf :p . :a :p :b .",
            {(EX.a, EX.q, EX.b), (EX.b, EX.p, EX.a), (EX.b, EX.q, EX.a)},
        ),
        # A property above which stands rdf:type: which class it is, only the data tell.
        (
            ":p rdfs:subPropertyOf rdf:type . :A rdfs:subClassOf :B . :a :p :A .",
            {(EX.a, RDF.type, EX.A), (EX.a, RDF.type, EX.B)},
        ),
        # What a chain concludes belongs to a chain again, by the property above.
        (
            ":q owl:propertyChainAxiom ( :p :p ) ; rdfs:subPropertyOf :p . :a :p :b . :b :p :c . :c :p :d .",
            {(EX[s], EX[p], EX[o]) for s, o in ("ac", "ad", "bd") for p in "pq"},
        ),
        # By way of other properties and classes something follows about the ontology itself.
        (
            ":A rdfs:subClassOf :B . :B rdfs:subClassOf owl:SymmetricProperty . :p a :A . :a :p :b .",
            {(EX.p, RDF.type, EX.B), (EX.b, EX.p, EX.a)},
        ),
        (
            ":q rdfs:domain :A . :A rdfs:subClassOf owl:SymmetricProperty . :p :q :x . :a :p :b .",
            {(EX.p, RDF.type, EX.A), (EX.b, EX.p, EX.a)},
        ),
        (
            ":q owl:inverseOf :p . :p rdfs:subPropertyOf rdfs:subClassOf . :B :q :A . :a a :A .",
            {(EX.A, EX.p, EX.B), (EX.a, RDF.type, EX.B)},
        ),
        (
            ":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf rdfs:subPropertyOf . :r :p :s . :a :r :b .",
            {(EX.r, EX.q, EX.s), (EX.a, EX.s, EX.b)},
        ),
        # What a symmetric property concludes is carried on, whatever else is concluded from it.
        (
            ":p a owl:SymmetricProperty ; rdfs:subPropertyOf :q . :s rdfs:subPropertyOf rdf:type . "
            ":a :p :b . :c :s :D .",
            {(EX.b, EX.p, EX.a), (EX.a, EX.q, EX.b), (EX.b, EX.q, EX.a), (EX.c, RDF.type, EX.D)},
        ),
        # A literal is no subject, not even on the way.
        (":p owl:inverseOf :q . :q rdfs:subPropertyOf :r . :r owl:inverseOf :s . :a :p 'b' .", set()),
    ],
)
def test_what_is_above_leads_on(turtle: str, conclusions: set[tuple[Node, Node, Node]]) -> None:
    store = Store()
    store.load((HEAD + turtle).encode(), RdfFormat.TURTLE)
    before = set(store)
    assert fixpoint.close(store) == []
    meta = (str(OWL), str(RDF), "http://www.w3.org/2000/01/rdf-schema#")
    found = {
        quad
        for quad in set(store) - before
        if quad.subject != quad.object
        and not quad.predicate.value.startswith(meta[2])
        and not str(getattr(quad.object, "value", "")).startswith(meta)
    }
    wanted = {f"{s.n3()} {p.n3()} {o.n3()}" for s, p, o in conclusions}
    assert {str(quad.triple) for quad in found} == wanted


def test_rules_that_cannot_fire_are_left_out() -> None:
    store = Store()
    store.load(f"{HEAD} :A rdfs:subClassOf :B . :B rdfs:subClassOf :C . :a a :B .".encode(), RdfFormat.TURTLE)
    fired = [
        clause
        for group in strata.strata(store, strata.firing(store, Schema(store).clauses()))
        for clause in group.clauses
    ]
    assert [(str(clause.head[2]) if clause.head else "") for clause in fired] == [f"<{EX.C}>"]


def test_literals_stay_as_they_are_written() -> None:
    found = conclusions(':v rdfs:subPropertyOf :w . :a :v "01"^^xsd:integer , 1 , "x"@EN .', closure.RULES)
    assert found is not None and len(found) == 3
    assert any("01" in triple[2] for triple in found)


def test_another_reasoner_is_refused() -> None:
    with pytest.raises(InputError, match="expected rules or owlrl"):
        closure.close(dataset(":a :p :b ."), "pellet")


# ---- where owlrl as it comes differs from the table, each with the least that shows it ----


def test_owlrl_takes_all_that_have_a_key_of_one_property_for_one() -> None:
    turtle = ":A owl:hasKey ( :v ) . :a a :A ; :v 1 . :b a :A ; :v 2 ."
    assert (EX.a, OWL.sameAs, EX.b) in as_it_comes(turtle)
    assert conclusions(turtle, closure.RULES) == conclusions(turtle, closure.OWLRL) == set()


@pytest.mark.parametrize(
    "turtle",
    [
        "[] a owl:AllDifferent ; owl:members ( :a :b ) . :a owl:sameAs :b .",
        "[] a owl:AllDifferent ; owl:distinctMembers ( :a :b ) . :a owl:sameAs :b .",
        "[] a owl:AllDisjointProperties ; owl:members ( :p :q ) . :a :p :b ; :q :b .",
    ],
)
def test_owlrl_does_not_look_at_the_last_member_of_a_list(turtle: str) -> None:
    assert not has_error(as_it_comes(turtle))
    assert conclusions(turtle, closure.RULES) is conclusions(turtle, closure.OWLRL) is None


def test_owlrl_does_not_find_a_class_within_itself_by_way_of_another() -> None:
    turtle = (
        ":A rdfs:subClassOf :B . :B rdfs:subClassOf :A . :C owl:onProperty :p ; owl:someValuesFrom :A . "
        ":D owl:onProperty :p ; owl:someValuesFrom :A . :a a :C ."
    )
    assert (EX.a, RDF.type, EX.D) not in as_it_comes(turtle)
    ours = conclusions(turtle, closure.RULES)
    assert ours == conclusions(turtle, closure.OWLRL) and (EX.a.n3(), RDF.type.n3(), EX.D.n3()) in (
        ours or ()
    )


def test_owlrl_reasons_about_literals_which_is_no_rdf() -> None:
    turtle = ":v a owl:FunctionalProperty . :a :v 1 , 2 . :b :w 1 ."
    assert (EX.b, EX.w, Literal(2)) in as_it_comes(turtle)
    assert conclusions(turtle, closure.RULES) == conclusions(turtle, closure.OWLRL) == set()


def test_a_comparison_names_what_only_one_reasoner_derives(monkeypatch: pytest.MonkeyPatch) -> None:
    data = dataset(":A rdfs:subClassOf :B . :a a :A .")
    assert closure.compare(data).holds
    close = closure.close
    monkeypatch.setattr(closure, "close", lambda d, r: close(d, r) if r == "rules" else set())
    found = closure.compare(data)
    assert not found.holds
    assert "inferred by the rules, not by owlrl: <http://example.org/a>" in str(found)
    assert str(found).endswith("0 triples inferred by this program and by owlrl: 1 difference(s)")
