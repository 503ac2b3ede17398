"""Explanations as RDF and as HTML.

    <statement/HASH>  a rdf:Statement, prov:Entity ; prov:wasDerivedFrom <statement/…>, <passage> ;
                      prov:wasGeneratedBy <statement/HASH#rule-name> ; prov:atLocation <…#place-1>
    <…#rule-name>     a prov:Activity ; prov:used <statement/…> ;
                      rdfs:label "prp-spo1" ; rdfs:comment "because …" ; prov:atLocation <…-place-1>
    <passage>         a oa:SpecificResource ; oa:hasSource <document> ; amcc:attributedTo <speaker> ;
                      rdfs:label "…, sentence 5" ; oa:hasSelector <passage#quote-1>
    <…place-1>        a prov:Location ; rdfs:label "data/….ttl:30"

The place of a rule is that of its axioms. A statement has the same IRI here as in receipts. Knows
vocabularies and tags; no proofs' meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from html import escape

from pyoxigraph import Literal, NamedNode, Triple

from amcc_kg.explain.steps import Ground, Step
from amcc_kg.reasoning.proofs import Proof
from amcc_kg.terms import prefixes


def graph(proofs: tuple[Proof, ...], steps: tuple[Step, ...]) -> tuple[Triple, ...]:
    """Return proofs as RDF, sorted."""
    found: set[Triple] = set()
    for proof, step in zip(proofs, steps, strict=True):
        _add(found, proof, step)
    return tuple(sorted(found, key=str))


def _add(found: set[Triple], proof: Proof, step: Step) -> None:
    if proof.conclusion is None:
        return

    def say(subject: NamedNode, predicate: str, object_: NamedNode | Literal) -> None:
        found.add(Triple(subject, _iri(predicate), object_))

    name = _statement(found, proof.conclusion)
    say(name, "rdf:type", _iri("prov:Entity"))
    for ground in step.grounds:
        say(name, "prov:wasDerivedFrom", NamedNode(ground.graph))
        _cite(found, ground)
    _locate(found, name, "#", tuple(place for ground in step.grounds for place in ground.places))
    if proof.rule is None:
        return
    told = "\n".join([*(premise.written for premise in step.premises), step.axioms])
    mark = sha256(told.encode()).hexdigest()[:8]
    activity = NamedNode(f"{name.value}#{proof.rule}-{mark}")
    say(name, "prov:wasGeneratedBy", activity)
    say(activity, "rdf:type", _iri("prov:Activity"))
    say(activity, "rdfs:label", Literal(proof.rule))
    say(activity, "rdfs:comment", Literal(f"because {step.because}", language="en"))
    _locate(found, activity, "-", step.axiom_places)
    for axiom in proof.axioms:
        # A blank node's name changes from run to run, so nothing that has an IRI may depend on it.
        if not isinstance(axiom.subject, NamedNode):
            continue
        if isinstance(axiom.object, NamedNode):
            say(activity, "prov:used", _statement(found, axiom))
        else:
            say(activity, "prov:used", axiom.subject)
    for premise, shown in zip(proof.premises, step.premises, strict=True):
        if premise.conclusion is not None:
            used = _statement(found, premise.conclusion)
            say(activity, "prov:used", used)
            say(name, "prov:wasDerivedFrom", used)
        _add(found, premise, shown)


def _cite(found: set[Triple], ground: Ground) -> None:
    """Add what is known of a passage: its document, who speaks, the words."""
    cited = ground.citation
    if cited is None:
        return
    passage = NamedNode(ground.graph)
    found.add(Triple(passage, _iri("rdf:type"), _iri("oa:SpecificResource")))
    found.add(Triple(passage, _iri("oa:hasSource"), NamedNode(cited.document)))
    found.add(Triple(passage, _iri("rdfs:label"), Literal(f"{cited.title}, {cited.name}")))
    for speaker, name in zip(cited.attributed_to, cited.speakers, strict=True):
        found.add(Triple(passage, _iri("amcc:attributedTo"), NamedNode(speaker)))
        found.add(Triple(NamedNode(speaker), _iri("rdfs:label"), Literal(name)))
    for number, quote in enumerate(sorted(cited.quotes), start=1):
        selector = NamedNode(f"{ground.graph}#quote-{number}")
        found.add(Triple(passage, _iri("oa:hasSelector"), selector))
        found.add(Triple(selector, _iri("rdf:type"), _iri("oa:TextQuoteSelector")))
        found.add(Triple(selector, _iri("oa:exact"), Literal(quote)))


def _locate(found: set[Triple], what: NamedNode, mark: str, places: tuple[str, ...]) -> None:
    """Add the files and lines where something is written."""
    for number, place in enumerate(sorted(places), start=1):
        spot = NamedNode(f"{what.value}{mark}place-{number}")
        found.add(Triple(what, _iri("prov:atLocation"), spot))
        found.add(Triple(spot, _iri("rdf:type"), _iri("prov:Location")))
        found.add(Triple(spot, _iri("rdfs:label"), Literal(place)))


def _statement(found: set[Triple], triple: Triple) -> NamedNode:
    name = NamedNode(prefixes.statement(f"{triple} ."))
    found.add(Triple(name, _iri("rdf:type"), _iri("rdf:Statement")))
    found.add(Triple(name, _iri("rdf:subject"), triple.subject))
    found.add(Triple(name, _iri("rdf:predicate"), triple.predicate))
    found.add(Triple(name, _iri("rdf:object"), triple.object))
    return name


def _iri(name: str) -> NamedNode:
    return NamedNode(prefixes.full(name))


def html(steps: tuple[Step, ...]) -> str:
    """Return proofs as nested lists, to be shown in a notebook or on a page."""
    return f'<ul class="amcc-proof">{"".join("".join(_item(step)) for step in steps)}</ul>'


def _item(step: Step) -> Iterator[str]:
    yield f'<li><span title="{escape(step.written)}">{escape(step.words)}</span>'
    if step.rule is not None:
        formal = f"{step.rule}; {step.axioms}" if step.axioms else step.rule
        yield f"<br>because {escape(step.because)} <small>({escape(formal)})</small>"
        yield f"<ul>{''.join(''.join(_item(premise)) for premise in step.premises)}</ul>"
    for ground in step.grounds:
        if ground.citation:
            yield f'<br><q cite="{escape(ground.graph)}">{escape(str(ground.citation))}</q>'
        else:
            yield f"<br>stated in {escape(prefixes.shorten(ground.graph))}"
        yield "".join(f" <small>{escape(place)}</small>" for place in ground.places)
    yield "</li>"
