"""Random shapes graphs and data graphs for them, as Turtle, from a random number generator."""

from __future__ import annotations

from random import Random

HEADER = """@prefix : <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
"""
NODES = [":a", ":b", ":c", ":d", "_:x", "_:y"]
CLASSES = [":C", ":D", ":E"]
PREDICATES = [":p", ":q", ":r"]
COMMON = ["1", "2", "-3", "2.5", "true", "'a'", "'b'", "'a'@en", "'b'@en", "'2018-09-19'^^xsd:date"]
UNUSUAL = [
    "1.5e0",
    "2.0",
    "''",
    "'long\\ttext\\n'",
    "'c'@en-GB",
    "'c'@de",
    "'01'^^xsd:integer",
    "'\\t7'^^xsd:integer",
    "'x'^^xsd:integer",
    "'1.0'^^xsd:integer",
    "'5'^^xsd:nonNegativeInteger",
    "'-5'^^xsd:nonNegativeInteger",
    "'300'^^xsd:byte",
    "'1'^^xsd:boolean",
    "'maybe'^^xsd:boolean",
    "'2018-02-30'^^xsd:date",
    "'2018-09-19Z'^^xsd:date",
    "'2018-09-19T10:00:00'^^xsd:dateTime",
    "'2018-09-19T10:00:00Z'^^xsd:dateTime",
    "'2018-09-19T11:00:00+01:00'^^xsd:dateTime",
    "'2018-09-19T25:00:00'^^xsd:dateTime",
    "'2018'^^xsd:gYear",
    "'P1D'^^xsd:dayTimeDuration",
    "'NaN'^^xsd:double",
    "'INF'^^xsd:double",
    "'u'^^xsd:anyURI",
    "'odd'^^:own",
    "'10:00:00'^^xsd:time",
    "'1_000'^^xsd:integer",
    "'1E3'^^xsd:decimal",
    "'ff'^^xsd:hexBinary",
    "'inf'^^xsd:double",
    "'0.1'^^xsd:float",
    "'2018-09-19'^^xsd:dateTime",
    "'-0044-03-15T24:00:00'^^xsd:dateTime",
    "'9223372036854775808'^^xsd:long",
    "'z'^^rdf:langString",
    "'d'@de-AT-1996",
]
DATATYPES = [
    "xsd:integer",
    "xsd:decimal",
    "xsd:double",
    "xsd:boolean",
    "xsd:string",
    "xsd:date",
    "xsd:dateTime",
    "xsd:nonNegativeInteger",
    "xsd:byte",
    "xsd:gYear",
    "xsd:dayTimeDuration",
    "xsd:anyURI",
    "xsd:time",
    "rdf:langString",
    "rdfs:Literal",
    ":own",
]
ONE = "'1'^^xsd:boolean"
KINDS = ["IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral"]
BOUNDS = [
    "1",
    "2.0",
    "1.5e0",
    "'b'",
    "'b'@en",
    "true",
    "'2018-09-19'^^xsd:date",
    "'2018-09-19Z'^^xsd:date",
    "'P1D'^^xsd:dayTimeDuration",
    "'2018-09-19T10:00:00'^^xsd:dateTime",
    "'2018-09-19T10:00:00Z'^^xsd:dateTime",
]
PATTERNS = ["a", "^B", "[0-9]", "e/", "T.*Z$", "^text", "n$", "[a-z-[a]]", r"\\p{L}", r"\\w"]
FLAGS = ["", "", *(f" ; sh:flags '{letters}'" for letters in ("i", "m", "is", "x", "q"))]
LANGUAGES = ["'en'", "'de' 'en'", "'en-gb'", "'de-AT'", "'*'"]
# They look at nodes and terms: how rdflib compares values is no measure.
QUERIES = [
    "SELECT $this ?value WHERE { $this :p ?value . FILTER (isLiteral(?value)) }",
    "SELECT $this ?path ?value WHERE { $this ?path ?value . FILTER (?path IN (:p, :q)) }",
    "SELECT $this WHERE { $this :p ?x . FILTER NOT EXISTS { $this :q ?y } }",
    "SELECT $this ?value WHERE { $this :q ?value . OPTIONAL { ?value :p ?z } FILTER (!bound(?z)) }",
    "SELECT DISTINCT $this WHERE { { $this :p ?v } UNION { ?v :r $this } }",
    "SELECT $this ?value WHERE { ?value (:p|^:q)+ $this . }",
    "SELECT $this ?value WHERE { $this a ?kind . ?kind rdfs:subClassOf* ?value . FILTER (?value != :C) }",
    "SELECT $this ?value WHERE { $this :p ?value . { SELECT $this WHERE { $this :q ?n } } }",
    "SELECT $this (COUNT(?v) AS ?value) WHERE { $this :p ?v } GROUP BY $this HAVING (COUNT(?v) > 1)",
    "SELECT $this ?value WHERE { $this :p/:q* ?value . ?value ^:r ?w ; :p [ :q ?u ] }",
]
PROPERTY_QUERIES = [
    "SELECT $this ?value WHERE { $this $PATH ?value . FILTER (isIRI(?value)) }",
    "SELECT $this WHERE { FILTER NOT EXISTS { $this $PATH ?value } }",
]


class Maker:
    """Makes one pair of graphs."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        # The reference refuses to order blank nodes, so there is an order only where there are none.
        self._ordered = self._random.random() < 0.5
        self._nodes = NODES[:4] if self._ordered else NODES
        self._literals = COMMON + (UNUSUAL if self._random.random() < 0.6 else [])

    def one(self, options: list[str]) -> str:
        return self._random.choice(options)

    def some(self, most: int, least: int = 0) -> range:
        return range(self._random.randint(least, most))

    def term(self) -> str:
        return self.one(self._nodes) if self._random.random() < 0.5 else self.one(self._literals)

    # ---- data ----

    def data(self) -> str:
        lines = [f"{self.one(self._nodes)} {self.one(PREDICATES)} {self.term()} ." for _ in self.some(25, 3)]
        lines += [f"{self.one(self._nodes)} a {self.one(CLASSES)} ." for _ in self.some(5)]
        lines += [f"{self.one(CLASSES)} rdfs:subClassOf {self.one(CLASSES)} ." for _ in self.some(2)]
        return HEADER + "\n".join(lines) + "\n"

    # ---- shapes ----

    def shapes(self) -> str:
        found = [f"{name} {self._shape(2, query=True)} ; {self._targets()} ." for name in (":S", ":T", ":U")]
        prefixes = ":Prefixes sh:declare [ sh:prefix '' ; sh:namespace 'http://e/'^^xsd:anyURI ] ."
        return HEADER + "\n".join([*found, prefixes]) + "\n"

    def _targets(self) -> str:
        makers = [
            lambda: f"sh:targetClass {self.one(CLASSES)}",
            lambda: f"sh:targetNode {self.one([*NODES[:4], *self._literals])}",
            lambda: f"sh:targetSubjectsOf {self.one(PREDICATES)}",
            lambda: f"sh:targetObjectsOf {self.one(PREDICATES)}",
        ]
        return " ; ".join(self._random.choice(makers)() for _ in self.some(3, 1))

    def _shape(self, depth: int, query: bool = False) -> str:
        return self._property(depth, query) if self._random.random() < 0.5 else self._node(depth, query)

    def _node(self, depth: int, query: bool = False) -> str:
        return f"a sh:NodeShape {self._body(depth, False, query)}"

    def _property(self, depth: int, query: bool = False) -> str:
        return f"sh:path {self._path(2)} {self._body(depth, True, query)}"

    def _body(self, depth: int, on_property: bool, query: bool) -> str:
        parts: dict[str, str] = {}
        for _ in self.some(3, 1):
            part = self._constraint(depth, on_property)
            parts.setdefault(part.split(" ")[0], part)
        extra = self._random.random()
        if extra < 0.05:
            parts["extra"] = "sh:deactivated true"
        elif extra < 0.2:
            parts["extra"] = self.one(["sh:severity sh:Warning", "sh:message 'm'", "sh:severity :grave"])
        if query and self._random.random() < 0.3:
            text = self.one(PROPERTY_QUERIES if on_property else QUERIES)
            parts["query"] = (
                "sh:sparql [ sh:prefixes :Prefixes ; sh:message 'not {?value} of {$this}' ;"
                f' sh:select """{text}""" ]'
            )
        return "".join(f" ; {part}" for part in parts.values())

    def _path(self, depth: int) -> str:
        kind = self._random.random()
        if depth == 0 or kind < 0.6:
            return self.one(PREDICATES)
        if kind < 0.8:
            parts = " ".join(self._path(depth - 1) for _ in self.some(3, 2))
            return f"( {parts} )" if kind < 0.7 else f"[ sh:alternativePath ( {parts} ) ]"
        word = self.one(["inversePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath"])
        return f"[ sh:{word} {self._path(depth - 1)} ]"

    def _constraint(self, depth: int, on_property: bool) -> str:
        kind = self._random.random()
        if depth > 0 and kind < 0.35:
            return self._of_shapes(depth - 1)
        if on_property and kind < 0.6:
            return self._of_property()
        return self._of_values()

    def _of_shapes(self, depth: int) -> str:
        kind = self.one(["not", "and", "or", "xone", "node", "property", "property", "qualified"])
        if kind in ("and", "or", "xone"):
            members = " ".join(f"[ {self._shape(depth)} ]" for _ in self.some(3, 1))
            return f"sh:{kind} ( {members} )"
        if kind == "not":
            return f"sh:not [ {self._shape(depth)} ]"
        if kind == "node":
            return f"sh:node [ {self._node(depth)} ]"
        if kind == "property":
            return f"sh:property [ {self._property(depth)} ]"
        path, flag = self.one(PREDICATES), self.one(["true", "false"])
        counted = [
            f"[ sh:path {path} ; sh:qualifiedValueShape [ {self._shape(depth)} ] ; sh:qualified{bound}"
            f" {self._random.randint(0, 2)} ; sh:qualifiedValueShapesDisjoint {flag} ]"
            for bound in ("MinCount", "MaxCount")
        ]
        return f"sh:property {' , '.join(counted)}"

    def _of_property(self) -> str:
        kinds = ["minCount", "maxCount", "uniqueLang"]
        kind = self.one([*kinds, "lessThan", "lessThanOrEquals"] if self._ordered else kinds)
        if kind.endswith("Count"):
            return f"sh:{kind} {self._random.randint(0, 3)}"
        if kind == "uniqueLang":
            return f"sh:uniqueLang {self.one(['true', 'true', 'false', self.one(['true', ONE])])}"
        return f"sh:{kind} {self.one(PREDICATES)}"

    def _of_values(self) -> str:
        one, number = self.one, self._random.randint(0, 9)
        makers = [
            lambda: f"sh:class {one(CLASSES)}",
            lambda: f"sh:class {one(CLASSES)} , {one(CLASSES)}",
            lambda: f"sh:datatype {one(DATATYPES)}",
            lambda: f"sh:datatype {one(DATATYPES)}",
            lambda: f"sh:nodeKind sh:{one(KINDS)}",
            lambda: f"sh:{one(['min', 'max'])}{one(['Exclusive', 'Inclusive'])} {one(BOUNDS)}",
            lambda: f"sh:{one(['min', 'max'])}{one(['Exclusive', 'Inclusive'])} {one(BOUNDS)}",
            lambda: f"sh:minLength {number}",
            lambda: f"sh:maxLength {number}",
            lambda: f"sh:pattern '{one(PATTERNS)}'{one(FLAGS)}",
            lambda: f"sh:languageIn ( {one(LANGUAGES)} )",
            lambda: f"sh:{one(['equals', 'disjoint'])} {one(PREDICATES)}",
            lambda: f"sh:hasValue {self.term()}",
            lambda: f"sh:in ( {' '.join(self.term() for _ in self.some(6))} )",
            lambda: f"sh:closed true ; sh:ignoredProperties ( rdf:type {one(PREDICATES)} )",
        ]
        return self._random.choice(makers)()
