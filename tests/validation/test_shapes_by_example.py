"""Does `amcc shapes` show what passes a shape and what fails it? Each example is validated again."""

from __future__ import annotations

import html
import re
import time
from pathlib import Path

import pytest
import rdflib
from command_line import Amcc
from rdflib import RDF, SH, Graph, URIRef

from amcc_kg.syntax.reading import Terms, parse
from amcc_kg.terms.prefixes import PREFIXES, expand
from amcc_kg.validation.engine.data import Data, rows_of
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph
from amcc_kg.validation.verdict import evaluate

ROOT = Path(__file__).parent.parent.parent
SHIPPED = ROOT / "ontology" / "shapes.ttl"
DECLARED = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in PREFIXES.items())
SMALL = """@prefix : <http://e/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

:Book a sh:NodeShape ; sh:targetClass :Volume ; sh:property :begun, :title, :by, :code, :page, :isbn, :cited,
    :lent .
:lent sh:path :lent ; sh:reifierShape :Noted ; sh:reificationRequired true .
:Noted a sh:NodeShape ; sh:property :notes .
:notes sh:path :note ; sh:maxCount 1 .
:begun sh:path :begun ; sh:datatype xsd:integer ; sh:minCount 1 ; sh:lessThan :ended ;
    sh:severity sh:Warning ; sh:message "A year, |please|; _not_ <b>text</b>." .
:title sh:path :title ; sh:uniqueLang true ; sh:maxLength 12 ; sh:minLength 9 ; sh:description '''Two
    lines.''' .
:by sh:path :by ; sh:class :Person ; sh:maxCount 1 .
:code sh:path :code ; sh:in ( "a_b_*c*" "back\\\\slash `x` [y](z)" ) .
:cited sh:path [ sh:inversePath :cites ] ; sh:minCount 1 .
:page sh:path ( :page :next ) ; sh:class :Page ; sh:minCount 1 .
:isbn sh:path :isbn ; sh:pattern "^978-[0-9]{10}$" .
:Known a sh:NodeShape ; sh:targetObjectsOf :knows ; sh:nodeKind sh:Literal .
:Off a sh:NodeShape ; sh:targetClass :Volume ; sh:deactivated true ; sh:nodeKind sh:IRI .
:Closed a sh:NodeShape ; sh:targetNode :it ; sh:closed true ; sh:property [ sh:path :p ] .
:Literal a sh:NodeShape ; sh:targetNode "it" ; sh:minLength 5 .
"""


@pytest.fixture(autouse=True)
def as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)


def documented(text: str) -> dict[str, dict[str, list[str]]]:
    """Return each shape of the text, and the lines of each of its fields."""
    found: dict[str, dict[str, list[str]]] = {}
    for record in text.split("\n\n")[:-1]:
        fields: dict[str, list[str]] = {}
        for line in record.splitlines():
            name, cell = line[:8].strip(), line[10:]
            fields.setdefault(name or list(fields)[-1], []).append(cell)
        found[fields["shape"][0]] = fields
    return found


def components(example: str, name: str, shapes: Graph) -> list[str]:
    """Return the components by which a shape finds fault with an example."""
    shape = URIRef(expand(name) or "")
    given = shapes
    if not is_reached(shape, shapes):
        # What only other shapes name is evaluated for what the example is about.
        given = Graph() + shapes
        if "rdf:value" in example:
            given.add((shape, SH.targetObjectsOf, RDF.value))
        else:
            verb = example.split()[1]
            given.add((shape, SH.targetSubjectsOf, RDF.type if verb == "a" else URIRef(expand(verb) or "")))
    terms = Terms()
    data, asked = Data(terms), ShapesGraph(terms)
    source = parse(DECLARED + example, terms=terms).checked()  # rdflib cannot read what reifies a statement
    assert source
    data.add(source.s, source.p, source.o)
    asked.add(*rows_of(given, terms))
    report = evaluate(data, asked)
    return [f.component_name for f in report.findings if f.source_shape_key == f"<{shape}>"]


def is_reached(shape: rdflib.term.Node, shapes: Graph) -> bool:
    targets = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
    return any((shape, target, None) in shapes for target in targets) or any(
        is_reached(owner, shapes) for owner in shapes.subjects(SH.property, shape)
    )


def failing(fields: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Return the component that an example names, if any, and the example."""
    parts = (re.fullmatch(r"(?:(\w+): )?([<_\w].*)", line) for line in fields.get("fails", []))
    return [(part[1] or "", part[2]) for part in parts if part]


def hold(found: dict[str, dict[str, list[str]]], shapes: Graph) -> int:
    """Assert that each example does what is said of it; return how many there are."""
    number = 0
    for name, fields in found.items():
        for example in fields.get("passes", []):
            assert components(example, name, shapes) == [], (name, example)
            number += 1
        shown = failing(fields)
        assert len(shown) == len(fields.get("fails", []))
        for component, example in shown:
            faults = components(example, name, shapes)
            assert component in faults if component else faults, (name, component, example)
            number += 1
    return number


@pytest.fixture
def small(tmp_path: Path, cache: Path) -> Amcc:
    (tmp_path / "shapes.ttl").write_text(SMALL, encoding="utf-8")
    return Amcc(tmp_path, cache)


def test_each_example_of_a_small_graph_does_what_is_said_of_it(small: Amcc) -> None:
    found = documented(small("shapes", "--shapes", "shapes.ttl").stdout)
    shapes = Graph().parse(data=SMALL, format="turtle")
    assert hold(found, shapes) == 28
    begun = found["<http://e/begun>"]
    assert begun["severity"] == ["sh:Warning"]
    assert begun["message"] == ["A year, |please|; _not_ <b>text</b>."]
    assert [component for component, _ in failing(begun)] == ["Datatype", "LessThan", "MinCount"]
    assert [component for component, _ in failing(found["<http://e/title>"])] == [
        "MaxLength",
        "MinLength",
        "UniqueLang",
    ]
    assert found["<http://e/by>"]["passes"] == [
        "<https://example.org/this> a <http://e/Volume> ; <http://e/by> <https://example.org/thing> . "
        "<https://example.org/thing> a <http://e/Person> ."
    ]


def test_what_is_not_stated_or_not_found_is_left_empty(small: Amcc) -> None:
    found = documented(small("shapes", "--shapes", "shapes.ttl").stdout)
    assert not {"severity", "message"} & set(found["<http://e/title>"])
    assert not {"passes", "fails"} & set(found["<http://e/Off>"])
    assert not {"passes", "fails"} & set(found["<http://e/Literal>"])


def test_a_shape_that_breaks_the_rules_has_no_examples(tmp_path: Path, cache: Path) -> None:
    path = "[ sh:inversePath :q ; sh:zeroOrMorePath :r ]"
    body = f"{SMALL.split(':Book')[0]}:S a sh:NodeShape ; sh:targetClass :C ; sh:property :T . "
    (tmp_path / "shapes.ttl").write_text(f"{body}:T sh:path {path} ; sh:minCount 1 .", encoding="utf-8")
    done = Amcc(tmp_path, cache)("shapes", "--shapes", "shapes.ttl")
    assert done.returncode == 0
    found = documented(done.stdout)
    assert len(found) == 2
    assert not any({"passes", "fails"} & set(fields) for fields in found.values())


def test_markdown_shows_what_the_text_shows(small: Amcc) -> None:
    found = documented(small("shapes", "--shapes", "shapes.ttl").stdout)
    lines = small("shapes", "--shapes", "shapes.ttl", "--format", "markdown").stdout.splitlines()
    names, rows = lines[0].strip("| ").split(" | "), lines[2 : 2 + len(found)]
    assert names[4:] == ["severity", "message", "passes", "fails"]
    for row in rows:
        assert not re.search(r"[*_`\\\[\]]|<(?!br>)", row)
        cells = [html.unescape(cell.strip().replace("<br>", "\n")) for cell in row[1:-1].split("|")]
        assert len(cells) == len(names)
        fields = found.get(cells[0])
        if fields:
            for name, cell in zip(names, cells, strict=True):
                assert cell == "\n".join(fields.get(name, []))


def test_html_shows_what_the_text_shows(small: Amcc) -> None:
    found = documented(small("shapes", "--shapes", "shapes.ttl").stdout)
    page = small("shapes", "--shapes", "shapes.ttl", "--format", "html").stdout
    assert "<b>" not in page
    cells = {html.unescape(cell) for cell in re.findall(r"<td>([^<]*)</td>", page)}
    for fields in found.values():
        assert {"\n".join(lines) for lines in fields.values()} <= cells


def test_each_example_of_the_shipped_shapes_does_what_is_said_of_it(cache: Path) -> None:
    amcc = Amcc(ROOT, cache)
    started = time.monotonic()
    text = amcc("shapes", "--shapes", str(SHIPPED)).stdout
    assert time.monotonic() - started < 10
    assert amcc("shapes", "--shapes", str(SHIPPED)).stdout == text
    found = documented(text)
    shapes = Graph().parse(SHIPPED)
    assert hold(found, shapes) > 360
    # These are too particular for what is tried: no example is better than one that was not seen to hold.
    asking = {name for name, fields in found.items() if "asks" in fields}
    assert {name for name in asking if "passes" not in found[name]} <= {
        "amccsh:BuiltInClass",
        "amccsh:IsDivided-stretches",
        "amccsh:IsSavedQuery",
        "amccsh:Passage",
    }
    assert {name for name in asking if "fails" not in found[name]} <= {
        "amccsh:inferredYear-agreement",
        "amccsh:Sentence-stretchEnd",
        "amccsh:Sentence-stretchNumber",
        "amccsh:size-agreement",
    }
