"""The rules of OWL 2 RL: the one table from which triples are derived and derivations are explained.

Each rule is as W3C's OWL 2 Profiles, section 4.3, has it (tables 4 to 9): a name, what must hold, what then
holds. `amcc_kg.reasoning.differences` lists every place where this table leaves that text. Knows nothing of
any ontology.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from amcc_kg.terms import prefixes

# A member of a pattern: `?x` a variable, `<IRI>` without its brackets, or a whole number as its digits.
Pattern = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Premise:
    """A triple pattern that must hold.

    `members`: the object is a list. One variable that ends in `*`: all its members; one or two others: any
    one member, any two in their order. `each`: the pattern holds once for every member of the list that
    binds the variables ending in `*`; `?u+` is the next of `?u*`.
    """

    pattern: Pattern
    members: tuple[str, ...] = ()
    each: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name, premises, conclusion (None: a contradiction) and why, in plain words.

    `unlike` are two variables that must not stand for the same term. In `says`, `{x}` is the name of what
    the variable stands for, `{a x}` has an article before it, `{x*}` are the members of a list.
    """

    name: str
    premises: tuple[Premise, ...]
    conclusion: Pattern | None
    says: str
    unlike: tuple[str, str] | None = None


def _read(text: str) -> tuple[Rule, ...]:
    """Read rules: `name: premises => conclusion`, then what they say; lines further in carry on."""
    rules = []
    for block in re.split(r"\n(?=\S)", text.strip()):
        if block.startswith("#"):
            continue
        what, _, says = block.rpartition("\n    ")
        name, _, rest = " ".join(what.split()).partition(": ")
        premises, _, conclusion = rest.partition(" => ")
        parts = premises.split(" . ") if premises != "true" else []
        unlike = [part.split(" != ") for part in parts if " != " in part]
        rules.append(
            Rule(
                name,
                tuple(_premise(part) for part in parts if " != " not in part),
                None if conclusion == "false" else _premise(conclusion).pattern,
                says,
                (unlike[0][0], unlike[0][1]) if unlike else None,
            )
        )
    return tuple(rules)


def _premise(text: str) -> Premise:
    subject, predicate, object_ = text.split(None, 2)
    if object_.startswith("("):
        members = tuple(word for word in object_.strip("()").split() if word != "..")
        return Premise((_term(subject), _term(predicate), "?list"), members)
    pattern = (_term(subject), _term(predicate), _term(object_))
    return Premise(pattern, each=any(word[0] == "?" and word[-1] in "*+" for word in pattern))


def _term(word: str) -> str:
    prefix, colon, name = word.partition(":")
    return prefixes.PREFIXES[prefix] + name if colon else word


RULES = _read("""
# Table 4: equality
eq-sym: ?x owl:sameAs ?y => ?y owl:sameAs ?x
    to be the same works both ways
eq-trans: ?x owl:sameAs ?y . ?y owl:sameAs ?z => ?x owl:sameAs ?z
    what is the same as the same is the same
eq-rep-s: ?s owl:sameAs ?s2 . ?s ?p ?o => ?s2 ?p ?o
    what is said of something holds under each of its names
eq-rep-p: ?p owl:sameAs ?p2 . ?s ?p ?o => ?s ?p2 ?o
    what is said of something holds under each of its names
eq-rep-o: ?o owl:sameAs ?o2 . ?s ?p ?o => ?s ?p ?o2
    what is said of something holds under each of its names
eq-diff1: ?x owl:sameAs ?y . ?x owl:differentFrom ?y => false
    two things are said to be the same and to differ
eq-diff1: ?x owl:differentFrom ?x => false
    nothing differs from itself
eq-diff2: ?l rdf:type owl:AllDifferent . ?l owl:members (.. ?x .. ?y ..) . ?x owl:sameAs ?y .
    ?x != ?y => false
    the ontology says that they are different things
eq-diff3: ?l rdf:type owl:AllDifferent . ?l owl:distinctMembers (.. ?x .. ?y ..) . ?x owl:sameAs ?y .
    ?x != ?y => false
    the ontology says that they are different things
# Table 5: properties
prp-dom: ?p rdfs:domain ?c . ?x ?p ?y => ?x rdf:type ?c
    whatever has “{p}” is {a c}
prp-rng: ?p rdfs:range ?c . ?x ?p ?y => ?y rdf:type ?c
    whatever “{p}” leads to is {a c}
prp-fp: ?p rdf:type owl:FunctionalProperty . ?x ?p ?y1 . ?x ?p ?y2 . ?y1 != ?y2 => ?y1 owl:sameAs ?y2
    “{p}” has one value at most
prp-ifp: ?p rdf:type owl:InverseFunctionalProperty . ?x1 ?p ?y . ?x2 ?p ?y . ?x1 != ?x2
    => ?x1 owl:sameAs ?x2
    “{p}” leads to the same value from one thing only
prp-irp: ?p rdf:type owl:IrreflexiveProperty . ?x ?p ?x => false
    “{p}” never leads from a thing to itself
prp-symp: ?p rdf:type owl:SymmetricProperty . ?x ?p ?y => ?y ?p ?x
    “{p}” works both ways
prp-asyp: ?p rdf:type owl:AsymmetricProperty . ?x ?p ?y . ?y ?p ?x => false
    “{p}” never works both ways
prp-trp: ?p rdf:type owl:TransitiveProperty . ?x ?p ?y . ?y ?p ?z => ?x ?p ?z
    “{p}” carries on from link to link
prp-spo1: ?p1 rdfs:subPropertyOf ?p2 . ?x ?p1 ?y => ?x ?p2 ?y
    wherever “{p1}” holds, “{p2}” holds
prp-spo2: ?p owl:propertyChainAxiom (?p*) . ?u* ?p* ?u+ => ?u1 ?p ?u$
    {p*} together make “{p}”
prp-eqp1: ?p1 owl:equivalentProperty ?p2 . ?x ?p1 ?y => ?x ?p2 ?y
    “{p1}” and “{p2}” say the same
prp-eqp2: ?p1 owl:equivalentProperty ?p2 . ?x ?p2 ?y => ?x ?p1 ?y
    “{p1}” and “{p2}” say the same
prp-pdw: ?p1 owl:propertyDisjointWith ?p2 . ?x ?p1 ?y . ?x ?p2 ?y => false
    nothing is “{p1}” and “{p2}” of the same thing
prp-adp: ?l rdf:type owl:AllDisjointProperties . ?l owl:members (.. ?p1 .. ?p2 ..) . ?x ?p1 ?y . ?x ?p2 ?y
    => false
    nothing is “{p1}” and “{p2}” of the same thing
prp-inv1: ?p1 owl:inverseOf ?p2 . ?x ?p1 ?y => ?y ?p2 ?x
    “{p1}” read backwards is “{p2}”
prp-inv2: ?p1 owl:inverseOf ?p2 . ?x ?p2 ?y => ?y ?p1 ?x
    “{p2}” read backwards is “{p1}”
prp-key: ?c owl:hasKey (?p*) . ?x ?p* ?z* . ?y ?p* ?z* . ?x rdf:type ?c . ?y rdf:type ?c . ?x != ?y
    => ?x owl:sameAs ?y
    each “{c}” has {p*} of its own
prp-npa1: ?n owl:sourceIndividual ?x . ?n owl:assertionProperty ?p . ?n owl:targetIndividual ?y . ?x ?p ?y
    => false
    the ontology says that this does not hold
prp-npa2: ?n owl:sourceIndividual ?x . ?n owl:assertionProperty ?p . ?n owl:targetValue ?y . ?x ?p ?y
    => false
    the ontology says that this does not hold
# Table 6: classes
cls-nothing2: ?x rdf:type owl:Nothing => false
    nothing is in the empty class
cls-int1: ?c owl:intersectionOf (?c*) . ?x rdf:type ?c* => ?x rdf:type ?c
    whatever is {c*} at once is {a c}
cls-int2: ?c owl:intersectionOf (.. ?d ..) . ?x rdf:type ?c => ?x rdf:type ?d
    every “{c}” is {a d}
cls-uni: ?c owl:unionOf (.. ?d ..) . ?x rdf:type ?d => ?x rdf:type ?c
    every “{d}” is {a c}
cls-com: ?c1 owl:complementOf ?c2 . ?x rdf:type ?c1 . ?x rdf:type ?c2 => false
    nothing is both {a c1} and {a c2}
cls-svf1: ?c owl:someValuesFrom ?d . ?c owl:onProperty ?p . ?x ?p ?y . ?y rdf:type ?d => ?x rdf:type ?c
    whatever has “{p}” with {a d} is {a c}
cls-svf2: ?c owl:someValuesFrom owl:Thing . ?c owl:onProperty ?p . ?x ?p ?y => ?x rdf:type ?c
    whatever has “{p}” is {a c}
cls-avf: ?c owl:allValuesFrom ?d . ?c owl:onProperty ?p . ?x rdf:type ?c . ?x ?p ?y => ?y rdf:type ?d
    from {a c}, “{p}” leads to {a d}
cls-hv1: ?c owl:hasValue ?y . ?c owl:onProperty ?p . ?x rdf:type ?c => ?x ?p ?y
    every “{c}” has “{p}” with the value {y}
cls-hv2: ?c owl:hasValue ?y . ?c owl:onProperty ?p . ?x ?p ?y => ?x rdf:type ?c
    whatever has “{p}” with the value {y} is {a c}
cls-maxc1: ?c owl:maxCardinality 0 . ?c owl:onProperty ?p . ?x rdf:type ?c . ?x ?p ?y => false
    {a c} has no “{p}”
cls-maxc2: ?c owl:maxCardinality 1 . ?c owl:onProperty ?p . ?x rdf:type ?c . ?x ?p ?y1 . ?x ?p ?y2 .
    ?y1 != ?y2
    => ?y1 owl:sameAs ?y2
    “{p}” has one value at most
cls-maxqc1: ?c owl:maxQualifiedCardinality 0 . ?c owl:onProperty ?p . ?c owl:onClass ?d .
    ?x rdf:type ?c . ?x ?p ?y . ?y rdf:type ?d
    => false
    {a c} has no “{p}” that is {a d}
cls-maxqc2: ?c owl:maxQualifiedCardinality 0 . ?c owl:onProperty ?p . ?c owl:onClass owl:Thing .
    ?x rdf:type ?c . ?x ?p ?y
    => false
    {a c} has no “{p}”
cls-maxqc3: ?c owl:maxQualifiedCardinality 1 . ?c owl:onProperty ?p . ?c owl:onClass ?d .
    ?x rdf:type ?c . ?x ?p ?y1 . ?y1 rdf:type ?d . ?x ?p ?y2 . ?y2 rdf:type ?d . ?y1 != ?y2
    => ?y1 owl:sameAs ?y2
    “{p}” has one value at most
cls-maxqc4: ?c owl:maxQualifiedCardinality 1 . ?c owl:onProperty ?p . ?c owl:onClass owl:Thing .
    ?x rdf:type ?c . ?x ?p ?y1 . ?x ?p ?y2 . ?y1 != ?y2
    => ?y1 owl:sameAs ?y2
    “{p}” has one value at most
cls-oo: ?c owl:oneOf (.. ?x ..) => ?x rdf:type ?c
    it is on the list of what is {a c}
# Table 7: class axioms
cax-sco: ?c1 rdfs:subClassOf ?c2 . ?x rdf:type ?c1 => ?x rdf:type ?c2
    every “{c1}” is {a c2}
cax-eqc1: ?c1 owl:equivalentClass ?c2 . ?x rdf:type ?c1 => ?x rdf:type ?c2
    every “{c1}” is {a c2}, and the reverse
cax-eqc2: ?c1 owl:equivalentClass ?c2 . ?x rdf:type ?c2 => ?x rdf:type ?c1
    every “{c2}” is {a c1}, and the reverse
cax-dw: ?c1 owl:disjointWith ?c2 . ?x rdf:type ?c1 . ?x rdf:type ?c2 => false
    nothing is both {a c1} and {a c2}
cax-adc: ?l rdf:type owl:AllDisjointClasses . ?l owl:members (.. ?c1 .. ?c2 ..) . ?x rdf:type ?c1 .
    ?x rdf:type ?c2
    => false
    nothing is both {a c1} and {a c2}
""")

SCHEMA_RULES = _read("""
# Table 9: schema vocabulary
cls-thing: true => owl:Thing rdf:type owl:Class
    there is a class of everything
cls-nothing1: true => owl:Nothing rdf:type owl:Class
    there is a class of nothing
scm-cls: ?c rdf:type owl:Class => ?c rdfs:subClassOf ?c
    every class is within itself
scm-cls: ?c rdf:type owl:Class => ?c rdfs:subClassOf owl:Thing
    everything is a thing
scm-sco: ?c1 rdfs:subClassOf ?c2 . ?c2 rdfs:subClassOf ?c3 => ?c1 rdfs:subClassOf ?c3
    every “{c1}” is {a c2}, and every “{c2}” is {a c3}
scm-eqc1: ?c1 owl:equivalentClass ?c2 => ?c1 rdfs:subClassOf ?c2
    the two are one class
scm-eqc1: ?c1 owl:equivalentClass ?c2 => ?c2 rdfs:subClassOf ?c1
    the two are one class
scm-eqc2: ?c1 rdfs:subClassOf ?c2 . ?c2 rdfs:subClassOf ?c1 => ?c1 owl:equivalentClass ?c2
    each is within the other
scm-op: ?p rdf:type owl:ObjectProperty => ?p rdfs:subPropertyOf ?p
    every property is within itself
scm-dp: ?p rdf:type owl:DatatypeProperty => ?p rdfs:subPropertyOf ?p
    every property is within itself
scm-spo: ?p1 rdfs:subPropertyOf ?p2 . ?p2 rdfs:subPropertyOf ?p3 => ?p1 rdfs:subPropertyOf ?p3
    wherever “{p1}” holds, “{p2}” holds, and so does “{p3}”
scm-eqp1: ?p1 owl:equivalentProperty ?p2 => ?p1 rdfs:subPropertyOf ?p2
    the two are one property
scm-eqp1: ?p1 owl:equivalentProperty ?p2 => ?p2 rdfs:subPropertyOf ?p1
    the two are one property
scm-eqp2: ?p1 rdfs:subPropertyOf ?p2 . ?p2 rdfs:subPropertyOf ?p1 => ?p1 owl:equivalentProperty ?p2
    each is within the other
scm-dom1: ?p rdfs:domain ?c1 . ?c1 rdfs:subClassOf ?c2 => ?p rdfs:domain ?c2
    every “{c1}” is {a c2}
scm-dom2: ?p2 rdfs:domain ?c . ?p1 rdfs:subPropertyOf ?p2 => ?p1 rdfs:domain ?c
    wherever “{p1}” holds, “{p2}” holds
scm-rng1: ?p rdfs:range ?c1 . ?c1 rdfs:subClassOf ?c2 => ?p rdfs:range ?c2
    every “{c1}” is {a c2}
scm-rng2: ?p2 rdfs:range ?c . ?p1 rdfs:subPropertyOf ?p2 => ?p1 rdfs:range ?c
    wherever “{p1}” holds, “{p2}” holds
scm-hv: ?c1 owl:hasValue ?y . ?c1 owl:onProperty ?p1 . ?c2 owl:hasValue ?y . ?c2 owl:onProperty ?p2 .
    ?p1 rdfs:subPropertyOf ?p2
    => ?c1 rdfs:subClassOf ?c2
    each of {c1} is one of {c2}
scm-svf1: ?c1 owl:someValuesFrom ?d1 . ?c1 owl:onProperty ?p . ?c2 owl:someValuesFrom ?d2 .
    ?c2 owl:onProperty ?p . ?d1 rdfs:subClassOf ?d2
    => ?c1 rdfs:subClassOf ?c2
    each of {c1} is one of {c2}
scm-svf2: ?c1 owl:someValuesFrom ?d . ?c1 owl:onProperty ?p1 . ?c2 owl:someValuesFrom ?d .
    ?c2 owl:onProperty ?p2 . ?p1 rdfs:subPropertyOf ?p2
    => ?c1 rdfs:subClassOf ?c2
    each of {c1} is one of {c2}
scm-avf1: ?c1 owl:allValuesFrom ?d1 . ?c1 owl:onProperty ?p . ?c2 owl:allValuesFrom ?d2 .
    ?c2 owl:onProperty ?p . ?d1 rdfs:subClassOf ?d2
    => ?c1 rdfs:subClassOf ?c2
    each of {c1} is one of {c2}
scm-avf2: ?c1 owl:allValuesFrom ?d . ?c1 owl:onProperty ?p1 . ?c2 owl:allValuesFrom ?d .
    ?c2 owl:onProperty ?p2 . ?p1 rdfs:subPropertyOf ?p2
    => ?c2 rdfs:subClassOf ?c1
    each of {c1} is one of {c2}
scm-int: ?c owl:intersectionOf (.. ?d ..) => ?c rdfs:subClassOf ?d
    every “{c}” is {a d}
scm-uni: ?c owl:unionOf (.. ?d ..) => ?d rdfs:subClassOf ?c
    every “{d}” is {a c}
""")

# Of the schema's rules, those whose conclusions can put a thing where no other rule puts it.
NEEDED_SCHEMA_RULES = frozenset({"scm-svf1", "scm-svf2", "scm-avf1", "scm-avf2"})
