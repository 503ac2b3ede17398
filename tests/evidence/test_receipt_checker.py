"""What checks receipts and proofs finds each that is wrong, and knows nothing of how they are found."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import mini_repository
import pytest
from command_line import Amcc
from pyoxigraph import NamedNode, Triple

import amcc_kg
from amcc_kg.cli import verify
from amcc_kg.evidence import citation_checker, counterexamples, proof_checker, receipt_checker, sufficiency
from amcc_kg.graph.answers import Question
from amcc_kg.graph.receipt import Absence, Receipt
from amcc_kg.receipts.answer_receipts import Receipts
from amcc_kg.terms import prefixes

ROOT = Path(__file__).parent.parent.parent
NAMES = [path.stem for path in sorted((ROOT / "queries").glob("*.rq"))]
DENIES_OR_COUNTS = re.compile(r"EXISTS|MINUS|GROUP BY|COUNT")
OWN = ("evidence", "graph", "repository", "sparql", "syntax", "terms")


@pytest.fixture(scope="module")
def kg() -> Any:
    return amcc_kg.open(ROOT)


@pytest.fixture(scope="module")
def checker(kg) -> receipt_checker.ReceiptChecker:
    return kg.receipt_checker()


def without(receipt: Receipt, at: int) -> Receipt:
    leaves = receipt.leaves[:at] + receipt.leaves[at + 1 :]
    cited = {passage for leaf in leaves for passage in leaf.passages}
    return replace(receipt, leaves=leaves, passages=tuple(c for c in receipt.passages if c.passage in cited))


@pytest.mark.parametrize("name", NAMES)
def test_every_receipt_holds_and_none_with_a_leaf_too_few(kg, checker, name: str) -> None:
    query = kg.find(name)
    question = Question(query.text, kg.bind(query, {}))
    answer = kg.ask(question, evidence=True)
    for index, receipt in enumerate(answer.receipts):
        assert checker.fault(question, answer, index, receipt) == ""
        told = [at for at, leaf in enumerate(receipt.leaves) if leaf.passages]  # not by the ontology
        for at in told if index < 3 and not DENIES_OR_COUNTS.search(query.text) else ():
            assert checker.fault(question, answer, index, without(receipt, at)), (index, receipt.leaves[at])


def test_a_leaf_of_another_passage_and_one_that_nobody_asserts_are_found(kg, checker) -> None:
    query = kg.find("who-chaired")
    question = Question(query.text)
    answer = kg.ask(question, evidence=True)
    receipt = answer.receipts[0]
    at = next(index for index, leaf in enumerate(receipt.leaves) if leaf.passages)
    leaf = receipt.leaves[at]
    other = next(c.passage for r in answer.receipts for c in r.passages if c.passage not in leaf.passages)
    strange = Triple(leaf.triple.subject, leaf.triple.predicate, NamedNode("urn:nobody"))
    for planted in (leaf._replace(passages=(other,)), leaf._replace(triple=strange)):
        leaves = (*receipt.leaves[:at], planted, *receipt.leaves[at + 1 :])
        assert "is not asserted in" in checker.fault(question, answer, 0, replace(receipt, leaves=leaves))
    nowhere = (*receipt.leaves, leaf._replace(passages=(), files=()))
    assert "in no graph" in checker.fault(question, answer, 0, replace(receipt, leaves=nowhere))
    cited = checker.fault(question, answer, 0, replace(receipt, passages=()))
    assert cited.startswith("it cites other passages than state it")


def test_an_absence_that_the_graph_affirms_is_found(kg, checker) -> None:
    query = kg.find("who-chaired")
    question = Question(query.text)
    answer = kg.ask(question, evidence=True)
    absence = Absence(f"?event <{prefixes.ONTOLOGY}chairedBy> ?person .", kg.compiled.key.graph)
    planted = replace(answer.receipts[0], absences=(absence,))
    assert checker.fault(question, answer, 0, planted).startswith("what is said to be absent is there: ASK {")
    inferred = Absence(f"?event a <{prefixes.PREFIXES['org']}Organization> .", kg.compiled.key.graph)
    planted = replace(answer.receipts[0], absences=(inferred._replace(asserted=True),))
    assert "where the query did not ask" in checker.fault(question, answer, 0, planted)
    plain = replace(question, inference=False)
    answer = kg.ask(plain, evidence=True)
    planted = replace(answer.receipts[0], absences=(inferred._replace(asserted=True),))
    assert checker.fault(plain, answer, 0, planted) == ""  # it is inferred only


def test_a_form_that_nobody_wrote_is_found(tmp_path: Path, own_cache: Path) -> None:
    graph = amcc_kg.open(mini_repository.build(tmp_path).root)
    question = Question(f"SELECT ?o {{ ?s <{prefixes.ONTOLOGY}ordinal> ?o }}")
    answer = graph.ask(question, evidence=True)
    checker, receipt = graph.receipt_checker(), answer.receipts[0]
    assert checker.fault(question, answer, 0, receipt) == ""
    kept = replace(receipt, leaves=(receipt.leaves[0]._replace(written=""),))
    assert "is not asserted in" in checker.fault(question, answer, 0, kept)


def test_a_step_that_no_rule_gives_is_found(kg, checker) -> None:
    for triple in checker.inferred():
        assert checker.unproved(triple) == ""
    proofs = [kg.proof(triple) for triple in checker.inferred()]
    stated = checker._is_stated
    wrong = Triple(NamedNode("urn:x"), NamedNode("urn:y"), NamedNode("urn:z"))
    for proof in proofs[::20]:
        fault = proof_checker.fault(replace(proof, conclusion=wrong), stated, stated)
        assert fault.startswith(f"no rule {proof.rule} gives {wrong}")
        assert "no rule eq-sym" in proof_checker.fault(replace(proof, rule="eq-sym"), stated, stated)
        if proof.axioms:
            assert proof_checker.fault(replace(proof, axioms=()), stated, stated)
            foreign = replace(proof, axioms=(*proof.axioms, wrong))
            assert "which nobody asserts" in proof_checker.fault(foreign, stated, stated)
        circle = replace(proof, premises=(*proof.premises, proof))
        assert "rests on itself" in proof_checker.fault(circle, stated, stated)
        leaf = replace(proof.premises[0], conclusion=wrong, rule=None, axioms=(), premises=())
        planted = replace(proof, premises=(*proof.premises, leaf))
        assert f"rests on {wrong}" in proof_checker.fault(planted, stated, stated)


RIGHT = """
SELECT ?x { ?x amcc:partOf* body:csa }
SELECT * { event:amcc-3 a amcc:Meeting }
SELECT ?e ?x { VALUES ?e { event:amcc-3 } ?e amcc:nosuch* ?x }
SELECT ?p { { SELECT ?p { ?e amcc:chairedBy ?p } LIMIT 1 OFFSET 1 } }
SELECT (RAND() AS ?r) ?e { ?e amcc:chairedBy ?p }
SELECT ?e { ?e amcc:chairedBy person:s-iswaran }
SELECT (COUNT(*) AS ?n) { ?e amcc:chairedBy ?p }
SELECT (MAX(?d) AS ?m) { ?e amcc:chairedBy person:josephine-teo ; amcc:heldOn ?d }
SELECT ?e { ?e amcc:heldOn ?d FILTER NOT EXISTS { ?e amcc:chairedBy ?p } }
ASK { event:amcc-3 amcc:chairedBy person:lee-hsien-loong }
ASK { event:amcc-3 amcc:chairedBy ?p }
SELECT ?x { ?x amcc:nosuch ?y }
SELECT ?e { ?e a amcc:Event }
SELECT ?e ?p { ?e amcc:heldOn ?d OPTIONAL { ?e amcc:chairedBy ?p } }
SELECT ?e { ?e amcc:heldOn ?d MINUS { ?e amcc:chairedBy ?p } }
SELECT ?e ?g { GRAPH ?g { ?e amcc:chairedBy ?p } }
SELECT ?g { GRAPH ?g { } } LIMIT 2
SELECT ?p (COUNT(?e) AS ?n) { ?e amcc:chairedBy ?p } GROUP BY ?p HAVING (COUNT(?e) > 1)
SELECT ?p (COUNT(?e) AS ?n) { ?p a amcc:Person OPTIONAL { ?e amcc:chairedBy ?p } } GROUP BY ?p
SELECT (COUNT(*) AS ?n) { ?e amcc:chairedBy person:lee-hsien-loong }
SELECT (COUNT(*) AS ?n) { ?e amcc:heldOn ?d FILTER NOT EXISTS { ?e amcc:chairedBy ?p } }
SELECT (GROUP_CONCAT(?e) AS ?n) { ?e amcc:chairedBy ?p }
SELECT (SAMPLE(?e) AS ?n) { ?e amcc:chairedBy ?p }
SELECT ?e { { ?e amcc:chairedBy person:s-iswaran } UNION { ?e amcc:heldAt place:singapore } }
SELECT ?x ?y { ?x amcc:chairedBy/amcc:holdsPost ?y }
SELECT ?x ?y { ?x (amcc:chairedBy|amcc:heldAt) ?y }
SELECT ?x ?y { ?x !(rdf:type|rdfs:label) ?y . ?x amcc:ordinal 3 }
SELECT ?x ?y { ?y ^amcc:chairedBy ?x }
SELECT ?e { ?e amcc:heldOn ?d FILTER(EXISTS { ?e amcc:chairedBy ?p } || EXISTS { ?e amcc:ordinal 3 }) }
SELECT ?e (EXISTS { ?e amcc:chairedBy ?p } AS ?b) { ?e amcc:heldOn ?d }
CONSTRUCT { ?p amcc:x ?e } { ?e amcc:chairedBy ?p }
CONSTRUCT { _:b amcc:x ?e } { ?e amcc:chairedBy ?p FILTER NOT EXISTS { ?e amcc:nosuch ?z }}
DESCRIBE event:amcc-3
DESCRIBE ?e { ?e amcc:ordinal 3 }
SELECT ?e ?g FROM <https://w3id.org/amcc-kg/graph/register>
  FROM NAMED <https://w3id.org/amcc-kg/graph/register>
  { ?e rdfs:label ?p . GRAPH ?g { ?e rdfs:label ?p } } LIMIT 5
SELECT ?e { VALUES ?e { event:amcc-3 event:amcc-2 }
  MINUS { { ?e amcc:chairedBy person:s-iswaran } UNION { ?x amcc:holdsPost ?post } } }
SELECT ?e { ?e amcc:chairedBy ?p MINUS { OPTIONAL { ?e amcc:heldAt place:singapore } } }
SELECT ?e { ?e amcc:heldOn ?d MINUS { ?p amcc:holdsPost ?post OPTIONAL { ?e amcc:chairedBy ?p } } }
SELECT ?p { { SELECT DISTINCT ?p { ?e amcc:chairedBy ?p } } FILTER(?p = person:josephine-teo) }
SELECT DISTINCT ?y { person:josephine-teo ^amcc:chairedBy/amcc:chairedBy ?y }
SELECT ?e { ?e amcc:chairedBy ?p FILTER EXISTS { ?p amcc:holdsPost ?x } }
SELECT ?e { ?e amcc:heldOn ?d FILTER(?d > "2030-01-01"^^xsd:date) }
SELECT ?e { ?e amcc:heldOn ?d BIND(STR(?d) AS ?s) }
SELECT ?e ?n { { SELECT ?p (COUNT(*) AS ?n) { ?e2 amcc:chairedBy ?p } GROUP BY ?p } ?e amcc:chairedBy ?p }
SELECT ?e { ?e amcc:heldOn ?d
  FILTER NOT EXISTS { ?e amcc:chairedBy ?p . FILTER NOT EXISTS { ?p amcc:holdsPost ?x } } }
SELECT (COUNT(*) AS ?n) { ?e amcc:nosuch ?p } HAVING (COUNT(*) > 1)
ASK { ?e amcc:chairedBy ?p } LIMIT 0
SELECT ?e { ?e amcc:chairedBy ?p } OFFSET 500
SELECT ?c { ?c rdfs:subClassOf+ prov:Entity }
"""


@pytest.mark.parametrize("text", re.split(r"\n(?=\S)", RIGHT.strip()))
def test_what_is_found_for_every_operator_is_right(kg, checker, text: str) -> None:
    question = Question(text)
    answer = kg.ask(question, evidence=True)
    for index in range(min(len(answer.receipts), 10)):
        assert checker.fault(question, answer, index, answer.receipts[index]) == ""
    if answer.kind == "select" and answer:
        for receipt in answer.receipts.all(0):
            assert checker.fault(question, answer, 0, receipt) == ""


def test_words_and_voices_that_the_graph_does_not_have_are_found(kg, checker) -> None:
    question = Question("SELECT ?e { ?e amcc:chairedBy person:s-iswaran }")
    answer = kg.ask(question, evidence=True)
    right = answer.receipts[0]
    first, rest = right.passages[0], right.passages[1:]
    for name, other in {
        "title": "Another title",
        "place": "sentence 99",
        "speakers": ("Lee Hsien Loong",),
        "quotes": ("I resign",),
        "quoted_directly": not first.quoted_directly,
        "sentence": "I resign.",
        "attributed_to": ("urn:nobody",),
        "number": 99,
    }.items():
        planted = replace(right, passages=(replace(first, **{name: other}), *rest))
        assert checker.fault(question, answer, 0, planted).startswith("the graph has another "), name
    leaf = right.leaves[0]._replace(passages=right.leaves[0].passages[:1])
    planted = replace(right, leaves=(leaf, *right.leaves[1:]), passages=(first,))
    assert checker.fault(question, answer, 0, planted).endswith(", too")


def test_the_member_of_a_group_that_did_not_give_its_value_is_found(kg, checker) -> None:
    most, least = (
        Question(f"SELECT ({call}(?d) AS ?m) {{ ?e amcc:chairedBy person:josephine-teo ; amcc:heldOn ?d }}")
        for call in ("MAX", "MIN")
    )
    answer = kg.ask(most, evidence=True)
    other = kg.ask(least, evidence=True).receipts[0]
    assert "no answer over its receipt" in checker.fault(most, answer, 0, other)


def test_only_the_ontology_has_axioms(kg, monkeypatch) -> None:
    question = Question("SELECT ?e { ?e a amcc:Event FILTER(?e = event:amcc-3) }")
    answer = kg.ask(question, evidence=True)
    right = answer.receipts[0]
    checker = kg.receipt_checker()
    found = kg.proof(right.inferred[0])
    axioms = (*found.axioms, *(premise.conclusion for premise in found.premises))
    flat = replace(found, axioms=axioms, premises=())
    monkeypatch.setattr(checker, "_prove", lambda triple, leaves: flat)
    planted = replace(right, leaves=(), passages=())
    assert "which nobody asserts" in checker.fault(question, answer, 0, planted)


def test_a_complete_receipt_of_what_cannot_be_followed_is_found(kg, checker) -> None:
    question = Question("SELECT ?e { ?e amcc:chairedBy person:s-iswaran }")
    answer = kg.ask(question, evidence=True)
    unreadable = replace(question, text="SELECT ?e { SERVICE <urn:x> { ?e amcc:chairedBy ?p } }")
    assert "cannot be followed" in checker.fault(unreadable, answer, 0, answer.receipts[0])
    assert checker.fault(unreadable, answer, 0, Receipt(gaps=("patterns of SERVICE are not traced",))) == ""


def test_the_command_names_the_query_and_the_row(
    monkeypatch, capsys, tmp_path: Path, own_cache: Path
) -> None:
    root = mini_repository.build(tmp_path).root
    (root / "queries/chairs.rq").write_text(
        "#+ title: Chairs\n#+ question: Who chairs?\n#+ tags: [people]\n\n"
        f"SELECT ?event ?who {{ ?event <{prefixes.ONTOLOGY}chairedBy> ?who }} ORDER BY ?event\n"
    )
    assert verify.verify(receipts=True, repo=root) == 0
    assert "1 receipt(s) of saved queries" in capsys.readouterr().out
    found = Receipts._receipt

    def planted(*given: Any) -> Receipt:
        receipt = found(*given)
        return replace(receipt, leaves=receipt.leaves[1:], passages=())

    monkeypatch.setattr(Receipts, "_receipt", planted)
    assert verify.verify(receipts=True, repo=root) == 1
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith("chairs, row 1 (") and said.endswith("over its receipt and the ontology alone")


def test_the_command_checks_this_project(tmp_path: Path, cache: Path) -> None:
    done = Amcc(ROOT, cache)("verify", "--receipts")
    assert done.returncode == 0, done
    assert re.search(
        r"^\d{3,} receipt\(s\) of saved queries, \d{4} proof\(s\) step by step", done.stdout, re.M
    )


@pytest.mark.parametrize(
    "module", [receipt_checker, sufficiency, counterexamples, citation_checker, proof_checker]
)
def test_it_shares_with_the_prover_the_table_of_rules_and_with_the_tracer_nothing(module: Any) -> None:
    tree = ast.parse(Path(module.__file__).read_text())
    imported = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
    own = {name for name in imported if name.startswith("amcc_kg.")} - {"amcc_kg.reasoning.clauses"}
    assert {name.split(".")[1] for name in own} <= set(OWN)
